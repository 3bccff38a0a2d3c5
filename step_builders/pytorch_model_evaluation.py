"""Config of PyTorchModelEvaluation."""

from pydantic import Field

from step_builders.core.config import PyTorchProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.pytorch_model_evaluation import PYTORCH_MODEL_EVALUATION_SPEC


class PyTorchModelEvaluationConfig(PyTorchProcessingConfig):
    """How predictions are judged."""

    label_field: str = Field(min_length=1, description="column that holds the label")
    id_field: str | None = Field(None, min_length=1, description="column that identifies a row")
    decision_threshold: float = Field(0.5, gt=0, lt=1, description="scores from here on count as positive")


PYTORCH_MODEL_EVALUATION_STEP = StepDeclaration(PYTORCH_MODEL_EVALUATION_SPEC, PyTorchModelEvaluationConfig)
