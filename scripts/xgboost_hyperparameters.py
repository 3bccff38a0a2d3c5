"""The hyperparameters that training accepts: names, types, ranges and defaults.

SageMaker delivers every hyperparameter as a string. Standard library only.
"""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from typing import Any, Callable, Mapping, NamedTuple

from contract_runtime import ScriptError, raise_all

METRICS = ("auc", "aucpr", "logloss", "error", "rmse", "mae")
INT_MAX = 2**31 - 1  # XGBoost keeps whole numbers in 32 bits


class Hyperparameter(NamedTuple):
    """How one hyperparameter is read: a parser that raises ValueError, and what it accepts in words."""

    parse: Callable[[str], Any]
    accepts: str


def _whole(low: int) -> Hyperparameter:
    def parse(text: str) -> int:
        value = float(text)  # a pipeline parameter of type Float arrives as "6.0"
        if not value.is_integer() or not low <= value <= INT_MAX:
            raise ValueError(text)
        return int(value)

    return Hyperparameter(parse, f"a whole number from {low} to {INT_MAX}")


def _not_negative() -> Hyperparameter:
    def parse(text: str) -> float:
        value = float(text)
        if not 0 <= value < math.inf:
            raise ValueError(text)
        return value

    return Hyperparameter(parse, "a number of at least 0")


def _positive(high: float = math.inf) -> Hyperparameter:
    def parse(text: str) -> float:
        value = float(text)
        if not 0 < value <= high or value == math.inf:
            raise ValueError(text)
        return value

    return Hyperparameter(parse, "a number above 0" + ("" if math.isinf(high) else f", at most {high:g}"))


def _metrics(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in METRICS and not re.fullmatch(r"error@(0|1|0?\.\d+)", name):
            raise ValueError(name)
    return names


KNOWN: Mapping[str, Hyperparameter] = {
    "num_round": _whole(1),
    "max_depth": _whole(0),
    "eta": _positive(1),
    "min_child_weight": _not_negative(),
    "subsample": _positive(1),
    "colsample_bytree": _positive(1),
    "gamma": _not_negative(),
    "lambda": _not_negative(),
    "alpha": _not_negative(),
    "scale_pos_weight": _positive(),
    "max_bin": _whole(2),
    "max_cat_to_onehot": _whole(1),
    "max_cat_threshold": _whole(1),
    "early_stopping_rounds": _whole(1),
    "eval_metric": Hyperparameter(
        _metrics, f"one or more of {', '.join(METRICS)}, error@<threshold>, separated by commas"
    ),
    "seed": _whole(0),
    "nthread": _whole(1),
}
DEFAULTS: Mapping[str, Any] = {"num_round": 100, "eval_metric": ["auc"], "seed": 0}


def parse_hyperparameters(texts: Mapping[str, str]) -> dict[str, Any]:
    """The hyperparameters as values, with defaults for `num_round`, `eval_metric` and `seed`.

    What is not given otherwise keeps XGBoost's own default.

    Raises:
        ScriptError, CollectedError: (PC740) unknown names, (PC741) values that do not fit; all at once.
    """
    values = dict(DEFAULTS)
    errors = []
    for name, text in sorted(texts.items()):
        if name not in KNOWN:
            errors.append(_unknown(name))
            continue
        try:
            values[name] = KNOWN[name].parse(text)
        except (ValueError, OverflowError):
            errors.append(
                ScriptError("PC741", f"hyperparameter {name} is '{text}'", f"pass {KNOWN[name].accepts}")
            )
    raise_all(errors)
    return dict(sorted(values.items()))


def _unknown(name: str) -> ScriptError:
    close = get_close_matches(name, KNOWN, n=1)
    fix = f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(KNOWN)}"
    return ScriptError("PC740", f"unknown hyperparameter '{name}'", fix)
