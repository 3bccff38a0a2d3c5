"""Config of XGBoostTraining."""

from typing import Literal

from pydantic import Field

from step_builders.core.config import Config, ListOfNames, TrainingConfig
from step_builders.core.step import StepDeclaration
from step_specs.xgboost_training import XGBOOST_TRAINING_SPEC


class XGBoostHyperparameters(Config):
    """Learning parameters, by XGBoost's own names; what is not set keeps XGBoost's default."""

    num_round: int = Field(200, ge=1, description="boosting rounds at most")
    early_stopping_rounds: int | None = Field(
        20, ge=1, description="stop after this many rounds without improvement; null for never"
    )
    eval_metric: Literal["auc", "aucpr", "logloss", "error"] = Field(
        "auc", description="metric that early stopping watches"
    )
    max_depth: int = Field(6, ge=0, le=64, description="depth of a tree")
    eta: float = Field(0.3, gt=0, le=1, description="learning rate")
    min_child_weight: float | None = Field(None, ge=0, description="least weight of a leaf")
    subsample: float | None = Field(None, gt=0, le=1, description="share of rows per tree")
    colsample_bytree: float | None = Field(None, gt=0, le=1, description="share of columns per tree")
    gamma: float | None = Field(None, ge=0, description="least loss reduction of a split")
    reg_lambda: float | None = Field(None, ge=0, alias="lambda", description="L2 regularisation")
    reg_alpha: float | None = Field(None, ge=0, alias="alpha", description="L1 regularisation")
    scale_pos_weight: float | None = Field(None, gt=0, description="weight of positive rows")
    max_bin: int | None = Field(None, ge=2, description="bins per feature")
    max_cat_to_onehot: int | None = Field(None, ge=1, description="one-hot up to this many categories")
    max_cat_threshold: int | None = Field(None, ge=1, description="categories per split at most")
    seed: int = Field(0, ge=0, description="seed of the random numbers")


class XGBoostTrainingConfig(TrainingConfig):
    """What is learned, and how."""

    label_field: str = Field(min_length=1, description="column that holds the label")
    id_field: str | None = Field(None, min_length=1, description="column that identifies a row")
    feature_fields: ListOfNames = Field(
        (), description="columns to learn from; all but label and id if not given"
    )
    hyperparameters: XGBoostHyperparameters = Field(
        XGBoostHyperparameters(), description="learning parameters"
    )


XGBOOST_TRAINING_STEP = StepDeclaration(XGBOOST_TRAINING_SPEC, XGBoostTrainingConfig)
