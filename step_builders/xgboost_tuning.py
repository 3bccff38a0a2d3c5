"""Config of XGBoostTuning: that of XGBoostTraining, and the search."""

from step_builders.xgboost_training import XGBOOST_TRAINING_STEP
from step_specs.xgboost_tuning import XGBOOST_TUNING_SPEC

XGBOOST_TUNING_STEP = XGBOOST_TRAINING_STEP.tuning(XGBOOST_TUNING_SPEC, objective="validation:{eval_metric}")
