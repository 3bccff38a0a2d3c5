from __future__ import annotations

import datetime
import decimal
import gzip
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import contract_data_checks
import contract_footers
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from script_contracts.quality import (
    AllowedValues,
    Column,
    ColumnType,
    DataContract,
    InRange,
    LabelBalance,
    NoMissingValues,
    RowCount,
    Unique,
)

NAN = math.nan
PEOPLE = pa.table(
    {
        "id": [f"p{row:03d}" for row in range(100)],
        "age": list(range(100)),
        "score": [row / 100 for row in range(100)],
        "country": ["DE", "FR", None, "NL"] * 25,
        "member": [True, False] * 50,
        "label": [0, 0, 0, 1] * 25,
    }
)


def plain(folder: Path, table: pa.Table) -> None:
    pq.write_table(table, folder / "part-0.parquet")


def without_statistics(folder: Path, table: pa.Table) -> None:
    pq.write_table(table, folder / "part-0.parquet", write_statistics=False)


def row_groups(folder: Path, table: pa.Table) -> None:
    pq.write_table(table, folder / "part-0.parquet", row_group_size=7)


def shards(folder: Path, table: pa.Table) -> None:
    for number in range(3):
        part = table.slice(number * 34, 34)
        pq.write_table(part, folder / f"part-{number}.parquet", write_statistics=number != 1)


def dictionaries(folder: Path, table: pa.Table) -> None:
    encoded = [column if pa.types.is_boolean(column.type) else column.dictionary_encode() for column in table]
    pq.write_table(pa.table(encoded, table.column_names), folder / "part-0.parquet")


def csv(folder: Path, table: pa.Table) -> None:
    arrow_csv.write_csv(table, folder / "part-0.csv")


def packed_json(folder: Path, table: pa.Table) -> None:
    with gzip.open(folder / "part-0.json.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in table.to_pylist())


WRITERS = [plain, without_statistics, row_groups, shards, dictionaries, csv, packed_json]


def found(contract: DataContract, folder: Path, env: Mapping[str, str] = {}) -> list[str]:
    clauses = contract.model_dump(mode="json")
    return [str(each) for each in contract_data_checks.violations(clauses, folder, env)]


def contract_of(*checks: Any, **more: Any) -> DataContract:
    return DataContract(**{"formats": ("parquet", "csv", "json"), **more}, checks=checks)


GOOD = [
    NoMissingValues(column="id"),
    NoMissingValues(column="score"),
    InRange(column="age", minimum=0, maximum=99),
    InRange(column="score", minimum=0),
    InRange(column="score", maximum=1),
    AllowedValues(column="country", values=("DE", "FR", "NL", "BE")),
    AllowedValues(column="label", values=(0, 1)),
    AllowedValues(column="label", values=(0.0, 1.0)),
    AllowedValues(column="member", values=(True, False)),
    AllowedValues(column="score", values=tuple(row / 100 for row in range(100))),
    Unique(column="id"),
    Unique(column="age"),
    Unique(column="score"),
    RowCount(minimum=100, maximum=100),
    LabelBalance(column="label", minimum=0.25, maximum=0.25),
]


@pytest.mark.parametrize("write", WRITERS)
def test_what_holds_is_not_reported(write: Callable[..., None], tmp_path: Path) -> None:
    write(tmp_path, PEOPLE)
    assert found(contract_of(*GOOD), tmp_path) == []


BAD = [
    (NoMissingValues(column="country"), "no_missing_values: 25 of 100 rows have no value"),
    (InRange(column="age", minimum=3), "in_range: 3 of 100 rows, such as 0, 1, 2"),
    (InRange(column="age", maximum=97.5), "in_range: 2 of 100 rows, such as 98, 99"),
    (InRange(column="score", maximum=0.97), "in_range: 2 of 100 rows, such as 0.98, 0.99"),
    (InRange(column="country", minimum=0), "in_range: is string, not a number"),
    (InRange(column="member", minimum=0), "in_range: is bool, not a number"),
    (AllowedValues(column="country", values=("DE", "FR")), "allowed_values: 25 of 100 rows, such as 'NL'"),
    (AllowedValues(column="label", values=(0,)), "allowed_values: 25 of 100 rows, such as 1"),
    (AllowedValues(column="label", values=(False, True)), "allowed_values: 100 of 100 rows, such as 0, 1"),
    (AllowedValues(column="label", values=("0", "1")), "allowed_values: 100 of 100 rows, such as 0, 1"),
    (AllowedValues(column="member", values=(0, 1)), "allowed_values: 100 of 100 rows, such as True, False"),
    (AllowedValues(column="member", values=(True,)), "allowed_values: 50 of 100 rows, such as False"),
    (Unique(column="country"), "unique: 72 of 100 rows repeat an earlier value, such as 'DE', 'FR', 'NL'"),
    (Unique(column="label"), "unique: 98 of 100 rows repeat an earlier value, such as 0, 1"),
    (LabelBalance(column="label", minimum=0.3), "label_balance: 0.2500 of the rows are 1 (25 of 100), not"),
    (LabelBalance(column="label", maximum=0.2), "label_balance: 0.2500 of the rows are 1 (25 of 100), not"),
    (LabelBalance(column="country"), "label_balance: is string, not a number"),
    (LabelBalance(column="member"), "label_balance: is bool, not a number"),
    (InRange(column="height", minimum=0), "in_range: the column is missing"),
]


@pytest.mark.parametrize("write", WRITERS)
def test_what_does_not_hold_is_reported_with_counts_and_values(
    write: Callable[..., None], tmp_path: Path
) -> None:
    write(tmp_path, PEOPLE)
    reports = found(contract_of(*(check for check, _ in BAD)), tmp_path)
    # What needs no values comes first.
    assert len(reports) == len(BAD)
    for check, message in BAD:
        expected = f"column '{check.column}' {message}"
        assert any(report.startswith(expected) for report in reports), (expected, reports)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"minimum": 101}, "100 rows, not at least 101"),
        ({"maximum": 99}, "100 rows, not at least 0 and at most 99"),
    ],
)
def test_row_count(write: Callable[..., None], bounds: dict[str, int], message: str, tmp_path: Path) -> None:
    write(tmp_path, PEOPLE)
    assert found(contract_of(RowCount(**bounds)), tmp_path) == [f"rows row_count: {message}"]


def test_the_gate_of_each_check_travels_with_its_violation(tmp_path: Path) -> None:
    plain(tmp_path, PEOPLE)
    contract = contract_of(
        InRange(column="age", maximum=5, on_violation="warn"),
        RowCount(maximum=5, on_violation="warn"),
        Unique(column="label"),
        NoMissingValues(column="none", on_violation="warn"),
    )
    reports = contract_data_checks.violations(contract.model_dump(mode="json"), tmp_path, {})
    assert {each.clause: each.on_violation for each in reports} == {
        "column 'age' in_range": "warn",
        "rows row_count": "warn",
        "column 'label' unique": "fail",
        "column 'none' no_missing_values": "warn",
    }


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("kind", list(ColumnType))
@pytest.mark.parametrize(
    ("column", "families", "arrow"),
    [
        ("age", {"integer", "number"}, "int64"),
        ("score", {"float", "number"}, "double"),
        ("country", {"string"}, "string"),
        ("member", {"boolean"}, "bool"),
    ],
)
def test_types(
    write: Callable[..., None],
    kind: ColumnType,
    column: str,
    families: set[str],
    arrow: str,
    tmp_path: Path,
) -> None:
    write(tmp_path, PEOPLE.select([column, "id"]))
    if write in (csv, packed_json) and column == "age":
        families = {*families, "float"}  # text does not tell 5 from 5.0
    expected = [] if kind.value in families else [f"column '{column}' type: is {arrow}, not {kind.value}"]
    assert found(contract_of(columns=(Column(name=column, type=kind),)), tmp_path) == expected


@pytest.mark.parametrize(
    ("values", "family"),
    [
        (pa.array([1], pa.uint8()), "integer"),
        (pa.array([1.5], pa.float32()), "float"),
        (pa.array([decimal.Decimal("1.50")]), "float"),
        (pa.array([decimal.Decimal("15")]), "integer"),
        (pa.array(["x"], pa.large_string()), "string"),
        (pa.array([datetime.date(2024, 1, 1)]), "timestamp"),
        (pa.array([1], pa.timestamp("ns", "UTC")), "timestamp"),
    ],
)
def test_types_are_families(values: pa.Array, family: str, tmp_path: Path) -> None:
    plain(tmp_path, pa.table({"x": values}))
    for kind in ColumnType:
        holds = not found(contract_of(columns=(Column(name="x", type=kind),)), tmp_path)
        numeric = family in ("integer", "float") and kind is ColumnType.NUMBER
        assert holds == (kind.value == family or numeric)


@pytest.mark.parametrize("kind", list(ColumnType))
@pytest.mark.parametrize("write", [plain, csv, packed_json])
def test_a_column_without_any_value_has_every_type(
    write: Callable[..., None], kind: ColumnType, tmp_path: Path
) -> None:
    write(tmp_path, pa.table({"x": pa.nulls(3), "id": [1, 2, 3]}))
    assert found(contract_of(columns=(Column(name="x", type=kind),)), tmp_path) == []
    (report,) = found(contract_of(columns=(Column(name="x", type=kind, nullable=False),)), tmp_path)
    assert report == "column 'x' no_missing_values: 3 of 3 rows have no value"


@pytest.mark.parametrize("write", WRITERS[:-2])
@pytest.mark.parametrize("values", [[1.0, None, NAN] * 30, [1, None, None] * 30, ["a", None, None] * 30])
def test_what_is_not_nullable_has_neither_null_nor_nan(
    write: Callable[..., None], values: list[Any], tmp_path: Path
) -> None:
    write(tmp_path, pa.table({"x": values}))
    report = ["column 'x' no_missing_values: 60 of 90 rows have no value"]
    assert found(contract_of(columns=(Column(name="x", nullable=False),)), tmp_path) == report
    both = contract_of(NoMissingValues(column="x"), columns=(Column(name="x", nullable=False),))
    assert found(both, tmp_path) == report
    assert found(contract_of(columns=(Column(name="x", nullable=True),)), tmp_path) == []
    checks = (InRange(column="x", minimum=1), AllowedValues(column="x", values=(1, "a")))
    assert found(contract_of(*checks[isinstance(values[0], str) :]), tmp_path) == []
    assert "58 of" not in str(found(contract_of(Unique(column="x")), tmp_path))


def test_missing_and_further_columns_are_named(tmp_path: Path) -> None:
    plain(tmp_path, PEOPLE)
    columns = (Column(name="age"), Column(name="height", type=ColumnType.FLOAT, nullable=False))
    missing = "column 'height': is missing; found: id, age, score, country, member, label"
    assert found(contract_of(columns=columns), tmp_path) == [missing]
    assert found(contract_of(columns=columns, closed=True), tmp_path) == [
        missing,
        "columns: not in the contract: country, id, label, member, score",
    ]
    every = tuple(Column(name=name) for name in PEOPLE.column_names)
    assert found(contract_of(columns=every, closed=True), tmp_path) == []


def test_a_variable_names_the_column(tmp_path: Path) -> None:
    plain(tmp_path, PEOPLE)
    contract = contract_of(
        AllowedValues(column="$LABEL_FIELD", values=(0,)),
        columns=(Column(name="$LABEL_FIELD", type=ColumnType.STRING), Column(name="$ID_FIELD")),
    )
    assert found(contract, tmp_path, {"LABEL_FIELD": "label", "ID_FIELD": ""}) == [
        "column 'label' type: is int64, not string",
        "column 'label' allowed_values: 25 of 100 rows, such as 1",
    ]
    assert found(contract, tmp_path) == []
    (report,) = found(contract, tmp_path, {"ID_FIELD": "nr"})
    assert report.startswith("column 'nr': is missing")


def test_a_variable_may_name_several_columns(tmp_path: Path) -> None:
    plain(tmp_path, PEOPLE)
    contract = contract_of(columns=(Column(name="$FEATURE_FIELDS"),))
    assert found(contract, tmp_path, {"FEATURE_FIELDS": "label, member"}) == []
    (report,) = found(contract, tmp_path, {"FEATURE_FIELDS": "label,memebr"})
    assert report.startswith("column 'memebr': is missing; did you mean 'member'?")
    (report,) = found(contract, tmp_path, {"FEATURE_FIELDS": "label,MEMBER"})
    assert report.startswith("column 'MEMBER': is missing; did you mean 'member'?")


def test_splits_count_together_and_an_empty_one_is_fine(tmp_path: Path) -> None:
    for name, rows in {"train": (0, 60), "val": (60, 0), "test": (60, 40)}.items():
        (tmp_path / name).mkdir()
        plain(tmp_path / name, PEOPLE.slice(*rows))
    (tmp_path / "preprocessing.json").write_text("{}")
    (tmp_path / "_temporary").mkdir()
    assert found(contract_of(*GOOD, splits=True), tmp_path) == []
    (report,) = found(contract_of(Unique(column="label"), splits=True), tmp_path)
    assert report == "column 'label' unique: 98 of 100 rows repeat an earlier value, such as 0, 1"
    changed = PEOPLE.slice(60, 40).drop_columns(["age"]).set_column(0, "id", pa.array(range(40)))
    plain(tmp_path / "test", changed)
    columns = (Column(name="age"), Column(name="id", type=ColumnType.STRING))
    assert found(contract_of(columns=columns, splits=True), tmp_path) == [
        "column 'age': is missing; found: id, score, country, member, label (in test)",
        "column 'id' type: is int64, not string (in test)",
    ]


def test_no_rows_at_all_is_for_a_row_count_to_say(tmp_path: Path) -> None:
    plain(tmp_path, PEOPLE.slice(0, 0))
    contract = contract_of(LabelBalance(column="label", minimum=0.5), columns=(Column(name="x"),))
    assert found(contract, tmp_path) == []
    assert found(contract_of(RowCount(minimum=1)), tmp_path) == ["rows row_count: 0 rows, not at least 1"]
    (tmp_path / "val").mkdir()
    (tmp_path / "part-0.parquet").rename(tmp_path / "val/part-0.parquet")
    splits = contract_of(RowCount(minimum=1), splits=True)
    assert found(splits, tmp_path) == ["rows row_count: 0 rows, not at least 1"]


def test_the_layout_and_the_format(tmp_path: Path) -> None:
    assert found(contract_of(splits=True), tmp_path) == ["layout: there is no folder per split"]
    csv(tmp_path, PEOPLE)
    assert found(contract_of(splits=True), tmp_path) == ["layout: there is no folder per split"]
    (report,) = found(contract_of(formats=("parquet",)), tmp_path)
    assert report == "format: csv files, not parquet"
    (report,) = found(contract_of(formats=("parquet", "json")), tmp_path)
    assert report == "format: csv files, not parquet or json"
    (tmp_path / "part-1.parquet").write_bytes(b"PAR1 no")
    (report,) = found(contract_of(), tmp_path)
    assert report.startswith("format: PC723 cannot read parquet file 'part-1.parquet'")
    (report,) = found(contract_of(splits=True), tmp_path / "part-0.csv")
    assert report == "layout: there is no folder per split"
    (report,) = found(contract_of(), tmp_path / "part-0.csv")
    assert report.startswith("format: PC720")


def test_nested_columns_are_reported_and_never_mistaken_for_plain_ones(tmp_path: Path) -> None:
    table = pa.table(
        {
            "a": pa.array([{"b": 1}, {"b": 2}]),
            "a.b": [None, 500],
            "list": [[1], []],
            "b": [700, 800],
        }
    )
    plain(tmp_path, table)
    contract = contract_of(
        NoMissingValues(column="list"),
        InRange(column="a.b", maximum=9),
        InRange(column="b", maximum=9),
        columns=(Column(name="a", type=ColumnType.INTEGER),),
    )
    assert found(contract, tmp_path) == [
        "column 'a' type: is struct<b: int64>, not integer",
        "column 'list' no_missing_values: is list<element: int64>, not plain values",
        "column 'a.b' in_range: 1 of 2 rows, such as 500",
        "column 'b' in_range: 2 of 2 rows, such as 700, 800",
    ]


def test_sample_values_are_few_short_and_distinct(tmp_path: Path) -> None:
    texts = ["x" * 1000, *(f"value {n % 50}" for n in range(100_000))]
    row_groups(tmp_path, pa.table({"x": texts[:500]}))
    (report,) = found(contract_of(AllowedValues(column="x", values=("a",))), tmp_path)
    samples = ["'" + "x" * 36 + "...", *(f"'value {n}'" for n in range(4))]
    assert report == f"column 'x' allowed_values: 500 of 500 rows, such as {', '.join(samples)}"
    plain(tmp_path, pa.table({"t": pa.array([1, 1], pa.timestamp("ns"))}))
    (report,) = found(contract_of(Unique(column="t")), tmp_path)
    assert report.endswith("1 of 2 rows repeat an earlier value, such as 1970-01-01 00:00:00.000000001")


def test_numbers_are_compared_exactly_and_in_their_columns_precision(tmp_path: Path) -> None:
    big = 2**53
    table = pa.table({"i": [big + 1], "u": pa.array([2**64 - 1], pa.uint64()), "f": pa.array([0.1], "f4")})
    for write in (plain, without_statistics):
        write(tmp_path, table)
        good = (
            InRange(column="i", minimum=big, maximum=math.inf),
            InRange(column="u", minimum=-1, maximum=2**64),
            InRange(column="f", minimum=0.1, maximum=0.1),
            AllowedValues(column="f", values=(0.1,)),
            AllowedValues(column="u", values=(2**64 - 1,)),
        )
        contract = contract_of(*good)
        assert [str(e) for e in contract_data_checks.violations(contract.model_dump(), tmp_path, {})] == []
        bad = (
            InRange(column="i", maximum=big),
            InRange(column="i", minimum=2**70),
            InRange(column="u", maximum=-1),
            AllowedValues(column="i", values=(big, "x", True, 0.5)),
        )
        assert len(found(contract_of(*bad), tmp_path)) == len(bad)


def test_more_repeats_than_are_compared_one_by_one(tmp_path: Path) -> None:
    plain(tmp_path, pa.table({"x": [*range(3000), *range(2000)]}))
    (report,) = found(contract_of(Unique(column="x")), tmp_path)
    assert report.startswith("column 'x' unique: 2000 of 5000 rows repeat an earlier value, such as ")


def test_footers_answer_the_clauses_of_labels_without_reading_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_groups(tmp_path, PEOPLE)

    def refuse(*_: object) -> None:
        raise AssertionError("read rows")

    monkeypatch.setattr("tabular_shards.batches", refuse)
    contract = contract_of(
        AllowedValues(column="label", values=(0, 1)),
        AllowedValues(column="member", values=(True, False)),
        InRange(column="age", minimum=0, maximum=99),
        RowCount(minimum=1),
        columns=(Column(name="label", nullable=False), Column(name="id", nullable=False)),
    )
    assert found(contract, tmp_path) == []


# --- what footers prove, against a look at every value -------------------------------------------

COLUMNS = st.one_of(
    st.tuples(
        st.just(pa.int64()),
        st.lists(st.none() | st.integers(-3, 3) | st.sampled_from([2**53 + 1, -(2**63), 2**63 - 1])),
    ),
    st.tuples(st.just(pa.uint64()), st.lists(st.none() | st.integers(0, 3) | st.sampled_from([2**64 - 1]))),
    st.tuples(st.just(pa.int8()), st.lists(st.none() | st.integers(-3, 3))),
    st.tuples(
        st.just(pa.float64()),
        st.lists(st.none() | st.sampled_from([NAN, -0.0, 0.0, 1.0, 1.5, math.inf, 2.0**53])),
    ),
    st.tuples(st.just(pa.bool_()), st.lists(st.none() | st.booleans())),
    st.tuples(
        st.just(pa.string()), st.lists(st.none() | st.sampled_from(["", "a", "b", "z" * 300, "z" * 299]))
    ),
    st.tuples(st.just(pa.decimal128(5, 2)), st.lists(st.none() | st.decimals(0, 9, places=2))),
)
ALLOWED = st.lists(
    st.sampled_from(
        [True, False, -1, 0, 1, 2, 3, 0.0, 1.5, 2**53, 2**53 + 1, 2**64 - 1, "a", "b", "z" * 300]
    ),
    min_size=1,
)
BOUND = st.none() | st.sampled_from([-3, -1, 0, 0.5, 1, 3, 2.0**53, -(2.0**63), 2.0**63])


def is_missing(value: Any) -> bool:
    return value is None or value != value


def is_allowed(value: Any, allowed: Sequence[Any]) -> bool:
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in allowed)


def naive(values: Sequence[Any], low: Any, high: Any, allowed: Sequence[Any]) -> dict[str, int]:
    """Clause -> the number of rows that break it."""
    present = [value for value in values if not is_missing(value)]
    numeric = [isinstance(v, (int, float)) and not isinstance(v, bool) for v in present]
    return {
        "no_missing_values": len(values) - len(present),
        "in_range": sum(
            not is_number or (low is not None and value < low) or (high is not None and value > high)
            for value, is_number in zip(present, numeric, strict=True)
        ),
        "allowed_values": sum(not is_allowed(value, allowed) for value in present),
        "unique": len(present) - len(set(present)),
    }


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    column=COLUMNS.filter(lambda each: len(each[1]) > 0),
    low=BOUND,
    high=BOUND,
    allowed=ALLOWED,
    group=st.integers(1, 5),
    statistics=st.sampled_from([True, True, False]),
    dictionary=st.booleans(),
    split_at=st.integers(0, 4),
)
def test_the_verdicts_are_those_of_a_look_at_every_value(
    column: tuple[pa.DataType, list[Any]],
    low: Any,
    high: Any,
    allowed: list[Any],
    group: int,
    statistics: bool,
    dictionary: bool,
    split_at: int,
    tmp_path: Path,
) -> None:
    assume(low is None or high is None or low <= high)
    kind, values = column
    array = pa.array(values, kind, from_pandas=False)
    if dictionary and not pa.types.is_decimal(kind) and not pa.types.is_boolean(kind):
        array = array.dictionary_encode()
    table = pa.table({"x": array})
    for number, part in enumerate((table.slice(0, split_at), table.slice(split_at))):
        path = tmp_path / f"part-{number}.parquet"
        pq.write_table(part, path, row_group_size=group, write_statistics=statistics)
    read = [float(value) if isinstance(value, decimal.Decimal) else value for value in values]
    counts = naive(read, low, high, allowed)
    checks = {
        "no_missing_values": NoMissingValues(column="x"),
        "in_range": InRange(column="x", minimum=low, maximum=high),
        "allowed_values": AllowedValues(column="x", values=tuple(allowed)),
        "unique": Unique(column="x"),
    }
    reports = found(contract_of(*checks.values()), tmp_path)
    for clause, count in counts.items():
        report = [each for each in reports if f" {clause}: " in each]
        if not count:
            assert report == []
        elif "not a number" in report[0]:
            assert clause == "in_range"
        else:
            assert f": {count} of {len(values)} rows" in report[0]


def test_no_bound_is_taken_from_what_footers_do_not_say_exactly(tmp_path: Path) -> None:
    kinds = {
        "text": pa.array(["a", "a"]),
        "decimal": pa.array([decimal.Decimal("1.00"), decimal.Decimal("1.00")]),
        "float": [1.0, 1.0],
        "date": pa.array([1, 1], pa.date32()),
    }
    plain(tmp_path, pa.table(kinds))
    shard = contract_data_checks.tabular_data.find_shards(tmp_path)[0]
    proved = contract_footers.row_groups(shard, list(kinds))
    assert set(proved) == set(kinds)
    assert {name: (groups[0].low, groups[0].high) for name, groups in proved.items()} == dict.fromkeys(
        kinds, (None, None)
    )
    assert [name for name, groups in proved.items() if not groups[0].is_complete] == ["float"]
