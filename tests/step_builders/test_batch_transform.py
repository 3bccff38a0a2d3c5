from __future__ import annotations

from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline, PipelineCompilerError, compile_pipeline
from tests.configs import minimal_config, with_values
from tests.step_builders.samples import compiled, entry

SCORE = "XGBoostScoreNewData"


def scoring(**settings: Any) -> CompiledPipeline:
    values = {f"steps.BatchTransform.{name}": value for name, value in settings.items()}
    return compile_pipeline(SCORE, with_values(minimal_config(SCORE), values))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ("Line", "MultiRecord", "Line")),
        ({"batch": "SingleRecord"}, ("Line", "SingleRecord", "Line")),
        ({"split": "None"}, ("None", None, "None")),
    ],
)
def test_predictions_are_put_together_as_requests_were_split(
    settings: dict[str, Any], expected: tuple[str, ...]
) -> None:
    request = entry(scoring(**settings), "BatchTransform")["Arguments"]
    found = (request["TransformInput"]["SplitType"], request.get("BatchStrategy"))
    assert (*found, request["TransformOutput"]["AssembleWith"]) == expected


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"content_type": "application/json"}, "several lines are not one JSON document"),
        ({"split": "None", "batch": "SingleRecord"}, "needs split: Line"),
        ({"max_payload_mb": 30, "max_concurrent_requests": 4}, "must not exceed 100"),
    ],
)
def test_portions_that_no_model_could_read(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(PipelineCompilerError, match=said) as caught:
        scoring(**settings)
    assert caught.value.codes == ("PC404",)


def test_a_model_of_this_pipeline_is_served_as_the_registry_would_serve_it() -> None:
    made = entry(compiled("CreateModel"), "CreateModel")["Arguments"]["PrimaryContainer"]
    registered = entry(compiled("MimsRegistration"), "MimsRegistration")["Arguments"]
    (container,) = registered["InferenceSpecification"]["Containers"]
    assert {name: container[name] for name in made} == made


def test_keys_and_networks_reach_models_and_transform_jobs() -> None:
    config = with_values(
        minimal_config(SCORE),
        {
            "pipeline.kms_key": "key-1",
            "pipeline.volume_kms_key": "key-2",
            "pipeline.network_isolation": True,
            "pipeline.vpc": {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]},
            "pipeline.tags": {"team": "fraud"},
        },
    )
    pipeline = compile_pipeline(SCORE, config)
    model, job = (entry(pipeline, name)["Arguments"] for name in ("ModelFromPackage", "BatchTransform"))
    assert model["EnableNetworkIsolation"] is True
    assert model["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    assert job["TransformOutput"]["KmsKeyId"] == "key-1"
    assert job["TransformResources"]["VolumeKmsKeyId"] == "key-2"
    assert model["Tags"] == job["Tags"] == [{"Key": "team", "Value": "fraud"}]
