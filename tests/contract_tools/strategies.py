"""Data contracts that rows can satisfy, and any data contracts at all."""

from __future__ import annotations

from hypothesis import strategies as st

from script_contracts.quality import (
    AllowedValues,
    Check,
    Column,
    ColumnType,
    DataContract,
    InRange,
    LabelBalance,
    NoMissingValues,
    RowCount,
    Unique,
)

NUMBERS = (ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.NUMBER)


@st.composite
def checks_of(draw: st.DrawFn, column: Column) -> list[Check]:
    """At most one check of each kind, which hold together for a column of this type."""
    name, checks = column.name, []
    if draw(st.booleans()):
        checks.append(NoMissingValues(column=name))
    if column.type in NUMBERS:
        low = draw(st.integers(-5, 5))
        kind = draw(st.sampled_from(["range", "values", "balance", "none"]))
        if kind == "range":
            checks.append(InRange(column=name, minimum=low, maximum=draw(st.sampled_from([None, low + 400]))))
        elif kind == "values":
            checks.append(AllowedValues(column=name, values=tuple(range(low, low + draw(st.integers(1, 4))))))
        elif kind == "balance" and column.type is ColumnType.INTEGER:
            checks.append(LabelBalance(column=name, minimum=0.2, maximum=draw(st.sampled_from([0.6, 1.0]))))
        if kind in ("range", "none") and draw(st.booleans()):
            checks.append(Unique(column=name))
    elif column.type is ColumnType.STRING:
        if draw(st.booleans()):
            checks.append(AllowedValues(column=name, values=("red", "green")))
        elif draw(st.booleans()):
            checks.append(Unique(column=name))
    return checks


@st.composite
def data_contracts(draw: st.DrawFn) -> DataContract:
    """Contracts that rows can satisfy."""
    columns, checks = [], []
    for name in draw(st.sets(st.sampled_from("abcd"))):
        kind = draw(st.sampled_from([None, *ColumnType]))
        column = Column(name=name, type=kind, nullable=draw(st.sampled_from([None, True, False])))
        columns.append(column)
        checks += draw(checks_of(column))
    if draw(st.booleans()):
        low = draw(st.integers(0, 30))
        checks.append(RowCount(minimum=low, maximum=draw(st.sampled_from([None, low + 40]))))
    columns.sort(key=lambda column: column.name)
    return DataContract(
        formats=(draw(st.sampled_from(["parquet", "csv", "json"])),),
        columns=tuple(columns),
        closed=draw(st.booleans()) and bool(columns),
        splits=draw(st.booleans()),
        checks=tuple(checks),
    )


@st.composite
def weaker(draw: st.DrawFn, contract: DataContract) -> DataContract:
    """A contract with some of the clauses of another: everything that satisfies that one satisfies it."""
    columns = []
    for column in contract.columns:
        if contract.closed or draw(st.booleans()):
            keeps_type, keeps_null = draw(st.booleans()), draw(st.booleans())
            columns.append(
                Column(
                    name=column.name,
                    type=column.type if keeps_type else None,
                    nullable=column.nullable if keeps_null else None,
                )
            )
    return DataContract(
        formats=contract.formats,
        columns=tuple(columns),
        closed=contract.closed,
        splits=contract.splits,
        checks=tuple(check for check in contract.checks if draw(st.booleans())),
    )
