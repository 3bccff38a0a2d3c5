"""The hyperparameters that training with XGBoost accepts: names, types, ranges and defaults.

Standard library only.
"""

from __future__ import annotations

import re
from typing import Any, Mapping

from hyperparameter_parsing import Hyperparameter, not_negative, parse_table, positive, whole

METRICS = ("auc", "aucpr", "logloss", "error", "rmse", "mae")


def _metrics(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in METRICS and not re.fullmatch(r"error@(0|1|0?\.\d+)", name):
            raise ValueError(name)
    return names


KNOWN: Mapping[str, Hyperparameter] = {
    "num_round": whole(1),
    "max_depth": whole(0),
    "eta": positive(1),
    "min_child_weight": not_negative(),
    "subsample": positive(1),
    "colsample_bytree": positive(1),
    "gamma": not_negative(),
    "lambda": not_negative(),
    "alpha": not_negative(),
    "scale_pos_weight": positive(),
    "max_bin": whole(2),
    "max_cat_to_onehot": whole(1),
    "max_cat_threshold": whole(1),
    "early_stopping_rounds": whole(1),
    "eval_metric": Hyperparameter(
        _metrics, f"one or more of {', '.join(METRICS)}, error@<threshold>, separated by commas"
    ),
    "seed": whole(0),
    "nthread": whole(1),
}
DEFAULTS: Mapping[str, Any] = {"num_round": 100, "eval_metric": ["auc"], "seed": 0}


def parse_hyperparameters(texts: Mapping[str, str]) -> dict[str, Any]:
    """The hyperparameters as values, with defaults for `num_round`, `eval_metric` and `seed`.

    What is not given otherwise keeps XGBoost's own default.

    Raises:
        ScriptError, CollectedError: (PC740) unknown names, (PC741) values that do not fit; all at once.
    """
    return parse_table(texts, KNOWN, DEFAULTS)
