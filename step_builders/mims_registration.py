"""Config and builder of MimsRegistration."""

from typing import Any, Literal

from pydantic import Field

from step_builders.core.config import FIXED, PyTorchImage, RetryableConfig, XGBoostImage
from step_builders.core.model import SERVING_ENVIRONMENT
from step_builders.core.request import BuildContext, InputSource, StepRequest
from step_builders.core.step import StepDeclaration
from step_specs.mims_registration import MIMS_REGISTRATION_SPEC


class MimsRegistrationConfig(XGBoostImage, PyTorchImage, RetryableConfig):
    """How the model appears in the registry, and where it may be deployed."""

    model_package_group: str = Field(
        pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", description="model package group to register in"
    )
    approval_status: Literal["PendingManualApproval", "Approved"] = Field(
        "PendingManualApproval", description="approval status of the new version"
    )
    description: str | None = Field(None, max_length=1024, description="description of the version")
    content_types: tuple[str, ...] = Field(
        ("text/csv", "application/json"), min_length=1, description="request types that the model takes"
    )
    response_types: tuple[str, ...] = Field(
        ("application/json", "text/csv"), min_length=1, description="response types that it gives"
    )
    inference_instances: tuple[str, ...] = Field(
        ("ml.m5.large", "ml.m5.xlarge"), min_length=1, description="instance types for endpoints"
    )
    transform_instances: tuple[str, ...] = Field(
        ("ml.m5.xlarge",), min_length=1, description="instance types for batch transform"
    )
    customer_metadata: dict[str, str] = Field(
        {}, max_length=50, description="properties shown in the registry"
    )
    image_uri: str | None = Field(
        None,
        max_length=255,
        pattern=r"^\S+$",
        description="another serving image, in place of the AWS one",
        json_schema_extra=FIXED,
    )


def build_registration(context: BuildContext) -> StepRequest:
    """A RegisterModel step: no job of its own, and SageMaker records the lineage."""
    request: dict[str, Any] = {
        "ModelPackageGroupName": context.value("model_package_group"),
        "ModelApprovalStatus": context.value("approval_status"),
        "InferenceSpecification": {
            "Containers": [_container(context)],
            "SupportedContentTypes": list(context.value("content_types")),
            "SupportedResponseMIMETypes": list(context.value("response_types")),
            "SupportedRealtimeInferenceInstanceTypes": list(context.value("inference_instances")),
            "SupportedTransformInstanceTypes": list(context.value("transform_instances")),
        },
        "Domain": "MACHINE_LEARNING",
        "Task": "CLASSIFICATION",
    }
    if (description := context.value("description")) is not None:
        request["ModelPackageDescription"] = description
    if metadata := context.value("customer_metadata"):
        request["CustomerMetadataProperties"] = dict(sorted(metadata.items()))
    if samples := context.inputs.get("GeneratedPayloadSamples"):
        request["SamplePayloadUrl"] = samples.object_uri
    if metrics := context.inputs.get("metrics"):
        request["ModelMetrics"] = {"ModelQuality": {"Statistics": _json_file(metrics)}}
    baselines = {
        member: _json_file(source)
        for member, name in (("Statistics", "drift_statistics"), ("Constraints", "drift_constraints"))
        if (source := context.inputs.get(name))
    }
    if baselines:
        request["DriftCheckBaselines"] = {"ModelDataQuality": baselines}
    return StepRequest(context.name, "RegisterModel", {**request, **context.tags()})


def _json_file(source: InputSource) -> dict[str, Any]:
    return {"ContentType": "application/json", "S3Uri": source.object_uri}


def _container(context: BuildContext) -> dict[str, Any]:
    instances = [*context.value("inference_instances"), *context.value("transform_instances")]
    framework = context.framework
    return {
        "Image": context.image(instances, "inference"),
        "ModelDataUrl": context.inputs["PackagedModel"].object_uri,
        "Framework": framework.title.upper(),
        "FrameworkVersion": context.value(framework.version_field),
        "Environment": dict(SERVING_ENVIRONMENT),
    }


MIMS_REGISTRATION_STEP = StepDeclaration(MIMS_REGISTRATION_SPEC, MimsRegistrationConfig, build_registration)
