"""Condition and Fail steps: what the shape of an entry does not say.

Source: the conditions and steps that SageMaker Pipelines documents, and that both lines of the SageMaker
Python SDK write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.conformance.jobs import at
from pipeline_compiler.conformance.service_rules import AFTER_FAIL, BAD_CONDITION
from pipeline_compiler.conformance.values import known, known_text, parameter_of
from script_contracts.core.diagnostics import Severity
from script_contracts.core.suggestions import closest, did_you_mean

_COMPARED = frozenset({"LeftValue", "RightValue"})
MEMBERS: Mapping[str, frozenset[str]] = {
    "Equals": _COMPARED,
    "GreaterThan": _COMPARED,
    "GreaterThanOrEqualTo": _COMPARED,
    "LessThan": _COMPARED,
    "LessThanOrEqualTo": _COMPARED,
    "In": frozenset({"QueryValue", "Values"}),
    "Not": frozenset({"Condition"}),
    "Or": frozenset({"Conditions"}),
}
_OF_NUMBERS = frozenset({"GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"})
_MESSAGE = 3072  # characters of a Fail step's ErrorMessage; SageMaker Pipelines guide, read 2026-11


def check_conditions(definition: Definition) -> Iterator[Finding]:
    """Conditions of no known type, with wrong members, of what cannot be compared, or without effect."""
    for step in definition.steps:
        if step.type != "Condition":
            continue
        listed = step.arguments.get("Conditions")
        for index, condition in enumerate(listed if isinstance(listed, list) else ()):
            yield from _condition(definition, step, ("Arguments", "Conditions", index), condition)
        if not step.arguments.get("IfSteps") and not step.arguments.get("ElseSteps"):
            yield Finding(
                BAD_CONDITION,
                step.name,
                ("Arguments",),
                "neither branch of the condition has steps: its outcome changes nothing",
                "move the steps that it is to decide about into IfSteps or ElseSteps",
                Severity.WARNING,
            )


def _condition(definition: Definition, step: Step, path: Path, condition: Any) -> Iterator[Finding]:
    kind = condition.get("Type") if isinstance(condition, dict) else None
    if not isinstance(kind, str) or kind not in MEMBERS:
        fix = did_you_mean(str(kind), MEMBERS, what="condition types")
        yield Finding(BAD_CONDITION, step.name, path, f"there is no condition of type {kind!r}", fix)
        return
    yield from _members(step, path, condition, MEMBERS[kind] | {"Type"})
    if kind in _OF_NUMBERS and condition.keys() >= _COMPARED:
        yield from _of_numbers(definition, step, path, condition)
    if kind == "Not" and "Condition" in condition:
        yield from _condition(definition, step, (*path, "Condition"), condition["Condition"])
    for member in sorted({"Conditions", "Values"} & condition.keys() & MEMBERS[kind]):
        inner = condition[member]
        if not isinstance(inner, list) or not inner:
            message, fix = f"{member} of {kind} must be a list with entries", f"list the {member.lower()}"
            yield Finding(BAD_CONDITION, step.name, (*path, member), message, fix)
        elif kind == "Or":
            for index, each in enumerate(inner):
                yield from _condition(definition, step, (*path, member, index), each)


def _members(
    step: Step, path: Path, condition: Mapping[str, Any], members: frozenset[str]
) -> Iterator[Finding]:
    """A member that is there under another name is one mistake, not two."""
    missing = members - condition.keys()
    for name in sorted(condition.keys() - members):
        meant = missing and (closest(name, missing) or (min(missing) if len(missing) == 1 else None))
        missing -= {meant or ""}
        fix = f"did you mean '{meant}'?" if meant else f"use {', '.join(sorted(members))}"
        message = f"{condition['Type']} has no member '{name}'"
        yield Finding(BAD_CONDITION, step.name, (*path, name), message, fix)
    for name in sorted(missing):
        yield Finding(BAD_CONDITION, step.name, path, f"{condition['Type']} lacks '{name}'", f"add '{name}'")


def _of_numbers(
    definition: Definition, step: Step, path: Path, condition: Mapping[str, Any]
) -> Iterator[Finding]:
    for name in sorted(_COMPARED):
        if _is_number(definition, condition[name]) is False:
            yield Finding(
                BAD_CONDITION,
                step.name,
                (*path, name),
                f"{condition['Type']} compares numbers, and {name} is {_shown(condition[name])}",
                "compare a number, or use Equals or In for text",
            )


def _is_number(definition: Definition, value: Any) -> bool | None:
    """None where only the run will tell."""
    declared = definition.parameters.get(parameter_of(value) or "", {}).get("Type")
    if declared is not None:
        return declared in ("Integer", "Float")
    found = known(definition, value)
    return None if found is None else isinstance(found, (int, float)) and not isinstance(found, bool)


def _shown(value: Any) -> str:
    name = parameter_of(value)
    return f"the parameter '{name}', which is none" if name is not None else repr(value)


def check_fail_steps(definition: Definition) -> Iterator[Finding]:
    """Fail steps that others wait for, and messages of a length that is refused."""
    ends = {step.name for step in definition.steps if step.type == "Fail"}
    for step in definition.steps:
        waits = step.entry.get("DependsOn")
        for index, entry in enumerate(waits if isinstance(waits, list) else ()):
            name = entry if isinstance(entry, str) else at(entry, "Step")
            if name in ends:
                yield Finding(
                    AFTER_FAIL,
                    step.name,
                    ("DependsOn", index),
                    f"it waits for the Fail step '{name}', which ends the execution",
                    f"remove '{name}' from DependsOn",
                )
        text = known_text(definition, step.arguments.get("ErrorMessage")) if step.type == "Fail" else None
        if text is not None and len(text) > _MESSAGE:
            says = f"the ErrorMessage has {len(text)} characters, and AWS takes {_MESSAGE}"
            yield Finding(AFTER_FAIL, step.name, ("Arguments", "ErrorMessage"), says, "shorten the message")
