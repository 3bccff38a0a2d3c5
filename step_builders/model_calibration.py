"""Config of ModelCalibration."""

from typing import Literal

from pydantic import Field

from step_builders.core.config import ProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.model_calibration import MODEL_CALIBRATION_SPEC


class ModelCalibrationConfig(ProcessingConfig):
    """Which curve is fitted."""

    label_field: str = Field(min_length=1, description="column that holds the label")
    calibration_method: Literal["isotonic", "platt"] = Field(
        "isotonic",
        description="'isotonic': any rising curve, from thousands of rows; 'platt': two coefficients",
    )


MODEL_CALIBRATION_STEP = StepDeclaration(MODEL_CALIBRATION_SPEC, ModelCalibrationConfig)
