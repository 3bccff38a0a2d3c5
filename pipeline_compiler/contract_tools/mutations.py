"""Mutations: inputs that break a contract in exactly one clause, each labelled with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import get_args

from pipeline_compiler.contract_tools.tables import Table
from script_contracts.quality.checks import (
    AllowedValues,
    Check,
    InRange,
    LabelBalance,
    NoMissingValues,
    RowCount,
    Unique,
)
from script_contracts.quality.contracts import Column, ColumnType, DataContract, Format

_MANY_ROWS = 100_000  # a table that is too long for a contract which allows this many is not made
_STRANGER = "unexpected_column"


@dataclass(frozen=True)
class TableMutation:
    """One broken clause of a data contract.

    Attributes:
        clause: the clause, in the words of compatibility findings, as in `column 'age' type`.
        named: what a message about it must contain: the column's name, or nothing.
        warns: whether a violation is only reported.
        apply: makes the broken table of the good one.
    """

    clause: str
    named: str
    warns: bool
    apply: Callable[[Table], Table]


def table_mutations(contract: DataContract) -> Iterator[TableMutation]:
    """Every clause of a bound contract, broken alone as far as clauses are independent."""
    for column in contract.columns:
        yield from _column(contract, column)
    for check in contract.checks:
        yield from _check(check)
    if contract.closed:
        yield _fails(
            "columns",
            _STRANGER,
            lambda table: table.with_values(_STRANGER, _zeros(table), ColumnType.INTEGER),
        )
    others = [name for name in get_args(Format) if name not in contract.formats]
    if others:
        other: Format = others[0]
        yield _fails("format", "", lambda table: replace(table, format=other))
    if contract.splits:
        yield _fails("layout", "", lambda table: replace(table, splits=()))


def _fails(clause: str, named: str, apply: Callable[[Table], Table]) -> TableMutation:
    return TableMutation(clause, named, False, apply)


def _zeros(table: Table) -> list[int]:
    return [0] * len(table.rows)


def _column(contract: DataContract, column: Column) -> Iterator[TableMutation]:
    name = column.name
    yield _fails(f"column '{name}' missing", name, lambda table: table.without(name))
    if column.type is not None:
        wrong = _another_type(column.type)
        yield _fails(f"column '{name}' type", name, lambda table: _retyped(table, name, wrong))
    checked = any(isinstance(check, NoMissingValues) and check.column == name for check in contract.checks)
    if column.nullable is False and not checked:
        yield _fails(f"column '{name}' nullability", name, lambda table: _with_null(table, name))


def _another_type(kind: ColumnType) -> ColumnType:
    return ColumnType.INTEGER if kind is ColumnType.STRING else ColumnType.STRING


def _retyped(table: Table, name: str, kind: ColumnType) -> Table:
    if kind is ColumnType.INTEGER:
        return table.with_values(name, range(len(table.rows)), kind)
    values = [None if value is None else f"text {value}" for value in table.values(name)]
    return table.with_values(name, values, kind)


def _with_null(table: Table, name: str) -> Table:
    return table.with_values(name, [None, *table.values(name)[1:]])


def _check(check: Check) -> Iterator[TableMutation]:
    for what, apply in _breaks(check):
        column = "" if isinstance(check, RowCount) else check.column
        where = f"column '{column}'" if column else "rows"
        yield TableMutation(f"{where} {check.kind}{what}", column, check.on_violation == "warn", apply)


def _breaks(check: Check) -> Iterator[tuple[str, Callable[[Table], Table]]]:
    """What to call each way of breaking a check where there are several, and the way itself."""
    if isinstance(check, RowCount):
        yield from _row_counts(check)
        return
    name = check.column
    if isinstance(check, NoMissingValues):
        yield "", lambda table: _with_null(table, name)
    elif isinstance(check, AllowedValues):
        stranger = _stranger(check)
        yield "", lambda table: _with_first(table, name, stranger)
    elif isinstance(check, Unique):
        yield "", lambda table: _with_duplicate(table, name)
    elif isinstance(check, LabelBalance):
        if check.minimum > 0:
            yield " too few", lambda table: table.with_values(name, _zeros(table))
        if check.maximum < 1:
            yield " too many", lambda table: table.with_values(name, [1] * len(table.rows))
    elif isinstance(check, InRange):
        if (low := check.minimum) is not None:
            yield " below", lambda table: _with_first(table, name, _typed(table, name, low - 1))
        if (high := check.maximum) is not None:
            yield " above", lambda table: _with_first(table, name, _typed(table, name, high + 1))


def _row_counts(check: RowCount) -> Iterator[tuple[str, Callable[[Table], Table]]]:
    low, high = check.minimum, check.maximum
    if low > 0:
        yield " too few", lambda table: replace(table, rows=table.rows[: low - 1])
    if high is not None and high < _MANY_ROWS:
        times = high + 1
        yield " too many", lambda table: replace(table, rows=_repeated(table, times))


def _repeated(table: Table, count: int) -> tuple[tuple[object, ...], ...]:
    return tuple(table.rows[i % len(table.rows)] for i in range(count))


def _stranger(check: AllowedValues) -> object:
    """A value of the same type that is not allowed."""
    if all(isinstance(value, str) for value in check.values):
        return "unexpected"
    numbers = [value for value in check.values if not isinstance(value, str)]
    return max(numbers) + 7


def _typed(table: Table, name: str, value: float) -> float | int:
    return int(value // 1) if table.columns[name] is ColumnType.INTEGER else value


def _with_first(table: Table, name: str, value: object) -> Table:
    return table.with_values(name, [value, *table.values(name)[1:]])


def _with_duplicate(table: Table, name: str) -> Table:
    values = table.values(name)
    return table.with_values(name, [*values[:-1], values[0]])
