"""References to steps: which property of which step a `Get` reads, and of what type that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pipeline_compiler.conformance.definition import Definition, Step, is_expression
from pipeline_compiler.conformance.model_rules import (
    OPPOSITE_BRANCHES,
    UNKNOWN_PROPERTY,
    UNKNOWN_STEP,
    WRONG_EXPRESSION,
)
from pipeline_compiler.conformance.scope import Problem
from pipeline_compiler.conformance.shape import DECLARED_TYPES, Shape
from pipeline_compiler.conformance.step_types import STEP_TYPES
from script_contracts.core.suggestions import did_you_mean

Part: TypeAlias = str | int
_PART = re.compile(r"\.([^.\[\]'\"]+)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
# The members that name the entries of a request's lists; `Outputs['train']` finds one by it.
_NAMES = ("OutputName", "InputName", "ChannelName")


@dataclass(frozen=True)
class Reference:
    """A reference to a step, taken apart.

    Attributes:
        step: the step's name.
        parts: what follows: members and keys as text, indexes as numbers.
    """

    step: str
    parts: tuple[Part, ...]


def parse_reference(path: str) -> Reference | None:
    """The reference that a `Get` path beginning with `Steps.` is; None where it has no such form."""
    name, dot, rest = path.removeprefix("Steps.").partition(".")
    parts: list[Part] = []
    position, text = 0, f"{dot}{rest}"
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return None
        index = match[2]
        parts.append(int(index) if index else next(part for part in match.groups() if part is not None))
        position = match.end()
    return Reference(name, tuple(parts)) if name and parts else None


def referenced_steps(step: Step) -> Iterator[str]:
    """The names of the steps that the expressions of a step's entry read."""
    for function, path in step.expressions:
        if function == "Get" and isinstance(path, str) and path.startswith("Steps."):
            yield path.removeprefix("Steps.").partition(".")[0]


def target_problem(name: str, reader: Step | None, definition: Definition) -> Problem | None:
    """Why a step cannot wait for the step of that name: it does not exist, or never runs with it."""
    target = definition.by_name.get(name)
    if target is None:
        return Problem(
            UNKNOWN_STEP,
            f"there is no step '{name}'",
            did_you_mean(name, set(definition.by_name), what="steps"),
        )
    behind = dict(target.branches)
    for condition, branch in reader.branches if reader else ():
        if behind.get(condition, branch) != branch:
            return Problem(
                OPPOSITE_BRANCHES,
                f"'{name}' lies in {behind[condition]} of '{condition}' and this step in {branch}: they "
                "never run in one execution",
                "move both into one branch, or read a step that runs before the condition",
            )
    return None


def type_of_property(step: Step, parts: tuple[Part, ...]) -> str | Problem:
    """The type of the property that the parts lead to, or why they lead nowhere.

    It is a shape's type, or `any` where only the run will tell.
    """
    kind = STEP_TYPES.get(step.type)
    if kind is None:
        return "any"  # the unknown type is a finding of its own
    first = parts[0]
    if first == "PropertyFiles":
        return Problem(
            WRONG_EXPRESSION,
            f"a property file of '{step.name}' is not a value",
            'read a value of it: {"Std:JsonGet": {"PropertyFile": {"Get": ...}, "Path": ...}}',
        )
    if first == "OutputParameters" and step.type in ("Lambda", "Callback"):
        return _declared_output(step, parts)
    if first not in kind.properties:
        return _unknown(step, "", first, kind.properties)
    return _walk(step, kind.properties[str(first)], parts)


def _declared_output(step: Step, parts: tuple[Part, ...]) -> str | Problem:
    declared = step.entry.get("OutputParameters")
    entries = [each for each in declared if isinstance(each, dict)] if isinstance(declared, list) else []
    types = {str(each.get("OutputName")): each.get("OutputType") for each in entries}
    if len(parts) != 2 or parts[1] not in types:
        return _unknown(step, "OutputParameters", parts[1] if len(parts) > 1 else "", types)
    return DECLARED_TYPES.get(str(types[str(parts[1])]), "any")


def _walk(step: Step, shape: Shape, parts: tuple[Part, ...]) -> str | Problem:
    given: Any = step.arguments.get(str(parts[0]))
    walked = str(parts[0])
    for part in parts[1:]:
        written = f".{part}" if shape.type == "structure" else f"[{part!r}]"
        if shape.type == "structure":
            if part not in shape.members:
                return _unknown(step, walked, part, shape.members)
            shape = shape.members[str(part)]
            given = given.get(part) if isinstance(given, Mapping) else None
        elif shape.type == "list":
            missing = _missing_entry(step, walked, part, shape, given)
            if missing:
                return missing
            shape, given = shape.member, _entry(given, part, shape)
        elif shape.type == "map":
            shape, given = shape.value, None
        elif shape.type == "any":
            return "any"
        else:
            return _unknown(step, walked, part, ())
        walked += written
    return shape.type


def _name_of_entries(shape: Shape) -> str | None:
    """The member that names the entries of a list, for those lists that a request gives."""
    members = shape.member.members if shape.member.type == "structure" else {}
    return next((name for name in _NAMES if name in members), None)


def _entry(given: Any, part: Part, shape: Shape) -> Any:
    """The entry of the request's list that a part of a reference reads."""
    if not isinstance(given, list):
        return None
    if isinstance(part, int):
        return given[part] if part < len(given) else None
    name = _name_of_entries(shape)
    return next((each for each in given if isinstance(each, dict) and each.get(name) == part), None)


def _missing_entry(step: Step, walked: str, part: Part, shape: Shape, given: Any) -> Problem | None:
    """A named or counted entry that the step's own request does not list."""
    naming = _name_of_entries(shape)
    if naming is None or is_expression(given):
        return None
    entries: Sequence[Any] = given if isinstance(given, list) else ()
    if isinstance(part, int):
        if part < len(entries):
            return None
        return Problem(
            UNKNOWN_PROPERTY,
            f"'{step.name}' has {len(entries)} {walked}, and [{part}] is read",
            f"count from 0, or read one by its {naming}",
        )
    names = [each.get(naming) for each in entries if isinstance(each, Mapping)]
    if part in names or not all(isinstance(name, str) for name in names):
        return None
    return _unknown(step, walked, part, [str(name) for name in names])


def _unknown(step: Step, walked: str, part: Part, known: Any) -> Problem:
    where = f"{walked} of '{step.name}'" if walked else f"'{step.name}', a {step.type} step,"
    if not known:
        return Problem(UNKNOWN_PROPERTY, f"{where} has no '{part}'", "read it without what follows")
    return Problem(
        UNKNOWN_PROPERTY,
        f"{where} has no '{part}'",
        did_you_mean(str(part), known, what="properties there"),
    )
