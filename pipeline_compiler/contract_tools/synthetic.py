"""Synthetic data: rows that satisfy a data contract, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from pipeline_compiler.contract_tools.columns import ColumnRules, fill
from pipeline_compiler.contract_tools.tables import Table
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality.checks import RowCount, Value
from script_contracts.quality.contracts import ColumnType, DataContract, Format
from script_contracts.quality.rules import UNSATISFIABLE

ROWS = 240
# An open contract allows other columns; without any, there would be nothing to learn from.
EXTRA_NUMBER, EXTRA_TEXT = "feature_number", "feature_text"
_WORDS = ("red", "green", "blue")


@dataclass(frozen=True)
class Request:
    """What to synthesize.

    Attributes:
        contract: the contract that the rows satisfy; its columns are bound.
        also: other contracts of the same rows, such as the step's promise about what it makes of them.
            They decide what `contract` leaves open.
        splits: the folders, where the contract wants one for each split.
        file_format: the format of the files; the contract's first one if not given.
    """

    contract: DataContract
    also: tuple[DataContract, ...] = ()
    splits: tuple[str, ...] = ("train", "val", "test")
    seed: int = 0
    rows: int = ROWS
    file_format: Format | None = None


def synthesize(request: Request) -> Table:
    """Rows that satisfy every clause of a contract.

    Raises:
        PipelineCompilerError: (PC136) where no rows can, naming the clauses.
    """
    rules = _rules(request)
    others = () if request.contract.closed else request.also
    given = next((each.example for each in (request.contract, *others) if each.example), ())
    if given:
        return _example(request, rules, given)
    count = _row_count(request, rules)
    columns = {name: each.column_type for name, each in rules.items()}
    values = {name: fill(name, each, count, Random(f"{request.seed}:{name}")) for name, each in rules.items()}
    if not request.contract.closed:
        random = Random(f"{request.seed}")
        signal = _signal(rules, values.values(), count)
        # The number depends on the label, so that a model finds something to learn.
        values.setdefault(EXTRA_NUMBER, [round(2 * each + random.gauss(0, 1), 3) for each in signal])
        values.setdefault(EXTRA_TEXT, [random.choice(_WORDS) for _ in range(count)])
        columns.setdefault(EXTRA_NUMBER, ColumnType.FLOAT)
        columns.setdefault(EXTRA_TEXT, ColumnType.STRING)
    rows = tuple(zip(*(values[name] for name in columns), strict=True))
    splits = request.splits if request.contract.splits else ()
    return Table(columns, rows, request.file_format or request.contract.formats[0], splits)


def _example(
    request: Request, rules: Mapping[str, ColumnRules], given: Sequence[Mapping[str, Value | None]]
) -> Table:
    """The rows that a contract itself gives, with what the contracts ask for beside them."""
    extra = {name: each for name, each in rules.items() if name not in given[0]}
    filled = {
        name: fill(name, each, len(given), Random(f"{request.seed}:{name}")) for name, each in extra.items()
    }
    columns = {name: _type_of(rules.get(name), (row[name] for row in given)) for name in given[0]}
    columns |= {name: each.column_type for name, each in extra.items()}
    rows = tuple(
        (*row.values(), *(values[number] for values in filled.values())) for number, row in enumerate(given)
    )
    splits = request.splits if request.contract.splits else ()
    return Table(columns, rows, request.file_format or request.contract.formats[0], splits)


def _type_of(rules: ColumnRules | None, values: Iterable[object]) -> ColumnType:
    """The type that the contract states for a column, or the one of its first value."""
    if rules is not None and rules.kind is not None:
        return rules.column_type
    sample = next((value for value in values if value is not None), "")
    names = {bool: ColumnType.BOOLEAN, int: ColumnType.INTEGER, float: ColumnType.FLOAT}
    return names.get(type(sample), ColumnType.STRING)


def _rules(request: Request) -> dict[str, ColumnRules]:
    """Column -> all that is known about it: the contract's own clauses, completed by the others'."""
    own = {column.name: ColumnRules.of(request.contract, column.name) for column in request.contract.columns}
    checked = (getattr(check, "column", None) for check in request.contract.checks)
    own.update({name: ColumnRules.of(request.contract, name) for name in checked if name and name not in own})
    for other in request.also:
        for name in [column.name for column in other.columns]:
            theirs = ColumnRules.of(other, name)
            if name in own:
                own[name] = own[name].completed_by(theirs)
            elif not request.contract.closed:
                own[name] = theirs
    return own


def _row_count(request: Request, rules: dict[str, ColumnRules]) -> int:
    bounds = [check for check in request.contract.checks if isinstance(check, RowCount)]
    low = max((each.minimum for each in bounds), default=0)
    high = min((each.maximum for each in bounds if each.maximum is not None), default=None)
    room = [limit for each in rules.values() if (limit := each.distinct_limit) is not None]
    ceiling = min([*room, *([] if high is None else [high])], default=None)
    if ceiling is not None and ceiling < low:
        raise PipelineCompilerError(
            UNSATISFIABLE.error(
                f"at least {low} rows are demanded, and at most {ceiling} are possible",
                fix="widen the row count, or the values of the column that must be unique",
            )
        )
    wanted = max(low, request.rows)
    return wanted if ceiling is None else min(wanted, ceiling)


def _signal(rules: dict[str, ColumnRules], values: Iterable[list[object]], count: int) -> list[int]:
    """1 where the first column of two classes has its second one."""
    for rule, column in zip(rules.values(), values, strict=False):
        if rule.is_binary:
            return [int(value == 1) for value in column]
    return [0] * count
