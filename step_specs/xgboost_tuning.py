"""Search for good hyperparameters of XGBoostTraining, and keep the best model."""

from step_specs.xgboost_training import XGBOOST_TRAINING_SPEC

XGBOOST_TUNING_SPEC = XGBOOST_TRAINING_SPEC.tuning(
    "XGBoostTuning",
    summary="Train XGBoost classifiers with varied hyperparameters and keep the best one.",
)
