"""Where the source's files come from: a mounted folder, an Athena query, or a package's own service."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Mapping

import contract_runtime

SETTINGS_FILE = "source.json"  # beside this module, in the code bundle: too long for the environment


@dataclass(frozen=True)
class SourceFiles:
    """The source as files: the folder that holds them, and their format ("" if their names tell)."""

    folder: Path
    format: str


def bundled_settings() -> dict[str, Any]:
    """The settings that travel in the code bundle: `where`, `unload`, `adapter` and its `settings`."""
    file = Path(__file__).with_name(SETTINGS_FILE)
    settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return settings


@contextmanager
def source_folder(runtime: contract_runtime.Runtime, settings: Mapping[str, Any]) -> Iterator[SourceFiles]:
    """The source's files, for as long as the context is open.

    A mounted folder wins: that is how local runs let files stand in for a query or a service.

    Raises:
        ScriptError: (PC703) nothing is mounted and the settings name no other source; (PC754) the
            query or the service failed.
    """
    mounted = runtime.optional_input_path("source")
    if mounted is not None or not ("unload" in settings or "adapter" in settings):
        yield SourceFiles(runtime.input_path("source"), runtime.env("SOURCE_FORMAT").strip())
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "source")
        folder.mkdir()
        if "unload" in settings:
            import athena_unload  # boto3 takes a moment, which other sources need not spend

            athena_unload.unload(settings["unload"], runtime.env("SOURCE_UNLOAD_URI"), folder)
            yield SourceFiles(folder, "parquet")
        else:
            import source_adapter

            source_adapter.read(dict(settings.get("settings", {})), folder)
            _check_written(settings["adapter"], folder)
            yield SourceFiles(folder, "")


def _check_written(name: str, folder: Path) -> None:
    if not any(path.is_file() for path in folder.rglob("*")):
        raise contract_runtime.ScriptError(
            "PC754",
            f"the source adapter '{name}' wrote no file",
            "check its settings, and what the service holds",
        )
