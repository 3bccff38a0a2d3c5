"""Serves a packaged model in the AWS PyTorch image: requests of named or ordered features in, scores out.

Travels as `inference.py` in `code/` of the packaged `model.tar.gz`, beside `inference_requests.py`, which
says what requests look like, `inference_risk_tables.py`, for models that learned from mapped categories,
and `pytorch_scoring.py`, with which evaluation scores as well. The image calls `model_fn` once, then
`input_fn`, `predict_fn` and `output_fn` for each request.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple, Sequence

import numpy as np
import torch
from inference_requests import in_order, input_fn, output_fn
from inference_risk_tables import RiskTables, read_tables
from pytorch_scoring import Scorer

__all__ = ["input_fn", "model_fn", "output_fn", "predict_fn"]


class Model(NamedTuple):
    """An exported program, its features as `model_info.json` describes them, and what maps raw categories.

    Texts come last among the features.
    """

    scorer: Scorer
    features: Sequence[dict]
    tables: RiskTables

    @property
    def names(self) -> list[str]:
        """The features' names in the model's order."""
        return [feature["name"] for feature in self.features]


def model_fn(model_dir: str, context: Any = None) -> Model:
    """Load the model. The newer images pass a context, which is not needed.

    Raises:
        RuntimeError: another PyTorch release exported it, or its risk tables are not those of its training
            data.
    """
    directory = Path(model_dir)
    info = json.loads((directory / "model_info.json").read_text(encoding="utf-8"))
    trained_with = info["pytorch_version"]
    if trained_with.split(".")[:2] != torch.__version__.split(".")[:2]:
        raise RuntimeError(
            f"PyTorch {trained_with} exported this model, but PyTorch {torch.__version__} serves it: "
            "use a serving image of the same version"
        )
    features = info["features"]
    fields = sum(feature["type"] == "text" for feature in features)
    tables = read_tables(directory, info.get("risk_tables"))
    return Model(Scorer(directory / "model.pt2", directory / "tokenizer.json", fields), features, tables)


def predict_fn(records: list, model: Model, context: Any = None) -> np.ndarray:
    """The probability of the positive class for each record.

    Raises:
        ValueError: features are missing from a record, or a number is not a number.
    """
    rows = in_order(records, model.names)
    tabular = [feature for feature in model.features if feature["type"] != "text"]
    texts = [["" if value is None else str(value) for value in row[len(tabular) :]] for row in rows]
    return model.scorer.score(model.tables.matrix(tabular, rows), texts)
