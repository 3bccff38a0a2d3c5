"""`start`: what is wrong is told before anything starts, what is right arrives as AWS wants it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline_compiler import compile_pipeline
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.executions import Clients, ExecutionError, StartOptions, start_execution
from tests.cli.harness import cli
from tests.configs import minimal_config
from tests.executions.conftest import NAME, Executed, configuration
from tests.executions.service import REGION, Recorded

TRAINING, EVALUATION = "XGBoostTraining", "XGBoostModelEvaluation_calibration"


def test_parameters_are_read_as_their_types_and_sent_as_text(
    service: Recorded, pipeline: str, config: Path
) -> None:
    overrides = ("MinAuc=0.85", "Rounds=300", "Size=ml.m5.4xlarge", "Retrain=FALSE")
    result = cli("start", config, *(word for each in overrides for word in ("-p", each)))
    assert (result.code, result.err) == (0, "")
    (request,) = service.sent("StartPipelineExecution")
    assert request["PipelineParameters"] == [
        {"Name": "MinAuc", "Value": "0.85"},
        {"Name": "Rounds", "Value": "300"},
        {"Name": "Size", "Value": "ml.m5.4xlarge"},
        {"Name": "Retrain", "Value": "False"},
    ]
    assert "MinAuc = 0.85" in result.out
    assert f"watch it: pipeline-compiler watch arn:aws:sagemaker:{REGION}:" in result.out


def test_every_option_arrives(service: Recorded, pipeline: str) -> None:
    options = ("--display-name", "weekly-run", "--description", "all of June", "--parallelism", "3")
    result = cli("start", "--name", NAME, "--region", REGION, *options, "--json")
    assert result.code == 0
    (request,) = service.sent("StartPipelineExecution")
    assert request.pop("ClientRequestToken"), "a retried request must not start a second execution"
    assert request == {
        "PipelineName": NAME,
        "PipelineExecutionDisplayName": "weekly-run",
        "PipelineExecutionDescription": "all of June",
        "ParallelismConfiguration": {"MaxParallelExecutionSteps": 3},
    }
    assert result.json["ok"]
    assert result.json["arn"].startswith(
        f"arn:aws:sagemaker:{REGION}:123456789012:pipeline/{NAME}/execution/"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "says", "fix"),
    [
        (("-p", "MinAuv=1"), "PC780", "no parameter 'MinAuv'", "did you mean 'MinAuc'?"),
        (("-p", "Rounds=3.5"), "PC798", "'Rounds' is '3.5', not of type Integer", "type Integer"),
        (("-p", "MinAuc=high"), "PC798", "'MinAuc' is 'high', not of type Float", "type Float"),
        (("-p", "MinAuc=nan"), "PC563", "'MinAuc' is nan", "finite"),
        (("-p", "Retrain=1"), "PC798", "'Retrain' is '1', not of type Boolean", "type Boolean"),
        (("-p", "Size=ml.m5.huge"), "PC798", "not one of 'ml.m5.xlarge', 'ml.m5.4xlarge'", "one of"),
        (("--display-name", "week ly"), "PC563", "'week ly' is not", "'week-ly'"),
        (("--description", "x" * 3073), "PC563", "3073 characters", "shorten"),
        (("--only", "XGBoostTrainin"), "PC564", "no step 'XGBoostTrainin'", "'XGBoostTraining'"),
        (
            ("--only", TRAINING, "--only", "QualityGate"),
            "PC564",
            f"{EVALUATION} lie between",
            f"--only {EVALUATION}",
        ),
        (
            ("--only", "CradleDataLoading_training", "--only", "CradleDataLoading_calibration"),
            "PC564",
            "not connected: CradleDataLoading_calibration | CradleDataLoading_training",
            "one execution for each",
        ),
        (("--from", "abc"), "PC564", "no steps are selected", "--only"),
        (("--only", TRAINING), "PC564", "no execution has succeeded", "--from"),
    ],
)
def test_what_cannot_start_is_told_before_anything_does(
    service: Recorded, pipeline: str, config: Path, arguments: tuple[str, ...], code: str, says: str, fix: str
) -> None:
    result = cli("start", config, *arguments, "--json")
    assert result.code == 1
    (problem,) = result.json["diagnostics"]
    assert problem["code"] == code
    assert says in problem["message"]
    assert fix in problem["fix"]
    assert service.sent("StartPipelineExecution") == []


def test_what_values_lead_to_is_told_before_anything_starts(service: Recorded, clients: Clients) -> None:
    parameters = {
        "Jobs": {"default": 4, "sets": "XGBoostTuning.tuning.max_jobs"},
        "Seconds": {"default": 3600, "sets": "XGBoostTuning.max_runtime_seconds"},
    }
    config = {**minimal_config("XGBoostTuneE2E"), "parameters": parameters}
    compiled = compile_pipeline(None, config)
    clients.sagemaker.create_pipeline(
        PipelineName="tune", PipelineDefinition=compiled.definition, RoleArn=compiled.role
    )
    with pytest.raises(ExecutionError) as caught:
        start_execution(clients, "tune", StartOptions({"Jobs": "0", "Seconds": "-5"}))
    found = {problem.message.split("'")[1]: problem for problem in caught.value.diagnostics}
    assert set(found) == {"Jobs", "Seconds"}
    assert " 0" in found["Jobs"].message
    assert "-5" in found["Seconds"].message
    for problem in found.values():
        assert "default" not in problem.message
        assert problem.place.field == "-p Jobs, Seconds"
    assert service.sent("StartPipelineExecution") == []
    start_execution(clients, "tune", StartOptions({"Jobs": "1000"}))  # the account may have that quota
    assert len(service.sent("StartPipelineExecution")) == 1


def test_all_problems_are_told_at_once(service: Recorded, pipeline: str, config: Path) -> None:
    result = cli(
        "start",
        config,
        "-p",
        "MinAuv=1",
        "-p",
        "Rounds=x",
        "--only",
        "Train",
        "--display-name",
        "-",
        "--json",
    )
    assert sorted(each["code"] for each in result.json["diagnostics"]) == ["PC563", "PC564", "PC780", "PC798"]


def test_a_value_in_python_keeps_its_type(service: Recorded, pipeline: str, clients: Clients) -> None:
    started = start_execution(clients, NAME, StartOptions({"MinAuc": 1, "Retrain": True}))
    assert started.parameters == {"MinAuc": "1", "Retrain": "True"}
    with pytest.raises(ExecutionError) as caught:
        start_execution(clients, NAME, StartOptions({"Rounds": 2.5, "Retrain": 1}))
    assert caught.value.codes == ("PC798", "PC798")


def test_the_deployed_definition_decides_and_a_difference_is_told(
    service: Recorded, pipeline: str, tmp_path: Path
) -> None:
    changed = configuration(**{"steps.XGBoostTraining.volume_size_gb": 99})
    changed["parameters"] = {
        **changed["parameters"],
        "Eta": {"default": 0.1, "sets": "XGBoostTraining.hyperparameters.eta"},
    }
    config = tmp_path / "changed.yaml"
    config.write_text(yaml.safe_dump(changed), encoding="utf-8")
    result = cli("start", config, "--json")
    assert result.code == 0
    (warning,) = result.json["diagnostics"]
    assert (warning["code"], warning["severity"]) == ("PC565", "warning")
    assert warning["details"] == [
        "step XGBoostTraining: differs",
        "parameter Eta: in the config, and not deployed",
    ]
    assert cli("start", config, "-p", "Eta=0.2").code == 1, "what is not deployed cannot be set"


def test_selected_steps_take_the_rest_from_the_latest_success(
    service: Recorded, executed: Executed, config: Path
) -> None:
    executed("Succeeded")
    source = executed("Succeeded")
    for status in ("Failed", "Stopped", "Executing"):
        executed(status)
    result = cli("start", config, "--only", TRAINING, "--only", EVALUATION, "--only", TRAINING)
    assert result.code == 0
    (request,) = service.sent("StartPipelineExecution")
    assert request["SelectiveExecutionConfig"] == {
        "SelectedSteps": [{"StepName": TRAINING}, {"StepName": EVALUATION}],
        "SourcePipelineExecutionArn": source,
    }
    assert f"with the results of {source.rpartition('/')[2]}" in result.out


@pytest.mark.parametrize("by", ["id", "arn"])
def test_the_source_may_be_named(service: Recorded, executed: Executed, config: Path, by: str) -> None:
    source = executed("Failed")
    executed("Succeeded")
    named = source if by == "arn" else source.rpartition("/")[2]
    assert cli("start", config, "--only", TRAINING, "--from", named).code == 0
    (request,) = service.sent("StartPipelineExecution")
    assert request["SelectiveExecutionConfig"]["SourcePipelineExecutionArn"] == source


def test_a_first_step_needs_no_source(service: Recorded, pipeline: str, config: Path) -> None:
    assert cli("start", config, "--only", "CradleDataLoading_training").code == 0
    (request,) = service.sent("StartPipelineExecution")
    assert request["SelectiveExecutionConfig"] == {
        "SelectedSteps": [{"StepName": "CradleDataLoading_training"}]
    }


def test_a_source_that_still_runs_is_refused(service: Recorded, executed: Executed, config: Path) -> None:
    running = executed("Executing")
    result = cli("start", config, "--only", TRAINING, "--from", running)
    assert result.code == 1
    assert "is Executing: it has no results to take yet" in result.err
    assert service.sent("StartPipelineExecution") == []


def test_a_source_that_does_not_exist_is_refused(service: Recorded, executed: Executed, config: Path) -> None:
    executed("Succeeded")
    result = cli("start", config, "--only", TRAINING, "--from", "nosuch", "--json")
    assert [each["code"] for each in result.json["diagnostics"]] == ["PC562"]


def test_a_pipeline_that_is_not_deployed(service: Recorded, config: Path) -> None:
    result = cli("start", config)
    assert result.code == 1
    assert f"PC561 error: there is no pipeline '{NAME}' in {REGION}" in result.err


def test_throttling_is_waited_out(service: Recorded, pipeline: str, config: Path) -> None:
    service.failures += [("StartPipelineExecution", 400, "ThrottlingException")] * 2
    service.failures += [("DescribePipeline", 503, "ServiceUnavailable")]
    assert cli("start", config).code == 0
    tokens = [each["ClientRequestToken"] for each in service.sent("StartPipelineExecution")]
    assert len(tokens) == 3
    assert len(set(tokens)) == 1


def test_a_refusal_is_aws_s_own_and_not_retried(service: Recorded, pipeline: str, config: Path) -> None:
    service.failures.append(("StartPipelineExecution", 400, "AccessDeniedException"))
    result = cli("start", config)
    assert result.code == 1
    assert "PC560" in result.err
    assert "AccessDeniedException" in result.err
    assert "grant the action" in result.err
    assert len(service.sent("StartPipelineExecution")) == 1


def test_waiting_exits_as_the_execution_does(
    service: Recorded, pipeline: str, config: Path, compiled: CompiledPipeline
) -> None:
    result = cli("start", config, "--wait", "--json")  # moto ends an execution at once
    assert result.code == 0
    assert result.json["execution"]["status"] == "Succeeded"
    assert len(result.json["execution"]["steps"]) == len(compiled.steps)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give a config file"),
        (("--name", NAME), "--name needs the region too"),
        (("--name", NAME, "--region", REGION, "abc"), "'abc' is an execution"),
        (("a.yaml", "b", "c"), "'c' is one word too many"),
    ],
)
def test_wrong_usage(service: Recorded, words: tuple[str, ...], says: str) -> None:
    result = cli("start", *words)
    assert result.code == 2
    assert says in result.err
