"""A plan for people: in a terminal, in a notebook, in a pull request; and as data."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich.text import Text

from pipeline_compiler.plan.outline import Line, Mark, outline
from pipeline_compiler.plan.planning import Plan
from pipeline_compiler.plan.reruns import Outcome

_STYLES = {
    Mark.TITLE: "bold",
    Mark.ADDED: "green",
    Mark.REMOVED: "red",
    Mark.CHANGED: "yellow",
    Mark.WARNING: "bold red",
    Mark.RUNS: "cyan",
    Mark.NOTE: "dim",
}
_COLORS = {Mark.ADDED: "#1a7f37", Mark.REMOVED: "#cf222e", Mark.CHANGED: "#9a6700", Mark.WARNING: "#cf222e"}
_INDENT = "  "


def plain_text(plan: Plan) -> str:
    """The plan as text."""
    return "\n".join(map(_plain, outline(plan)))


def rich_text(plan: Plan) -> Text:
    """The plan in colours: green is new, red goes, yellow changes."""
    text = Text()
    for number, line in enumerate(outline(plan)):
        text.append("\n" if number else "")
        text.append(_plain(line), style=_STYLES[line.mark])
    return text


def _plain(line: Line) -> str:
    mark = "" if line.mark is Mark.TITLE else f"{line.mark.value} "
    return f"{_INDENT * (line.depth + (line.mark is not Mark.TITLE))}{mark}{line.text}"


def html_text(plan: Plan) -> str:
    """The plan for a notebook."""
    lines = []
    for line in outline(plan):
        weight = "bold" if line.mark in (Mark.TITLE, Mark.WARNING) else "normal"
        style = f"color: {_COLORS.get(line.mark, 'inherit')}; font-weight: {weight}"
        lines.append(f'<span style="{style}">{html.escape(_plain(line))}</span>')
    return f"<pre>{chr(10).join(lines)}</pre>"


def markdown(plan: Plan) -> str:
    """The plan for a pull request: a headline, the changes as a diff, and a table of what runs again."""
    title, *rest = outline(plan)
    changes, runs = _split(rest)
    text = [f"### Plan for {title.text}"]
    warnings = [line.text for line in changes if line.mark is Mark.WARNING]
    text += [f"> **Warning:** {warning}" for warning in warnings]
    if body := [_diff_line(line) for line in changes if line.mark is not Mark.WARNING]:
        text.append("\n".join(["```diff", *body, "```"]))
    if runs:
        text.append(f"**{runs[0].text}**")
    if table := _runs_table(plan):
        text.append(table)
    return "\n\n".join(text) + "\n"


def _split(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """The changes, and from the second title on what the next start does."""
    changes: list[Line] = []
    runs: list[Line] = []
    for line in lines:
        (runs if runs or line.mark is Mark.TITLE else changes).append(line)
    return changes, runs


def _diff_line(line: Line) -> str:
    """A line for GitHub's colours: they go by its first character."""
    mark = {Mark.ADDED: "+", Mark.REMOVED: "-", Mark.CHANGED: "!"}.get(line.mark, " ")
    return f"{mark} {_INDENT * line.depth}{line.text}"


def _runs_table(plan: Plan) -> str:
    if plan.deployed is None or not plan.differences:
        return ""
    rows = ["| Step | At the next start | Why |", "|---|---|---|"]
    for each in plan.next_runs:
        outcome = each.outcome.value
        shown = f"**{outcome}**" if each.loses_cache else outcome
        if each.outcome is not Outcome.REUSED or each.loses_cache:
            rows.append(f"| {each.step} | {shown} | {_cell(each.why)} |")
    reused = sum(each.outcome is Outcome.REUSED for each in plan.next_runs)
    if reused:
        rows.append(f"| {reused} more | reused | nothing that they read has changed |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def as_dict(plan: Plan) -> dict[str, Any]:
    """The plan as JSON-ready data."""
    deployed = plan.deployed
    return {
        "pipeline": plan.compiled.name,
        "region": plan.compiled.region,
        "changes": bool(plan),
        "deployed": {
            "arn": deployed.arn,
            "definition": deployed.digest,
            "revision": deployed.revision,
            "description": deployed.description,
            "parallelism": dict(deployed.parallelism),
            "modified": deployed.modified.isoformat(),
        }
        if deployed
        else None,
        "differences": plan.differences.as_dict(),
        "code": [
            {"before": before, "after": after, **asdict(comparison)}
            for (before, after), comparison in plan.code.items()
        ],
        "next_start": [asdict(each) for each in plan.next_runs],
        "drift": asdict(plan.drift) if plan.drift else None,
        "uploads": {"files": list(plan.files.missing), "bytes": plan.files.missing_bytes},
        "tags": dict(plan.tags),
    }
