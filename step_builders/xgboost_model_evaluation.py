"""Config of XGBoostModelEvaluation."""

from pydantic import Field

from step_builders.core.config import ProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.xgboost_model_evaluation import XGBOOST_MODEL_EVALUATION_SPEC


class XGBoostModelEvaluationConfig(ProcessingConfig):
    """How predictions are judged."""

    label_field: str = Field(min_length=1, description="column that holds the label")
    id_field: str | None = Field(None, min_length=1, description="column that identifies a row")
    decision_threshold: float = Field(0.5, gt=0, lt=1, description="scores from here on count as positive")


XGBOOST_MODEL_EVALUATION_STEP = StepDeclaration(XGBOOST_MODEL_EVALUATION_SPEC, XGBoostModelEvaluationConfig)
