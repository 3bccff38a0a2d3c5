"""`status` and `watch`: what an execution does, and why it failed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler.executions import (
    Clients,
    ExecutionState,
    UnreachableError,
    execution_state,
    watch_execution,
)
from pipeline_compiler.executions.console import job_url, log_url
from tests.cli.harness import cli
from tests.executions.conftest import NAME, Executed
from tests.executions.service import REGION, START, Recorded, job_arn, step

LOAD, TRAIN = "CradleDataLoading_training", "XGBoostTraining"
PROCESSING = {"ProcessingJob": {"Arn": job_arn("processing-job", "load-1")}}
TRAINING = {"TrainingJob": {"Arn": job_arn("training-job", "train-1")}}
FAILED_STEPS = [
    step(
        LOAD,
        "Failed",
        0,
        61,
        Metadata=PROCESSING,
        FailureReason="ClientError: AlgorithmError",
        AttemptCount=2,
    )
]


def write_log(clients: Clients, group: str, stream: str, lines: list[str]) -> None:
    clients.logs.create_log_group(logGroupName=group)
    clients.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    moment = int(time.time() * 1000)
    events = [{"timestamp": moment + index, "message": line} for index, line in enumerate(lines)]
    clients.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def processing_job(**more: Any) -> dict[str, Any]:
    return {"ProcessingJobName": "load-1", "ProcessingJobStatus": "Failed", "CreationTime": START, **more}


def test_a_running_execution(service: Recorded, executed: Executed, config: Path) -> None:
    earlier = executed("Succeeded")
    executed(
        "Executing",
        [
            step(
                LOAD,
                "Succeeded",
                0,
                95,
                Metadata=PROCESSING,
                CacheHitResult={"SourcePipelineExecutionArn": earlier},
            ),
            step(
                "CradleDataLoading_calibration",
                "Succeeded",
                0,
                65,
                SelectiveExecutionResult={"SourcePipelineExecutionArn": earlier},
            ),
            step("RunIf-Retrain-true", "Succeeded", 1, 2, Metadata={"Condition": {"Outcome": "True"}}),
            step(TRAIN, "Executing", 100, Metadata=TRAINING, AttemptCount=3),
        ],
    )
    result = cli("status", config)
    assert (result.code, result.err) == (0, "")
    rows = {line.split()[0]: line.split() for line in result.out.splitlines() if line}
    short = earlier.rpartition("/")[2]
    assert rows[NAME][2] == "Executing"
    assert rows[LOAD][1:] == ["Succeeded", "1m35s", "hit", "from", short]
    assert rows["CradleDataLoading_calibration"][1:] == ["Succeeded", "1m05s", "results", "of", short]
    assert rows["RunIf-Retrain-true"][1:] == ["Succeeded", "1s", "is", "true"]
    assert rows[TRAIN][1] == "Executing"
    assert rows[TRAIN][3:] == ["3", "attempts"]
    assert rows["MimsRegistration"][1:] == ["Waiting"]


def test_a_failed_execution_says_everything_that_its_job_does(
    service: Recorded, executed: Executed, config: Path, clients: Clients
) -> None:
    executed("Failed", FAILED_STEPS, failure="Step failure: One or multiple steps failed.")
    service.jobs["load-1"] = processing_job(
        FailureReason="AlgorithmError: See job logs", ExitMessage="PC743: no column 'is_fraud'"
    )
    write_log(clients, "/aws/sagemaker/ProcessingJobs", "load-1/algo-1-17", [f"line {n}" for n in range(30)])
    write_log_of_another_job(clients)
    result = cli("status", config)
    assert result.code == 0
    for text in (
        "Step failure: One or multiple steps failed.",
        "2 attempts; ClientError: AlgorithmError",
        "job's reason: AlgorithmError: See job logs",
        "exit message: PC743: no column 'is_fraud'",
        "last 20 lines of the log:\n    line 10\n",
        "    line 29\n",
        f"https://{REGION}.console.aws.amazon.com/sagemaker/home?region={REGION}#/processing-jobs/load-1",
        "log-group/$252Faws$252Fsagemaker$252FProcessingJobs$3FlogStreamNameFilter$3Dload-1",
    ):
        assert text in result.out, text
    assert "line 9\n" not in result.out
    assert "another" not in result.out
    (failure,) = cli("status", config, "--json").json["execution"]["failures"]
    assert failure["log"] == [f"line {n}" for n in range(10, 30)]
    assert (failure["step"], failure["job"], failure["problems"]) == (LOAD, "load-1", [])


def write_log_of_another_job(clients: Clients) -> None:
    stream = {"logGroupName": "/aws/sagemaker/ProcessingJobs", "logStreamName": "load-10/algo-1"}
    clients.logs.create_log_stream(**stream)
    later = int(time.time() * 1000) + 1000
    clients.logs.put_log_events(**stream, logEvents=[{"timestamp": later, "message": "another"}])


def test_a_job_without_a_log_is_no_problem(service: Recorded, executed: Executed, clients: Clients) -> None:
    arn = executed("Failed", FAILED_STEPS)
    service.jobs["load-1"] = processing_job(FailureReason="CapacityError")
    (failure,) = execution_state(clients, arn).failures
    assert (failure.job_reason, failure.log, failure.problems) == ("CapacityError", (), ())


def test_a_log_that_may_not_be_read_is_said(service: Recorded, executed: Executed, config: Path) -> None:
    executed("Failed", FAILED_STEPS)
    service.jobs["load-1"] = processing_job(FailureReason="boom")
    service.failures.append(("DescribeLogStreams", 400, "AccessDeniedException"))
    result = cli("status", config)
    assert result.code == 0
    assert "job's reason: boom" in result.out
    assert "PC569 warning" in result.out
    assert "AccessDeniedException" in result.out


def test_a_fail_step_says_its_message(service: Recorded, executed: Executed, clients: Clients) -> None:
    message = "QualityGate: 'auc' is not >= 0.8"
    arn = executed(
        "Failed", [step("QualityGate-Failed", "Failed", 0, 1, Metadata={"Fail": {"ErrorMessage": message}})]
    )
    (failure,) = execution_state(clients, arn).failures
    assert (failure.reason, failure.job) == (message, None)


@pytest.mark.parametrize(
    "words", [["{config}", "{id}"], ["{arn}"], ["--name", NAME, "--region", REGION, "{id}"]]
)
def test_an_execution_is_named_in_any_of_these_ways(
    service: Recorded, executed: Executed, config: Path, words: list[str]
) -> None:
    arn = executed("Stopped")
    executed("Succeeded")
    executed("Failed")
    given = [word.format(config=config, id=arn.rpartition("/")[2], arn=arn) for word in words]
    assert cli("status", *given, "--json").json["execution"]["arn"] == arn


def test_the_latest_is_meant_where_none_is_named(service: Recorded, executed: Executed, config: Path) -> None:
    executed("Failed")
    latest = executed("Succeeded")
    document = cli("status", config, "--json").json
    assert document["ok"]
    assert document["execution"]["arn"] == latest


def test_of_the_config_only_the_pipeline_section_matters(
    service: Recorded, executed: Executed, config: Path
) -> None:
    executed("Succeeded")
    config.write_text(config.read_text().replace("steps:", "stepz:").replace("template:", "tem:"))
    assert cli("status", config).code == 0
    config.write_text(config.read_text().replace("region: us-east-1", "regoin: us-east-1"))
    result = cli("status", config)
    assert result.code == 1
    assert "did you mean 'region'?" in result.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], "PC562", "has never been executed"),
        (["nosuch"], "PC562", "'nosuch' is none of the latest 0 executions"),
    ],
)
def test_no_such_execution(
    service: Recorded, pipeline: str, config: Path, words: list[str], code: str, says: str
) -> None:
    result = cli("status", config, *words)
    assert result.code == 1
    assert code in result.err
    assert says in result.err


def test_no_execution_of_that_arn(service: Recorded, pipeline: str) -> None:
    result = cli("status", f"arn:aws:sagemaker:{REGION}:123456789012:pipeline/{NAME}/execution/nosuch")
    assert "PC562" in result.err


def test_no_such_pipeline(service: Recorded) -> None:
    result = cli("watch", "--name", "nosuch", "--region", REGION)
    assert (result.code, "PC561" in result.err) == (1, True)


def course(*statuses: str, last: str) -> list[dict[str, Any]]:
    """What DescribePipelineExecution and ListPipelineExecutionSteps tell at each look."""
    looks = [
        {
            "status": "Executing",
            "steps": [step(LOAD, status, 0, None if status == "Executing" else 30, Metadata=PROCESSING)],
        }
        for status in statuses
    ]
    return [*looks, {**looks[-1], "status": last}]


def test_watching_tells_each_change_once_and_ends_well(
    service: Recorded, executed: Executed, config: Path
) -> None:
    executed("Executing", script=course("Starting", "Executing", "Executing", "Succeeded", last="Succeeded"))
    result = cli("watch", config)
    assert (result.code, result.err) == (0, "")
    told = [line.split(maxsplit=1)[1] for line in result.out.splitlines()]
    assert [line for line in told if line.startswith(LOAD)] == [
        f"{LOAD}  Starting  30s",
        f"{LOAD}  Executing",
        f"{LOAD}  Succeeded  30s",
    ]
    assert told[-1].endswith("  Succeeded")


@pytest.mark.parametrize("last", ["Failed", "Stopped", "CompletedWithFailures"])
def test_watching_exits_1_unless_it_succeeds(
    service: Recorded, executed: Executed, config: Path, last: str
) -> None:
    service.jobs["load-1"] = processing_job(FailureReason="no label")
    step_status = "Stopped" if last == "Stopped" else "Failed"
    executed("Executing", script=course("Executing", step_status, last=last))
    result = cli("watch", config)
    assert result.code == 1
    assert "PC566 error: the execution" in result.err
    assert last in result.err
    assert ("no label" in result.err) == (last != "Stopped")
    executed("Executing", script=course("Executing", step_status, last=last))
    document = cli("watch", config, "--json").json
    assert not document["ok"]
    assert document["execution"]["status"] == last


def test_an_interrupted_watch_leaves_the_execution_and_says_how_to_stop_it(
    service: Recorded, executed: Executed, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = executed("Executing", script=course("Executing", "Executing", last="Succeeded"))

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(
        watch_execution, "__kwdefaults__", {**watch_execution.__kwdefaults__, "sleep": interrupted}
    )
    result = cli("watch", config)
    assert result.code == 130
    assert f"the execution goes on; stop it with: pipeline-compiler stop {arn}" in result.err
    assert service.sent("StopPipelineExecution") == []


def test_a_terminal_shows_a_live_table(
    service: Recorded, executed: Executed, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed("Executing", script=course("Executing", "Succeeded", last="Succeeded"))
    monkeypatch.setenv("TERM", "xterm")
    for attribute in ("_force_terminal", "is_interactive"):
        monkeypatch.setattr(f"pipeline_compiler.cli.execution_views.stdout.{attribute}", True)
    result = cli("watch", config)
    assert result.code == 0
    assert "\x1b[" in result.out
    assert LOAD in result.out
    assert 0 < result.out.index("Waiting") < result.out.index("NotRun"), "the last state replaces the others"


def test_looks_become_rarer_while_nothing_changes(
    service: Recorded, executed: Executed, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline_compiler.executions.watch.SHORTEST", 2.0)
    monkeypatch.setattr("pipeline_compiler.executions.watch.LONGEST", 5.0)
    arn = executed("Executing", script=course(*["Executing"] * 5, "Succeeded", last="Succeeded"))
    pauses: list[float] = []
    states = list(watch_execution(clients, arn, sleep=pauses.append))
    assert states[-1].succeeded
    assert pauses == [2.0, 3.0, 4.5, 5.0, 5.0, 2.0]


def lasting_failures(service: Recorded, count: int) -> None:
    service.failures += [("DescribePipelineExecution", 400, "ThrottlingException")] * count


def test_a_connection_that_is_lost_for_a_while_does_not_end_the_watch(
    service: Recorded, executed: Executed, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = executed("Executing", script=course("Executing", last="Succeeded"))
    impatient = one_attempt(clients, monkeypatch)
    lasting_failures(service, 3)
    missed: list[UnreachableError] = []
    states = list(watch_execution(impatient, arn, unreachable=missed.append))
    assert states[-1].succeeded
    assert [each.codes for each in missed] == [("PC560",)] * 3
    assert "ThrottlingException" in str(missed[0])


def test_a_watch_gives_up_in_the_end_without_a_word_on_the_execution(
    service: Recorded, executed: Executed, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = executed("Executing")
    monkeypatch.setattr("pipeline_compiler.executions.watch._PATIENCE", 3)
    lasting_failures(service, 3)
    with pytest.raises(UnreachableError):
        list(watch_execution(one_attempt(clients, monkeypatch), arn))


def test_failures_far_from_each_other_do_not_add_up(
    service: Recorded, executed: Executed, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = executed("Executing", script=course(*["Executing"] * 3, last="Succeeded"))
    monkeypatch.setattr("pipeline_compiler.executions.watch._PATIENCE", 2)
    states = []
    for state in watch_execution(one_attempt(clients, monkeypatch), arn):
        states.append(state)
        lasting_failures(service, 0 if state.ended else 1)
    assert states[-1].succeeded
    assert len(service.sent("DescribePipelineExecution")) == 7


def test_an_address_that_nobody_answers_is_no_status(
    service: Recorded, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:pipeline/{NAME}/execution/abc"
    with pytest.raises(UnreachableError, match="Could not connect"):
        execution_state(one_attempt(clients, monkeypatch), arn)


def one_attempt(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Clients whose requests are not retried by botocore."""
    monkeypatch.setattr("pipeline_compiler.executions.clients.ATTEMPTS", 1)
    return Clients(clients.session, clients.region)


@pytest.mark.parametrize(
    ("partition", "region", "domain"),
    [
        ("aws", "eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "page"),
    [("ProcessingJob", "processing-jobs"), ("TrainingJob", "jobs"), ("TuningJob", "hyper-tuning-jobs")],
)
def test_pages_of_the_console_by_partition(
    partition: str, region: str, domain: str, kind: str, page: str
) -> None:
    arn = job_arn("any", "job-1", partition, region)
    assert job_url(arn, kind, "job-1") == f"https://{domain}/sagemaker/home?region={region}#/{page}/job-1"
    assert str(log_url(arn, f"/aws/sagemaker/{kind}s", "job-1")).startswith(
        f"https://{domain}/cloudwatch/home"
    )


def test_a_partition_whose_console_is_not_known_has_no_links() -> None:
    arn = job_arn("any", "job-1", "aws-iso", "us-iso-east-1")
    assert (
        job_url(arn, "TrainingJob", "job-1") is log_url(arn, "/aws/sagemaker/TrainingJobs", "job-1") is None
    )


def test_the_state_is_a_value_in_python(service: Recorded, executed: Executed, clients: Clients) -> None:
    arn = executed("Succeeded", [step(LOAD, "Succeeded", 0, 30)])
    state = execution_state(clients, arn)
    assert isinstance(state, ExecutionState)
    assert (state.pipeline, state.id, state.succeeded) == (NAME, arn.rpartition("/")[2], True)
    assert [(each.name, each.status) for each in state.steps][:2] == [
        (LOAD, "Succeeded"),
        ("CradleDataLoading_calibration", "NotRun"),
    ]
