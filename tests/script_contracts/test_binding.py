"""Binding a contract to a config: `$VARIABLE` becomes the column that the variable names."""

from __future__ import annotations

import pytest

from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    InRange,
    LabelBalance,
    MetricsContract,
    ModelContract,
    NoMissingValues,
    PortContract,
    RowCount,
    Unique,
)
from script_contracts.quality.binding import bind
from script_contracts.quality.compatibility import is_compatible

CONTRACT = DataContract(
    formats=("csv",),
    splits=True,
    closed=True,
    columns=(
        Column(name="$LABEL", type=ColumnType.INTEGER, nullable=False, description="the label"),
        Column(name="$ID", nullable=True),
        Column(name="age", type=ColumnType.NUMBER),
    ),
    checks=(
        AllowedValues(column="$LABEL", values=(0, 1), on_violation="warn"),
        LabelBalance(column="$LABEL", minimum=0.1),
        NoMissingValues(column="$LABEL"),
        RowCount(minimum=2),
        Unique(column="$ID"),
        InRange(column="age", minimum=0),
    ),
)


def bound(values: dict[str, str]) -> DataContract:
    found = bind(CONTRACT, values)
    assert isinstance(found, DataContract)
    return found


def test_variables_that_are_set_name_the_columns() -> None:
    found = bound({"LABEL": "is_fraud", "ID": "order id"})
    assert [column.name for column in found.columns] == ["is_fraud", "order id", "age"]
    assert [getattr(check, "column", None) for check in found.checks] == [
        "is_fraud",
        "is_fraud",
        "is_fraud",
        None,
        "order id",
        "age",
    ]


def test_nothing_but_the_names_changes_and_order_is_kept() -> None:
    found = bound({"LABEL": "is_fraud", "ID": "id"})
    for before, after in zip(CONTRACT.columns, found.columns, strict=True):
        assert after == before.model_copy(update={"name": after.name})
    for check, renamed in zip(CONTRACT.checks, found.checks, strict=True):
        assert renamed.model_dump(exclude={"column"}) == check.model_dump(exclude={"column"})
    assert (found.formats, found.splits, found.closed) == (("csv",), True, True)


@pytest.mark.parametrize("values", [{"LABEL": "y"}, {"LABEL": "y", "ID": ""}], ids=["unset", "empty"])
def test_clauses_about_a_variable_without_a_value_do_not_apply(values: dict[str, str]) -> None:
    found = bound(values)
    assert [column.name for column in found.columns] == ["y", "age"]
    kinds = [check.kind for check in found.checks]
    assert kinds == ["allowed_values", "label_balance", "no_missing_values", "row_count", "in_range"]


def test_without_any_value_the_clauses_about_plain_columns_and_rows_stay() -> None:
    found = bound({})
    assert found.columns == (CONTRACT.columns[2],)
    assert found.checks == (RowCount(minimum=2), InRange(column="age", minimum=0))


def test_a_column_called_like_a_variable_is_still_a_column() -> None:
    plain = DataContract(columns=(Column(name="LABEL"), Column(name="a$LABEL")))
    assert bind(plain, {"LABEL": "is_fraud"}) == plain


def test_the_contract_itself_is_left_as_it_was() -> None:
    before = CONTRACT.model_dump()
    bound({"LABEL": "is_fraud"})
    assert CONTRACT.model_dump() == before


def test_binding_again_changes_nothing() -> None:
    once = bound({"LABEL": "is_fraud", "ID": "id"})
    assert bind(once, {"LABEL": "other"}) == once


@pytest.mark.parametrize(
    "contract",
    [
        FilesContract(files=("$LABEL",)),
        ModelContract(format="$LABEL", files=("$LABEL",), metadata_includes=("$LABEL",)),
        MetricsContract(required_metrics=("$LABEL",), thresholds={"$LABEL": Bounds(minimum=0)}),
    ],
    ids=lambda contract: contract.kind,
)
def test_other_kinds_have_no_columns_and_stay_as_they_are(contract: PortContract) -> None:
    assert bind(contract, {"LABEL": "is_fraud"}) is contract


def test_two_steps_that_call_the_label_differently_do_not_fit() -> None:
    promise = DataContract(columns=(Column(name="$LABEL"),), closed=True)
    demand = DataContract(columns=(Column(name="$TARGET"),))
    assert is_compatible(bind(promise, {"LABEL": "y"}), bind(demand, {"TARGET": "y"})).findings == ()
    (finding,) = is_compatible(bind(promise, {"LABEL": "y"}), bind(demand, {"TARGET": "z"})).findings
    assert str(finding) == "column 'z': is required; the guarantee has only: y"
    assert is_compatible(bind(promise, {"LABEL": "y"}), bind(demand, {})).findings == ()


def test_a_variable_may_name_several_columns() -> None:
    contract = DataContract(
        columns=(Column(name="$FEATURE_FIELDS", nullable=False),),
        checks=(NoMissingValues(column="$FEATURE_FIELDS"),),
    )
    bound = bind(contract, {"FEATURE_FIELDS": "age, income"})
    assert isinstance(bound, DataContract)
    assert [column.name for column in bound.columns] == ["age", "income"]
    assert [getattr(check, "column", None) for check in bound.checks] == ["age", "income"]


def test_example_rows_are_about_the_columns_that_variables_name() -> None:
    contract = DataContract(example=({"$AMOUNTS": 1.5, "$DAY": "2026-03-01", "note": None},))
    found = bind(contract, {"AMOUNTS": "price,fee"})
    assert isinstance(found, DataContract)
    assert found.example == ({"price": 1.5, "fee": 1.5, "note": None},)
