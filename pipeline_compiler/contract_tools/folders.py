"""Inputs that are not tables: placeholders that satisfy a contract, and folders that break it."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline_compiler.local.archives import pack, unpack
from script_contracts.quality.contracts import FilesContract, MetricsContract, ModelContract, PortContract

MODEL_ARCHIVE = "model.tar.gz"


@dataclass(frozen=True)
class FolderMutation:
    """One broken clause of a contract about files.

    Attributes:
        clause, named, warns: as for a table.
        apply: breaks the files of a folder, in place.
    """

    clause: str
    named: str
    warns: bool
    apply: Callable[[Path], None]


def write_placeholder(contract: PortContract, folder: Path) -> None:
    """Files that satisfy the contract to the letter, for an input that no known step produces."""
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(contract, FilesContract):
        for name in contract.files:
            _write(folder / name, _content(name))
    elif isinstance(contract, MetricsContract):
        names = dict.fromkeys((*contract.required_metrics, *contract.thresholds), 0.5)
        for name, bounds in contract.thresholds.items():
            ends = [end for end in (bounds.minimum, bounds.maximum) if end is not None]
            names[name] = sum(ends) / len(ends) if ends else 0.5
        _write(folder / contract.file, json.dumps(names).encode())
    elif isinstance(contract, ModelContract):
        for name in contract.files:
            _write(folder / name, _content(name))
        if contract.metadata_file:
            metadata = dict.fromkeys(contract.metadata_includes, "placeholder")
            _write(folder / contract.metadata_file, json.dumps(metadata).encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _content(name: str) -> bytes:
    """The smallest content that is valid for a file of that name."""
    if name.endswith((".tar.gz", ".tgz")):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            archive.addfile(tarfile.TarInfo("placeholder"))
        return buffer.getvalue()
    return {".json": b"{}\n", ".py": b'"""A placeholder."""\n'}.get(
        PurePosixPath(name).suffix, b"placeholder\n"
    )


def folder_mutations(contract: PortContract) -> Iterator[FolderMutation]:
    """Every clause of a contract about files, broken alone."""
    if isinstance(contract, (FilesContract, ModelContract)):
        for name in contract.files:
            yield FolderMutation(f"file '{name}'", name, False, partial(_hide, name=name))
    if isinstance(contract, ModelContract) and contract.metadata_file:
        for key in contract.metadata_includes:
            drop = partial(_edit_json, name=contract.metadata_file, edit=partial(_without, key=key))
            yield FolderMutation(f"metadata '{key}'", key, False, drop)
    if isinstance(contract, MetricsContract):
        yield from _metrics(contract)


def _metrics(contract: MetricsContract) -> Iterator[FolderMutation]:
    for name in contract.required_metrics:
        drop = partial(_edit_json, name=contract.file, edit=partial(_without, key=name))
        yield FolderMutation(f"metric '{name}'", name, False, drop)
    for name, bounds in contract.thresholds.items():
        for what, end, step in (("below", bounds.minimum, -1), ("above", bounds.maximum, 1)):
            if end is not None:
                change = partial(
                    _edit_json, name=contract.file, edit=partial(_with, key=name, value=end + step)
                )
                warns = contract.on_violation == "warn"
                yield FolderMutation(f"metric '{name}' threshold {what}", name, warns, change)


def _without(document: Mapping[str, Any], *, key: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != key}


def _with(document: Mapping[str, Any], *, key: str, value: float) -> dict[str, Any]:
    return {**document, key: value}


def _hide(folder: Path, *, name: str) -> None:
    _inside_archive(
        folder, name, lambda inner: (inner / name).rename((inner / name).with_name("something-else"))
    )


def _edit_json(folder: Path, *, name: str, edit: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
    def change(inner: Path) -> None:
        path = inner / name
        path.write_text(json.dumps(edit(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")

    _inside_archive(folder, name, change)


def _inside_archive(folder: Path, name: str, change: Callable[[Path], object]) -> None:
    """Change a file of an input: inside the model's archive, where it lies in there."""
    archive = folder / MODEL_ARCHIVE
    if (folder / name).is_file() or not archive.is_file():
        change(folder)
        return
    with tempfile.TemporaryDirectory() as scratch:
        unpack(archive, Path(scratch))
        change(Path(scratch))
        archive.unlink()  # it may share its data with another folder
        pack(Path(scratch), archive)
