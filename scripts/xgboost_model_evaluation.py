"""Scores a processed data set with a trained XGBoost model: predictions, metrics and plots."""

from __future__ import annotations

from pathlib import Path

import contract_runtime
from feature_encoding import encode
from model_evaluation import Model, evaluate
from xgboost_model import load_model, score


def main(runtime: contract_runtime.Runtime) -> None:
    """Score the split of the job type, and write predictions, metrics and plots.

    Raises:
        ScriptError: whatever `evaluate` raises; (PC758) another XGBoost release trained the model.
    """
    evaluate(runtime, load)


def load(directory: Path) -> Model:
    """The booster and its features.

    Raises:
        ScriptError: (PC755) the model is incomplete; (PC758) another XGBoost release wrote it.
    """
    booster, info = load_model(directory)
    return Model(
        info.features,
        lambda batch: score(booster, encode(batch, info.features)),
        risk_tables=info.risk_tables,
    )


if __name__ == "__main__":
    contract_runtime.execute(main)
