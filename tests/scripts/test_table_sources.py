"""Every kind of source gives the same DATA, METADATA and SIGNATURE; rows are selected as SQL would."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import row_selection
from contract_runtime import CollectedError, ScriptError

from tests.scripts.test_cradle_data_loading import columns, failure, load

TABLE = {
    "id": ["1", "2", "3", "4"],
    "amount": [5, 15, None, 25],
    "country": ["DE", "FR", "DE", None],
    "day": [datetime.date(2026, 6, day) for day in (1, 10, 20, 30)],
    "at": [datetime.datetime(2026, 6, day, 12) for day in (1, 10, 20, 30)],
    "text_day": ["2026-06-01", "2026-06-10T08:00", "2026-06-20", "2026-06-30"],
    "paid": [True, False, None, True],
}


def kept(*conditions: dict[str, Any], **dates: str) -> list[str]:
    batch = pa.RecordBatch.from_pydict(TABLE)
    selection = row_selection.selection(conditions, **dates)
    selection.check(batch.schema)
    return selection.apply(batch).column("id").to_pylist()


@pytest.mark.parametrize(
    ("column", "op", "value", "expected"),
    [
        ("amount", ">", 10, ["2", "4"]),
        ("amount", ">=", 15, ["2", "4"]),
        ("amount", "<", 15.5, ["1", "2"]),
        ("amount", "!=", 15, ["1", "4"]),
        ("amount", "in", [5, 25.0, 2.5], ["1", "4"]),
        ("amount", "not in", [5], ["2", "4"]),
        ("amount", "is null", None, ["3"]),
        ("amount", "is not null", None, ["1", "2", "4"]),
        ("country", "=", "DE", ["1", "3"]),
        ("country", "not in", ["DE"], ["2"]),
        ("paid", "=", True, ["1", "4"]),
        ("day", "<=", "2026-06-10", ["1", "2"]),
        ("at", ">", "2026-06-10T12:00:00", ["3", "4"]),
    ],
)
def test_a_condition_keeps_the_rows_that_sql_would(
    column: str, op: str, value: Any, expected: list[str]
) -> None:
    assert kept({"column": column, "op": op, "value": value}) == expected


def test_conditions_hold_together() -> None:
    conditions = [
        {"column": "amount", "op": ">", "value": 1},
        {"column": "country", "op": "=", "value": "DE"},
    ]
    assert kept(*conditions) == ["1"]


@pytest.mark.parametrize("column", ["day", "at", "text_day"])
def test_a_window_has_its_start_and_not_its_end(column: str) -> None:
    assert kept(date_column=column, start="2026-06-10", end="2026-06-30") == ["2", "3"]
    assert kept(date_column=column, start="2026-06-20") == ["3", "4"]
    assert kept(date_column=column, end="2026-06-02") == ["1"]


def test_a_window_over_moments_with_a_zone() -> None:
    values = pa.array(TABLE["at"], pa.timestamp("us", "Europe/Berlin"))
    batch = pa.RecordBatch.from_arrays([values], ["at"])
    selection = row_selection.selection((), "at", "2026-06-10", "2026-06-20T13:00+00:00")
    selection.check(batch.schema)
    assert selection.apply(batch).num_rows == 2


MIDNIGHT = [
    "2026-06-01",
    "2026-06-01 00:00:00",
    "2026-06-01T00:00:00Z",
    " 2026-06-01T00:00:00.000000000",
    "2026-05-31T23:00:00-01:00",
    "2026-06-01T02:00:00+0200",
]
OTHERS = ["2026-06-01T00:30:00+02:00", "2026-06-02", "2026-06-01T23:30:00-01:00", "", None]


@pytest.mark.parametrize("time", ["", "T00:00:00", "T00:00:00Z", "T02:00:00+02:00"])
def test_a_window_compares_the_moments_that_texts_mean(time: str) -> None:
    """As texts, '2026-06-01 00:00:00' sorts before '2026-06-01T00:00:00', and zones do not count."""
    batch = pa.RecordBatch.from_pydict({"at": MIDNIGHT + OTHERS})
    selection = row_selection.selection((), "at", f"2026-06-01{time}", f"2026-06-02{time}")
    selection.check(batch.schema)
    assert selection.apply(batch).column("at").to_pylist() == MIDNIGHT
    later = row_selection.selection((), "at", "2026-06-01T00:00:01", "2026-06-01T23:59:59")
    assert later.apply(batch).num_rows == 0


@pytest.mark.parametrize("column", ["day", "at"])
def test_a_limit_with_a_zone_fits_a_column_without(column: str) -> None:
    found = kept(date_column=column, start="2026-06-10T14:00:00+02:00", end="2026-06-30T12:00:00Z")
    assert found == {"day": ["3", "4"], "at": ["2", "3"]}[column]


@pytest.mark.parametrize(
    ("column", "start", "says"),
    [
        ("text_day", "2026-06-31", "the limit '2026-06-31' is no ISO 8601 date"),
        ("amount", "2026-06-01", "column 'amount' is int64, which holds no dates"),
    ],
)
def test_a_window_that_cannot_be_said(column: str, start: str, says: str) -> None:
    with pytest.raises(ScriptError, match=rf"PC751 source.dates: {says}"):
        kept(date_column=column, start=start, end="2027-01-01")


@pytest.mark.parametrize(("op", "value"), [("!=", 1), ("not in", [1]), (">", 1)])
def test_nan_is_missing_in_every_comparison(op: str, value: Any) -> None:
    batch = pa.RecordBatch.from_pydict({"x": [1.0, float("nan"), None, 2.0]})
    selection = row_selection.selection([{"column": "x", "op": op, "value": value}])
    assert selection.apply(batch).column("x").to_pylist() == [2.0]


@pytest.mark.parametrize(
    ("kind", "op", "value", "expected"),
    [
        (pa.uint64(), ">", 5, [2**63 + 1]),
        (pa.uint64(), ">", -5, [1, 2**63 + 1]),
        (pa.uint64(), "=", 2**63 + 1, [2**63 + 1]),
        (pa.int64(), "<", 10**20, [1, 2**53 + 1]),
        (pa.int64(), "=", 2**53 + 1, [2**53 + 1]),
        (pa.float64(), "<", 10**20, [1, 2**53]),
    ],
)
def test_whole_numbers_of_any_size_compare_exactly(
    kind: pa.DataType, op: str, value: int, expected: list[int]
) -> None:
    large = {pa.uint64(): 2**63 + 1, pa.int64(): 2**53 + 1, pa.float64(): 2.0**53}[kind]
    batch = pa.RecordBatch.from_arrays([pa.array([1, large], kind)], ["x"])
    selection = row_selection.selection([{"column": "x", "op": op, "value": value}])
    selection.check(batch.schema)
    assert selection.apply(batch).column("x").to_pylist() == expected


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [("amount", "ten", "int64"), ("country", 1, "string"), ("paid", 1, "bool"), ("day", "June", "date32")],
)
def test_values_of_another_kind_are_refused(column: str, value: Any, says: str) -> None:
    with pytest.raises(ScriptError, match=rf"PC751 source.where: column '{column}' is {says}.*{value}"):
        kept({"column": column, "op": "=", "value": value})


def test_all_problems_of_a_selection_are_told_together() -> None:
    conditions = [{"column": "amuont", "op": "=", "value": 1}, {"column": "day", "op": "=", "value": 3}]
    with pytest.raises(CollectedError) as caught:
        kept(*conditions)
    assert "did you mean 'amount'?" in str(caught.value)
    assert "column 'day'" in str(caught.value)


def test_texts_that_do_not_sort_as_dates_are_refused() -> None:
    with pytest.raises(ScriptError, match=r"PC751 source.dates: column 'country' holds 'DE'"):
        kept(date_column="country", start="2026-06-10")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes source.json, as the code bundle would hold it."""
    import table_source

    file = tmp_path / "source.json"
    monkeypatch.setattr(table_source, "__file__", str(file.with_name("table_source.py")))
    return lambda **content: file.write_text(json.dumps(content))


def test_the_columns_that_conditions_read_need_not_be_kept(tmp_path: Path, settings: Any) -> None:
    settings(where=[{"column": "country", "op": "=", "value": "DE"}])
    done = load(
        tmp_path, {"a.parquet": TABLE}, COLUMNS="id", SOURCE_DATES_COLUMN="day", SOURCE_DATES_END="2026-06-15"
    )
    assert columns(done) == {"id": ["1"]}
    metadata = json.loads((done.output("METADATA") / "metadata.json").read_text())
    assert metadata["rows"] == 1
    assert metadata["sources"] == [{"name": "a.parquet", "format": "parquet", "rows": 4}]


def test_a_selection_that_keeps_nothing_is_an_error(tmp_path: Path, settings: Any) -> None:
    settings(where=[{"column": "country", "op": "=", "value": "XX"}])
    assert "PC724 the row filters keep none of the 4 rows" in failure(tmp_path, {"a.parquet": TABLE})


def test_patterns_choose_files(tmp_path: Path) -> None:
    files = {"a/1.csv": "x\n1\n", "a/2.csv": "x\n2\n", "b/3.csv": "x\n3\n", "notes.txt": "?"}
    assert columns(load(tmp_path, files, SOURCE_INCLUDE="a/*.csv,b/*")) == {"x": [1, 2, 3]}
    text = failure(tmp_path / "other", files, SOURCE_INCLUDE="c/*")
    assert "PC720 none of 4 files matches c/*" in text


def test_the_columns_of_folders_may_be_all_that_is_kept(tmp_path: Path) -> None:
    files = {"r=1/a.parquet": {"x": [1] * 40_000}, "r=2/a.csv": "x\n4\n"}
    done = load(tmp_path, files, COLUMNS="r", SOURCE_PARTITIONS="hive")
    assert columns(done) == {"r": [1] * 40_000 + [2]}


def test_folders_are_columns(tmp_path: Path) -> None:
    files = {
        "region=eu/day=2026-06-01/a.parquet": {"x": [1]},
        "region=us%20west/day=2026-06-02/a.parquet": {"x": [2]},
        "region=__HIVE_DEFAULT_PARTITION__/day=2026-06-03/a.parquet": {"x": [3]},
    }
    found = columns(load(tmp_path, files, SOURCE_PARTITIONS="hive", COLUMNS="x,region"))
    assert found == {"x": [3, 1, 2], "region": [None, "eu", "us west"]}


def test_numbers_in_folder_names_are_numbers_and_codes_stay_text(tmp_path: Path) -> None:
    files = {"year=2025/store=007/a.csv": "x\n1\n", "year=2026/store=010/a.csv": "x\n2\n"}
    found = columns(load(tmp_path, files, SOURCE_PARTITIONS="hive"))
    assert found == {"x": [1, 2], "year": [2025, 2026], "store": ["007", "010"]}


def test_partitions_that_disagree_are_refused(tmp_path: Path) -> None:
    files = {"day=1/a.parquet": {"x": [1]}, "b.parquet": {"x": [2]}}
    assert "is partitioned by" in failure(tmp_path, files, SOURCE_PARTITIONS="hive")
    files = {"x=1/a.parquet": {"x": [1]}}
    assert "PC727" in failure(tmp_path / "other", files, SOURCE_PARTITIONS="hive")


def test_an_unloaded_query_is_read_like_files(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import athena_unload

    class Athena:
        states = iter(["QUEUED", "RUNNING", "SUCCEEDED"])

        def start_query_execution(self, **request: Any) -> dict[str, str]:
            self.request = request
            return {"QueryExecutionId": "q1"}

        def get_query_execution(self, **_: str) -> dict[str, Any]:
            return {"QueryExecution": {"Status": {"State": next(self.states)}}}

    class Objects:
        def get_paginator(self, _: str) -> Objects:
            return self

        def paginate(self, **_: str) -> list[dict[str, Any]]:
            return [{"Contents": [{"Key": "p/unload/0001"}]}]

        def download_file(self, bucket: str, key: str, file: str) -> None:
            pq.write_table(pa.table(TABLE), file)

    athena = Athena()
    monkeypatch.setattr(athena_unload.boto3, "client", {"athena": athena, "s3": Objects()}.get)
    monkeypatch.setattr(athena_unload.time, "sleep", lambda _: None)
    settings(unload={"database": "sales", "catalog": "AwsDataCatalog", "query": "SELECT * FROM t;"})
    done = load_unmounted(tmp_path, SOURCE_UNLOAD_URI="s3://b/p/unload")
    assert columns(done)["id"] == TABLE["id"]
    assert athena.request["QueryString"].startswith("UNLOAD (SELECT * FROM t) TO 's3://b/p/unload/' WITH")
    assert athena.request["QueryExecutionContext"] == {"Database": "sales", "Catalog": "AwsDataCatalog"}


def test_a_query_that_fails_says_why(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import athena_unload

    class Athena:
        def start_query_execution(self, **_: Any) -> dict[str, str]:
            return {"QueryExecutionId": "q1"}

        def get_query_execution(self, **_: str) -> dict[str, Any]:
            return {"QueryExecution": {"Status": {"State": "FAILED", "StateChangeReason": "no table t"}}}

    monkeypatch.setattr(athena_unload.boto3, "client", lambda _: Athena())
    settings(unload={"database": "sales", "catalog": "AwsDataCatalog", "query": "SELECT * FROM t"})
    with pytest.raises(ScriptError, match="PC754 the Athena query q1 ended FAILED: no table t"):
        load_unmounted(tmp_path, SOURCE_UNLOAD_URI="s3://b/p/unload")


def load_unmounted(tmp_path: Path, **env: str) -> Any:
    from tests.scripts.harness import call_script
    from tests.scripts.test_cradle_data_loading import JOB

    return call_script("cradle_data_loading", root=tmp_path / "root", inputs={}, env=env, arguments=JOB)
