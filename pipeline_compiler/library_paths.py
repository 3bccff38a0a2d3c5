"""Where a config or template says that step libraries lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pipeline_compiler.documents import Document
from pipeline_compiler.rules import INVALID_VALUE
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, Place


@dataclass(frozen=True)
class LibraryPath:
    """A library's folder, and where it is named."""

    path: Path
    place: Place = field(default=NOWHERE, compare=False)


def library_paths(document: Document) -> tuple[tuple[LibraryPath, ...], list[Diagnostic]]:
    """The step libraries that a config or template lists, and what is wrong with the list."""
    listed = document.data.get("step_libraries")
    entries = listed if isinstance(listed, list) else [] if listed is None else [listed]
    problems = [
        INVALID_VALUE.error(
            f"'step_libraries' must list folders, got {entry!r}",
            fix="write one '- ./my_steps' per line, relative to the file",
            place=document.place("step_libraries", index),
        )
        for index, entry in enumerate(entries)
        if not isinstance(listed, list) or not isinstance(entry, (str, Path))
    ]
    if problems:
        return (), problems
    places = (document.place("step_libraries", index) for index in range(len(entries)))
    paths = (
        LibraryPath(document.folder / entry, place) for entry, place in zip(entries, places, strict=True)
    )
    return tuple(paths), []
