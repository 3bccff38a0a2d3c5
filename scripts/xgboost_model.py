"""The booster: matrices from streamed shards, loading, scoring, and what it learned from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

import numpy as np
import xgboost as xgb
from contract_runtime import ScriptError
from feature_encoding import encode
from label_data import labels
from model_files import CATEGORICAL, MODEL_FILE, Feature, ModelInfo, read_model_info, require_files
from processed_splits import Split

IMPORTANCES = ("total_gain", "gain", "weight", "cover")


class ShardIterator(xgb.DataIter):
    """Feeds a split to XGBoost batch by batch, as often as XGBoost asks for it."""

    def __init__(self, split: Split, features: Sequence[Feature], label_field: str) -> None:
        super().__init__()
        self._split, self._features, self._label_field = split, features, label_field
        self._batches: Iterator[Any] = iter(())

    def reset(self) -> None:
        """Start again from the first row."""
        columns = [feature.name for feature in self._features]
        self._batches = self._split.batches([*columns, self._label_field])

    def next(self, input_data: Callable[..., Any]) -> int:
        """Hand over the next batch; 0 after the last."""
        batch = next(self._batches, None)
        if batch is None:
            return 0
        input_data(
            data=encode(batch, self._features),
            label=labels(batch, self._label_field),
            feature_names=booster_names(self._features),
            feature_types=booster_types(self._features),
        )
        return 1


def booster_names(features: Sequence[Feature]) -> list[str]:
    """The features' names inside the booster: their own, or f0, f1, ... if XGBoost refuses one of them."""
    names = [feature.name for feature in features]
    # https://xgboost.readthedocs.io/en/stable/python/python_api.html: no [, ] or < in feature names.
    return [f"f{i}" for i in range(len(names))] if set("[]<") & set("".join(names)) else names


def booster_types(features: Sequence[Feature]) -> list[str]:
    """The features' types in XGBoost's notation."""
    return ["c" if feature.type == CATEGORICAL else "float" for feature in features]


def quantile_matrix(
    split: Split,
    features: Sequence[Feature],
    label_field: str,
    parameters: dict[str, Any],
    ref: xgb.DMatrix | None = None,
) -> xgb.QuantileDMatrix:
    """A split as binned training data; `ref` is the training matrix, whose bins are used again.

    Raises:
        ScriptError: (PC745) bad labels; (PC749) infinite values; (PC723) an unreadable shard.
    """
    options = {"max_bin": parameters.get("max_bin"), "nthread": parameters.get("nthread")}
    return xgb.QuantileDMatrix(
        ShardIterator(split, features, label_field),
        ref=ref,
        enable_categorical=True,
        **{name: value for name, value in options.items() if value is not None},
    )


def load_model(directory: Path) -> tuple[xgb.Booster, ModelInfo]:
    """The booster and its description.

    Raises:
        ScriptError: (PC755) the model is incomplete; (PC758) another XGBoost release wrote it.
    """
    require_files(directory, [MODEL_FILE])
    info = read_model_info(directory)
    if info.xgboost_version.split(".")[:2] != xgb.__version__.split(".")[:2]:
        raise ScriptError(
            "PC758",
            f"XGBoost {info.xgboost_version} trained this model, but XGBoost {xgb.__version__} runs here",
            "use the same framework version in every step that touches the model: "
            "another release can read it and give wrong probabilities",
        )
    return xgb.Booster(model_file=str(directory / MODEL_FILE)), info


def score(booster: xgb.Booster, matrix: np.ndarray) -> np.ndarray:
    """The probability of the positive class for each row of an encoded matrix."""
    return booster.inplace_predict(matrix)


def feature_importance(booster: xgb.Booster, features: Sequence[Feature]) -> list[dict[str, Any]]:
    """Per feature, XGBoost's importances, the largest total gain first; unused features have 0."""
    scores = {kind: booster.get_score(importance_type=kind) for kind in IMPORTANCES}
    rows = [
        {"feature": features[i].name, **{kind: scores[kind].get(name, 0.0) for kind in IMPORTANCES}}
        for i, name in enumerate(booster_names(features))
    ]
    return sorted(rows, key=lambda row: (-row["total_gain"], row["feature"]))
