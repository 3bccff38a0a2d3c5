"""What the command line prints: tables and diagnostics for people, the same as data with --json."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline_compiler.rules import UNWRITABLE
from script_contracts.core.diagnostics import (
    Diagnostic,
    PipelineCompilerError,
    Place,
    Severity,
    has_errors,
)

_PIPE_WIDTH = 160  # where no terminal sets a width, tables keep their rows on one line
stdout = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
stderr = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Diagnostics for people, on stderr."""
    for diagnostic in diagnostics:
        first, *rest = str(diagnostic).splitlines()
        text = Text(first)
        text.stylize(_STYLES[diagnostic.severity], 0, first.index(":"))
        stderr.print(text)
        for line in rest:
            stderr.print(Text(line, style="green" if line.startswith("  fix:") else ""))


def count_problems(diagnostics: Iterable[Diagnostic]) -> str:
    """How many problems there are, warnings apart."""
    severities = [each.severity for each in diagnostics]
    counts = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"))
    numbers = [(severities.count(severity), word) for severity, word in counts]
    return ", ".join(f"{number} {word}{'s' * (number != 1)}" for number, word in numbers if number)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """How many warnings there are, where there are no errors."""
    warnings = [each for each in diagnostics if each.severity is Severity.WARNING]
    return f"0 errors, {count_problems(warnings) or '0 warnings'}"


def table(*headers: str) -> Table:
    """An empty table without lines; a cell that is too long is folded, never cut."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        result.add_column(header, overflow="fold")
    return result


def print_json(document: dict[str, Any], diagnostics: Iterable[Diagnostic] = ()) -> None:
    """Data on stdout: `ok`, the diagnostics, and what the command found."""
    found = tuple(diagnostics)
    entries = [diagnostic.as_dict() for diagnostic in found]
    json.dump({"ok": not has_errors(found), "diagnostics": entries, **document}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def write_text(output: Path, text: str, mode: Literal["w", "x"]) -> None:
    """Write a file; mode x only if there is none.

    Raises:
        PipelineCompilerError: (PC410) if it cannot be written.
    """
    try:
        with output.open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise PipelineCompilerError(
            UNWRITABLE.error(
                f"{output} cannot be written: {error.strerror}",
                fix="choose another file with --output",
                place=Place(str(output)),
            )
        ) from None
