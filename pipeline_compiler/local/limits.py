"""The service's limits on a resolved job request.

Source: CreateProcessingJob and CreateTrainingJob in the Amazon SageMaker API reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.local.metrics import metric_problems
from pipeline_compiler.local.rules import SERVICE_LIMIT
from script_contracts.core.diagnostics import Diagnostic, Place

_VARIABLE_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def processing_limits(step: str, arguments: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What CreateProcessingJob would refuse about the sizes of a request."""
    yield from _strings(step, "Environment", arguments.get("Environment", {}), 100, 256, 256)
    inputs = arguments.get("ProcessingInputs", [])
    outputs = arguments.get("ProcessingOutputConfig", {}).get("Outputs", [])
    yield from _count(step, "ProcessingInputs", len(inputs), 10)
    yield from _count(step, "ProcessingOutputConfig.Outputs", len(outputs), 10)
    yield from _command(step, "AppSpecification", arguments["AppSpecification"])


def training_limits(step: str, arguments: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What CreateTrainingJob would refuse about the sizes of a request."""
    yield from _strings(step, "Environment", arguments.get("Environment", {}), 100, 512, 512)
    yield from _strings(step, "HyperParameters", arguments.get("HyperParameters", {}), 100, 256, 2500)
    yield from _count(step, "InputDataConfig", len(arguments.get("InputDataConfig", [])), 20)
    yield from _command(step, "AlgorithmSpecification", arguments.get("AlgorithmSpecification", {}))
    yield from metric_problems(step, arguments)


def _command(step: str, owner: str, arguments: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for name in ("ContainerEntrypoint", "ContainerArguments"):
        values = arguments.get(name, [])
        yield from _count(step, f"{owner}.{name}", len(values), 100)
        for index, value in enumerate(values):
            yield from _string(step, f"{owner}.{name}[{index}]", value, 256)


def _strings(
    step: str, field: str, values: Mapping[str, Any], count: int, key_size: int, value_size: int
) -> Iterator[Diagnostic]:
    yield from _count(step, field, len(values), count)
    for key, value in values.items():
        if field == "Environment" and not _VARIABLE_NAME.fullmatch(key):
            yield _problem(
                step, field, f"'{key}' is not a variable name", "use letters, digits and _, no digit first"
            )
        yield from _string(step, f"{field} key '{key[:40]}'", key, key_size)
        yield from _string(step, f"{field}.{key}", value, value_size)


def _count(step: str, field: str, actual: int, most: int) -> Iterator[Diagnostic]:
    if actual > most:
        yield _problem(step, field, f"{field} has {actual} entries", f"use at most {most}")


def _string(step: str, field: str, value: object, most: int) -> Iterator[Diagnostic]:
    if not isinstance(value, str):
        kind = type(value).__name__
        yield _problem(
            step,
            field,
            f"{field} is {value!r} ({kind}), not a string",
            "give it as text, with Join if computed",
        )
    elif len(value) > most:
        yield _problem(
            step, field, f"{field} has {len(value)} characters: '{value[:40]}...'", f"use at most {most}"
        )


def _problem(step: str, field: str, message: str, fix: str) -> Diagnostic:
    return SERVICE_LIMIT.error(f"step '{step}': {message}", fix=fix, place=Place(field=f"{step}.{field}"))
