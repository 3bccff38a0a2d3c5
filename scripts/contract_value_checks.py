"""The checks of a data contract on the values of one column, from Parquet footers or batch by batch."""

from __future__ import annotations

import math
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tabular_data
import tabular_hash
import tabular_shards
from contract_checks import Violation
from contract_footers import RowGroup, row_groups

Parts = Sequence[tabular_data.Dataset]
_SAMPLES = 5  # values named in a message
_SAMPLE_LENGTH = 40  # characters of each
_EXACT_REPEATS = 1000  # repeated hashes up to which the values themselves are compared


def run(watchers: Sequence[Watcher], parts: Parts) -> Iterator[Violation]:
    """Decide checks on columns that every part has; each file is read once, for its open checks only."""
    rows = sum(part.num_rows for part in parts)
    for part in parts:
        for shard in part.shards:
            groups = row_groups(shard, {watcher.column for watcher in watchers})
            unsettled = [each for each in watchers if not each.is_settled(groups.get(each.column))]
            types = {each.column: part.schema.field(each.column).type for each in unsettled}
            for batch in tabular_shards.batches(shard, types) if types else ():
                for watcher in unsettled:
                    watcher.see(batch.column(batch.schema.get_field_index(watcher.column)))
    for watcher in watchers:
        message = watcher.verdict(rows, parts)
        if message:
            yield Violation(watcher.clause, message, watcher.check["on_violation"])


class Watcher:
    """One check on one column, fed batch by batch with the rows that no footer has settled."""

    def __init__(self, check: Mapping[str, Any], clause: str) -> None:
        self.check = check
        self.clause = clause
        self.column: str = check["column"]
        self.bad = 0
        self.unfit = ""  # the type of the column, where it is none that the check can hold for
        self._samples: Dict[str, None] = {}

    def is_settled(self, groups: Optional[Sequence[RowGroup]]) -> bool:
        """Whether a footer proves the check for all rows of its file."""
        return groups is not None and all(not group.rows or self.is_proved(group) for group in groups)

    def is_proved(self, group: RowGroup) -> bool:
        """Whether the footer proves the check for one row group."""
        return False

    def see(self, values: pa.Array) -> None:
        """Take in the column's values of one batch; NaN is a missing value."""
        wrong = self.wrong(values)
        if wrong is None:
            return
        self.bad += pc.sum(wrong).as_py() or 0
        if len(self._samples) < _SAMPLES:
            self.add_samples(values.filter(wrong))

    def wrong(self, values: pa.Array) -> Optional[pa.Array]:
        """Which of the values break the check, as booleans; None where none does."""
        return None

    def add_samples(self, values: pa.Array) -> None:
        """Keep the first distinct ones of these values for the message."""
        for value in pc.unique(values).slice(0, _SAMPLES):
            self._samples.setdefault(_shown(value))

    def verdict(self, rows: int, parts: Parts) -> str:
        """What is wrong with the whole column of so many rows; empty where nothing is."""
        return f"{self.bad} of {rows} rows, such as {self.samples()}" if self.bad else ""

    def samples(self) -> str:
        """Some of the values that break the check."""
        return ", ".join(list(self._samples)[:_SAMPLES])


def _shown(value: pa.Scalar) -> str:
    # Not all timestamps are Python values; all of them are texts.
    kind = value.type
    text = str(value.cast(pa.string())) if pa.types.is_temporal(kind) else repr(value.as_py())
    return text if len(text) <= _SAMPLE_LENGTH else text[: _SAMPLE_LENGTH - 3] + "..."


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


class _NoMissingValues(Watcher):
    def is_proved(self, group: RowGroup) -> bool:
        return group.is_complete

    def wrong(self, values: pa.Array) -> Optional[pa.Array]:
        return values.is_null(nan_is_null=True)

    def add_samples(self, values: pa.Array) -> None:
        pass  # there is nothing to show

    def verdict(self, rows: int, parts: Parts) -> str:
        return f"{self.bad} of {rows} rows have no value" if self.bad else ""


class _InRange(Watcher):
    def is_proved(self, group: RowGroup) -> bool:
        low, high = self.check["minimum"], self.check["maximum"]
        if not all(isinstance(each, int) and not isinstance(each, bool) for each in (group.low, group.high)):
            return False
        return (low is None or group.low >= low) and (high is None or group.high <= high)

    def wrong(self, values: pa.Array) -> Optional[pa.Array]:
        kind = values.type
        if not _is_number(kind):
            self.unfit = str(kind)
            return values.is_valid()
        low, high = self.check["minimum"], self.check["maximum"]
        if pa.types.is_integer(kind):
            return _outside_whole(values, low, high)
        # in the column's own precision: a float32 0.1 is not above a maximum of 0.1
        numbers = pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False)
        wrong = np.zeros(len(numbers), dtype=bool)
        if low is not None:
            wrong |= numbers < numbers.dtype.type(low)
        if high is not None:
            wrong |= numbers > numbers.dtype.type(high)
        return pa.array(wrong)

    def verdict(self, rows: int, parts: Parts) -> str:
        return f"is {self.unfit}, not a number" if self.bad and self.unfit else super().verdict(rows, parts)


def _outside_whole(values: pa.Array, low: Optional[float], high: Optional[float]) -> pa.Array:
    """Which whole numbers lie outside, without turning them into floats, which would round them."""
    limits = np.iinfo(values.type.to_pandas_dtype())
    least = limits.min if low is None or low < limits.min else math.ceil(min(low, 2.0**64))
    most = limits.max if high is None or high > limits.max else math.floor(max(high, -(2.0**64)))
    if least > limits.max or most < limits.min:
        return values.is_valid()
    below = pc.less(values, pa.scalar(least, values.type))
    return pc.fill_null(pc.or_(below, pc.greater(values, pa.scalar(most, values.type))), False)


class _AllowedValues(Watcher):
    def is_proved(self, group: RowGroup) -> bool:
        low, high = group.low, group.high
        if not (isinstance(low, int) and isinstance(high, int)) or high - low >= len(self.check["values"]):
            return False
        # Every value between the bounds may occur.
        between = [low, high] if isinstance(low, bool) else range(low, high + 1)
        return {_key(value) for value in between} <= {_key(value) for value in self.check["values"]}

    def see(self, values: pa.Array) -> None:
        super().see(_present(values))

    def wrong(self, values: pa.Array) -> Optional[pa.Array]:
        return pc.invert(pc.is_in(values, value_set=_of_type(self.check["values"], values.type)))


def _of_type(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Those of the values that a column of this type can hold; floats in the column's precision."""
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    fitting: List[Any] = []
    if pa.types.is_boolean(kind):
        fitting = [value for value in values if isinstance(value, bool)]
    elif pa.types.is_string(kind):
        fitting = [value for value in values if isinstance(value, str)]
    elif pa.types.is_integer(kind):
        limits = np.iinfo(kind.to_pandas_dtype())
        fitting = [int(each) for each in numbers if limits.min <= each <= limits.max and each % 1 == 0]
    elif pa.types.is_float32(kind):
        fitting = [float(np.float32(each)) for each in numbers]
    elif pa.types.is_floating(kind):
        fitting = [float(each) for each in numbers if float(each) == each]
    return pa.array(fitting, kind)


def _present(values: pa.Array) -> pa.Array:
    """The values that are not missing; of the two zeros that floats have, the positive one."""
    values = values.filter(pc.invert(values.is_null(nan_is_null=True)))
    return pc.add(values, pa.scalar(0, values.type)) if pa.types.is_floating(values.type) else values


def _key(value: Any) -> Any:
    """A value as it is compared: true is not 1, and 1.0 is 1."""
    return ("bool", value) if isinstance(value, bool) else value


class _Unique(Watcher):
    """By hashes; where few of them repeat, a second pass compares the values themselves."""

    def __init__(self, check: Mapping[str, Any], clause: str) -> None:
        super().__init__(check, clause)
        self._hashes: List[np.ndarray] = []

    def see(self, values: pa.Array) -> None:
        self._hashes.append(_hashes(_present(values)))

    def verdict(self, rows: int, parts: Parts) -> str:
        hashes = np.concatenate([*self._hashes, np.zeros(0, np.uint64)])
        self._hashes.clear()
        hashes.sort()
        repeats = hashes[1:][hashes[1:] == hashes[:-1]]
        if not len(repeats):
            return ""
        self.bad = len(repeats)
        repeated = np.unique(repeats)
        # So many chance collisions do not happen; to name some of the values is enough.
        counts = self._counts(parts, repeated[:_EXACT_REPEATS])
        if len(repeated) <= _EXACT_REPEATS:
            self.bad = sum(count - 1 for count in counts.values())
        self._samples.update((_shown(value), None) for value, count in counts.items() if count > 1)
        if not self.bad:
            return ""
        return f"{self.bad} of {rows} rows repeat an earlier value, such as {self.samples()}"

    def _counts(self, parts: Parts, hashes: np.ndarray) -> Dict[pa.Scalar, int]:
        counts: Dict[pa.Scalar, int] = {}
        for part in parts:
            for batch in part.batches([self.column]):
                present = _present(batch.column(0))
                suspects = present.filter(pa.array(np.isin(_hashes(present), hashes)))
                for each in pc.value_counts(suspects):
                    value, count = each.values()
                    counts[value] = counts.get(value, 0) + count.as_py()
        return counts


def _hashes(values: pa.Array) -> np.ndarray:
    return tabular_hash.hash_rows(pa.record_batch([values], names=[""]))


class _LabelBalance(Watcher):
    def see(self, values: pa.Array) -> None:
        if not _is_number(values.type):
            self.unfit = str(values.type)
            return
        self.bad += pc.sum(pc.equal(values, 1)).as_py() or 0

    def verdict(self, rows: int, parts: Parts) -> str:
        if self.unfit:
            return f"is {self.unfit}, not a number"
        share = self.bad / rows if rows else 0.0
        low, high = self.check["minimum"], self.check["maximum"]
        if low <= share <= high:
            return ""
        return f"{share:.4f} of the rows are 1 ({self.bad} of {rows}), not {low} to {high}"


WATCHERS = {
    "no_missing_values": _NoMissingValues,
    "in_range": _InRange,
    "allowed_values": _AllowedValues,
    "unique": _Unique,
    "label_balance": _LabelBalance,
}
