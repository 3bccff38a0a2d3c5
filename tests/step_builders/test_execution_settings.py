"""Retry policies and spot training: what the config says, and what the definition then holds."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, compile_pipeline
from step_builders import all_steps
from step_builders.core.config import RetryableConfig
from step_specs import registry
from tests.configs import minimal_config, with_values
from tests.step_builders.samples import NODES, compiled, entry

RETRYABLE = [
    name
    for name in NODES
    if issubclass(all_steps()[registry().for_node(name).step_type].config, RetryableConfig)
]


def training(settings: dict[str, Any], template: str = "XGBoostSimple", **top: Any) -> dict[str, Any]:
    config = with_values(
        minimal_config(template), {f"steps.XGBoostTraining.{name}": value for name, value in settings.items()}
    )
    return entry(compile_pipeline(template, {**config, **top}), "XGBoostTraining")


def refused(settings: dict[str, Any]) -> str:
    with pytest.raises(PipelineCompilerError) as caught:
        training(settings)
    return str(caught.value)


@pytest.mark.parametrize("node", RETRYABLE)
def test_every_kind_of_step_that_sagemaker_retries_takes_policies(node: str) -> None:
    policies = [
        {"exceptions": ["SageMaker.CAPACITY_ERROR"], "interval_seconds": 60, "expire_after_minutes": 120},
        {"exceptions": ["Step.THROTTLING", "Step.SERVICE_FAULT"], "backoff_rate": 1.5, "max_attempts": 3},
        {"exceptions": ["SageMaker.JOB_INTERNAL_ERROR"]},
    ]
    assert entry(compiled(node, {("retry",): policies}), node)["RetryPolicies"] == [
        {
            "ExceptionType": ["SageMaker.CAPACITY_ERROR"],
            "IntervalSeconds": 60,
            "BackoffRate": 2.0,
            "ExpireAfterMin": 120,
        },
        {
            "ExceptionType": ["Step.THROTTLING", "Step.SERVICE_FAULT"],
            "IntervalSeconds": 1,
            "BackoffRate": 1.5,
            "MaxAttempts": 3,
        },
        {
            "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"],
            "IntervalSeconds": 1,
            "BackoffRate": 2.0,
            "MaxAttempts": 5,
        },
    ]


@pytest.mark.parametrize("node", NODES)
def test_without_policies_sagemaker_has_its_own(node: str) -> None:
    assert "RetryPolicies" not in entry(compiled(node), node)


def test_jobs_and_registrations_are_retryable_and_gates_are_not() -> None:
    kinds = {name: registry().for_node(name).job_kind.value for name in NODES}
    assert set(RETRYABLE) == {name for name, kind in kinds.items() if kind != "Condition"}


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ({"exceptions": []}, "'retry.0.exceptions'"),
        ({"exceptions": ["SageMaker.JOB_CAPACITY_ERROR"]}, "'SageMaker.CAPACITY_ERROR'"),
        ({"exceptions": ["Step.THROTTLING"], "max_attempts": 21}, "less than or equal to 20, got 21"),
        ({"exceptions": ["Step.THROTTLING"], "interval_seconds": 43201}, "43200"),
        ({"exceptions": ["Step.THROTTLING"], "expire_after_minutes": 14401}, "14400"),
        (
            {"exceptions": ["Step.THROTTLING"], "max_attempts": 2, "expire_after_minutes": 5},
            "give max_attempts or expire_after_minutes, not both",
        ),
        ({"exceptions": ["Step.THROTTLING", "Step.THROTTLING"]}, "names Step.THROTTLING more than once"),
        ({"exceptions": ["Step.THROTTLING"], "max_attempt": 2}, "did you mean 'max_attempts'?"),
        ({"max_attempts": 2}, "'retry.0.exceptions'"),
    ],
)
def test_policies_that_aws_would_refuse(policy: dict[str, Any], says: str) -> None:
    assert says in refused({"retry": [policy]})


def test_spot_training() -> None:
    request = training({"use_spot": True, "max_runtime_seconds": 3600, "max_wait_seconds": 7200})["Arguments"]
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}


def test_spot_training_waits_no_longer_than_it_may_run_unless_told() -> None:
    request = training({"use_spot": True, "max_runtime_seconds": 3600})["Arguments"]
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600}


def test_the_wait_can_be_a_parameter() -> None:
    wait = {"Wait": {"default": 90000, "sets": "XGBoostTraining.max_wait_seconds"}}
    request = training({"use_spot": True}, parameters=wait)["Arguments"]
    assert request["StoppingCondition"]["MaxWaitTimeInSeconds"] == {"Get": "Parameters.Wait"}


def test_training_on_demand_says_nothing_of_spot() -> None:
    request = training({})["Arguments"]
    assert "EnableManagedSpotTraining" not in request
    assert "MaxWaitTimeInSeconds" not in request["StoppingCondition"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"max_wait_seconds": 7200}, "max_wait_seconds needs use_spot: true"),
        (
            {"use_spot": True, "max_runtime_seconds": 3600, "max_wait_seconds": 60},
            "max_wait_seconds (60) is less than max_runtime_seconds (3600)",
        ),
    ],
)
def test_a_wait_that_aws_would_refuse(settings: dict[str, Any], says: str) -> None:
    assert says in refused(settings)


@pytest.mark.parametrize("duration", ["PT30S", "P1DT5S"])
def test_a_cache_does_not_expire_by_the_second(duration: str) -> None:
    assert "cache_expire_after" in refused({"cache_expire_after": duration})


@pytest.mark.parametrize("node", NODES)
def test_only_kinds_that_sagemaker_caches_have_a_cache(node: str) -> None:
    """Developer guide, "Caching pipeline steps": of those that are built here, these."""
    step = entry(compiled(node), node)
    assert ("CacheConfig" in step) == (step["Type"] in ("Processing", "Training", "Tuning", "Transform"))
