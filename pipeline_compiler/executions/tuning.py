"""What a tuning step's training jobs tell: which is the best so far, how many there are, why some failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline_compiler.executions.clients import Clients, ExecutionError, asking
from pipeline_compiler.executions.console import job_url
from pipeline_compiler.executions.jobs import Job, unreadable
from script_contracts.core.diagnostics import Diagnostic

_SHOWN = 3  # failed training jobs, the latest first


@dataclass(frozen=True)
class Trial:
    """One training job of a tuning job.

    Attributes:
        job: the training job.
        value: of the objective metric; None where it has not written one.
        hyperparameters: those that the tuning job chose.
        reason: why it failed.
    """

    job: Job
    value: float | None = None
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None

    @property
    def page(self) -> str | None:
        """Its page in the console."""
        return job_url(self.job.arn, self.job.kind, self.job.name)

    def as_dict(self) -> dict[str, Any]:
        """The training job as JSON-ready data."""
        return {
            "job": self.job.arn,
            "value": self.value,
            "hyperparameters": dict(self.hyperparameters),
            "reason": self.reason,
            "job_url": self.page,
        }


@dataclass(frozen=True)
class Tuning:
    """The tuning job of a step.

    Attributes:
        step: the step's name.
        job: the tuning job.
        metric: the objective's name; None where AWS does not say.
        completed, running, failed, stopped: how many training jobs there are of each status.
        best: the best training job so far; None where none has ended well.
        failures: the last failed training jobs, the latest first.
        reason: why the tuning job itself failed.
        problems: why all this is missing, if it is.
    """

    step: str
    job: Job
    metric: str | None = None
    completed: int = 0
    running: int = 0
    failed: int = 0
    stopped: int = 0
    best: Trial | None = None
    failures: tuple[Trial, ...] = ()
    reason: str | None = None
    problems: tuple[Diagnostic, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The tuning job as JSON-ready data."""
        return {
            **asdict(self),
            "job": self.job.arn,
            "best": self.best and self.best.as_dict(),
            "failures": [each.as_dict() for each in self.failures],
            "problems": [each.as_dict() for each in self.problems],
        }


def tuning_of(clients: Clients, step: str, job: Job) -> Tuning:
    """Everything that is known of a step's tuning job. What cannot be read is said, and no error."""
    try:
        with asking(f"reading the tuning job '{job.name}'"):
            found = clients.sagemaker.describe_hyper_parameter_tuning_job(
                HyperParameterTuningJobName=job.name
            )
            counts = found.get("TrainingJobStatusCounters", {})
            failed = counts.get("NonRetryableError", 0) + counts.get("RetryableError", 0)
            failures = _failures(clients, job) if failed else ()
    except ExecutionError as error:
        return Tuning(step, job, problems=unreadable(step, job, error))
    best = found.get("BestTrainingJob") or {}
    metric = best.get("FinalHyperParameterTuningJobObjectiveMetric") or {}
    objective = found.get("HyperParameterTuningJobConfig", {}).get("HyperParameterTuningJobObjective", {})
    return Tuning(
        step,
        job,
        metric=metric.get("MetricName") or objective.get("MetricName"),
        completed=counts.get("Completed", 0),
        running=counts.get("InProgress", 0),
        failed=failed,
        stopped=counts.get("Stopped", 0),
        best=_trial(best) if "TrainingJobArn" in best else None,
        failures=failures,
        reason=found.get("FailureReason"),
    )


def _failures(clients: Clients, job: Job) -> tuple[Trial, ...]:
    answer = clients.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=job.name,
        StatusEquals="Failed",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=_SHOWN,
    )
    return tuple(_trial(each) for each in answer["TrainingJobSummaries"])


def _trial(summary: Mapping[str, Any]) -> Trial:
    return Trial(
        Job("TrainingJob", summary["TrainingJobArn"]),
        (summary.get("FinalHyperParameterTuningJobObjectiveMetric") or {}).get("Value"),
        dict(summary.get("TunedHyperParameters") or {}),
        summary.get("FailureReason"),
    )
