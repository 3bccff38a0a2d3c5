"""An execution as AWS tells it: its status, and that of every step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from pipeline_compiler.compiled import flat_steps
from pipeline_compiler.executions.clients import Clients, asking
from pipeline_compiler.executions.jobs import JOB_KINDS, TUNING_JOB, Failure, Job, failure_of
from pipeline_compiler.executions.tuning import Tuning, tuning_of

RUNNING_STATUSES = ("Executing", "Stopping")


@dataclass(frozen=True)
class StepState:
    """One step of an execution.

    Attributes:
        status: as AWS names it; `Waiting` or `NotRun` for a step that it does not list (yet).
        cached_from: ARN of the execution whose result the step took from the cache.
        copied_from: ARN of the execution whose result a selective execution took.
        outcome: of a condition: True or False.
        failure: why the step failed, as the execution tells it.
        job: the job that the step started.
    """

    name: str
    status: str
    start: datetime | None = None
    end: datetime | None = None
    cached_from: str | None = None
    copied_from: str | None = None
    outcome: str | None = None
    failure: str | None = None
    attempts: int | None = None
    job: Job | None = None

    def seconds(self, now: datetime) -> float | None:
        """How long it took, or has been running until `now`; None if it has not started."""
        return ((self.end or now) - self.start).total_seconds() if self.start else None

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON-ready data."""
        return {
            "name": self.name,
            "status": self.status,
            "start": self.start and self.start.isoformat(),
            "end": self.end and self.end.isoformat(),
            "seconds": self.seconds(self.end) if self.end else None,
            "cached_from": self.cached_from,
            "copied_from": self.copied_from,
            "outcome": self.outcome,
            "failure": self.failure,
            "attempts": self.attempts,
            "job": self.job and self.job.arn,
        }


@dataclass(frozen=True)
class ExecutionState:
    """An execution at one moment.

    Attributes:
        arn: its ARN.
        status: Executing, Stopping, Stopped, Failed, Succeeded or CompletedWithFailures.
        failure: why it failed, as AWS tells it.
        steps: in the order in which they started, those that have not started last.
        failures: what the jobs of failed steps tell.
        tunings: what the training jobs of tuning steps tell.
    """

    arn: str
    status: str
    start: datetime
    last_modified: datetime
    steps: tuple[StepState, ...]
    display_name: str | None = None
    failure: str | None = None
    failures: tuple[Failure, ...] = ()
    tunings: tuple[Tuning, ...] = ()

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def pipeline(self) -> str:
        """The pipeline's name."""
        return self.arn.split(":")[5].split("/")[1]

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status not in RUNNING_STATUSES

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.status == "Succeeded"

    def seconds(self, now: datetime) -> float:
        """How long it took, or has been running until `now`."""
        return ((self.last_modified if self.ended else now) - self.start).total_seconds()

    def as_dict(self) -> dict[str, Any]:
        """The execution as JSON-ready data."""
        return {
            "id": self.id,
            "arn": self.arn,
            "status": self.status,
            "display_name": self.display_name,
            "start": self.start.isoformat(),
            "last_modified": self.last_modified.isoformat(),
            "failure": self.failure,
            "steps": [step.as_dict() for step in self.steps],
            "failures": [each.as_dict() for each in self.failures],
            "tunings": [each.as_dict() for each in self.tunings],
        }


def read_state(clients: Clients, arn: str, listed: tuple[str, ...] = ()) -> ExecutionState:
    """The state of an execution; what the jobs of its steps tell is asked for separately.

    Args:
        arn: the execution's ARN.
        listed: the names of the definition's steps, from `steps_of_execution`.

    Raises:
        ExecutionError: (PC503, PC560) if AWS does not tell.
    """
    with asking(f"reading the execution '{arn}'"):
        found = clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        pages = clients.sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
            PipelineExecutionArn=arn, SortOrder="Ascending"
        )
        steps = [_step(each) for page in pages for each in page["PipelineExecutionSteps"]]
    status = found["PipelineExecutionStatus"]
    known = {step.name for step in steps}
    rest = "Waiting" if status in RUNNING_STATUSES else "NotRun"
    return ExecutionState(
        arn=arn,
        status=status,
        start=found["CreationTime"],
        last_modified=found["LastModifiedTime"],
        steps=(*steps, *(StepState(name, rest) for name in listed if name not in known)),
        display_name=found.get("PipelineExecutionDisplayName"),
        failure=found.get("FailureReason") or None,
    )


def execution_state(clients: Clients, arn: str) -> ExecutionState:
    """The state of an execution with everything that its failed jobs and its tuning jobs tell.

    Raises:
        ExecutionError: (PC503, PC560) if AWS does not tell.
    """
    return with_jobs(clients, read_state(clients, arn, steps_of_execution(clients, arn)))


def with_jobs(clients: Clients, state: ExecutionState) -> ExecutionState:
    """The state with what tuning jobs and the jobs of failed steps tell, and the end of the latter's logs."""
    tunings = {
        step.name: tuning_of(clients, step.name, step.job)
        for step in state.steps
        if step.job is not None and step.job.kind == TUNING_JOB
    }
    logging = {name: each.failures[0].job for name, each in tunings.items() if each.failures}
    failures = tuple(
        failure_of(clients, step.name, step.failure, step.job, logging.get(step.name))
        for step in state.steps
        if step.status == "Failed"
    )
    return replace(state, failures=failures, tunings=tuple(tunings.values()))


def steps_of_execution(clients: Clients, arn: str) -> tuple[str, ...]:
    """The names of all steps of the definition that an execution runs.

    Raises:
        ExecutionError: (PC503, PC560) if AWS does not tell.
    """
    with asking(f"reading the definition of the execution '{arn}'"):
        found = clients.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    return tuple(step["Name"] for step in flat_steps(json.loads(found["PipelineDefinition"])["Steps"]))


def now() -> datetime:
    """The time, as AWS's times are."""
    return datetime.now(timezone.utc)


def _step(entry: Mapping[str, Any]) -> StepState:
    metadata = entry.get("Metadata", {})
    return StepState(
        name=entry["StepName"],
        status=entry["StepStatus"],
        start=entry.get("StartTime"),
        end=entry.get("EndTime"),
        cached_from=entry.get("CacheHitResult", {}).get("SourcePipelineExecutionArn"),
        copied_from=entry.get("SelectiveExecutionResult", {}).get("SourcePipelineExecutionArn"),
        outcome=metadata.get("Condition", {}).get("Outcome"),
        failure=entry.get("FailureReason") or metadata.get("Fail", {}).get("ErrorMessage"),
        attempts=entry.get("AttemptCount"),
        job=next(_jobs(metadata), None),
    )


def _jobs(metadata: Mapping[str, Any]) -> Iterator[Job]:
    for kind in JOB_KINDS:
        if arn := metadata.get(kind, {}).get("Arn"):
            yield Job(kind, arn)
