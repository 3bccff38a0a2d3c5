"""Which rows of a table to keep: conditions on columns, and a window of dates.

As in SQL, a comparison with a missing value is not true: such rows go, unless `is null` asks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any, Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import tabular_data
from contract_runtime import ScriptError, raise_all
from tabular_moments import has_moments, moments, odd_text

_COMPARISONS = {
    "=": pc.equal,
    "!=": pc.not_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
    "<": pc.less,
    "<=": pc.less_equal,
}
_INT64_LIMIT = 2**63


@dataclass(frozen=True)
class Condition:
    """One condition: the value in `column` compares with `value` as `op` says.

    Attributes:
        dated: whether it is a limit of the window of dates.
    """

    column: str
    op: str
    value: Any = None
    dated: bool = False

    @property
    def setting(self) -> str:
        """The setting that it comes from, for messages."""
        return "source.dates" if self.dated else "source.where"

    def mask(self, values: pa.Array) -> pa.Array:
        """For each value, whether the condition holds; null where that cannot be said.

        Raises:
            ScriptError: (PC751) a text in a window of dates is no date.
        """
        if self.op in ("is null", "is not null"):
            missing = values.is_null(nan_is_null=True)
            return missing if self.op == "is null" else pc.invert(missing)
        if pa.types.is_floating(values.type):
            values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        if self.dated:
            return _COMPARISONS[self.op](self._moments(values), _limit(self.value))
        if self.op in ("in", "not in"):
            found = reduce(pc.or_kleene, [pc.equal(*_alike(values, each)) for each in self.value])
            return found if self.op == "in" else pc.invert(found)
        return _COMPARISONS[self.op](*_alike(values, self.value))

    def problem(self, kind: pa.DataType) -> ScriptError | None:
        """Why a column of this type cannot be compared with the value; None where it can."""
        if self.op in ("is null", "is not null"):
            return None
        if self.dated and not has_moments(kind):
            return ScriptError(
                "PC751",
                f"source.dates: column '{self.column}' is {kind}, which holds no dates",
                "name a column of dates, times or ISO 8601 texts",
            )
        if self.dated:
            return self._limit_problem()
        for value in self.value if self.op in ("in", "not in") else [self.value]:
            try:
                _alike(pa.array([], kind), value)
            except (pa.ArrowException, TypeError, ValueError):
                return ScriptError(
                    "PC751",
                    f"{self.setting}: column '{self.column}' is {kind}, and {value!r} is not",
                    "compare the column with a value of its own kind",
                )
        return None

    def _limit_problem(self) -> ScriptError | None:
        try:
            _limit(self.value)
        except pa.ArrowInvalid:
            return ScriptError(
                "PC751",
                f"source.dates: the limit {self.value!r} is no ISO 8601 date or time",
                "write it like 2026-03-01",
            )
        return None

    def _moments(self, values: pa.Array) -> pa.Array:
        try:
            return moments(values)
        except pa.ArrowInvalid as error:
            raise ScriptError(
                "PC751",
                f"source.dates: column '{self.column}' holds {odd_text(values)!r}, which is no ISO 8601 date",
                "write dates as YYYY-MM-DD at the source, or select by another column",
            ) from error


def _limit(text: str) -> pa.Scalar:
    return moments(pa.array([text], pa.string()))[0]


def _alike(values: pa.Array, value: Any) -> tuple[pa.Array, pa.Scalar]:
    """The column and the value in types that compare exactly; raises where the value is of another kind."""
    kind = values.type
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        if not is_number:
            raise TypeError
        if isinstance(value, int) and (pa.types.is_uint64(kind) or abs(value) >= _INT64_LIMIT):
            wide = pa.float64() if pa.types.is_floating(kind) else pa.decimal128(38, 0)
            return values.cast(wide), pa.scalar(Decimal(value), pa.decimal128(38, 0)).cast(wide)
        return values, pa.scalar(value)  # Arrow compares whole numbers and fractions by their common type
    if isinstance(value, bool) != pa.types.is_boolean(kind) or is_number:
        raise TypeError
    if pa.types.is_boolean(kind):
        return values, pa.scalar(value)
    # Arrow wants a zone where the column has one; a moment without one is in UTC.
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    if zoned and not re.search(r"T.*(Z|[+-]\d\d:?\d\d)$", value):
        value = f"{value}Z" if "T" in value else f"{value}T00:00:00Z"
    return values, pa.scalar(value).cast(kind)


@dataclass(frozen=True)
class RowSelection:
    """The conditions that a row must meet, all of them."""

    conditions: tuple[Condition, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the conditions read, each once."""
        return tuple(dict.fromkeys(each.column for each in self.conditions))

    def check(self, schema: pa.Schema) -> None:
        """Check that every condition can be asked of a table of this schema.

        Raises:
            ScriptError, CollectedError: (PC728) unknown columns; (PC751) values of another kind.
        """
        errors: list[ScriptError] = []
        for each in self.conditions:
            unknown = tabular_data.unknown_columns(each.setting, [each.column], schema.names)
            errors += unknown
            if not unknown:
                problem = each.problem(schema.field(each.column).type)
                # Both limits of a window may have the same one.
                errors += [problem] if problem and str(problem) not in map(str, errors) else []
        raise_all(errors)

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of a batch that meet every condition on the columns that the batch has."""
        masks = [
            each.mask(batch.column(each.column))
            for each in self.conditions
            if each.column in batch.schema.names
        ]
        return batch.filter(reduce(pc.and_kleene, masks)) if masks else batch


def selection(
    where: Iterable[Mapping[str, Any]], date_column: str = "", start: str = "", end: str = ""
) -> RowSelection:
    """The selection that the settings describe.

    Arguments:
        where: conditions, each with `column`, `op` and, unless it asks for null, `value`.
        date_column: the column that the window is about; dates, timestamps or ISO 8601 texts.
        start: the first moment that is inside, in ISO 8601; "" for no limit.
        end: the first moment that is not inside any more; "" for no limit.
    """
    conditions = [Condition(each["column"], each["op"], each.get("value")) for each in where]
    for op, limit in ((">=", start), ("<", end)):
        if date_column and limit:
            conditions.append(Condition(date_column, op, limit, dated=True))
    return RowSelection(tuple(conditions))
