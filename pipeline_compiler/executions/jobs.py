"""What a failed step's job tells: its reason, its exit message, and the end of its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipeline_compiler.executions.clients import Clients, ExecutionError, asking, error_code
from pipeline_compiler.executions.console import job_url, log_url
from pipeline_compiler.executions.rules import NO_LOG
from script_contracts.core.diagnostics import Diagnostic

LOG_LINES = 20
TUNING_JOB = "TuningJob"
# Kind of job, as an execution's steps name it -> what describes it.
JOB_KINDS: Mapping[str, str] = {
    "ProcessingJob": "describe_processing_job",
    "TrainingJob": "describe_training_job",
    "TransformJob": "describe_transform_job",
    TUNING_JOB: "describe_hyper_parameter_tuning_job",
}


@dataclass(frozen=True)
class Job:
    """The job of a step.

    Attributes:
        kind: one of JOB_KINDS.
        arn: its ARN.
    """

    kind: str
    arn: str

    @property
    def name(self) -> str:
        """The job's name."""
        return self.arn.rpartition("/")[2]

    @property
    def log_group(self) -> str:
        """Where CloudWatch Logs keeps the logs of jobs of this kind.

        A tuning job has none; those of its training jobs have names that begin with its own.
        """
        return f"/aws/sagemaker/{'TrainingJob' if self.kind == TUNING_JOB else self.kind}s"


@dataclass(frozen=True)
class Failure:
    """Why a step failed.

    Attributes:
        step: its name.
        reason: as the execution tells it.
        job: the job's name; None for a step that started none.
        job_reason: the job's own FailureReason.
        exit_message: what the program of a processing job left as its last words.
        log: the last lines of the job's log.
        log_job: the name of the job whose log it is: of a tuning job, the training job that failed last.
        job_url: the job's page in the console.
        log_url: the log's page in the console.
        problems: why one of these is missing, if not because there is none.
    """

    step: str
    reason: str | None
    job: str | None = None
    job_reason: str | None = None
    exit_message: str | None = None
    log: tuple[str, ...] = ()
    log_job: str | None = None
    job_url: str | None = None
    log_url: str | None = None
    problems: tuple[Diagnostic, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The failure as JSON-ready data."""
        problems = [each.as_dict() for each in self.problems]
        return {**asdict(self), "log": list(self.log), "problems": problems}


def failure_of(
    clients: Clients, step: str, reason: str | None, job: Job | None, logging: Job | None = None
) -> Failure:
    """Everything that is known of a step's failure. What cannot be read is said, and no error.

    Args:
        logging: the job that wrote the log, where it is not the step's own.
    """
    if job is None:
        return Failure(step, reason)
    logging = logging or job
    problems: tuple[Diagnostic, ...] = ()
    described: Mapping[str, Any] = {}
    log: tuple[str, ...] = ()
    try:
        described = _described(clients, job)
        log = () if logging.kind == TUNING_JOB else log_tail(clients, logging)
    except ExecutionError as error:
        problems = unreadable(step, job, error)
    return Failure(
        step,
        reason,
        job=job.name,
        job_reason=described.get("FailureReason"),
        exit_message=described.get("ExitMessage"),
        log=log,
        log_job=logging.name,
        job_url=job_url(job.arn, job.kind, job.name),
        log_url=log_url(logging.arn, logging.log_group, logging.name),
        problems=problems,
    )


def unreadable(step: str, job: Job, error: ExecutionError) -> tuple[Diagnostic, ...]:
    """That a step's job does not tell what it knows."""
    return tuple(
        NO_LOG.warning(
            f"what the job {job.name} of step {step} tells cannot be read: {each.message}", fix=each.fix
        )
        for each in error.diagnostics
    )


def _described(clients: Clients, job: Job) -> Mapping[str, Any]:
    member = "HyperParameterTuningJobName" if job.kind == TUNING_JOB else f"{job.kind}Name"
    with asking(f"reading the job '{job.name}'"):
        describe = getattr(clients.sagemaker, JOB_KINDS[job.kind])
        found: Mapping[str, Any] = describe(**{member: job.name})
    return found


def log_tail(clients: Clients, job: Job, lines: int = LOG_LINES) -> tuple[str, ...]:
    """The last lines of a job's log; none if it wrote nothing.

    Of several hosts, the one that wrote last.

    Raises:
        ExecutionError: (PC503, PC560) if AWS does not tell.
    """
    from botocore.exceptions import ClientError

    with asking(f"reading the log of the job '{job.name}'"):
        try:
            pages = clients.logs.get_paginator("describe_log_streams").paginate(
                logGroupName=job.log_group, logStreamNamePrefix=f"{job.name}/"
            )
            streams = [each for page in pages for each in page["logStreams"]]
            if not streams:
                return ()
            last = max(streams, key=lambda each: each.get("lastEventTimestamp", 0))
            events = clients.logs.get_log_events(
                logGroupName=job.log_group,
                logStreamName=last["logStreamName"],
                limit=lines,
                startFromHead=False,
            )["events"]
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":  # no job of this kind has written a line yet
                return ()
            raise
    return tuple(each["message"].rstrip("\n") for each in events)
