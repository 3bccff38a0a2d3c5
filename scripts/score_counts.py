"""How often each score occurs, and with how many positives: all that calibration needs to know of the data.

A data set of any size becomes at most MAX_POINTS points. Up to that many different scores they are exact;
where there are more, scores are rounded to 12 binary digits, a relative change of at most 1.3e-4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MAX_POINTS = 1_048_576
_DROPPED_BITS = 11  # of the 23 that follow the leading one in a float32


class ScoreCounts(NamedTuple):
    """Different scores in ascending order, with the number of rows and of positive rows of each."""

    scores: np.ndarray
    rows: np.ndarray
    positives: np.ndarray


NONE = ScoreCounts(np.empty(0, np.float32), np.empty(0), np.empty(0))


def count(scores: np.ndarray, labels: np.ndarray) -> ScoreCounts:
    """The counts of some rows; labels are 0 and 1."""
    return _grouped(scores.astype(np.float32), np.ones(len(scores)), labels.astype(np.float64))


def merged(first: ScoreCounts, second: ScoreCounts) -> ScoreCounts:
    """The counts of both, rounded where there are too many different scores."""
    columns = [np.concatenate(pair) for pair in zip(first, second)]
    found = _grouped(*columns)
    return found if len(found.scores) <= MAX_POINTS else _grouped(_rounded(found.scores), *found[1:])


def _grouped(scores: np.ndarray, rows: np.ndarray, positives: np.ndarray) -> ScoreCounts:
    different, position = np.unique(scores, return_inverse=True)
    position = position.reshape(-1)
    size = len(different)
    return ScoreCounts(different, np.bincount(position, rows, size), np.bincount(position, positives, size))


def _rounded(scores: np.ndarray) -> np.ndarray:
    bits = scores.view(np.int32)
    half = 1 << (_DROPPED_BITS - 1)
    return ((bits + half) >> _DROPPED_BITS << _DROPPED_BITS).astype(np.int32).view(np.float32)
