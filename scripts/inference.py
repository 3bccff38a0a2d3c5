"""Serves a packaged model in the AWS XGBoost image: requests of named or ordered features in, scores out.

Travels in `code/` of the packaged `model.tar.gz`, beside `inference_requests.py`, which says what requests
look like, `inference_risk_tables.py`, for models that learned from mapped categories, and
`score_calibration.py`: where the package has `calibration.json`, scores are calibrated. The image calls
`model_fn` once, then `input_fn`, `predict_fn` and `output_fn` for each request.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

import numpy as np
import xgboost as xgb
from inference_requests import in_order, input_fn, output_fn
from inference_risk_tables import RiskTables, read_tables
from score_calibration import calibrated

__all__ = ["input_fn", "model_fn", "output_fn", "predict_fn"]


class Model(NamedTuple):
    """A booster, its features as `model_info.json` describes them, what maps raw categories, and what its
    scores are worth.
    """

    booster: xgb.Booster
    features: Sequence[dict]
    tables: RiskTables
    calibration: Mapping[str, Any] | None = None

    @property
    def names(self) -> list[str]:
        """The features' names in the model's order."""
        return [feature["name"] for feature in self.features]


def model_fn(model_dir: str) -> Model:
    """Load the model.

    Raises:
        RuntimeError: another XGBoost release wrote it, which can give wrong scores without an error, or
            its risk tables are not those of its training data.
        ValueError: its calibration is of an unknown method.
    """
    directory = Path(model_dir)
    info = json.loads((directory / "model_info.json").read_text(encoding="utf-8"))
    trained_with = info["xgboost_version"]
    if trained_with.split(".")[:2] != xgb.__version__.split(".")[:2]:
        raise RuntimeError(
            f"XGBoost {trained_with} trained this model, but XGBoost {xgb.__version__} serves it: "
            "use a serving image of the same version"
        )
    booster = xgb.Booster(model_file=str(directory / "model.ubj"))
    tables = read_tables(directory, info.get("risk_tables"))
    return Model(booster, info["features"], tables, _calibration(directory))


def _calibration(directory: Path) -> Mapping[str, Any] | None:
    path = directory / "calibration.json"
    if not path.is_file():
        return None
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    calibrated(np.zeros(1), found)  # what cannot be applied shall fail now, not with the first request
    return found


def predict_fn(records: list, model: Model) -> np.ndarray:
    """The probability of the positive class for each record.

    Raises:
        ValueError: features are missing from a record, or a number is not a number.
    """
    rows = in_order(records, model.names)
    scores = model.booster.inplace_predict(model.tables.matrix(model.features, rows))
    return scores if model.calibration is None else calibrated(scores, model.calibration)
