"""Managed spot training: its settings come together or not at all."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.jobs import TRAINING, Job, at
from pipeline_compiler.conformance.service_rules import SPOT_SETTINGS
from pipeline_compiler.conformance.values import known
from script_contracts.core.diagnostics import Severity

_DEFAULT_RUNTIME = 86400  # seconds; API reference, StoppingCondition.MaxRuntimeInSeconds


def check_spot(definition: Definition) -> Iterator[Finding]:
    """Spot jobs without a waiting time or with one below the run time; a waiting time without spot."""
    for job in definition.jobs:
        if job.kind == TRAINING:
            yield from _job(definition, job)


def _job(definition: Definition, job: Job) -> Iterator[Finding]:
    given = at(job.request, "StoppingCondition", "MaxWaitTimeInSeconds")
    spot = known(definition, job.request.get("EnableManagedSpotTraining", False))
    path = (*job.path, "StoppingCondition", "MaxWaitTimeInSeconds")
    if spot is True and given is None:
        yield Finding(
            SPOT_SETTINGS,
            job.step.name,
            (*job.path, "EnableManagedSpotTraining"),
            "EnableManagedSpotTraining is set without StoppingCondition.MaxWaitTimeInSeconds",
            "set MaxWaitTimeInSeconds, at least as long as MaxRuntimeInSeconds",
        )
    if spot is False and given is not None:
        yield Finding(
            SPOT_SETTINGS,
            job.step.name,
            path,
            "MaxWaitTimeInSeconds is set, and EnableManagedSpotTraining is not",
            "set EnableManagedSpotTraining, or remove MaxWaitTimeInSeconds",
            Severity.WARNING,
        )
    wait = known(definition, given)
    limit = at(job.request, "StoppingCondition", "MaxRuntimeInSeconds")
    run = known(definition, _DEFAULT_RUNTIME if limit is None else limit)
    if isinstance(wait, int) and isinstance(run, int) and wait < run:
        yield Finding(
            SPOT_SETTINGS,
            job.step.name,
            path,
            f"MaxWaitTimeInSeconds is {wait}, which is less than the run time of {run} seconds",
            "make it at least as long as MaxRuntimeInSeconds",
        )
