"""Config of DriftBaseline."""

from pydantic import Field

from step_builders.core.config import ProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.drift_baseline import DRIFT_BASELINE_SPEC


class DriftBaselineConfig(ProcessingConfig):
    """What monitors shall call drift."""

    comparison_threshold: float = Field(
        0.1, ge=0, le=1, description="distance of two distributions from which on a monitor reports drift"
    )


DRIFT_BASELINE_STEP = StepDeclaration(DRIFT_BASELINE_SPEC, DriftBaselineConfig)
