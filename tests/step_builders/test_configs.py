"""The config classes: what is required is required, what is unknown is refused, what is invalid too."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from pipeline_compiler import PipelineCompilerError, compile_pipeline
from pipeline_deps.expressions import ExpressionError, Get, Join, Parameter
from step_builders import all_steps
from step_builders.core.config import FIXED, Source, StepConfig, is_fixed
from step_builders.core.pipeline_settings import PipelineSettings
from step_builders.core.step import StepDeclaration
from step_builders.currency_conversion import CurrencyConversionConfig
from step_builders.mims_registration import MimsRegistrationConfig
from step_builders.xgboost_training import XGBoostHyperparameters, XGBoostTrainingConfig
from step_specs import registry
from tests.step_builders.samples import (
    NODES,
    PIPELINE,
    config_for,
    entry,
    fields_of,
    required_fields,
    surroundings,
)

STEPS = all_steps()
each_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
ONE_NODE = {registry().for_node(name).step_type: name for name in reversed(NODES)}
REQUIRED = [
    pytest.param(node, field.path, id=f"{node}-{field}")
    for step_type, node in ONE_NODE.items()
    for field in required_fields(STEPS[step_type].config)
]


def least(config: type[StepConfig]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in required_fields(config):
        target = found
        for name in field.path[:-1]:
            target = target.setdefault(name, {})
        target[field.path[-1]] = field.sample()
    return found


@pytest.mark.parametrize(("node", "path"), REQUIRED)
def test_a_required_field_is_really_required(node: str, path: tuple[str, ...]) -> None:
    template = surroundings(node)
    config = config_for(template)
    settings = config["defaults"]
    for name in path[:-1]:
        settings = settings[name]
    del settings[path[-1]]
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(template, config)
    alternative = path == ("source", "files")
    assert set(caught.value.codes) == {"PC404" if alternative else "PC403"}
    assert any(
        f"'{path[-1]}'" in str(each) or ".".join(path) in str(each) or (alternative and "files" in str(each))
        for each in caught.value.diagnostics
    )
    assert alternative or node in str(caught.value)


@pytest.mark.parametrize("node", ONE_NODE.values())
def test_an_unknown_field_is_refused_with_a_suggestion(node: str) -> None:
    template = surroundings(node)
    known = next(iter(STEPS[registry().for_node(node).step_type].config.model_fields))
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(template, {**config_for(template), "steps": {node: {known[:-1] + "zz": 1}}})
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC402"
    assert known[:-1] + "zz" in problem.message
    assert problem.fix == f"did you mean '{known}'?"


@each_step
def test_every_model_of_a_config_is_closed_and_frozen(step: StepDeclaration) -> None:
    config = step.config.model_validate(least(step.config))
    with pytest.raises(ValidationError, match="Extra inputs"):
        step.config.model_validate({**least(step.config), "no_such_field": 1})
    name = next(iter(step.config.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(config, name, None)


@each_step
def test_every_field_is_described(step: StepDeclaration) -> None:
    for field in fields_of(step.config):
        assert field.info.description
        assert not field.info.description.endswith(".")


@each_step
def test_yes_and_no_are_not_numbers(step: StepDeclaration) -> None:
    for field in fields_of(step.config):
        accepted = {field.info.annotation, *get_args(field.info.annotation)}
        if accepted & {int, float} and bool not in accepted:
            settings = least(step.config)
            target = settings
            for name in field.path[:-1]:
                target = target.setdefault(name, {})
            target[field.path[-1]] = True
            with pytest.raises(ValidationError, match="Input should be a number"):
                step.config.model_validate(settings)


@each_step
def test_an_expression_in_any_field_is_refused(step: StepDeclaration) -> None:
    for field in fields_of(step.config):
        settings = least(step.config)
        target = settings
        for name in field.path[:-1]:
            target = target.setdefault(name, {})
        target[field.path[-1]] = Parameter("P", "String", "x")
        with pytest.raises(ExpressionError) as caught:
            step.config.model_validate(settings)
        (problem,) = caught.value.diagnostics
        assert problem.code == "PC221"
        assert field.path[-1] in problem.message
        assert "sets:" in problem.fix


@pytest.mark.parametrize(
    "settings",
    [
        {"content_types": (Get("Parameters.P"),)},
        {"customer_metadata": {"owner": Join("-", ("a",))}},
        {"customer_metadata": {"owner": "a"}, "inference_instances": [Parameter("P", "String")]},
    ],
)
def test_an_expression_inside_a_list_or_mapping_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ExpressionError, match="PC221"):
        MimsRegistrationConfig(model_package_group="g", **settings)


def test_every_misused_expression_is_reported() -> None:
    parameter = Parameter("P", "String")
    with pytest.raises(ExpressionError) as caught:
        MimsRegistrationConfig(model_package_group=parameter, description=parameter)  # type: ignore[arg-type]
    assert caught.value.codes == ("PC221", "PC221")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("instance_type", "m5.xlarge"),
        ("instance_type", "ml.m5"),
        ("instance_count", 0),
        ("instance_count", 101),
        ("volume_size_gb", 0),
        ("max_runtime_seconds", 0),
        ("xgboost_version", "9.9-9"),
        ("image_uri", "with space"),
        ("image_uri", ""),
        ("cache_expire_after", "30 days"),
        ("cache_expire_after", "P"),
        ("label_field", ""),
        ("id_field", ""),
        ("feature_fields", ("a,b",)),
        ("feature_fields", "age"),
        ("hyperparameters", {"eta": 0}),
        ("hyperparameters", {"eta": float("nan")}),
        ("hyperparameters", {"lambda": float("inf")}),
        ("hyperparameters", {"max_depth": -1}),
        ("hyperparameters", {"eval_metric": "rmse"}),
        ("hyperparameters", {"learning_rate": 0.1}),
        ("hyperparameters", {"lambda": 1, "reg_lambda": 2}),
    ],
)
def test_a_value_that_no_job_could_use_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        XGBoostTrainingConfig(**{"label_field": "y", field: value})


@pytest.mark.parametrize("duration", ["P30D", "PT1H", "P1DT12H", "P2W", None])
def test_cache_durations(duration: str | None) -> None:
    assert XGBoostTrainingConfig(label_field="y", cache_expire_after=duration).cache_expire_after == duration


@pytest.mark.parametrize("name", ["lambda", "reg_lambda"])
def test_a_field_goes_by_its_name_or_its_alias(name: str) -> None:
    assert XGBoostHyperparameters(**{name: 2}).reg_lambda == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "with space"),
        ("name", "-x"),
        ("name", "n" * 83),
        ("role", "Execution"),
        ("role", "arn:aws:iam::1:role/x"),
        ("s3_root", "bucket/root"),
        ("s3_root", "s3://Bucket"),
        ("s3_root", "s3://bucket/a?b"),
        ("vpc", {"subnets": [], "security_group_ids": ["sg"]}),
        ("vpc", {"subnets": ["s"]}),
        ("regions", "us-east-1"),
    ],
)
def test_pipeline_settings_that_aws_would_refuse(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        PipelineSettings.model_validate({**PIPELINE, field: value})


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-iso-b"])
def test_roles_of_every_partition(partition: str) -> None:
    role = f"arn:{partition}:iam::123456789012:role/service-role/Execution"
    assert PipelineSettings.model_validate({**PIPELINE, "role": role}).role == role


def test_a_conversion_names_an_amount_twice_in_vain() -> None:
    with pytest.raises(ValidationError, match="amount_fields names a column twice"):
        CurrencyConversionConfig(
            amount_fields=["price", "price"], currency_fields=["a", "b"], target_currency="USD"
        )


def test_a_source_names_something() -> None:
    with pytest.raises(ValidationError):
        Source(files="")


def test_fields_that_decide_what_is_compiled_are_marked() -> None:
    assert is_fixed(XGBoostTrainingConfig, "xgboost_version")
    assert not is_fixed(XGBoostTrainingConfig, "instance_type")
    assert not is_fixed(XGBoostTrainingConfig, "no_such_field")
    assert FIXED == {"fixed": True}


SMOOTHED, APPLIED = "RiskTableMapping_training", "RiskTableMapping_calibration"


@pytest.mark.parametrize(
    "settings",
    [
        {"steps": {APPLIED: {"smoothing": 50}}},
        {"steps": {"TabularPreprocessing_calibration": {"train_ratio": 0.8}}},
        {"parameters": {"Smoothing": {"default": 50, "sets": f"{APPLIED}.smoothing"}}},
        {
            "defaults": {"smoothing": 30},
            "parameters": {"Smoothing": {"default": 50, "sets": f"{APPLIED}.smoothing"}},
        },
    ],
)
def test_a_setting_without_effect_in_a_variant_is_refused(settings: dict[str, Any]) -> None:
    template = surroundings(APPLIED)
    config = config_for(template)
    config["defaults"] |= settings.get("defaults", {})
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(template, {**settings, **config, "steps": settings.get("steps", {})})
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC435"
    assert "only the training variant of" in problem.message
    assert problem.fix == "set it there, or under 'defaults'"


def test_a_default_reaches_the_variants_that_use_it() -> None:
    template = surroundings(APPLIED)
    config = config_for(template, {("smoothing",): 50.0})
    pipeline = compile_pipeline(template, config)
    smoothing = [
        entry(pipeline, node)["Arguments"]["Environment"].get("SMOOTHING") for node in (SMOOTHED, APPLIED)
    ]
    assert smoothing == ["50.0", None]
