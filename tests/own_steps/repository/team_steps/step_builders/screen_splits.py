"""Config of ScreenSplits."""

from typing import Literal

from pydantic import Field

from step_builders.core.config import ContainerProcessingConfig
from step_builders.core.step import StepDeclaration

from ..step_specs.screen_splits import SCREEN_SPLITS_SPEC


class ScreenSplitsConfig(ContainerProcessingConfig):
    """How thoroughly."""

    level: Literal["fast", "thorough"] = Field("fast", description="how much is looked at")
    language: str = Field("en", min_length=1, description="language of the texts")


SCREEN_SPLITS_STEP = StepDeclaration(SCREEN_SPLITS_SPEC, ScreenSplitsConfig)
