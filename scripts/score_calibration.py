"""What a calibration makes of scores. Travels into packages beside the inference code, so: numpy only."""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np

ISOTONIC, PLATT = "isotonic", "platt"
# A float32 probability can be 0 or 1, whose log-odds are infinite; this is about its resolution at 1.
_SMALLEST = 1e-7


def calibrated(scores: np.ndarray, calibration: Mapping[str, Any]) -> np.ndarray:
    """The calibrated probabilities of a model's scores, as float64.

    Isotonic: linear between the knots `scores` -> `probabilities`, constant beyond the first and the last.
    Platt: the logistic function of `slope` times the score's log-odds plus `intercept`.

    Raises:
        ValueError: the calibration is of an unknown method.
    """
    method = calibration["method"]
    if method == ISOTONIC:
        return np.interp(scores, calibration["scores"], calibration["probabilities"])
    if method == PLATT:
        return logistic(calibration["slope"] * log_odds(scores) + calibration["intercept"])
    raise ValueError(f"calibration method '{method}' is none of {ISOTONIC}, {PLATT}")


def log_odds(scores: np.ndarray) -> np.ndarray:
    """The log-odds of probabilities, which are kept 1e-7 away from 0 and 1."""
    kept = np.clip(np.asarray(scores, np.float64), _SMALLEST, 1 - _SMALLEST)
    return np.log(kept) - np.log1p(-kept)


def logistic(values: np.ndarray) -> np.ndarray:
    """The probability of each log-odds, without overflow."""
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1, small) / (1 + small)
