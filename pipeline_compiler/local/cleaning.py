"""Removing what old executions left in a state folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_compiler.local.guard import locked
from pipeline_compiler.local.store import regular_files, remove_folder
from pipeline_compiler.local.trials import SUMMARY, named_by_summary

# What runs make in a state folder, besides the lock.
_CONTENTS = (
    "cache",
    "containers",
    "digests.sqlite",
    "executions",
    "home",
    "model-packages",
    "s3",
    "scratch",
)


@dataclass(frozen=True)
class Cleaned:
    """What was removed, or would be.

    Attributes:
        executions: the ids of the executions, oldest first.
        files: how many files.
        size: their size, in bytes.
    """

    executions: tuple[str, ...]
    files: int
    size: int


def clean(state: Path, keep: int, dry_run: bool = False) -> Cleaned:
    """Remove all but the latest executions: their logs, results and cache records.

    What a kept execution took from the cache is kept, and so is what a registered model package names.

    Args:
        state: the state folder, as `run_pipeline` has it.
        keep: how many executions to keep. With 0, nothing is left of what runs made.
        dry_run: whether only to tell.

    Raises:
        PipelineCompilerError: (PC781) if a run is using the folder.
    """
    state = state.resolve()
    with locked(state):
        executions = sorted(path.name for path in _folders(state / "executions"))  # ids sort by time
        old = tuple(executions[: max(0, len(executions) - keep)])
        going = [*(_old_files(state, old, executions[len(old) :]) if keep else _everything(state))]
        found = Cleaned(old, len(going), sum(file.stat().st_size for file in going))
        if not dry_run:
            for file in going:
                file.unlink()
            _forget(state)
            for name in _CONTENTS:
                _remove_empty(state / name) if keep else remove_folder(state / name)
    return found


def _everything(state: Path) -> Iterator[Path]:
    for path in (state / name for name in _CONTENTS):
        yield from regular_files(path) if path.is_dir() else [path] * path.is_file()


def _old_files(state: Path, old: tuple[str, ...], kept: list[str]) -> Iterator[Path]:
    """The files of old executions: their folders, in the local S3 too, have their ids as names."""
    needed = {*_named_by(state, kept), *_packaged(state)}
    for top in ("executions", "s3"):
        for base, folders, _ in os.walk(state / top):
            for name in [each for each in folders if each in old]:
                folders.remove(name)
                for file in regular_files(Path(base, name)):
                    if needed.isdisjoint((file, *file.parents)):
                        yield file


def _named_by(state: Path, executions: list[str]) -> Iterator[Path]:
    """The results and logs that executions name, of earlier executions for cached steps."""
    for each in executions:
        report = state / "executions" / each / "execution.json"
        for step in _read(report).get("steps", ()) if report.is_file() else ():
            texts = (step["log"], *step["outputs"].values(), *step["property_files"].values())
            for file in map(Path, filter(None, texts)):
                yield file
                if file.name == SUMMARY and file.is_file():  # later steps may read what the second best left
                    yield from named_by_summary(file)


def _packaged(state: Path) -> Iterator[Path]:
    """The files that model packages name by their S3 address."""
    for package in regular_files(state / "model-packages"):
        for text in _texts(_read(package)):
            if text.startswith("s3://"):
                yield state / "s3" / text.removeprefix("s3://")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _texts(each)


def _forget(state: Path) -> None:
    """Remove the cache records of what is no longer there."""
    for file in [*regular_files(state / "cache")]:
        record = _read(file)
        paths = [record["log"], *(output["path"] for output in record["outputs"].values())]
        if not all((state / path).exists() for path in paths):
            file.unlink()


def _remove_empty(folder: Path) -> None:
    for base, _, _ in os.walk(folder, topdown=False):
        if not os.listdir(base):
            os.rmdir(base)


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
