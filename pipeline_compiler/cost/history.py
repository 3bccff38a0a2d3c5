"""What past executions took. Imports botocore: import it where it is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import mean
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.cost.bound import Charge
from pipeline_compiler.uploads import DeployError, refusal

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True)
class PastRuns:
    """How long a step's jobs took.

    Attributes:
        seconds: billable seconds of one instance, of each run of the step that ended well, those of all
            training jobs of a tuning step together; cached steps ran none.
    """

    step: str
    seconds: tuple[float, ...]

    def expected(self, charge: Charge) -> float:
        """What the step costs if it takes as long as it did on average, at the bound's prices."""
        share = mean(self.seconds) / 3600 / (charge.hours * charge.jobs)
        return charge.total * share


def past_runs(
    session: boto3.Session, compiled: CompiledPipeline, executions: int
) -> tuple[dict[str, PastRuns], int]:
    """Step -> its past runs in the latest executions of the pipeline, and how many executions there were.

    Raises:
        DeployError: (PC503, PC506) if AWS refuses, or the pipeline has never been deployed.
    """
    client = session.client("sagemaker", region_name=compiled.region)
    try:
        listed = [
            summary["PipelineExecutionArn"]
            for summary in islice(_executions(client, compiled.name), executions)
        ]
        found: dict[str, list[float]] = {}
        for arn in listed:
            for step, seconds in _durations(client, arn):
                found.setdefault(step, []).append(seconds)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(refusal(error, f"reading the executions of '{compiled.name}'")) from error
    return {step: PastRuns(step, tuple(each)) for step, each in found.items()}, len(listed)


def _executions(client: Any, pipeline: str) -> Iterator[dict[str, Any]]:
    paginator = client.get_paginator("list_pipeline_executions")
    for page in paginator.paginate(PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending"):
        yield from page["PipelineExecutionSummaries"]


def _durations(client: Any, execution: str) -> Iterator[tuple[str, float]]:
    """(step, billable seconds) of every job of an execution that ended well and was not cached."""
    paginator = client.get_paginator("list_pipeline_execution_steps")
    for page in paginator.paginate(PipelineExecutionArn=execution):
        for step in page["PipelineExecutionSteps"]:
            if step.get("StepStatus") != "Succeeded" or "CacheHitResult" in step:
                continue
            metadata = step.get("Metadata", {})
            if job := metadata.get("TrainingJob"):
                yield step["StepName"], _training_seconds(client, job["Arn"])
            elif job := metadata.get("TuningJob"):
                yield step["StepName"], _tuning_seconds(client, job["Arn"])
            elif job := metadata.get("ProcessingJob"):
                yield step["StepName"], _processing_seconds(client, job["Arn"])


def _training_seconds(client: Any, arn: str) -> float:
    """Billable time of one instance; the API counts it once, however many instances there are."""
    found = client.describe_training_job(TrainingJobName=arn.rsplit("/", 1)[-1])
    if "BillableTimeInSeconds" in found:
        return float(found["BillableTimeInSeconds"])
    return float((found["TrainingEndTime"] - found["TrainingStartTime"]).total_seconds())


def _tuning_seconds(client: Any, arn: str) -> float:
    """Of all training jobs; each is billed from its start to its end (API reference, TrainingEndTime)."""
    paginator = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    pages = paginator.paginate(HyperParameterTuningJobName=arn.rsplit("/", 1)[-1])
    return sum(
        float((each["TrainingEndTime"] - each["TrainingStartTime"]).total_seconds())
        for page in pages
        for each in page["TrainingJobSummaries"]
        if "TrainingStartTime" in each and "TrainingEndTime" in each
    )


def _processing_seconds(client: Any, arn: str) -> float:
    found = client.describe_processing_job(ProcessingJobName=arn.rsplit("/", 1)[-1])
    return float((found["ProcessingEndTime"] - found["ProcessingStartTime"]).total_seconds())
