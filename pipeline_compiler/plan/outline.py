"""A plan as lines of text, each with what it stands for: what every way of showing a plan has in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from pipeline_compiler.plan.code import CodeComparison
from pipeline_compiler.plan.differences import Differences, FieldChange, Kind, StepChange
from pipeline_compiler.plan.labels import CODE
from pipeline_compiler.plan.planning import Drift, Plan
from pipeline_compiler.plan.reruns import Outcome
from pipeline_compiler.plan.wording import quoted, text_of

_MANY = 3  # from so many steps on, one and the same change is told once


class Mark(str, Enum):
    """What a line tells of."""

    TITLE = "title"
    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"
    WARNING = "!"
    RUNS = "*"
    NOTE = " "


@dataclass(frozen=True)
class Line:
    """One line: its mark, how deep it is indented, and its text."""

    mark: Mark
    text: str
    depth: int = 0


_MARKS = {Kind.ADDED: Mark.ADDED, Kind.REMOVED: Mark.REMOVED, Kind.CHANGED: Mark.CHANGED}


def outline(plan: Plan) -> Iterator[Line]:
    """The whole plan."""
    yield Line(Mark.TITLE, f"{plan.compiled.name} in {plan.compiled.region}: {headline(plan)}")
    if plan.drift:
        yield from drift_lines(plan.drift)
    if plan.deployed is None:
        yield from _new_pipeline(plan)
    else:
        yield from difference_lines(plan.differences, plan)
    yield from next_start_lines(plan)
    yield from file_lines(plan)


def headline(plan: Plan) -> str:
    """What deploying does, in one line."""
    if plan.deployed is None:
        return "a new pipeline"
    if not plan:
        return "nothing to change"
    kinds = Counter(step.kind for step in plan.differences.steps)
    parts = [
        f"{_count(kinds[kind], 'step')} to {verb}"
        for kind, verb in ((Kind.ADDED, "add"), (Kind.CHANGED, "change"), (Kind.REMOVED, "remove"))
        if kinds[kind]
    ]
    for changes, noun in (
        (plan.differences.parameters, "parameter"),
        (plan.differences.settings, "setting"),
        (plan.differences.tags, "tag"),
    ):
        if changes:
            parts.append(f"{_count(len(changes), noun)} to change")
    if not parts:
        return f"{_count(len(plan.files.missing), 'file')} to upload again"
    return ", ".join(parts)


def drift_lines(drift: Drift) -> Iterator[Line]:
    """What others did to the deployed definition, all of which deploying would undo."""
    revision = f", from revision {drift.revision}" if drift.revision else ""
    yield Line(
        Mark.WARNING,
        f"the deployed definition is not the one that was last deployed from here{revision}: it was changed "
        "by other means, and deploying overwrites that",
    )
    if drift.problem:
        yield Line(Mark.NOTE, f"what was changed is not known: {drift.problem}", 1)
    for line in difference_lines(drift.differences):
        yield Line(line.mark, line.text, line.depth + 1)


def difference_lines(differences: Differences, plan: Plan | None = None) -> Iterator[Line]:
    """The differences; with the files behind changes of code where a plan knows them."""
    code = plan.code if plan else {}
    for change in differences.settings:
        yield _field_line(change, 0)
    for parameter in differences.parameters:
        yield Line(_MARKS[parameter.kind], f"parameter {parameter.name}")
        for change in parameter.fields:
            yield _field_line(change, 1, typed=True)
    shared = _shared(differences.steps)
    for change, names in shared.values():
        yield Line(Mark.CHANGED, f"in {len(names)} steps: {', '.join(names)}")
        yield from _change_lines(change, code)
    for step in differences.steps:
        yield from _step_lines(step, shared, code)
    for change in differences.tags:
        yield _field_line(FieldChange(f"tag {change.field}", change.before, change.after), 0)


def _shared(steps: tuple[StepChange, ...]) -> dict[str, tuple[FieldChange, list[str]]]:
    """Changes that are the same in many steps, with the steps."""
    found: dict[str, tuple[FieldChange, list[str]]] = {}
    for step in steps:
        for change in step.fields:
            found.setdefault(_key(change), (change, []))[1].append(step.name)
    return {key: (change, names) for key, (change, names) in found.items() if len(names) >= _MANY}


def _key(change: FieldChange) -> str:
    """The same for changes that read the same."""
    return repr((change.field, change.before, change.after))


def _step_lines(
    step: StepChange, shared: Container[str], code: Mapping[tuple[str, str], CodeComparison]
) -> Iterator[Line]:
    own = [change for change in step.fields if _key(change) not in shared]
    if step.kind is Kind.CHANGED and not own and step.moved_from is None:
        return
    lies = f", {step.branch}" if step.branch else ""
    yield Line(_MARKS[step.kind], f"{step.name} ({step.type}{lies})")
    if step.moved_from is not None:
        places = (step.moved_from or "the top level", step.branch or "the top level")
        yield Line(Mark.CHANGED, f"moves from {places[0]} to {places[1]}", 1)
    for change in own:
        yield from _change_lines(change, code)


def _change_lines(change: FieldChange, code: Mapping[tuple[str, str], CodeComparison]) -> Iterator[Line]:
    comparison = code.get((change.before, change.after)) if change.field == CODE else None
    if comparison is None:
        yield _field_line(change, 1)
        return
    files = comparison.files
    what = comparison.problem or (
        f"{_count(len(files), 'file')} changed" if files else "the same files at another address"
    )
    yield Line(Mark.CHANGED, f"code: {what}", 1)
    for file in files:
        lines = f"  +{file.added} -{file.removed}" if file.added is not None else "  (binary)"
        yield Line(_MARKS[file.kind], f"{file.name}{lines}", 2)


def _field_line(change: FieldChange, depth: int, typed: bool = False) -> Line:
    show = quoted if typed else text_of
    if change.before is None:
        return Line(Mark.ADDED, f"{change.field}: {show(change.after)}", depth)
    if change.after is None:
        return Line(Mark.REMOVED, f"{change.field}: {show(change.before)}", depth)
    return Line(Mark.CHANGED, f"{change.field}: {show(change.before)} -> {show(change.after)}", depth)


def _new_pipeline(plan: Plan) -> Iterator[Line]:
    for parameter in plan.compiled.document["Parameters"]:
        default = quoted(parameter["DefaultValue"]) if "DefaultValue" in parameter else "none"
        yield Line(Mark.ADDED, f"parameter {parameter['Name']} (default {default})")
    for step in plan.compiled.steps:
        yield Line(Mark.ADDED, f"{step['Name']} ({step['Type']})")
    for key, value in sorted(plan.tags.items()):
        yield Line(Mark.ADDED, f"tag {key}: {value}")


def next_start_lines(plan: Plan) -> Iterator[Line]:
    """What runs at the next start, and why."""
    if plan.deployed is None or not plan.differences:
        return
    lost = [each for each in plan.next_runs if each.loses_cache]
    always = [each for each in plan.next_runs if each.outcome is Outcome.ALWAYS_RUNS and not each.loses_cache]
    reused = [each.step for each in plan.next_runs if each.outcome is Outcome.REUSED]
    title = f"{_count(len(lost), 'step')} lose{'s' * (len(lost) == 1)} what SageMaker has cached"
    yield Line(
        Mark.TITLE, f"At the next start {title if lost else 'no step loses what SageMaker has cached'}"
    )
    for each in lost:
        yield Line(Mark.RUNS, f"{each.step} {each.outcome.value}: {each.why}", 1)
    for each in always:
        yield Line(Mark.NOTE, f"{each.step} always runs: {each.why}", 1)
    if reused:
        yield Line(Mark.NOTE, f"reused where not expired: {', '.join(reused)}", 1)


def file_lines(plan: Plan) -> Iterator[Line]:
    """How much is uploaded."""
    missing, size = len(plan.files.missing), plan.files.missing_bytes
    if missing:
        total = missing + len(plan.files.present)
        yield Line(Mark.NOTE, f"{missing} of {_count(total, 'file')} to upload, {_size(size)}")


def _size(count: int) -> str:
    return f"{count / 1e3:,.1f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
