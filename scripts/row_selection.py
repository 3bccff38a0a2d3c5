"""Which rows of a table to keep: conditions on columns, and a window of dates.

As in SQL, a comparison with a missing value is not true: such rows go, unless `is null` asks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import Any, Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import tabular_data
from contract_runtime import ScriptError, raise_all

_COMPARISONS = {
    "=": pc.equal,
    "!=": pc.not_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
    "<": pc.less,
    "<=": pc.less_equal,
}
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}"


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
            ScriptError: (PC751) texts in a window of dates that do not sort as dates do.
        """
        if self.dated and pa.types.is_string(values.type):
            self._check_dates(values)
        if self.op == "is null":
            return values.is_null(nan_is_null=True)
        if self.op == "is not null":
            return pc.invert(values.is_null(nan_is_null=True))
        if self.op in ("in", "not in"):
            equal = [pc.equal(values, self._like(values.type, each)) for each in self.value]
            found = reduce(pc.or_kleene, equal)
            return found if self.op == "in" else pc.invert(found)
        return _COMPARISONS[self.op](values, self._like(values.type, self.value))

    def problem(self, kind: pa.DataType) -> ScriptError | None:
        """Why a column of this type cannot be compared with the value; None where it can."""
        if self.op in ("is null", "is not null"):
            return None
        for value in self.value if self.op in ("in", "not in") else [self.value]:
            try:
                self._like(kind, value)
            except (pa.ArrowException, TypeError, ValueError):
                return ScriptError(
                    "PC751",
                    f"{self.setting}: column '{self.column}' is {kind}, and {value!r} is not",
                    "compare the column with a value of its own kind",
                )
        return None

    def _check_dates(self, values: pa.Array) -> None:
        odd = values.filter(pc.invert(pc.match_substring_regex(values, _ISO_DATE)))
        if len(odd):
            raise ScriptError(
                "PC751",
                f"source.dates: column '{self.column}' holds {odd[0].as_py()!r}, which is no ISO 8601 date",
                "write dates as YYYY-MM-DD at the source, or select by another column",
            )

    def _like(self, kind: pa.DataType, value: Any) -> pa.Scalar:
        """The value as one of the column's type; raises where that would change it."""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            if not is_number:
                raise TypeError
            return pa.scalar(value)  # Arrow compares whole numbers and fractions by their common type
        if pa.types.is_boolean(kind):
            if not isinstance(value, bool):
                raise TypeError
            return pa.scalar(value)
        if not isinstance(value, str):
            raise TypeError
        if pa.types.is_timestamp(kind):
            # Arrow wants a zone where the column has one; a moment without one is in UTC.
            if kind.tz is not None and not re.search(r"T.*(Z|[+-]\d\d:?\d\d)$", value):
                value = f"{value}Z" if "T" in value else f"{value}T00:00:00Z"
            return pa.scalar(value).cast(kind)
        return pa.scalar(value).cast(kind)


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
                errors += [problem] if problem else []
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
