"""What a check knows of the place that it looks at, and how it says what it finds there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.conformance.quotas import Quotas
from script_contracts.core.diagnostics import Rule, Severity

_LONGEST = 80  # characters of an actual value that a message shows
# The execution variables, as both lines of the SageMaker Python SDK list them.
VARIABLES = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)


class Problem(NamedTuple):
    """A broken rule, before it is known where."""

    rule: Rule
    message: str
    fix: str
    severity: Severity = Severity.ERROR
    path: Path = ()


@dataclass(frozen=True)
class Scope:
    """The definition, its quotas, and the step whose entry is looked at; None outside of steps."""

    definition: Definition
    quotas: Quotas
    step: Step | None = None

    def finding(self, problem: Problem, path: Path) -> Finding:
        """The problem at a path of the step's entry, or of the definition."""
        step = self.step.name if self.step else None
        return Finding(
            problem.rule, step, (*path, *problem.path), problem.message, problem.fix, problem.severity
        )


def shown(value: Any) -> str:
    """An actual value as messages show it: at most a line."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}...{text[-1]}"
