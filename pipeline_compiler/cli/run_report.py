"""What `run` prints when it is over: the steps, where their results are, and the metrics."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.text import Text

from pipeline_compiler.cli.output import stdout, table
from pipeline_compiler.documents import read_document
from pipeline_compiler.local import RunReport, Status, StepResult
from script_contracts.core.diagnostics import Diagnostic, Place

_STYLES = {Status.FAILED: "bold red", Status.BLOCKED: "yellow", Status.SKIPPED: "dim", Status.CACHED: "cyan"}


def print_report(report: RunReport) -> None:
    """The report for people, on standard output."""
    listing = table("Step", "Status", "Seconds", "")
    for step in report.steps:
        status = Text(step.status.value, style=_STYLES.get(step.status, "green"))
        note = "" if step.diagnostics else step.message  # a failure has been told in full
        listing.add_row(step.name, status, f"{step.seconds:.1f}", note)
    stdout.print(listing)
    for folder, names in _results(report).items():
        stdout.print(Text(f"\nResults in {_short(folder)}", style="bold"), soft_wrap=True)
        for name in names:
            stdout.print(f"  {name}", soft_wrap=True)
    stdout.print(Text.assemble(("\nLogs in ", "bold"), (_short(report.folder), "bold")), soft_wrap=True)
    for step in report.steps:
        for name in step.property_files:
            stdout.print(Text(f"\n{step.name}", style="bold"))
            stdout.print(_wrapped(_metrics(report, step.name, name)))


def at_their_steps(report: RunReport, config: Path) -> tuple[Diagnostic, ...]:
    """Why the run failed, each at the line of the config that has the settings of the step that failed."""
    document = read_document(config)
    return tuple(
        diagnostic.at(document.place("steps", step.name))
        if diagnostic.place == Place(field=step.name)
        else diagnostic
        for step in report.steps
        for diagnostic in step.diagnostics
    )


def _results(report: RunReport) -> Mapping[Path, list[str]]:
    """Folder -> what lies in it; the paths of one execution differ from the step's name on."""
    found: dict[Path, list[str]] = {}
    for step in report.steps:
        for name, path in step.outputs.items():
            folder = _above(step, path)
            inside = str(path.relative_to(folder))
            label = inside if inside.startswith(step.name) else f"{inside}  ({step.name}.{name})"
            found.setdefault(folder, []).append(label)
    return found


def _above(step: StepResult, path: Path) -> Path:
    """The folder in which the step has its own; the path's where it has none."""
    return next((parent.parent for parent in path.parents if parent.name == step.name), path.parent)


def _metrics(report: RunReport, step: str, name: str) -> Iterator[str]:
    document = report.read_property_file(step, name)
    for key, value in document.items() if isinstance(document, dict) else ():
        if isinstance(value, int):
            yield f"{key} {value:,}"
        elif isinstance(value, float):
            yield f"{key} {value:.4g}"


def _wrapped(entries: Iterator[str]) -> str:
    """As many entries on a line as fit; a name stays with its value."""
    joined = "  ".join(entry.replace(" ", "\0") for entry in entries)
    lines = textwrap.wrap(joined, stdout.width - 2, break_on_hyphens=False)
    return textwrap.indent("\n".join(lines), "  ").replace("\0", " ")


def _short(path: Path) -> str:
    """A path relative to where the user stands, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
