"""Condition and Fail steps: what the shape of an entry does not say.

Source: the conditions and steps that SageMaker Pipelines documents, and that both lines of the SageMaker
Python SDK write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.conformance.jobs import at, entries
from pipeline_compiler.conformance.service_rules import AFTER_FAIL, BAD_CONDITION
from pipeline_compiler.conformance.values import known, known_text, parameter_of
from script_contracts.core.diagnostics import Severity

_OF_NUMBERS = frozenset({"GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"})
_MESSAGE = 3072  # characters of a Fail step's ErrorMessage; SageMaker Pipelines guide, read 2026-11


def check_conditions(definition: Definition) -> Iterator[Finding]:
    """Comparisons of what is no number, and conditions without steps in either branch."""
    for step in definition.steps:
        if step.type != "Condition":
            continue
        for path, condition in _conditions(("Arguments", "Conditions"), step.arguments.get("Conditions")):
            if condition.get("Type") in _OF_NUMBERS:
                yield from _of_numbers(definition, step, path, condition)
        if not step.arguments.get("IfSteps") and not step.arguments.get("ElseSteps"):
            yield Finding(
                BAD_CONDITION,
                step.name,
                ("Arguments",),
                "neither branch of the condition has steps: its outcome changes nothing",
                "move the steps that it is to decide about into IfSteps or ElseSteps",
                Severity.WARNING,
            )


def _conditions(path: Path, listed: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every condition of a list, and those inside of Or and Not."""
    for index, condition in entries(listed):
        here = (*path, index)
        yield here, condition
        yield from _conditions((*here, "Conditions"), condition.get("Conditions"))
        negated = condition.get("Condition")
        if isinstance(negated, dict):
            yield (*here, "Condition"), negated
            yield from _conditions((*here, "Condition", "Conditions"), negated.get("Conditions"))


def _of_numbers(
    definition: Definition, step: Step, path: Path, condition: Mapping[str, Any]
) -> Iterator[Finding]:
    sides = {name: _is_number(definition, condition.get(name)) for name in ("LeftValue", "RightValue")}
    if True in sides.values():
        return  # a number compared with something else is a matter of types, not of this condition
    for name, is_number in sides.items():
        if is_number is False:
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
