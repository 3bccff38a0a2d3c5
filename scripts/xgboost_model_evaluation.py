"""Scores a processed data set with a trained XGBoost model: predictions, metrics and plots."""

from __future__ import annotations

from pathlib import Path

import contract_runtime
import numpy as np
import pyarrow as pa
from calibration_file import read_calibration
from feature_encoding import encode
from model_evaluation import Model, evaluate
from score_calibration import calibrated
from xgboost_model import load_model, score


def main(runtime: contract_runtime.Runtime) -> None:
    """Score the split of the job type, and write predictions, metrics and plots.

    With a calibration, all of them are about the calibrated scores.

    Raises:
        ScriptError: whatever `evaluate` raises; (PC758) another XGBoost release trained the model; (PC700)
            the calibration is not the model's.
    """
    folder = runtime.optional_input_path("calibration_input")
    evaluate(runtime, lambda directory: load(directory, folder))


def load(directory: Path, calibration_folder: Path | None) -> Model:
    """The booster and its features, with scores as they are or calibrated.

    Raises:
        ScriptError: (PC755) the model is incomplete; (PC758) another XGBoost release wrote it; (PC700) the
            calibration is not the model's.
    """
    booster, info = load_model(directory)
    calibration = None if calibration_folder is None else read_calibration(calibration_folder, directory)

    def probabilities(batch: pa.RecordBatch) -> np.ndarray:
        scores = score(booster, encode(batch, info.features))
        return scores if calibration is None else calibrated(scores, calibration)

    return Model(info.features, probabilities, risk_tables=info.risk_tables)


if __name__ == "__main__":
    contract_runtime.execute(main)
