from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_compiler.contract_tools.mutations import table_mutations
from pipeline_compiler.contract_tools.subjects import subject_of
from pipeline_compiler.contract_tools.supplies import Supplies
from pipeline_compiler.contract_tools.synthetic import Request, synthesize
from pipeline_compiler.contract_tools.tables import write_tables
from pipeline_compiler.contract_tools.verification import table_violations, violations
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality import (
    AllowedValues,
    Column,
    ColumnType,
    DataContract,
    InRange,
    RowCount,
    Unique,
)
from tests.contract_tools.profiles import profile_of
from tests.contract_tools.strategies import data_contracts


@given(data_contracts(), st.integers(0, 3))
def test_synthetic_rows_satisfy_every_clause(contract: DataContract, seed: int) -> None:
    table = synthesize(Request(contract, seed=seed))
    assert list(table_violations(contract, profile_of(table))) == []


@given(data_contracts())
def test_a_seed_decides_the_rows(contract: DataContract) -> None:
    assert synthesize(Request(contract, seed=1)) == synthesize(Request(contract, seed=1))


@given(data_contracts())
def test_every_mutation_breaks_the_clause_that_it_is_labelled_with(contract: DataContract) -> None:
    table = synthesize(Request(contract))
    mutations = list(table_mutations(contract))
    assert len({each.clause for each in mutations}) == len(mutations)
    for mutation in mutations:
        broken = list(table_violations(contract, profile_of(mutation.apply(table))))
        assert broken, mutation.clause
        if mutation.named:
            assert any(mutation.named in each for each in broken), mutation.clause


@pytest.mark.parametrize("file_format", ["parquet", "csv", "json"])
def test_rows_survive_the_way_through_files(file_format: str, tmp_path: Path) -> None:
    contract = DataContract(
        formats=(file_format,),  # type: ignore[arg-type]
        columns=(
            Column(name="n", type=ColumnType.INTEGER, nullable=False),
            Column(name="x", type=ColumnType.FLOAT),
            Column(name="t", type=ColumnType.STRING, nullable=True),
        ),
        splits=True,
        checks=(InRange(column="n", minimum=3, maximum=9), RowCount(minimum=5, maximum=40)),
    )
    write_tables({tmp_path: synthesize(Request(contract))})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["test", "train", "val"]
    assert list(violations({"x": contract}, {"x": tmp_path})) == []


@pytest.mark.parametrize(
    ("contract", "named"),
    [
        (
            DataContract(
                columns=(Column(name="a"),),
                checks=(AllowedValues(column="a", values=(1, 2)), Unique(column="a"), RowCount(minimum=3)),
            ),
            "at most 2",
        ),
        (
            DataContract(
                checks=(AllowedValues(column="a", values=(1, 2)), InRange(column="a", minimum=5)),
            ),
            "column 'a'",
        ),
        (DataContract(checks=(RowCount(minimum=5), RowCount(maximum=3))), "at least 5"),
    ],
)
def test_contradictions_are_named(contract: DataContract, named: str) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        synthesize(Request(contract))
    assert caught.value.codes == ("PC136",)
    assert named in str(caught.value)


def test_what_an_input_leaves_open_is_decided_by_what_the_step_promises() -> None:
    table = Supplies(subject_of("TabularPreprocessing")).table("DATA")
    assert table is not None
    assert set(table.values("label")) == {0, 1}
    assert len(set(table.values("id"))) == len(table.rows)


def test_an_optional_input_describes_the_table_beside_it() -> None:
    supplies = Supplies(subject_of("TabularPreprocessing"))
    inputs = supplies.companions()
    metadata = json.loads((inputs["METADATA"] / "metadata.json").read_text())
    assert {"label", "id"} <= {column["name"] for column in metadata["columns"]}
    assert list(inputs["DATA"].glob("*.parquet"))


def test_rows_that_a_contract_gives_itself_are_taken_as_they_are() -> None:
    example = ({"day": "2026-03-01", "rate": None}, {"day": "2026-03-02", "rate": 1.5})
    contract = DataContract(columns=(Column(name="id", type=ColumnType.INTEGER),), example=example)
    table = synthesize(Request(contract))
    assert (table.values("day"), table.values("rate")) == (["2026-03-01", "2026-03-02"], [None, 1.5])
    assert len(set(table.values("id"))) == 2
    assert [table.columns[name] for name in ("day", "rate")] == [ColumnType.STRING, ColumnType.FLOAT]


def test_a_source_is_made_of_the_rows_that_its_reader_gives() -> None:
    supplies = Supplies(subject_of("CurrencyConversion"))
    inputs = supplies.companions()
    metadata = json.loads((inputs["metadata_input"] / "metadata.json").read_text())
    assert {"amount", "currency", "date"} <= {column["name"] for column in metadata["columns"]}
    table = supplies.table("rates")
    assert table is not None
    assert set(table.values("rate_currency")) == {"EUR", "GBP", "USD"}
