"""Learning a calibration from counted scores, and judging one."""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np
from contract_runtime import ScriptError
from score_calibration import ISOTONIC, PLATT, calibrated, log_odds, logistic
from score_counts import ScoreCounts

BINS = 10
_STEPS = 100
_TOLERANCE = 1e-10


def fit(counts: ScoreCounts, method: str) -> dict[str, Any]:
    """A calibration: its method with its knots or coefficients.

    Raises:
        ScriptError: (PC700) the method is unknown.
    """
    methods = {ISOTONIC: _isotonic, PLATT: _platt}
    if method not in methods:
        raise ScriptError(
            "PC700",
            f"CALIBRATION_METHOD is '{method}'",
            f"set one of {', '.join(methods)}",
        )
    return {"method": method, **methods[method](counts)}


def require_rising(calibration: Mapping[str, Any]) -> None:
    """Check that higher scores mean higher probabilities.

    Raises:
        ScriptError: (PC700) the calibration would turn scores around, or make all of them one.
    """
    low, high = calibrated(np.array([0.0, 1.0]), calibration)
    if low >= high:
        raise ScriptError(
            "PC700",
            f"higher scores do not mean more positives: a score of 0 would become {low:.4g} and 1 {high:.4g}",
            "no calibration mends that: check label_field and the label mapping of the calibration data, "
            "or train a better model",
        )


def _isotonic(counts: ScoreCounts) -> dict[str, Any]:
    """Pool adjacent violators: the non-decreasing steps with the least squared error.

    A step is written as its first and its last score, so that the line between two steps is the only
    interpolation. Least squares on counted scores is least squares on the rows, so this is exact.
    """
    starts: list[int] = []
    values: list[float] = []
    weights: list[float] = []
    for position, (rows, positives) in enumerate(zip(counts.rows.tolist(), counts.positives.tolist())):
        start, value, weight = position, positives / rows, rows
        while values and values[-1] >= value:
            total = weights[-1] + weight
            value = (values.pop() * weights.pop() + value * weight) / total
            start, weight = starts.pop(), total
        starts.append(start)
        values.append(value)
        weights.append(weight)
    ends = [*(start - 1 for start in starts[1:]), len(counts.scores) - 1]
    knots = [
        (float(counts.scores[position]), value)
        for start, end, value in zip(starts, ends, values)
        for position in dict.fromkeys((start, end))
    ]
    return {"scores": [score for score, _ in knots], "probabilities": [value for _, value in knots]}


def _platt(counts: ScoreCounts) -> dict[str, Any]:
    """Logistic regression on the scores' log-odds, by Newton's method with halved steps.

    Labels are drawn in from 0 and 1 as Platt does, so that coefficients stay finite where the classes do
    not overlap. Source: Lin, Lin, Weng, "A note on Platt's probabilistic outputs for support vector
    machines", Machine Learning 68 (2007).
    """
    positives = counts.positives.sum()
    negatives = counts.rows.sum() - positives
    high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    targets = counts.positives * high + (counts.rows - counts.positives) * low
    values = log_odds(counts.scores)
    matrix = np.stack([values, np.ones_like(values)])

    def loss(found: np.ndarray) -> float:
        margins = found @ matrix
        return float(np.sum(counts.rows * np.logaddexp(0, margins) - targets * margins))

    coefficients = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        probabilities = logistic(coefficients @ matrix)
        gradient = matrix @ (counts.rows * probabilities - targets)
        curvature = (matrix * (counts.rows * probabilities * (1 - probabilities))) @ matrix.T
        direction = np.linalg.solve(curvature + 1e-12 * np.eye(2), gradient)
        size = 1.0
        while size > _TOLERANCE and loss(coefficients - size * direction) > loss(coefficients):
            size /= 2
        if size <= _TOLERANCE or np.abs(size * direction).max() < _TOLERANCE:
            break
        coefficients = coefficients - size * direction
    return {"slope": float(coefficients[0]), "intercept": float(coefficients[1])}


def judge(counts: ScoreCounts, probabilities: np.ndarray) -> dict[str, Any]:
    """How well probabilities fit: Brier score, log loss, calibration error, and what lies in each bin.

    The expected calibration error is the mean distance between predicted and observed rate of the bins,
    weighted by their rows. A probability of 0 or 1 counts as 2e-16 away from it in the log loss.
    """
    rows, positives = counts.rows, counts.positives
    total = rows.sum()
    kept = np.clip(probabilities, np.finfo(np.float64).eps, 1 - np.finfo(np.float64).eps)
    likelihood = positives * np.log(kept) + (rows - positives) * np.log1p(-kept)
    squares = positives * (1 - probabilities) ** 2 + (rows - positives) * probabilities**2
    position = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    sums = [np.bincount(position, each, BINS) for each in (rows, positives, rows * probabilities)]
    bins = [
        {
            "from": number / BINS,
            "to": (number + 1) / BINS,
            "rows": int(in_bin),
            "mean_probability": predicted / in_bin,
            "positive_rate": observed / in_bin,
        }
        for number, (in_bin, observed, predicted) in enumerate(zip(*(each.tolist() for each in sums)))
        if in_bin
    ]
    distances = [each["rows"] * abs(each["mean_probability"] - each["positive_rate"]) for each in bins]
    return {
        "brier_score": float(squares.sum() / total),
        "log_loss": float(-likelihood.sum() / total),
        "expected_calibration_error": float(sum(distances) / total),
        "bins": bins,
    }
