"""`status` and `watch` of executions with a tuning step: its training jobs, and the log of a failed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler.executions import Clients, execution_state
from tests.cli.harness import cli
from tests.executions.conftest import Executed
from tests.executions.service import REGION, START, Recorded, job_arn, step
from tests.executions.test_status import write_log

JOB = "abc123-Tune-xyz"
METADATA = {"TuningJob": {"Arn": job_arn("hyper-parameter-tuning-job", JOB)}}
GROUP = "/aws/sagemaker/TrainingJobs"


def trial(number: int, status: str = "Completed", value: float | None = None, **more: Any) -> dict[str, Any]:
    name = f"{JOB}-{number:03}-0a1b"
    metric = {"FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "auc", "Value": value}}
    return {
        "TrainingJobName": name,
        "TrainingJobArn": job_arn("training-job", name),
        "CreationTime": START,
        "TrainingJobStatus": status,
        "TunedHyperParameters": {"max_depth": str(number), "eta": "0.1"},
        **(metric if value is not None else {}),
        **more,
    }


def tuning_job(status: str, counts: dict[str, int], **more: Any) -> dict[str, Any]:
    objective = {"Type": "Maximize", "MetricName": "validation:auc"}
    return {
        "HyperParameterTuningJobName": JOB,
        "HyperParameterTuningJobStatus": status,
        "CreationTime": START,
        "HyperParameterTuningJobConfig": {"HyperParameterTuningJobObjective": objective},
        "TrainingJobStatusCounters": counts,
        **more,
    }


def test_a_succeeded_tuning_step_tells_its_best_training_job(
    service: Recorded, executed: Executed, config: Path
) -> None:
    executed("Succeeded", [step("Tune", "Succeeded", 0, 600, Metadata=METADATA)])
    service.jobs[JOB] = tuning_job("Completed", {"Completed": 18}, BestTrainingJob=trial(3, value=0.9312))
    result = cli("status", config)
    assert (result.code, result.err) == (0, "")
    for text in (
        "Tune tunes: training jobs: 18 completed\n",
        f"best: {JOB}-003-0a1b, auc = 0.9312\n",
        "its hyperparameters: eta = 0.1, max_depth = 3\n",
        f"https://{REGION}.console.aws.amazon.com/sagemaker/home?region={REGION}#/jobs/{JOB}-003-0a1b",
    ):
        assert text in result.out, text
    assert service.sent("ListTrainingJobsForHyperParameterTuningJob") == []  # none has failed
    (tuning,) = cli("status", config, "--json").json["execution"]["tunings"]
    assert (tuning["completed"], tuning["best"]["value"], tuning["problems"]) == (18, 0.9312, [])
    assert tuning["best"]["hyperparameters"] == {"max_depth": "3", "eta": "0.1"}


def test_a_running_tuning_step_tells_how_far_it_is(
    service: Recorded, executed: Executed, config: Path
) -> None:
    executed("Executing", [step("Tune", "Executing", 0, Metadata=METADATA)])
    service.jobs[JOB] = tuning_job("InProgress", {"Completed": 0, "InProgress": 4})
    out = cli("status", config).out
    assert "Tune tunes: training jobs: 4 running\n" in out
    assert "best" not in out
    service.jobs[JOB] = tuning_job("InProgress", {})
    assert "training jobs: none yet" in cli("status", config).out


def failed(service: Recorded, executed: Executed) -> str:
    arn = executed("Failed", [step("Tune", "Failed", 0, 60, Metadata=METADATA, FailureReason="ClientError")])
    reason = "All training jobs failed"
    service.jobs[JOB] = tuning_job(
        "Failed", {"Completed": 1, "NonRetryableError": 4, "RetryableError": 1}, FailureReason=reason
    )
    service.trials[JOB] = [
        trial(number, "Failed", FailureReason=f"AlgorithmError {number}") for number in (5, 4, 3, 2, 1)
    ]
    service.trials[JOB].insert(0, trial(6))
    return arn


def test_a_failed_tuning_step_shows_the_log_of_the_last_failed_training_job(
    service: Recorded, executed: Executed, clients: Clients, config: Path
) -> None:
    failed(service, executed)
    write_log(clients, GROUP, f"{JOB}-005-0a1b/algo-1-17", ["PC743: no column 'is_fraud'"])
    result = cli("status", config)
    assert result.code == 0
    for text in (
        "Tune tunes: training jobs: 1 completed, 5 failed\n",
        f"failed: {JOB}-005-0a1b: AlgorithmError 5\n",
        f"failed: {JOB}-003-0a1b: AlgorithmError 3\n",
        "job's reason: All training jobs failed",
        f"#/hyper-tuning-jobs/{JOB}\n",
        f"last 1 lines of the log of {JOB}-005-0a1b:\n    PC743: no column 'is_fraud'\n",
        f"log-group/$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3D{JOB}-005",
    ):
        assert text in result.out, text
    assert "AlgorithmError 2" not in result.out  # the last three
    (request, *_) = service.sent("ListTrainingJobsForHyperParameterTuningJob")
    assert (request["SortBy"], request["SortOrder"]) == ("CreationTime", "Descending")
    watched = cli("watch", config)
    assert watched.code == 1
    assert f"failed: {JOB}-005-0a1b" in watched.out
    assert "Tune: All training jobs failed" in watched.err


def test_a_tuning_step_that_failed_without_a_failed_training_job(
    service: Recorded, executed: Executed, clients: Clients
) -> None:
    arn = failed(service, executed)
    service.jobs[JOB] = tuning_job("Failed", {"Stopped": 2}, FailureReason="no capacity")
    state = execution_state(clients, arn)
    (failure,), (tuning,) = state.failures, state.tunings
    assert (failure.job, failure.job_reason, failure.log, failure.problems) == (JOB, "no capacity", (), ())
    assert str(failure.log_url).endswith(f"logStreamNameFilter$3D{JOB}")  # of all its training jobs
    assert (tuning.stopped, tuning.failures, tuning.reason) == (2, (), "no capacity")
    assert service.sent("DescribeLogStreams") == []


@pytest.mark.parametrize(
    "operation", ["DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"]
)
def test_what_may_not_be_read_is_said(
    service: Recorded, executed: Executed, config: Path, operation: str
) -> None:
    failed(service, executed)
    service.failures.append((operation, 400, "AccessDeniedException"))
    result = cli("status", config)
    assert result.code == 0
    assert "PC569 warning" in result.out
    assert operation in result.out
    assert "job's reason: All training jobs failed" in result.out


def test_a_best_training_job_without_a_metric(service: Recorded, executed: Executed, config: Path) -> None:
    executed("Succeeded", [step("Tune", "Succeeded", 0, 600, Metadata=METADATA)])
    service.jobs[JOB] = tuning_job("Completed", {"Completed": 1}, BestTrainingJob=trial(1))
    assert f"best: {JOB}-001-0a1b\n" in cli("status", config).out
