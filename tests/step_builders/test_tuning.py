"""A search for hyperparameters: what may be varied and how, and the request that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import Field, ValidationError

from pipeline_compiler import PipelineCompilerError, compile_pipeline
from pipeline_deps.specification import SpecificationError
from script_contracts.core.contract import TrainingScriptContract
from step_builders.core.config import Config, TrainingConfig
from step_builders.core.hyperparameter_ranges import ranges_of
from step_builders.core.step import StepDeclaration
from step_builders.core.tuning import tuning_config
from step_builders.xgboost_training import XGBOOST_TRAINING_STEP
from step_builders.xgboost_tuning import XGBOOST_TUNING_STEP
from step_specs.xgboost_tuning import XGBOOST_TUNING_SPEC
from tests.configs import minimal_config, with_values
from tests.step_builders.samples import entry

TEMPLATE = "XGBoostTuneE2E"
RANGES = {"max_depth": {"min": 3, "max": 9}, "eta": {"min": 0.01, "max": 0.5}}


def config(section: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {**with_values(minimal_config(TEMPLATE), {"steps.XGBoostTuning": dict(section)}), **more}


def request(section: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    step = entry(compile_pipeline(None, config(section, **more)), "XGBoostTuning")
    assert step["Type"] == "Tuning"
    arguments: dict[str, Any] = step["Arguments"]
    return arguments


def refused(section: Mapping[str, Any], **more: Any) -> PipelineCompilerError:
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(None, config(section, **more))
    return caught.value


def search(**tuning: Any) -> dict[str, Any]:
    found: dict[str, Any] = request({"tuning": {"ranges": RANGES, **tuning}})["HyperParameterTuningJobConfig"]
    return found


def test_each_range_is_of_the_hyperparameters_kind_and_name() -> None:
    ranges = {
        "max_depth": {"min": 3, "max": 9},
        "eta": {"min": 0.01, "max": 0.5, "scale": "logarithmic"},
        "lambda": {"values": [0, 1.5]},
        "max_bin": {"values": [128, 256]},
    }
    found = request({"tuning": {"ranges": ranges}})["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert found == {
        "IntegerParameterRanges": [
            {"Name": "max_depth", "MinValue": "3", "MaxValue": "9", "ScalingType": "Auto"}
        ],
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
        ],
        "CategoricalParameterRanges": [
            {"Name": "lambda", "Values": ["0.0", "1.5"]},
            {"Name": "max_bin", "Values": ["128", "256"]},
        ],
    }


def test_the_training_job_is_the_training_steps_own_but_for_what_is_varied() -> None:
    training = with_values(
        minimal_config("XGBoostTrainEvaluateE2E"), {"steps.XGBoostTraining": {"use_spot": True}}
    )
    expected = entry(compile_pipeline(None, training), "XGBoostTraining")["Arguments"]
    job = request({"use_spot": True, "tuning": {"ranges": RANGES}})["TrainingJobDefinition"]
    hyperparameters, static = expected.pop("HyperParameters"), job.pop("StaticHyperParameters")
    assert {"max_depth", "eta"} <= set(hyperparameters)
    for part in (hyperparameters, static):  # the contract beside the script names the step
        assert part.pop("sagemaker_submit_directory")
    assert not {"max_depth", "eta"} & set(static)
    assert static.items() < hyperparameters.items()
    for part in (expected, job):
        assert "XGBoostT" in part["OutputDataConfig"]["S3OutputPath"]["Std:Join"]["Values"].pop()
    assert job == expected


@pytest.mark.parametrize(
    ("metric", "goal"),
    [("auc", "Maximize"), ("aucpr", "Maximize"), ("logloss", "Minimize"), ("error", "Minimize")],
)
def test_the_objective_is_the_metric_that_early_stopping_watches(metric: str, goal: str) -> None:
    arguments = request({"hyperparameters": {"eval_metric": metric}, "tuning": {"ranges": RANGES}})
    objective = arguments["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    assert objective == {"Type": goal, "MetricName": f"validation:{metric}"}
    logged = arguments["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert objective["MetricName"] in [each["Name"] for each in logged]


def test_how_it_searches() -> None:
    found = search(strategy="random", max_jobs=12, max_parallel_jobs=3, stop_early=True, seed=7)
    assert found["Strategy"] == "Random"
    assert found["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 3}
    assert (found["TrainingJobEarlyStoppingType"], found["RandomSeed"]) == ("Auto", 7)
    assert search()["Strategy"] == "Bayesian"


def test_a_grid_runs_every_combination() -> None:
    ranges = {"max_depth": {"values": [3, 6, 9]}, "eta": {"values": [0.1, 0.3]}}
    found = search(ranges=ranges, strategy="grid")
    assert (found["Strategy"], found["ResourceLimits"]["MaxNumberOfTrainingJobs"]) == ("Grid", 6)


def test_parameters_set_limits_and_ends_of_ranges_at_the_start() -> None:
    parameters = {
        "Jobs": {"default": 10, "sets": "XGBoostTuning.tuning.max_jobs"},
        "Deepest": {"default": 8, "sets": "XGBoostTuning.tuning.ranges.max_depth.max"},
        "Strongest": {"default": 2.5, "sets": "XGBoostTuning.tuning.ranges.lambda.max"},
    }
    ranges = {"max_depth": {"min": 3}, "lambda": {"min": 0.5}}
    found = request({"tuning": {"ranges": ranges}}, parameters=parameters)["HyperParameterTuningJobConfig"]
    assert found["ResourceLimits"]["MaxNumberOfTrainingJobs"] == {"Get": "Parameters.Jobs"}
    (depth,), (strength,) = (
        found["ParameterRanges"][f"{kind}ParameterRanges"] for kind in ("Integer", "Continuous")
    )
    assert (depth["MinValue"], depth["MaxValue"]["Std:Join"]["Values"]) == (
        "3",
        [{"Get": "Parameters.Deepest"}],
    )
    assert strength["MaxValue"]["Std:Join"]["Values"] == [{"Get": "Parameters.Strongest"}]


@pytest.mark.parametrize(
    ("section", "codes", "says"),
    [
        ({}, {"PC403"}, ["'tuning' (the search) is missing"]),
        ({"tuning": {"ranges": {}}}, {"PC404"}, ["tuning.ranges", "0 hyperparameters", "1 to 30"]),
        ({"tuning": {"ranges": {"max_dept": {"min": 1, "max": 2}}}}, {"PC402"}, ["did you mean 'max_depth'"]),
        ({"tuning": {"ranges": {"reg_lambd": {"min": 1, "max": 2}}}}, {"PC402"}, ["unknown field"]),
        ({"tuning": {"ranges": {"eval_metric": {"values": ["auc"]}}}}, {"PC402"}, ["'eval_metric'"]),
        (
            {"tuning": {"ranges": {"max_depth": {"min": 3}}}},
            {"PC404"},
            ["max_depth: a range is min and max", "both ends"],
        ),
        (
            {"tuning": {"ranges": {"max_depth": {}}}},
            {"PC404"},
            ["max_depth: a range is min and max", "both ends"],
        ),
        ({"tuning": {"ranges": {"max_depth": {"min": 9, "max": 3}}}}, {"PC404"}, ["min (9)", "max (3)"]),
        (
            {"tuning": {"ranges": {"max_depth": {"min": 1.5, "max": 3}}}},
            {"PC404"},
            ["max_depth.min", "whole number", "least value"],
        ),
        ({"tuning": {"ranges": {"eta": {"min": 0.1, "max": 2}}}}, {"PC404"}, ["eta.max", "got 2"]),
        ({"tuning": {"ranges": {"eta": {"values": [0.1, 2]}}}}, {"PC404"}, ["eta.values.1", "got 2"]),
        ({"tuning": {"ranges": {"eta": {"values": [0.1, 0.1]}}}}, {"PC404"}, ["twice"]),
        (
            {"tuning": {"ranges": {"seed": {"values": [*range(31)]}}}},
            {"PC404"},
            ["seed.values' must have at most 30 entries, and has 31, got [0, 1,"],
        ),
        ({"tuning": {"ranges": {"max_depth": {"min": True, "max": 2}}}}, {"PC404"}, ["a number, got true"]),
        (
            {"tuning": {"ranges": {"eta": {"values": [0.1], "min": 0.1, "max": 0.2}}}},
            {"PC404"},
            ["min and max, or values"],
        ),
        ({"tuning": {"ranges": {"eta": {"values": [0.1], "scale": "linear"}}}}, {"PC404"}, ["scale is for"]),
        (
            {"tuning": {"ranges": {"gamma": {"min": 0, "max": 5, "scale": "logarithmic"}}}},
            {"PC404"},
            ["above 0", "got 0"],
        ),
        (
            {"tuning": {"ranges": {"eta": {"min": 0.5, "max": 1, "scale": "reverse_logarithmic"}}}},
            {"PC404"},
            ["below 1", "0.5 to 1"],
        ),
        (
            {
                "hyperparameters": {"max_depth": 4, "lambda": 1},
                "tuning": {"ranges": {**RANGES, "lambda": {"values": [1]}}},
            },
            {"PC404"},
            ["max_depth, lambda", "under hyperparameters", "and varied as well"],
        ),
        ({"tuning": {"ranges": RANGES, "strategy": "grid"}}, {"PC404"}, ["grid needs values", "max_depth"]),
        (
            {"tuning": {"ranges": {"eta": {"values": [0.1, 0.2]}}, "strategy": "grid", "max_jobs": 5}},
            {"PC404"},
            ["all 2 combinations", "remove max_jobs"],
        ),
        (
            {"tuning": {"ranges": RANGES, "max_jobs": 2, "max_parallel_jobs": 3}},
            {"PC404"},
            ["is 3", "2 jobs"],
        ),
        # The contract's own bounds are narrower than the field's, and hold for all that a search may try.
        (
            {"tuning": {"ranges": {"max_depth": {"min": 0, "max": 30}}}},
            {"PC425"},
            ["is 0", "is 30", "1 to 20"],
        ),
        ({"tuning": {"ranges": {"max_depth": {"values": [6, 21]}}}}, {"PC425"}, ["is 21", "1 to 20"]),
    ],
)
def test_a_search_that_cannot_be(section: dict[str, Any], codes: set[str], says: list[str]) -> None:
    error = refused(section)
    assert set(error.codes) == codes
    assert "change one of them" not in str(error)
    for words in says:
        assert words in str(error), words


def test_a_parameter_does_not_set_what_is_varied() -> None:
    parameters = {"Depth": {"default": 5, "sets": "XGBoostTuning.hyperparameters.max_depth"}}
    error = refused({"tuning": {"ranges": RANGES}}, parameters=parameters)
    assert "max_depth: set under hyperparameters or by a parameter" in str(error)


def test_the_objective_is_fixed_when_the_pipeline_is_compiled() -> None:
    parameters = {"Metric": {"default": "auc", "sets": "XGBoostTuning.hyperparameters.eval_metric"}}
    assert "eval_metric" in str(refused({"tuning": {"ranges": RANGES}}, parameters=parameters))


class Hyperparameters(Config):
    depth: int = Field(3, ge=1, description="depth")
    rate: float | None = Field(None, gt=0, lt=1, description="rate")
    booster: str = Field("tree", pattern="^[a-z]+$", description="kind")
    rounded: bool = Field(False, description="whether it is rounded")


def test_ranges_hold_every_kind_of_hyperparameter_to_its_own_bounds() -> None:
    ranges = ranges_of(Hyperparameters)
    good = {"depth": {"min": 1, "max": 2}, "rate": {"values": [0.5]}, "rounded": {"values": [True, False]}}
    assert list(ranges.model_validate({**good, "booster": {"values": ["tree"]}}).given) == list(
        Hyperparameters.model_fields
    )
    for bad in (
        {"depth": {"min": 0, "max": 2}},
        {"rate": {"min": 0.5, "max": 1}},
        {"booster": {"values": ["Tree"]}},
        {"booster": {"values": []}},
        {"booster": {"min": "a", "max": "b"}},
        {"rounded": {"values": ["maybe"]}},
    ):
        with pytest.raises(ValidationError):
            ranges.model_validate(bad)


class Needed(Config):
    rate: float = Field(gt=0, lt=1, description="rate")
    metric: str = Field(description="metric", json_schema_extra={})


class NeededConfig(TrainingConfig):
    hyperparameters: Needed = Field(description="settings")


def test_a_hyperparameter_without_a_default_is_set_or_varied() -> None:
    config = tuning_config(NeededConfig, "validation:{metric}")
    named = {"metric": "auc"}
    varied = config.model_validate(
        {"hyperparameters": named, "tuning": {"ranges": {"rate": {"values": [0.1, 0.2]}}, "max_jobs": 2}}
    )
    assert varied.objective == "validation:auc"
    with pytest.raises(ValidationError, match="hyperparameters"):
        config.model_validate({"tuning": {"ranges": {"rate": {"values": [0.1]}}, "max_jobs": 1}})
    both = tuning_config(OtherNeeded, "loss")
    tuning = {"ranges": {"depth": {"values": [1]}}, "max_jobs": 1}
    with pytest.raises(ValidationError, match="rate: neither set under hyperparameters nor varied"):
        both.model_validate({"tuning": tuning})
    with pytest.raises(ValidationError, match="less than 1"):
        both.model_validate({"hyperparameters": {"rate": 2}, "tuning": tuning})
    assert both.model_validate({"hyperparameters": {"rate": 0.5}, "tuning": tuning})


class DepthAndRate(Hyperparameters):
    rate: float = Field(gt=0, lt=1, description="rate")


class OtherNeeded(TrainingConfig):
    hyperparameters: DepthAndRate = Field(description="settings")


class OwnConfig(TrainingConfig):
    hyperparameters: Hyperparameters = Field(Hyperparameters(), description="settings")


def own_training() -> StepDeclaration:
    spec = XGBOOST_TRAINING_STEP.spec
    contract = spec.script_contract
    assert isinstance(contract, TrainingScriptContract)
    changed = contract.model_copy(update={"required_env_vars": (), "optional_env_vars": {}})
    return StepDeclaration(spec.model_copy(update={"script_contract": changed}), OwnConfig)


def test_any_training_step_can_be_searched_around() -> None:
    training = own_training()
    tuning = training.tuning(training.spec.tuning("OwnTuning", "Search."), objective="validation:auc")
    made = tuning.config.model_validate({"tuning": {"ranges": {"rate": {"min": 0.1, "max": 0.5}}}})
    assert made.objective == "validation:auc"  # type: ignore[attr-defined]
    assert {each.stands_in_for for each in tuning.spec.outputs} == {("XGBoostTraining",)}


def test_a_tuning_step_needs_a_search_and_no_other_step_has_one() -> None:
    with pytest.raises(SpecificationError, match="PC442"):
        StepDeclaration(XGBOOST_TUNING_SPEC, XGBOOST_TRAINING_STEP.config)
    with pytest.raises(SpecificationError, match="PC442"):
        StepDeclaration(XGBOOST_TRAINING_STEP.spec, XGBOOST_TUNING_STEP.config)


def test_the_best_model_goes_wherever_a_trained_one_does() -> None:
    compiled = compile_pipeline(None, config({"tuning": {"ranges": RANGES}}))
    consumers = {each.consumer for each in compiled.wiring.bindings if each.producer == "XGBoostTuning"}
    assert consumers == {"XGBoostModelEvaluation_calibration", "MimsPackage", "MimsPayload"}
