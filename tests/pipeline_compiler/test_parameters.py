"""Pipeline parameters: declared in the config, typed by the fields that they set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline, Diagnostic, PipelineCompilerError, compile_pipeline
from tests.configs import minimal_config, with_values

SIMPLE = "XGBoostSimple"
E2E = "XGBoostTrainEvaluateE2E"


def compiled(
    parameters: dict[str, Any], settings: dict[str, Any] | None = None, template: str = SIMPLE
) -> CompiledPipeline:
    config = with_values(minimal_config(template), settings or {})
    return compile_pipeline(template, {**config, "parameters": parameters})


def problem(
    parameters: dict[str, Any], settings: dict[str, Any] | None = None, template: str = SIMPLE
) -> Diagnostic:
    with pytest.raises(PipelineCompilerError) as error:
        compiled(parameters, settings, template)
    (diagnostic,) = error.value.diagnostics
    return diagnostic


def arguments(pipeline: CompiledPipeline, step: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each["Arguments"] for each in pipeline.steps if each["Name"] == step)
    return found


def get(name: str) -> dict[str, str]:
    return {"Get": f"Parameters.{name}"}


def text(name: str) -> dict[str, Any]:
    """How the definition puts a number into a slot that AWS types as a string."""
    return {"Std:Join": {"On": "", "Values": [get(name)]}}


@pytest.mark.parametrize(
    ("target", "default", "declared"),
    [
        ("XGBoostTraining.instance_type", "ml.m5.xlarge", ("String", "ml.m5.xlarge")),
        ("XGBoostTraining.volume_size_gb", 2, ("Integer", 2)),
        ("XGBoostTraining.hyperparameters.eta", 0.2, ("Float", 0.2)),
        ("XGBoostTraining.hyperparameters.eta", 1, ("Float", 1.0)),
        ("XGBoostTraining.hyperparameters.eval_metric", "aucpr", ("String", "aucpr")),
        ("TabularPreprocessing_training.train_ratio", 0.9, ("Float", 0.9)),
        ("CradleDataLoading_training.source.format", "csv", ("String", "csv")),
    ],
)
def test_the_type_is_that_of_the_field(target: str, default: object, declared: tuple[str, object]) -> None:
    (parameter,) = compiled({"P": {"default": default, "sets": target}}).document["Parameters"]
    assert parameter == {"Name": "P", "Type": declared[0], "DefaultValue": declared[1]}
    assert type(parameter["DefaultValue"]) is type(declared[1])


def test_numbers_stay_numbers_in_the_request_and_become_text_where_aws_wants_text() -> None:
    pipeline = compiled(
        {
            "Type": {"default": "ml.m5.xlarge", "sets": "XGBoostTraining.instance_type"},
            "Size": {"default": 30, "sets": "XGBoostTraining.volume_size_gb"},
            "Seconds": {"default": 60, "sets": "XGBoostTraining.max_runtime_seconds"},
            "Rounds": {"default": 100, "sets": "XGBoostTraining.hyperparameters.num_round"},
            "Metric": {"default": "auc", "sets": "XGBoostTraining.hyperparameters.eval_metric"},
            "Ratio": {"default": 0.7, "sets": "TabularPreprocessing_training.train_ratio"},
            "Positive": {"default": "yes", "sets": "TabularPreprocessing_training.positive_class"},
        }
    )
    training = arguments(pipeline, "XGBoostTraining")
    assert training["ResourceConfig"]["InstanceType"] == get("Type")
    assert training["ResourceConfig"]["VolumeSizeInGB"] == get("Size")
    assert training["StoppingCondition"]["MaxRuntimeInSeconds"] == get("Seconds")
    assert training["HyperParameters"]["num_round"] == text("Rounds")
    assert training["HyperParameters"]["eval_metric"] == get("Metric")
    environment = arguments(pipeline, "TabularPreprocessing_training")["Environment"]
    assert environment["TRAIN_RATIO"] == text("Ratio")
    assert environment["POSITIVE_CLASS"] == get("Positive")


def test_one_parameter_may_set_several_fields() -> None:
    targets = ["XGBoostTraining.instance_type", "TabularPreprocessing_training.instance_type"]
    pipeline = compiled({"Type": {"default": "ml.m5.2xlarge", "sets": targets}})
    assert [each["Name"] for each in pipeline.document["Parameters"]] == ["Type"]
    assert arguments(pipeline, "XGBoostTraining")["ResourceConfig"]["InstanceType"] == get("Type")
    cluster = arguments(pipeline, "TabularPreprocessing_training")["ProcessingResources"]["ClusterConfig"]
    assert cluster["InstanceType"] == get("Type")
    assert get("Type") not in arguments(pipeline, "CradleDataLoading_training").values()


@pytest.mark.parametrize("field", ["lambda", "reg_lambda"])
def test_a_field_goes_by_its_alias_or_its_name(field: str) -> None:
    pipeline = compiled({"L2": {"default": 1.5, "sets": f"XGBoostTraining.hyperparameters.{field}"}})
    assert arguments(pipeline, "XGBoostTraining")["HyperParameters"]["lambda"] == text("L2")


def test_it_overrides_a_default_for_all_steps_and_leaves_its_neighbours_alone() -> None:
    pipeline = compiled(
        {"Eta": {"default": 0.2, "sets": "XGBoostTraining.hyperparameters.eta"}},
        {"steps.XGBoostTraining.hyperparameters.max_depth": 3, "defaults.hyperparameters": {"eta": 0.5}},
    )
    hyperparameters = arguments(pipeline, "XGBoostTraining")["HyperParameters"]
    assert (hyperparameters["max_depth"], hyperparameters["eta"]) == ("3", text("Eta"))


def test_the_description_of_a_model_can_be_a_parameter() -> None:
    pipeline = compiled({"Note": {"default": "weekly", "sets": "MimsRegistration.description"}}, template=E2E)
    assert arguments(pipeline, "MimsRegistration")["ModelPackageDescription"] == get("Note")


def test_allowed_values_are_declared_with_the_fields_type() -> None:
    parameter = {"default": 1, "allowed": [1, 0.5], "sets": "XGBoostTraining.hyperparameters.eta"}
    (declared,) = compiled({"Eta": parameter}).document["Parameters"]
    assert declared["EnumValues"] == [1.0, 0.5]


def test_parameters_are_listed_by_name() -> None:
    parameters = {
        name: {"default": 1, "sets": f"{step}.volume_size_gb"}
        for name, step in (
            ("Zeta", "XGBoostTraining"),
            ("Alpha", "TabularPreprocessing_training"),
        )
    }
    document = compiled(parameters).document
    assert [each["Name"] for each in document["Parameters"]] == ["Alpha", "Zeta"]


def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "part.csv").write_text("a\n1\n")
    return data


def test_a_local_folder_behind_a_parameter_is_at_its_s3_address(tmp_path: Path) -> None:
    data = folder(tmp_path)
    sets = "CradleDataLoading_training.source.files"
    pipeline = compiled(
        {"Source": {"default": str(data), "sets": sets}},
        {"steps.CradleDataLoading_training.source": {}},
    )
    (parameter,) = pipeline.document["Parameters"]
    uri = "s3://ml-fraud/pipelines/local/fraud-detection/CradleDataLoading_training/source"
    assert parameter["DefaultValue"] == uri
    assert pipeline.local_sources == {uri: data}
    inputs = arguments(pipeline, "CradleDataLoading_training")["ProcessingInputs"]
    assert inputs[0]["S3Input"]["S3Uri"] == get("Source")


def test_allowed_values_and_a_local_folder_exclude_each_other(tmp_path: Path) -> None:
    data = str(folder(tmp_path))
    parameter = {
        "default": data,
        "allowed": [data, "s3://b/c"],
        "sets": "CradleDataLoading_training.source.files",
    }
    diagnostic = next(
        each
        for each in _problems({"Source": parameter}, {"steps.CradleDataLoading_training.source": {}})
        if each.severity.value == "error"
    )
    assert diagnostic.code == "PC408"
    assert data in diagnostic.message


def _problems(parameters: dict[str, Any], settings: dict[str, Any]) -> tuple[Diagnostic, ...]:
    with pytest.raises(PipelineCompilerError) as error:
        compiled(parameters, settings)
    return error.value.diagnostics


COUNT = "XGBoostTraining.volume_size_gb"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (0.8, "must have 'default' and 'sets', got 0.8"),
        ([COUNT], "must have 'default' and 'sets'"),
        ({}, "must have 'default' and 'sets', got {}"),
        ({"default": 1}, "parameter 'P' sets nothing, and no step's run_if asks for it"),
        ({"sets": COUNT}, "must have 'default' and 'sets'"),
        ({"default": None, "sets": COUNT}, "must have 'default' and 'sets', got {'default': None"),
        ({"default": 1, "sets": []}, "must have 'default' and 'sets'"),
        ({"default": 1, "sets": 5}, "must have 'default' and 'sets'"),
        ({"default": 1, "sets": [5]}, "must have 'default' and 'sets'"),
        ({"default": 1, "sets": {COUNT: 1}}, "must have 'default' and 'sets'"),
        ({"default": 1, "sets": COUNT, "alowed": [1]}, "has no field 'alowed'"),
        ({"default": 1, "sets": COUNT, "allowed": 1}, "1, is not among its allowed values 1"),
        ({"default": 1, "sets": COUNT, "allowed": [2, 3]}, "1, is not among its allowed values [2, 3]"),
        (
            {"default": 1, "sets": COUNT, "allowed": [1, -4]},
            "allows -4, which XGBoostTraining.volume_size_gb",
        ),
        ({"default": 1, "sets": COUNT, "allowed": [1, "x"]}, "allows 'x', which XGBoostTraining.volume"),
        (
            {"default": 1, "sets": "XGBoostTrainer.volume_size_gb"},
            "sets 'XGBoostTrainer.volume_size_gb', but",
        ),
        (
            {"default": 1, "sets": "XGBoostTraining"},
            "sets 'XGBoostTraining', which names a step and no field",
        ),
        ({"default": "3.2-0", "sets": "XGBoostTraining.xgboost_version"}, "which decides what is compiled"),
        ({"default": "P1D", "sets": "XGBoostTraining.cache_expire_after"}, "which decides what is compiled"),
        ({"default": ["a"], "sets": "XGBoostTraining.feature_fields"}, "holds a tuple"),
        ({"default": {}, "sets": "TabularPreprocessing_training.label_mapping"}, "holds a dict"),
    ],
)
def test_what_cannot_be_a_parameter(entry: object, says: str) -> None:
    diagnostic = problem({"P": entry})
    assert diagnostic.code == "PC408"
    assert "parameter 'P'" in diagnostic.message
    assert says in diagnostic.message
    assert (diagnostic.place.field or "").startswith("parameters.P")
    assert diagnostic.fix


def test_a_step_that_is_meant_is_suggested() -> None:
    diagnostic = problem({"P": {"default": 1, "sets": "XGBoostTrainin.volume_size_gb"}})
    assert diagnostic.fix.startswith("did you mean 'XGBoostTraining'?")


def test_a_parameter_of_two_types() -> None:
    diagnostic = problem(
        {
            "P": {
                "default": 1,
                "sets": ["XGBoostTraining.volume_size_gb", "XGBoostTraining.hyperparameters.eta"],
            }
        }
    )
    assert diagnostic.code == "PC408"
    assert "two types, Integer and Float" in diagnostic.message


def test_a_misspelt_field_of_a_parameter_is_at_the_parameter() -> None:
    diagnostic = problem({"P": {"default": 1, "sets": "XGBoostTraining.volume_size_bg"}})
    assert (diagnostic.code, diagnostic.place.field) == ("PC402", "parameters.P")
    assert diagnostic.fix == "did you mean 'volume_size_gb'?"


def test_a_default_that_the_field_refuses_is_at_the_parameter() -> None:
    diagnostic = problem({"P": {"default": 0, "sets": COUNT}})
    assert (diagnostic.code, diagnostic.place.field) == ("PC404", "parameters.P")
    assert "got 0" in diagnostic.message


def test_a_default_in_quotes_is_no_number() -> None:
    diagnostic = problem({"P": {"default": "30", "sets": COUNT}})
    assert (diagnostic.code, diagnostic.place.field) == ("PC404", "parameters.P")
    assert diagnostic.message.endswith("must be a number, got the text '30'")


def test_a_field_that_the_section_sets_too() -> None:
    diagnostic = problem({"P": {"default": 1, "sets": COUNT}}, {"steps.XGBoostTraining.volume_size_gb": 1})
    assert diagnostic.code == "PC409"
    assert diagnostic.message == (
        "XGBoostTraining.volume_size_gb is set by the parameter 'P' and in the step's section"
    )
    assert diagnostic.place.field == "steps.XGBoostTraining.volume_size_gb"


def test_a_field_that_two_parameters_set() -> None:
    diagnostic = problem({name: {"default": 1, "sets": COUNT} for name in ("P", "Q")})
    assert diagnostic.code == "PC409"
    assert diagnostic.message.endswith("is set by the parameters 'P' and 'Q'")


def test_a_parameter_does_not_hide_what_is_wrong_beside_it() -> None:
    diagnostic = problem(
        {"P": {"default": 0.1, "sets": "XGBoostTraining.hyperparameters.eta"}},
        {"steps.XGBoostTraining.hyperparameters": "deep"},
    )
    assert diagnostic.code == "PC404"
    assert "got 'deep'" in diagnostic.message


@pytest.mark.parametrize("name", ["with space", "ü", "a" * 65, ""])
def test_a_name_that_aws_refuses(name: str) -> None:
    diagnostic = problem({name: {"default": 1, "sets": COUNT}})
    assert diagnostic.code == "PC416"
    assert f"'{name}'" in diagnostic.message
