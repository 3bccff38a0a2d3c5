"""Differences between definitions that others wrote: nothing is lost, and order means nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler.plan.definitions import canonical, digest, placed_steps
from pipeline_compiler.plan.differences import Kind, definition_differences
from pipeline_compiler.plan.reruns import Outcome, next_runs
from pipeline_compiler.plan.wording import text_of
from tests.quick import only

FOLDER = Path(__file__).parents[1] / "golden"
GOLDEN = sorted(FOLDER.glob("*.json"))
E2E, TUNING = FOLDER / "XGBoostTrainEvaluateE2E.json", FOLDER / "XGBoostTuneE2E.json"
_DIRECTED = ("Std:Join", "ContainerEntrypoint")  # lists whose order means something


def definition() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(E2E.read_text(encoding="utf-8"))
    return document


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, (dict, list)) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    elif not isinstance(value, (dict, list)):
        yield path


def replaced(document: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    changed = copy.deepcopy(document)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = change(inner[path[-1]])
    return changed


def other(value: Any) -> Any:
    return (
        not value
        if isinstance(value, bool)
        else value + 1
        if isinstance(value, (int, float))
        else f"{value}x"
    )


@pytest.mark.parametrize("file", only(GOLDEN, E2E, TUNING), ids=lambda file: file.stem)
def test_no_change_of_a_single_value_is_lost(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    found = list(leaves(document))
    assert len(found) > 20
    for path in found:
        changed = replaced(document, path, other)
        assert definition_differences(document, changed), path
        assert digest(json.dumps(changed)) != digest(json.dumps(document))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_the_order_of_keys_and_of_lists_that_are_sets_means_nothing(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))

    def turned(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: turned(value[name], name) for name in reversed(value)}
        if isinstance(value, list):
            inner = [turned(each, key) for each in value]
            return (
                inner
                if key in ("Values", "ContainerEntrypoint", "ContainerArguments", "Containers")
                else inner[::-1]
            )
        return value

    other_way = turned(document)
    assert json.dumps(other_way) != json.dumps(document)
    assert not definition_differences(document, other_way)
    assert [each for each in next_runs(document, other_way) if each.loses_cache] == []


def test_spaces_and_the_order_of_keys_leave_the_digest_as_it_is() -> None:
    text = json.dumps(definition())
    assert digest(json.dumps(json.loads(text), indent=3, sort_keys=True)) == digest(text)
    assert canonical(canonical(text)) == canonical(text)


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (0, False), ("1", 1), (None, 1), ([], [1])], ids=str
)
def test_values_of_other_types_differ(before: Any, after: Any) -> None:
    def document(value: Any) -> dict[str, Any]:
        return {"Steps": [{"Name": "A", "Type": "Lambda", "Arguments": {"X": value}}]}

    assert definition_differences(document(before), document(after))
    assert not definition_differences(document(after), document(copy.deepcopy(after)))


TRAINING = {
    "Name": "Train",
    "Type": "Training",
    "Arguments": {
        "AlgorithmSpecification": {"TrainingImage": "a", "TrainingInputMode": "File"},
        "HyperParameters": {"depth": "6"},
        "InputDataConfig": [
            {
                "ChannelName": "data",
                "DataSource": {"S3DataSource": {"S3Uri": "s3://b/1", "S3DataType": "S3Prefix"}},
            }
        ],
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
    },
    "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"},
    "RetryPolicies": [{"ExceptionType": ["Step.THROTTLING", "Step.SERVICE_FAULT"], "MaxAttempts": 2}],
}
HAND_EDITS = [
    ("RetryPolicies.0.MaxAttempts", 3, "retry", False),
    ("DependsOn", ["Other"], "waits for", False),
    ("DisplayName", "Training", "DisplayName", False),
    ("Arguments.ResourceConfig.InstanceCount", 2, "instance count", False),
    (
        "Arguments.ResourceConfig.KeepAlivePeriodInSeconds",
        60,
        "ResourceConfig.KeepAlivePeriodInSeconds",
        False,
    ),
    ("Arguments.EnableManagedSpotTraining", True, "EnableManagedSpotTraining", False),
    ("Arguments.CheckpointConfig", {"S3Uri": "s3://b/c"}, "CheckpointConfig.S3Uri", True),
    ("Arguments.DebugHookConfig", {"S3OutputPath": "s3://b/d"}, "DebugHookConfig.S3OutputPath", True),
    (
        "Arguments.AlgorithmSpecification.TrainingInputMode",
        "Pipe",
        "AlgorithmSpecification.TrainingInputMode",
        True,
    ),
    (
        "Arguments.InputDataConfig.0.DataSource.S3DataSource.S3DataType",
        "ManifestFile",
        "input data S3DataType",
        True,
    ),
    ("Arguments.InputDataConfig.0.ContentType", "csv", "input data ContentType", True),
    ("Arguments.HyperParameters.depth", "7", "hyperparameter depth", True),
    ("CacheConfig.Enabled", False, "cache", True),
]


@pytest.mark.parametrize(
    ("path", "value", "says", "reruns"), HAND_EDITS, ids=[edit[0] for edit in HAND_EDITS]
)
def test_what_others_may_have_edited(path: str, value: Any, says: str, reruns: bool) -> None:
    keys = [int(key) if key.isdigit() else key for key in path.split(".")]
    after = copy.deepcopy(TRAINING)
    inner: Any = after
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    documents = [{"Version": "2020-12-01", "Steps": [each]} for each in (TRAINING, after)]
    [step] = definition_differences(*documents).steps
    assert [each.field for each in step.fields] == [says]
    [run] = next_runs(*documents)
    assert run.loses_cache is reruns


TUNING = {
    "Name": "Tune",
    "Type": "Tuning",
    "Arguments": {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 4},
            "ParameterRanges": {
                "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "9"}],
                "CategoricalParameterRanges": [{"Name": "booster", "Values": ["a", "b"]}],
            },
            "RandomSeed": 7,
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {
                "TrainingImage": "a",
                "MetricDefinitions": [{"Name": "auc", "Regex": "auc:(.+)"}],
            },
            "StaticHyperParameters": {"rounds": "50", "sagemaker_submit_directory": '"s3://b/code/1.tar.gz"'},
            "InputDataConfig": [
                {
                    "ChannelName": name,
                    "DataSource": {"S3DataSource": {"S3Uri": "s3://b/1", "S3DataType": "S3Prefix"}},
                }
                for name in ("data", "code")
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "Environment": {"A": "1"},
        },
    },
    "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"},
}
CONFIG, TRAINED = "Arguments.HyperParameterTuningJobConfig", "Arguments.TrainingJobDefinition"
URI = "DataSource.S3DataSource.S3Uri"
# What makes a tuning step run again is what the developer guide lists: all of its config, and of the training
# definition the algorithm, the ranges, the inputs, the static hyperparameters and the objective.
TUNING_EDITS = [
    (f"{CONFIG}.Strategy", "Random", "Strategy", True),
    (f"{CONFIG}.RandomSeed", 8, "RandomSeed", True),
    (f"{CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs", 30, "training jobs in all", True),
    (f"{CONFIG}.ResourceLimits.MaxParallelTrainingJobs", 5, "training jobs at once", True),
    (f"{CONFIG}.HyperParameterTuningJobObjective.MetricName", "f1", "objective MetricName", True),
    (
        f"{CONFIG}.ParameterRanges.IntegerParameterRanges.0.MaxValue",
        "8",
        "range of depth MaxValue",
        True,
    ),
    (
        f"{CONFIG}.ParameterRanges.CategoricalParameterRanges.0.Values",
        ["a"],
        "range of booster Values",
        True,
    ),
    (f"{TRAINED}.StaticHyperParameters.rounds", "60", "hyperparameter rounds", True),
    (f"{TRAINED}.StaticHyperParameters.sagemaker_submit_directory", "x", "code", True),
    (f"{TRAINED}.InputDataConfig.0.{URI}", "s3://b/2", "input data", True),
    (f"{TRAINED}.InputDataConfig.1.{URI}", "s3://b/2", "code", True),
    (f"{TRAINED}.AlgorithmSpecification.TrainingImage", "b", "image", True),
    (f"{TRAINED}.AlgorithmSpecification.MetricDefinitions.0.Regex", "(.)", "metric auc Regex", True),
    (f"{TRAINED}.TuningObjective", {"MetricName": "f1"}, "objective MetricName", True),
    (f"{TRAINED}.Environment.A", "2", "environment variable A", False),
    (f"{TRAINED}.OutputDataConfig.S3OutputPath", "s3://b/o", "output", False),
    (f"{TRAINED}.ResourceConfig.InstanceCount", 2, "instance count", False),
    (f"{TRAINED}.StoppingCondition.MaxRuntimeInSeconds", 90, "longest run time in seconds", False),
    (f"{TRAINED}.EnableManagedSpotTraining", True, "EnableManagedSpotTraining", False),
]


@pytest.mark.parametrize(
    ("path", "value", "says", "reruns"),
    TUNING_EDITS,
    ids=[edit[0].partition(".")[2] for edit in TUNING_EDITS],
)
def test_edits_of_a_tuning_step(path: str, value: Any, says: str, reruns: bool) -> None:
    keys = [int(key) if key.isdigit() else key for key in path.split(".")]
    after = copy.deepcopy(TUNING)
    inner: Any = after
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    documents = [{"Version": "2020-12-01", "Steps": [each]} for each in (TUNING, after)]
    [step] = definition_differences(*documents).steps
    assert [each.field for each in step.fields] == [says]
    [run] = next_runs(*documents)
    assert run.loses_cache is reruns
    if reruns:
        assert run.why == f"{says} changes"


def test_a_range_that_is_new_or_moved_to_another_kind() -> None:
    after: Any = copy.deepcopy(TUNING)
    ranges = after["Arguments"]["HyperParameterTuningJobConfig"]["ParameterRanges"]
    ranges["ContinuousParameterRanges"] = [{"Name": "eta", "MinValue": "0", "MaxValue": "1"}]
    [step] = definition_differences({"Steps": [TUNING]}, {"Steps": [after]}).steps
    assert [(each.field, each.before) for each in step.fields] == [("range of eta MinValue", None)]


def test_a_new_input_of_a_tuning_step_is_one_change() -> None:
    after: Any = copy.deepcopy(TUNING)
    channels = after["Arguments"]["TrainingJobDefinition"]["InputDataConfig"]
    channels.append({**copy.deepcopy(channels[0]), "ChannelName": "more"})
    [step] = definition_differences({"Steps": [TUNING]}, {"Steps": [after]}).steps
    assert [(each.field, each.after) for each in step.fields] == [("input more", "s3://b/1")]


def test_the_order_of_ranges_means_nothing() -> None:
    before: Any = copy.deepcopy(TUNING)
    ranges = before["Arguments"]["HyperParameterTuningJobConfig"]["ParameterRanges"]["IntegerParameterRanges"]
    ranges.append({"Name": "leaves", "MinValue": "2", "MaxValue": "9"})
    after = copy.deepcopy(before)
    after["Arguments"]["HyperParameterTuningJobConfig"]["ParameterRanges"]["IntegerParameterRanges"].reverse()
    assert not definition_differences({"Steps": [before]}, {"Steps": [after]})


def test_several_training_definitions_are_told_apart() -> None:
    before: Any = copy.deepcopy(TUNING)
    trained = before["Arguments"].pop("TrainingJobDefinition")
    before["Arguments"]["TrainingJobDefinitions"] = [
        {**copy.deepcopy(trained), "DefinitionName": name} for name in ("one", "two")
    ]
    after = copy.deepcopy(before)
    after["Arguments"]["TrainingJobDefinitions"].reverse()
    assert not definition_differences({"Steps": [before]}, {"Steps": [after]})
    after["Arguments"]["TrainingJobDefinitions"][0]["StaticHyperParameters"]["rounds"] = "60"
    documents = {"Steps": [before]}, {"Steps": [after]}
    [step] = definition_differences(*documents).steps
    assert [each.field for each in step.fields] == ["hyperparameter rounds of two"]
    [run] = next_runs(*documents)
    assert run.loses_cache


BEST_MODEL = {
    "Std:Join": {
        "On": "/",
        "Values": [
            {"Get": "Steps.Tune.TrainingJobDefinition.OutputDataConfig.S3OutputPath"},
            {"Get": "Steps.Tune.BestTrainingJob.TrainingJobName"},
            "output/model.tar.gz",
        ],
    }
}


def test_what_reads_the_best_model_runs_again_with_the_tuning_step() -> None:
    reader = consumer("Parameters.None")
    reader["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] = BEST_MODEL
    changed: Any = copy.deepcopy(TUNING)
    changed["Arguments"]["HyperParameterTuningJobConfig"]["RandomSeed"] = 8
    runs = {each.step: each for each in next_runs({"Steps": [TUNING, reader]}, {"Steps": [changed, reader]})}
    assert (runs["Use"].outcome, runs["Use"].why) == (
        Outcome.RUNS_AGAIN,
        "input in comes from Tune, which runs again",
    )
    same = {
        each.step: each.outcome
        for each in next_runs({"Steps": [TUNING, reader]}, {"Steps": [TUNING, reader]})
    }
    assert set(same.values()) == {Outcome.REUSED}


def test_a_new_input_is_one_change() -> None:
    after = copy.deepcopy(TRAINING)
    channel = copy.deepcopy(after["Arguments"]["InputDataConfig"][0])  # type: ignore[index]
    channel["ChannelName"] = "more"
    after["Arguments"]["InputDataConfig"].append(channel)  # type: ignore[index]
    [step] = definition_differences({"Steps": [TRAINING]}, {"Steps": [after]}).steps
    assert [(each.field, each.before, each.after) for each in step.fields] == [
        ("input more", None, "s3://b/1")
    ]


def test_a_step_of_another_type_under_the_same_name_changes() -> None:
    after = {"Name": "Train", "Type": "Lambda", "Arguments": {}, "FunctionArn": "arn"}
    [step] = definition_differences({"Steps": [TRAINING]}, {"Steps": [after]}).steps
    assert step.kind is Kind.CHANGED
    assert "type" in [each.field for each in step.fields]


def consumer(reference: str, cache: bool = True) -> dict[str, Any]:
    return {
        "Name": "Use",
        "Type": "Processing",
        "Arguments": {
            "ProcessingInputs": [{"InputName": "in", "S3Input": {"S3Uri": {"Get": reference}}}],
        },
        "CacheConfig": {"Enabled": cache, "ExpireAfter": "P1D"},
    }


def producer(variable: str, address: Any) -> dict[str, Any]:
    return {
        "Name": "Make",
        "Type": "Processing",
        "Arguments": {
            "Environment": {"X": variable},
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": address}}]},
        },
        "CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"},
    }


OUT = "Steps.Make.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"
OWN = {"Std:Join": {"On": "/", "Values": ["s3://b", {"Get": "Execution.PipelineExecutionId"}]}}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param(OWN, Outcome.RUNS_AGAIN, id="a place of its own in each execution"),
        pytest.param("s3://b/same", Outcome.REUSED, id="the same place always"),
        pytest.param(
            {"Std:Join": {"On": "/", "Values": ["s3://b", {"Get": "Execution.PipelineName"}]}},
            Outcome.REUSED,
            id="a place of the pipeline's",
        ),
    ],
)
def test_a_consumer_runs_again_where_the_address_that_it_reads_is_new(
    address: Any, expected: Outcome
) -> None:
    before, after = ({"Steps": [consumer(OUT), producer(x, address)]} for x in ("1", "2"))
    runs = {each.step: each for each in next_runs(before, after)}
    assert list(runs) == ["Make", "Use"]
    assert runs["Make"].outcome is Outcome.RUNS_AGAIN
    assert runs["Use"].outcome is expected


def test_a_step_that_reads_what_differs_in_each_execution_always_runs() -> None:
    document = {"Steps": [consumer("Execution.StartDateTime")]}
    [run] = next_runs(document, document)
    assert (run.outcome, run.loses_cache) == (Outcome.ALWAYS_RUNS, False)
    assert run.why == "input in differs in each execution"


def test_a_new_pipeline_runs_every_job_for_the_first_time() -> None:
    runs = next_runs(None, definition())
    assert {each.step for each in runs if each.outcome is Outcome.REUSED} == set()
    assert all(each.loses_cache for each in runs)


def test_conditions_and_failures_are_no_jobs() -> None:
    jobs = {
        name for name, step in placed_steps(definition()).items() if step.type not in ("Condition", "Fail")
    }
    assert {each.step for each in next_runs(None, definition())} == jobs


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Get": OUT}, "Make.out"),
        ({"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}, "Train.model"),
        (BEST_MODEL, "Tune.model"),
        ({"Std:Join": {"On": "/", "Values": []}}, ""),
        ({"Std:Join": {"On": "/", "Values": ["a", "b", "output/model.tar.gz"]}}, "a/b/output/model.tar.gz"),
        ({"Get": "Parameters.Depth"}, "parameter Depth"),
        (OWN, "s3://b/{PipelineExecutionId}"),
        ({"Std:Join": {"On": "", "Values": ["d=", {"Get": "Parameters.D"}]}}, "d={parameter D}"),
        (
            {
                "Type": "GreaterThanOrEqualTo",
                "LeftValue": {
                    "Std:JsonGet": {"PropertyFile": {"Get": "Steps.E.PropertyFiles.m"}, "Path": "auc"}
                },
                "RightValue": 0.8,
            },
            "'auc' of E.m >= 0.8",
        ),
        (["a", 1, True], "a, 1, true"),
        ({"x": 1}, '{"x": 1}'),
    ],
)
def test_values_in_words(value: Any, text: str) -> None:
    assert text_of(value) == text
