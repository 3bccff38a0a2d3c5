"""What fills missing numbers: a mean or an exact median of a whole split, in bounded memory."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from contract_runtime import ScriptError

Batches = Callable[[], Iterator[pa.RecordBatch]]
_BITS = 16  # of a number that one pass decides
_BINS = 1 << _BITS
_DIGITS, _HALF = 53, 27  # of a float64, in binary
_SMALLEST = 1126  # 2 ** -1126 is the last digit of the smallest one, 2 ** -1074, once it has 53 of them
_SIGN = np.uint64(1 << 63)


def present_numbers(column: pa.Array) -> np.ndarray:
    """The numbers of a column as float64, without those that are missing."""
    values = column.drop_null().cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values[~np.isnan(values)]


def means(read: Batches, names: Sequence[str]) -> dict[str, float]:
    """Column -> its mean; NaN for a column without numbers.

    It is exact but for one rounding at the end, so that it does not depend on where batches begin.
    """
    sums = {name: _ExactSum() for name in names}
    for batch in read():
        for name in names:
            sums[name].add(present_numbers(batch.column(batch.schema.get_field_index(name))))
    return {name: each.mean() for name, each in sums.items()}


class _ExactSum:
    """A sum of numbers as one whole number of the smallest part that any of them may have."""

    def __init__(self) -> None:
        self._total = 0  # times 2 ** -_SMALLEST
        self._rows = 0

    def add(self, values: np.ndarray) -> None:
        """Add finite numbers, fewer than 2 ** 26 of them."""
        mantissas, exponents = np.frexp(values)
        digits = np.ldexp(mantissas, _DIGITS).astype(np.int64)
        places = exponents - _DIGITS + _SMALLEST
        # Half of the digits at a time: so their sums by place are exact as well.
        for half, shift in ((digits >> _HALF, _HALF), (digits & ((1 << _HALF) - 1), 0)):
            sums = np.bincount(places, weights=half)
            self._total += sum(int(sums[place]) << int(place) + shift for place in np.flatnonzero(sums))
        self._rows += len(values)

    def mean(self) -> float:
        """The mean of the numbers; NaN if there are none."""
        return float(Fraction(self._total, self._rows << _SMALLEST)) if self._rows else math.nan


def medians(read: Batches, names: Sequence[str]) -> dict[str, float]:
    """Column -> its exact median; NaN for a column without numbers.

    A radix selection: each of four passes over the rows fixes sixteen more bits of the middle value (of both
    middle values, where their number is even), counting only the rows that agree with the bits so far.
    """
    targets: dict[str, list[tuple[int, int]]] = {name: [(0, 0)] for name in names}
    for done in range(0, 64, _BITS):
        counts = {(n, prefix): np.zeros(_BINS, np.int64) for n in names for prefix, _ in targets[n]}
        for batch in read():
            for name in names:
                keys = _ordered(present_numbers(batch.column(batch.schema.get_field_index(name))))
                for prefix in {prefix for prefix, _ in targets[name]}:
                    agree = keys[keys >> np.uint64(64 - done) == prefix] if done else keys
                    digits = (agree >> np.uint64(64 - done - _BITS)) & np.uint64(_BINS - 1)
                    counts[name, prefix] += np.bincount(digits.astype(np.int64), minlength=_BINS)
        for name in names:
            if not done:
                rows = int(counts[name, 0].sum())
                targets[name] = [(0, (rows - 1) // 2), (0, rows // 2)] if rows else []
            targets[name] = [_next(prefix, rank, counts[name, prefix]) for prefix, rank in targets[name]]
    return {name: _middle([_number(key) for key, _ in targets[name]]) for name in names}


def require_finite(read: Batches, names: Sequence[str]) -> None:
    """Check that no number is infinite.

    Raises:
        ScriptError: (PC749) naming the columns where some are.
    """
    infinite: set[str] = set()
    for batch in read():
        for name in set(names) - infinite:
            column = batch.column(batch.schema.get_field_index(name))
            if pa.types.is_floating(column.type) and pc.any(pc.is_inf(column)).as_py():
                infinite.add(name)
    if infinite:
        raise ScriptError(
            "PC749",
            f"infinite values in: {', '.join(sorted(infinite))}",
            "replace them with a number or leave them missing",
        )


def _ordered(values: np.ndarray) -> np.ndarray:
    """Keys that sort as unsigned integers the way the numbers do."""
    bits = values.view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def _number(key: int) -> float:
    bits = np.array([key], dtype=np.uint64)
    return float(np.where(bits & _SIGN, bits & ~_SIGN, ~bits).view(np.float64)[0])


def _next(prefix: int, rank: int, counts: np.ndarray) -> tuple[int, int]:
    """The prefix with sixteen bits more, and the rank of the wanted value among those that share it."""
    below = np.cumsum(counts)
    digit = int(np.searchsorted(below, rank, side="right"))
    return (prefix << _BITS) | digit, rank - (int(below[digit - 1]) if digit else 0)


def _middle(values: list[float]) -> float:
    if not values:
        return math.nan
    low, high = values
    return low if low == high else low / 2 + high / 2
