"""Config and builder of BatchTransform."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from step_builders.core.config import FIXED, JobConfig, RetryableConfig, Source
from step_builders.core.request import BuildContext, StepRequest
from step_builders.core.step import StepDeclaration
from step_specs.batch_transform import BATCH_TRANSFORM_SPEC

_JOB: Any = JobConfig.model_fields  # the fields that a transform job shares with other jobs


class BatchTransformConfig(RetryableConfig):
    """What is scored, and in which portions the model gets it."""

    requests: Source = Field(description="the files of requests")
    content_type: Literal["text/csv", "application/json"] = Field(
        "text/csv", description="what the files hold", json_schema_extra=FIXED
    )
    accept: Literal["text/csv", "application/json"] = Field(
        "text/csv", description="what the predictions shall be"
    )
    split: Literal["Line", "None"] = Field(
        "Line",
        description="'Line': each line is a record, so no header; 'None': a file is one request",
        json_schema_extra=FIXED,
    )
    batch: Literal["MultiRecord", "SingleRecord"] = Field(
        "MultiRecord",
        description="with split Line, how many lines a request has: as many as fit, or one",
        json_schema_extra=FIXED,
    )
    max_payload_mb: int = Field(6, ge=1, le=100, description="size of a request at most, in MB")
    max_concurrent_requests: int = Field(1, ge=1, le=100, description="requests at once to each instance")
    instance_type: str = _JOB["instance_type"]
    instance_count: int = _JOB["instance_count"]
    cache_expire_after: str | None = _JOB["cache_expire_after"]

    @model_validator(mode="after")
    def _portions(self) -> BatchTransformConfig:
        several = self.split == "Line" and self.batch == "MultiRecord"
        if self.content_type == "application/json" and several:
            raise ValueError(
                "content_type application/json: several lines are not one JSON document; set "
                "batch: SingleRecord, or split: 'None'"
            )
        if self.split == "None" and self.batch == "SingleRecord":
            raise ValueError("batch says how many lines a request has, so it needs split: Line")
        # API reference, CreateTransformJob, MaxPayloadInMB
        if self.max_payload_mb * self.max_concurrent_requests > 100:
            raise ValueError("max_payload_mb times max_concurrent_requests must not exceed 100")
        return self


def build_batch_transform(context: BuildContext) -> StepRequest:
    """A Transform step; predictions of lines are lines again."""
    lines = context.value("split") == "Line"
    settings = context.settings
    request: dict[str, Any] = {
        "ModelName": context.inputs["model_name"].uri,
        "TransformInput": {
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": context.inputs["requests"].uri}
            },
            "ContentType": context.value("content_type"),
            "SplitType": context.value("split"),
        },
        "TransformOutput": {
            "S3OutputPath": context.output_uri("predictions"),
            "Accept": context.value("accept"),
            "AssembleWith": "Line" if lines else "None",
            **({"KmsKeyId": settings.kms_key} if settings.kms_key else {}),
        },
        "TransformResources": {
            "InstanceType": context.value("instance_type"),
            "InstanceCount": context.value("instance_count"),
            **({"VolumeKmsKeyId": settings.volume_kms_key} if settings.volume_kms_key else {}),
        },
        "MaxPayloadInMB": context.value("max_payload_mb"),
        "MaxConcurrentTransforms": context.value("max_concurrent_requests"),
    }
    if lines:
        request["BatchStrategy"] = context.value("batch")
    return StepRequest(
        name=context.name,
        type="Transform",
        arguments={**request, **context.tags()},
        cache_expire_after=context.value("cache_expire_after"),
    )


BATCH_TRANSFORM_STEP = StepDeclaration(BATCH_TRANSFORM_SPEC, BatchTransformConfig, build_batch_transform)
