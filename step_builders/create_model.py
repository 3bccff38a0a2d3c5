"""Config and builder of CreateModel."""

from pydantic import Field

from step_builders.core.config import FIXED, PyTorchImage, RetryableConfig, XGBoostImage
from step_builders.core.model import SERVING_ENVIRONMENT, build_model
from step_builders.core.request import BuildContext, StepRequest
from step_builders.core.step import StepDeclaration
from step_specs.create_model import CREATE_MODEL_SPEC


class CreateModelConfig(XGBoostImage, PyTorchImage, RetryableConfig):
    """The image that serves the model."""

    image_uri: str | None = Field(
        None,
        max_length=255,
        pattern=r"^\S+$",
        description="another serving image, in place of the AWS one",
        json_schema_extra=FIXED,
    )


def build_create_model(context: BuildContext) -> StepRequest:
    """A Model step around the packaged archive, in an image for the instances that score with it."""
    container = {
        "Image": context.image(context.served_on, "inference"),
        "ModelDataUrl": context.inputs["PackagedModel"].object_uri,
        "Environment": dict(SERVING_ENVIRONMENT),
    }
    return build_model(context, container)


CREATE_MODEL_STEP = StepDeclaration(CREATE_MODEL_SPEC, CreateModelConfig, build_create_model)
