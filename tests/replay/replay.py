"""What the replays have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline_compiler import CompiledPipeline, PipelineCompilerError, compile_pipeline
from pipeline_compiler.conformance.checks import check_definition
from script_contracts.core.diagnostics import Diagnostic
from tests.configs import minimal_config, with_values
from tests.conformance.handwritten import definition

E2E = "XGBoostTrainEvaluateE2E"


def compiled(values: dict[str, Any] | None = None) -> CompiledPipeline:
    """The largest shipped template, with the values at dotted paths of its config changed."""
    return compile_pipeline(None, with_values(minimal_config(E2E), values or {}))


def complaints(values: dict[str, Any]) -> tuple[Diagnostic, ...]:
    """What compiling says to the same."""
    return refusal(lambda: compiled(values))


def refusal(attempt: Callable[[], object]) -> tuple[Diagnostic, ...]:
    """What is said to an attempt, which must fail."""
    try:
        attempt()
    except PipelineCompilerError as error:
        return error.diagnostics
    raise AssertionError("this should have been refused")


def findings(*steps: dict[str, Any], **parameters: tuple[str, Any]) -> list[tuple[str, str]]:
    """Code and message of everything found in a hand-written definition."""
    document = definition(*steps, parameters=parameters)
    found = check_definition(document, region="us-east-1")
    return [(each.rule.code, f"{each.step} {each.location}: {each.message}") for each in found]


def told(found: list[tuple[str, str]], code: str, *parts: str) -> bool:
    """Whether a finding of this code says all of this."""
    return any(each == code and all(part in text for part in parts) for each, text in found)
