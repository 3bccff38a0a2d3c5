"""Metrics in a training job's log, read as the service reads them.

Every match of a metric's regular expression in a line of the log is a value of it: the first group, as a
number. The last one is the job's final value. Sources: "Define metrics and environment variables",
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-metrics-variables.html, and
PutMetricData in the CloudWatch API reference, which takes no NaN or infinity; read 2026-11.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline_compiler.conformance.patterns import pattern_of
from pipeline_compiler.local.rules import UNREADABLE_METRIC
from script_contracts.core.diagnostics import Diagnostic, Place


def metric_definitions(request: Mapping[str, Any]) -> list[dict[str, str]]:
    """The metrics that a training job's request defines."""
    found: list[dict[str, str]] = request.get("AlgorithmSpecification", {}).get("MetricDefinitions", [])
    return found


def metric_problems(step: str, request: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """The metrics of a training job's request that no log can have."""
    for definition in metric_definitions(request):
        problem = _regex_problem(definition["Regex"])
        if problem is not None:
            yield UNREADABLE_METRIC.error(
                f"step '{step}': the regular expression of metric '{definition['Name']}', "
                f"'{definition['Regex']}', {problem}",
                fix="correct it; its first group, in round brackets, is the metric's value",
                place=Place(field=f"{step}.AlgorithmSpecification.MetricDefinitions"),
            )


def final_metrics(log: Path, definitions: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The last value of each metric that is in the log, as DescribeTrainingJob gives them.

    The time is that of the log's last line: a local log has none of its own for each line.
    """
    searches = {definition["Name"]: pattern_of(definition["Regex"]).compiled for definition in definitions}
    values: dict[str, float] = {}
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            for name, search in searches.items():
                for match in search.finditer(line):
                    value = _number(match)
                    if value is not None:
                        values[name] = value
    written = datetime.fromtimestamp(log.stat().st_mtime, timezone.utc).isoformat(timespec="seconds")
    return [
        {"MetricName": name, "Value": values[name], "Timestamp": written}
        for name in searches
        if name in values
    ]


def _regex_problem(regex: str) -> str | None:
    try:
        groups = pattern_of(regex).compiled.groups
    except re.error as error:
        return f"cannot be read: {error}"
    return None if groups else "has no group"


def _number(match: re.Match[str]) -> float | None:
    try:
        value = float(match.group(1) or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
