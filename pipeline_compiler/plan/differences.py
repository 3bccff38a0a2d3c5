"""What differs between two pipeline definitions, as data in people's words. Pure: it reads its arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from pipeline_compiler.plan.definitions import PlacedStep, placed_steps
from pipeline_compiler.plan.facts import Path, facts
from pipeline_compiler.plan.labels import group, label


class Kind(str, Enum):
    """What happens to a thing that has a name."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class FieldChange:
    """One setting that differs. None stands for a setting that is not there.

    Attributes:
        path: where it stands in the request.
    """

    field: str
    before: Any
    after: Any
    path: Path = ()


@dataclass(frozen=True)
class StepChange:
    """One step that differs.

    Attributes:
        type: SageMaker's step type.
        branch: where the step lies after the change, or did before it was removed; "" for the top level.
        moved_from: the branch that it lay in, where that is another one; else None.
        fields: what differs in a changed step.
    """

    name: str
    type: str
    kind: Kind
    branch: str = ""
    moved_from: str | None = None
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class ParameterChange:
    """One pipeline parameter that differs."""

    name: str
    kind: Kind
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class Differences:
    """All that differs between two pipelines. False where nothing does.

    Attributes:
        settings: of the pipeline as a whole, such as its role.
        tags: of the pipeline; those of jobs are settings of their steps.
    """

    steps: tuple[StepChange, ...] = ()
    parameters: tuple[ParameterChange, ...] = ()
    settings: tuple[FieldChange, ...] = ()
    tags: tuple[FieldChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps or self.parameters or self.settings or self.tags)

    def as_dict(self) -> dict[str, Any]:
        """The differences as JSON-ready data."""
        return asdict(self)


def definition_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Differences:
    """What differs between two definitions in what they mean, not in how they are written."""
    return Differences(
        steps=tuple(_steps(placed_steps(before), placed_steps(after))),
        parameters=tuple(_parameters(before, after)),
        settings=tuple(field_changes(_settings(before), _settings(after))),
    )


def _steps(before: Mapping[str, PlacedStep], after: Mapping[str, PlacedStep]) -> Iterator[StepChange]:
    for name, new in after.items():
        old = before.get(name)
        if old is None:
            yield StepChange(name, new.type, Kind.ADDED, new.branch)
            continue
        fields = tuple(step_field_changes(old, new))
        moved_from = old.branch if old.branch != new.branch else None
        if fields or moved_from is not None:
            yield StepChange(name, new.type, Kind.CHANGED, new.branch, moved_from, fields)
    for name, old in before.items():
        if name not in after:
            yield StepChange(name, old.type, Kind.REMOVED, old.branch)


def step_field_changes(before: PlacedStep, after: PlacedStep) -> list[FieldChange]:
    """What differs between two versions of a step, apart from where it lies."""
    return field_changes(_comparable(before), _comparable(after))


def _comparable(step: PlacedStep) -> dict[Path, Any]:
    """The step's settings. A cache that is switched off is no cache, however long it would last."""
    found = facts(step.request)
    if found.pop(("CacheConfig", "Enabled"), False) is not True:
        found.pop(("CacheConfig", "ExpireAfter"), None)
    return found


def field_changes(before: Mapping[Path, Any], after: Mapping[Path, Any]) -> list[FieldChange]:
    """The settings that differ; an entry of a list that is new or gone, such as an input, is one change."""
    paths = (*after, *(path for path in before if path not in after))
    changed = [path for path in paths if not _same(before.get(path), after.get(path))]
    if not changed:
        return []
    groups_before = {group(path) for path in before}
    groups_after = {group(path) for path in after}
    changes: dict[Path, FieldChange] = {}
    for path in changed:
        old, new = before.get(path), after.get(path)
        whole = group(path)
        key = path if whole in groups_before and whole in groups_after else whole
        # The setting with the shortest name says what the entry is: "input DATA", not "input DATA LocalPath".
        if key not in changes or len(label(path)) < len(changes[key].field):
            changes[key] = FieldChange(label(path), old, new, path)
    return sorted(changes.values(), key=lambda change: change.field)


def _same(before: object, after: object) -> bool:
    """Whether two JSON values are equal; Python takes true for 1, and JSON does not."""
    if isinstance(before, (str, float)) or isinstance(after, float):
        return before == after
    return json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)


def _settings(document: Mapping[str, Any]) -> dict[Path, Any]:
    return facts({key: value for key, value in document.items() if key not in ("Steps", "Parameters")})


_PARAMETER_FIELDS = {"Type": "type", "DefaultValue": "default", "EnumValues": "allowed values"}


def _parameters(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ParameterChange]:
    old = {each["Name"]: facts(each) for each in before.get("Parameters", ())}
    new = {each["Name"]: facts(each) for each in after.get("Parameters", ())}
    for name in (*new, *(name for name in old if name not in new)):
        found = tuple(
            FieldChange(_PARAMETER_FIELDS.get(each.field, each.field), each.before, each.after, each.path)
            for each in field_changes(old.get(name, {}), new.get(name, {}))
            if each.path != ("Name",)
        )
        if name not in old or name not in new:
            yield ParameterChange(name, Kind.ADDED if name in new else Kind.REMOVED, found)
        elif found:
            yield ParameterChange(name, Kind.CHANGED, found)
