"""Config of MimsPayload."""

from typing import Literal

from pydantic import Field

from step_builders.core.config import ProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.mims_payload import MIMS_PAYLOAD_SPEC


class MimsPayloadConfig(ProcessingConfig):
    """What the sample requests look like."""

    content_types: tuple[Literal["text/csv", "application/json"], ...] = Field(
        ("text/csv", "application/json"), min_length=1, description="one request per content type"
    )
    default_numeric_value: float = Field(0.0, description="value of numeric features")
    default_text_value: str = Field(
        "unknown", min_length=1, description="value of categorical features without known categories"
    )


MIMS_PAYLOAD_STEP = StepDeclaration(MIMS_PAYLOAD_SPEC, MimsPayloadConfig)
