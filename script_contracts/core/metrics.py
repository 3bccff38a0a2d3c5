"""Metrics that a training program writes to its log, where SageMaker reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

from script_contracts.core.declaration import Declaration
from script_contracts.core.diagnostics import Diagnostic
from script_contracts.core.rules import BAD_METRIC

_LONGEST_REGEX = 500  # botocore sagemaker service model, shape MetricRegex


class Goal(str, Enum):
    """Which values of a metric are better, as a hyperparameter tuning job names it."""

    MAXIMIZE = "Maximize"
    MINIMIZE = "Minimize"


class MetricDefinition(Declaration):
    """How one metric is found in the program's log.

    Attributes:
        regex: matches each line that tells the metric's value; its first group is the number. The last
            match is the job's final value.
        goal: which values are better.

    Raises:
        PipelineCompilerError: (PC109) if the regular expression is not one that SageMaker can use.
    """

    regex: str
    goal: Goal

    def problems(self) -> Iterable[Diagnostic]:
        """Whether the regular expression finds a value."""
        problem = self._problem()
        if problem:
            yield BAD_METRIC.error(
                f"the metric's regular expression {self.regex!r} {problem}",
                fix="write one with a group around the number, such as 'loss=([0-9.]+)'",
            )

    def _problem(self) -> str:
        if len(self.regex) > _LONGEST_REGEX:
            return f"has {len(self.regex)} characters, {_LONGEST_REGEX} are allowed"
        try:
            groups = re.compile(self.regex).groups
        except re.error as error:
            return f"is none: {error}"
        return "" if groups == 1 else f"has {groups} groups, and one must hold the value"
