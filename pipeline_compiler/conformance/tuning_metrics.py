"""The metrics of a tuning step: how AWS reads them, and which of them is the objective."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline_compiler.conformance.definition import Definition, is_expression
from pipeline_compiler.conformance.findings import Path
from pipeline_compiler.conformance.images import parse_image
from pipeline_compiler.conformance.jobs import Job, at, entries
from pipeline_compiler.conformance.patterns import pattern_of
from pipeline_compiler.conformance.scope import Problem, shown
from pipeline_compiler.conformance.tuning_ranges import CONFIG
from pipeline_compiler.conformance.tuning_rules import BAD_METRIC, NO_OBJECTIVE_METRIC
from pipeline_compiler.conformance.values import known, known_text
from script_contracts.core.suggestions import did_you_mean

_ACCOUNT = re.compile(r"arn:[^:]*:iam::(\d{12}):")


def metric_problems(job: Job, definition: Definition) -> Iterator[Problem]:
    """Metric definitions that find nothing, and an objective that is none of them."""
    metrics = at(job.request, "AlgorithmSpecification", "MetricDefinitions")
    where: Path = (*job.path, "AlgorithmSpecification", "MetricDefinitions")
    for index, entry in entries(metrics):
        yield from _regex_problems(known(definition, entry.get("Regex")), (*where, index, "Regex"))
    path: Path = (*job.path, "TuningObjective")
    if "TuningObjective" not in job.request:
        path = (*CONFIG, "HyperParameterTuningJobObjective")
    objective = at(job.step.entry, *path)
    if objective is None:
        yield Problem(
            NO_OBJECTIVE_METRIC,
            "the tuning job has no objective",
            "give HyperParameterTuningJobObjective: a metric, and whether to minimize or maximize it",
            path=CONFIG,
        )
    name = known_text(definition, at(objective, "MetricName"))
    names = [known_text(definition, entry.get("Name")) for _, entry in entries(metrics)]
    if name is None or None in names or is_expression(metrics) or not _is_custom(job, definition):
        return
    known_names = [each for each in names if each is not None]
    if name not in known_names:
        yield Problem(
            NO_OBJECTIVE_METRIC,
            f"the objective {shown(name)} is not among the MetricDefinitions",
            did_you_mean(name, known_names, what="metrics")
            if known_names
            else "give MetricDefinitions: its name, and a Regex that finds its value in the output",
            path=(*path, "MetricName"),
        )


def _is_custom(job: Job, definition: Definition) -> bool:
    """Whether AWS knows the metrics by MetricDefinitions only: its own algorithms have metrics built in.

    Custom for certain are programs in script mode, and images in the account of the job's own role.
    """
    if "sagemaker_program" in job.hyperparameters or at(
        job.request, "AlgorithmSpecification", "MetricDefinitions"
    ):
        return True
    image = parse_image(known_text(definition, job.image))
    role = _ACCOUNT.match(known_text(definition, job.request.get("RoleArn")) or "")
    return image is not None and role is not None and image.account == role[1]


def _regex_problems(regex: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(regex, str):
        return
    try:
        groups = pattern_of(regex).compiled.groups
    except re.error as error:
        message = f"{shown(regex)} is no regular expression: {error}"
        yield Problem(BAD_METRIC, message, "correct it, and try it on a line of the job's log", path=path)
        return
    if not groups:
        message = f"{shown(regex)} has no parentheses, so that nothing of what it finds is the value"
        yield Problem(BAD_METRIC, message, "put the value into parentheses: auc:([0-9.]+)", path=path)
