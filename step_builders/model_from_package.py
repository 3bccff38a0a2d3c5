"""Config and builder of ModelFromPackage."""

from pydantic import Field

from step_builders.core.config import RetryableConfig
from step_builders.core.model import build_model
from step_builders.core.request import BuildContext, StepRequest
from step_builders.core.step import StepDeclaration
from step_specs.model_from_package import MODEL_FROM_PACKAGE_SPEC


class ModelFromPackageConfig(RetryableConfig):
    """Which version of which group."""

    model_package_arn: str = Field(
        # botocore sagemaker service model, shape VersionedArnOrName: an ARN with the version's number
        pattern=r"^arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:\d{12}:model-package/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}/\d{1,9}$",
        max_length=176,
        description="ARN of a version in the model registry",
        examples=["arn:aws:sagemaker:us-east-1:123456789012:model-package/fraud/1"],
    )


def build_model_from_package(context: BuildContext) -> StepRequest:
    """A Model step; image, archive and environment are the package's own."""
    return build_model(context, {"ModelPackageName": context.value("model_package_arn")})


MODEL_FROM_PACKAGE_STEP = StepDeclaration(
    MODEL_FROM_PACKAGE_SPEC, ModelFromPackageConfig, build_model_from_package
)
