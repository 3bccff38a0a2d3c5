from __future__ import annotations

import csv
import datetime
import decimal
import gzip
import json
import random
from pathlib import Path
from typing import Any

import contract_runtime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shard_writer
import tabular_data

from tests.scripts.harness import ScriptRun, call_script, run_script

JOB = ("--job_type", "training")


def put(path: Path, content: str | bytes | pa.Table | dict[str, Any]) -> Path:
    """Write a file whose suffix says how; a dict of columns becomes a Parquet table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = pa.table(content)
    if isinstance(content, pa.Table):
        pq.write_table(content, path)
        return path
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def load(tmp_path: Path, files: dict[str, Any], **env: str) -> ScriptRun:
    """Load a source of these files, in this process."""
    source = tmp_path / "source"
    source.mkdir(parents=True)
    for name, content in files.items():
        put(source / name, content)
    return call_script(
        "cradle_data_loading", root=tmp_path / "root", inputs={"source": source}, env=env, arguments=JOB
    )


def table(done: ScriptRun) -> pa.Table:
    shards = sorted(done.output("DATA").glob("*.parquet"))
    return pa.concat_tables([pq.read_table(shard) for shard in shards])


def columns(done: ScriptRun) -> dict[str, list[Any]]:
    return table(done).to_pydict()


def types(done: ScriptRun) -> dict[str, str]:
    return {field.name: str(field.type) for field in table(done).schema}


def failure(tmp_path: Path, files: dict[str, Any], **env: str) -> str:
    with pytest.raises((contract_runtime.ScriptError, contract_runtime.CollectedError)) as caught:
        load(tmp_path, files, **env)
    return str(caught.value)


def test_a_source_of_every_format_becomes_one_described_table(tmp_path: Path) -> None:
    source = tmp_path / "source"
    put(source / "a/part.parquet", {"id": ["007"], "x": [1], "note": ["p"]})
    put(source / "b/part.parquet", {"id": ["008"], "x": [2.5], "note": ["q"]})
    put(source / "c.csv", 'id,x,note\n009,3,"a, ""b"""\n')
    put(source / "d.csv.gz", "id,x,note\n010,,\n")
    put(source / "e.jsonl", '{"id": "011", "x": 5}\n{"id": "012", "x": 6, "note": "z"}\n')
    put(source / "f.json", '{"id": "013", "x": 7}')
    put(source / "g.jsonl.gz", '{"id": "014", "x": null}\n')
    put(source / "_SUCCESS", "")
    put(source / ".hidden/x.parquet", b"junk")
    done = run_script("cradle_data_loading", root=tmp_path / "root", inputs={"source": source}, arguments=JOB)
    assert (done.returncode, done.stderr, done.failure) == (0, "", None)
    assert columns(done) == {
        "id": ["007", "008", "009", "010", "011", "012", "013", "014"],
        "x": [1, 2.5, 3, None, 5, 6, 7, None],
        "note": ["p", "q", 'a, "b"', None, None, "z", None, None],
    }
    assert [path.name for path in done.output("DATA").iterdir()] == ["part-00000.parquet"]
    metadata = json.loads((done.output("METADATA") / "metadata.json").read_text())
    assert metadata["job_type"] == "training"
    assert metadata["rows"] == 8
    assert metadata["columns"] == [
        {"name": "id", "type": "string", "nulls": 0},
        {"name": "x", "type": "double", "nulls": 2},
        {"name": "note", "type": "string", "nulls": 4},
    ]
    assert metadata["shards"] == [{"name": "part-00000.parquet", "rows": 8}]
    assert [entry["name"] for entry in metadata["sources"]][:3] == [
        "a/part.parquet",
        "b/part.parquet",
        "c.csv",
    ]
    assert (done.output("SIGNATURE") / "signature").read_text() == "id,x,note\n"


def test_columns_are_projected_in_the_order_asked_for_and_quoted_in_the_signature(tmp_path: Path) -> None:
    done = load(tmp_path, {"a.parquet": {"a": [1], "b, c": [2], "d": [3]}}, COLUMNS='d, "b, c", a')
    assert list(columns(done)) == ["d", "b, c", "a"]
    signature = (done.output("SIGNATURE") / "signature").read_text()
    assert signature == 'd,"b, c",a\n'
    assert next(csv.reader([signature])) == ["d", "b, c", "a"]


def test_all_unknown_columns_are_named_with_a_suggestion(tmp_path: Path) -> None:
    text = failure(tmp_path, {"a.parquet": {"amount": [1], "country": [2]}}, COLUMNS="Amonut,countri,amount")
    assert "PC728 COLUMNS: the data has no column 'Amonut'\nfix: did you mean 'amount'?" in text
    assert "PC728 COLUMNS: the data has no column 'countri'\nfix: did you mean 'country'?" in text


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        (["007", "12"], "string", ["007", "12"]),
        (["12", "-07"], "string", ["12", "-07"]),
        (["00.5", "1.5"], "string", ["00.5", "1.5"]),
        (["0x1F", "2"], "string", ["0x1F", "2"]),
        (["98765432109876543210", "1"], "string", ["98765432109876543210", "1"]),
        (["9007199254740993", "1"], "int64", [9007199254740993, 1]),
        (["1.5", "9007199254740993"], "string", ["1.5", "9007199254740993"]),
        (["1", "2.5", "-0.25", "1e3", "0"], "double", [1, 2.5, -0.25, 1000, 0]),
        (["1", "", "NA", "?", " 4"], "int64", [1, None, None, None, 4]),
        (["0.5", "nan", "NULL"], "double", [0.5, None, None]),
        (["0.5", "nan"], "double", [0.5, None]),
        (["NA", "DE", ""], "string", ["NA", "DE", None]),
        (["true", "False", ""], "bool", [True, False, None]),
        (["true", "1"], "string", ["true", "1"]),
        (["1", "true"], "string", ["1", "true"]),
        (["", ""], "double", [None, None]),
        (["2026-01-31", "2026-02-01"], "string", ["2026-01-31", "2026-02-01"]),
    ],
)
def test_a_csv_column_gets_the_type_that_keeps_its_values(
    tmp_path: Path, values: list[str], kind: str, read: list[Any]
) -> None:
    done = load(tmp_path, {"a.csv": "k,v\n" + "".join(f"r,{value}\n" for value in values)})
    assert types(done)["v"] == kind
    assert columns(done)["v"] == read


def test_csv_types_are_those_of_all_shards_and_all_rows_never_of_the_first(tmp_path: Path) -> None:
    late = "".join(f"{row},{row}\n" for row in range(400_000)) + "0017,2.5\n"  # beyond the first block
    done = load(tmp_path, {"a.csv": "id,x\n1,1\n", "b.csv": "id,x\n" + late, "c.csv": "id,x\n3,4\n"})
    assert types(done) == {"id": "string", "x": "double"}
    assert columns(done)["id"][-2:] == ["0017", "3"]
    assert columns(done)["id"][:3] == ["1", "0", "1"]


@pytest.mark.parametrize("first", ["1", "1.5", "true"])
def test_csv_shards_of_different_types_make_a_text_column(tmp_path: Path, first: str) -> None:
    second = "1" if first == "true" else "true"
    done = load(tmp_path, {"a.csv": f"k,v\nr,{first}\n", "b.csv": f"k,v\nr,{second}\n"})
    assert columns(done)["v"] == [first, second]


def test_a_csv_value_may_span_lines_across_blocks(tmp_path: Path) -> None:
    cell = "x" * 90 + "\n" + "y" * 9
    rows = 60_000  # three blocks
    done = load(tmp_path, {"a.csv": "a,b\n" + f'1,"{cell}"\n' * rows})
    assert table(done).num_rows == rows
    assert set(columns(done)["b"]) == {cell}


def test_a_column_that_a_shard_lacks_is_null_there(tmp_path: Path) -> None:
    done = load(
        tmp_path, {"a.csv": "a,b\n1,2\n", "b.csv": "b,c\n3,4\n", "c.parquet": {"c": ["x"][:0], "a": []}}
    )
    assert columns(done) == {"a": [1, None], "b": [2, 3], "c": [None, 4]}


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        (pa.array([1], pa.int32()), pa.array([2], pa.int64()), "int64"),
        (pa.array([1], pa.int32()), pa.array([2.5], pa.float32()), "double"),
        (pa.array([None], pa.null()), pa.array(["x"]), "string"),
        (pa.array(["x"]).dictionary_encode(), pa.array(["y"], pa.large_string()), "string"),
        (pa.array([b"x"]), pa.array(["y"]), "string"),
        (pa.array([1], pa.timestamp("ms")), pa.array([2], pa.timestamp("us")), "timestamp[us]"),
        (pa.array([decimal.Decimal("1.5")]), pa.array([2]), "double"),
        (pa.array([decimal.Decimal(15)]), pa.array([2]), "int64"),
        (pa.array([decimal.Decimal(15)], pa.decimal128(38, 0)), pa.array([2]), "int64"),
        (pa.array(["x"], pa.string_view()), pa.array(["y"]), "string"),
        (pa.array([datetime.date(2026, 1, 1)]), pa.array([None], pa.null()), "date32[day]"),
    ],
)
def test_shards_agree_on_a_type_that_holds_both(
    tmp_path: Path, left: pa.Array, right: pa.Array, kind: str
) -> None:
    done = load(tmp_path, {"a.parquet": {"v": left}, "b.parquet": {"v": right}})
    assert types(done) == {"v": kind}
    assert table(done).num_rows == 2


def test_whole_numbers_of_38_digits_are_numbers_unless_they_need_them(tmp_path: Path) -> None:
    wide = pa.decimal128(38, 0)
    amounts = [decimal.Decimal(value) for value in (1, -(2**63), 2**63 - 1)] + [None]
    ids = [decimal.Decimal(value) for value in (1, 2, 3, 2**63)]
    done = load(tmp_path, {"a.parquet": {"amount": pa.array(amounts, wide), "id": pa.array(ids, wide)}})
    assert columns(done) == {
        "amount": [1, -(2**63), 2**63 - 1, None],
        "id": ["1", "2", "3", "9223372036854775808"],
    }


def test_named_columns_of_csv_files_stay_text(tmp_path: Path) -> None:
    """Codes that all look like numbers in one data set do not in the next one."""
    files = {"a.csv": "zip,flag,x\n1234,true,1\n", "b.csv": "zip,flag,x\n,false,2\n5.0,NA,3\n"}
    done = load(tmp_path / "a", files, SOURCE_TEXT_COLUMNS="zip,flag")
    assert columns(done) == {"zip": ["1234", None, "5.0"], "flag": ["true", "false", "NA"], "x": [1, 2, 3]}
    text = failure(tmp_path / "b", files, SOURCE_TEXT_COLUMNS="zpi")
    assert "PC728 SOURCE_TEXT_COLUMNS: the data has no column 'zpi'\nfix: did you mean 'zip'?" in text


def test_a_column_that_is_no_text_where_it_comes_from_is_not_quietly_left_a_number(tmp_path: Path) -> None:
    text = failure(tmp_path, {"a.parquet": {"v": [1]}}, SOURCE_TEXT_COLUMNS="v")
    assert "PC725 column 'v' is int64 in 'a.parquet' but string in 'text_columns'" in text


def test_columns_of_folders_may_be_text(tmp_path: Path) -> None:
    files = {"zip=1234/a.csv": "v\n1\n", "zip=0012/a.csv": "v\n2\n", "zip=77/b.parquet": {"v": [3]}}
    env = {"SOURCE_PARTITIONS": "hive", "SOURCE_TEXT_COLUMNS": "zip"}
    only = {"zip=1234/a.csv": "v\n1\n"}
    assert columns(load(tmp_path / "a", files, **env))["zip"] == ["0012", "1234", "77"]
    assert columns(load(tmp_path / "b", only, **env)) == {"v": [1], "zip": ["1234"]}


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("rest", ["", "2,y\n3,z", "2,y\n3,z\n"])
def test_a_quote_that_is_not_closed_does_not_swallow_rows(tmp_path: Path, name: str, rest: str) -> None:
    text = failure(tmp_path / "a", {name: 'a,b\n1,"x\n' + rest})
    assert text.startswith(f"PC723 cannot read csv file '{name}': a quoted value does not end: 'x\\n")
    closed = load(tmp_path / "b", {name: 'a,b\n1,"x\n2,y\n"\r\n\n'})
    assert columns(closed) == {"a": [1], "b": ["x\n2,y\n"]}


def test_rows_without_columns_are_no_data(tmp_path: Path) -> None:
    assert failure(tmp_path, {"a.json": "{}\n{}\n"}).startswith("PC724 the data has no columns")


def test_row_labels_of_pandas_are_no_column(tmp_path: Path) -> None:
    files = {
        "a.csv": ",v,w\n0,1,x\n1,2,y\n",
        "b.parquet": {"v": [3], "w": ["z"], "__index_level_0__": [7]},
        "c.csv": "w,v\nq,4\n",
    }
    assert columns(load(tmp_path, files)) == {"v": [1, 2, 3, 4], "w": ["x", "y", "z", "q"]}


@pytest.mark.parametrize(
    ("header", "says"),
    [("v,,w", "column 2 of its header has no name"), (",v,", "column 3"), ('""', "row labels only")],
)
def test_a_column_that_has_no_name_is_an_error(tmp_path: Path, header: str, says: str) -> None:
    assert says in failure(tmp_path, {"a.csv": f"{header}\n1,2,3\n" if "," in header else f"{header}\n1\n"})


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_than_the_comma_is_an_error_and_never_one_column(
    tmp_path: Path, separator: str
) -> None:
    text = failure(tmp_path, {"a.csv": f"id{separator}x\n1{separator}2\n"})
    assert text.startswith("PC723 cannot read csv file 'a.csv': its header is one column, ")
    assert f"write the file with commas in place of {separator!r}" in text


@pytest.mark.parametrize(
    "files",
    [
        {"a.json": '{"v": 9007199254740993}\n', "b.json": '{"v": 1.5}\n'},
        {"a.json": '{"v": 9007199254740993}\n{"v": 1.5}\n'},
        {"a.json": '{"v": 9007199254740993}\n', "b.parquet": {"v": [1.5]}},
    ],
)
def test_a_json_identifier_is_not_rounded_because_of_fractions_elsewhere(
    tmp_path: Path, files: dict[str, Any]
) -> None:
    assert "holds 9007199254740993; write such numbers as text" in failure(tmp_path, files)
    assert columns(load(tmp_path / "other", {"a.json": '{"v": 9007199254740992}\n{"v": 1.5}\n'})) == {
        "v": [9007199254740992.0, 1.5]
    }


def test_types_that_do_not_fit_name_column_shards_and_types(tmp_path: Path) -> None:
    text = failure(
        tmp_path,
        {
            "_empty.parquet": {"v": ["ignored"]},
            "0.parquet": {"v": [None]},
            "a.parquet": {"v": [1], "w": [True]},
            "b.parquet": {"v": ["x"], "w": [1]},
            "c.parquet": {"v": [2], "w": [False]},
        },
    )
    assert "PC725 column 'v' is int64 in 'a.parquet' but string in 'b.parquet'" in text
    assert "PC725 column 'w' is bool in 'a.parquet' but int64 in 'b.parquet'" in text


@pytest.mark.parametrize("gap", [0, 70_000])
def test_a_json_column_of_two_types_is_an_error_within_a_block_and_across_blocks(
    tmp_path: Path, gap: int
) -> None:
    lines = '{"v": 1, "w": "some more text"}\n' * (gap + 1) + '{"v": "x"}\n'
    text = failure(tmp_path, {"a.json": lines})
    assert text.startswith("PC725 column 'v' is ")
    assert "'a.json'" in text
    assert "string" in text


def test_json_keeps_dates_and_identifiers_and_reads_nulls_and_late_columns(tmp_path: Path) -> None:
    lines = '{"id": "0012", "day": "2026-01-31"}\n' * 100_000 + '\n{"id": null, "day": null, "late": 1.5}'
    done = load(tmp_path, {"a.jsonl": lines})
    assert types(done) == {"id": "string", "day": "string", "late": "double"}
    assert [values[-2:] for values in columns(done).values()] == [
        ["0012", None],
        ["2026-01-31", None],
        [None, 1.5],
    ]


BIG = random.Random(0).randbytes(300_000)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.parquet", b"", "it is empty (0 bytes)"),
        ("x.csv", b"", "it is empty (0 bytes)"),
        ("x.parquet", b"PAR1 this is no parquet file", "Parquet"),
        ("x.csv", "a,b\n1,2\n3\n", "Expected 2 columns, got 1"),
        ("x.csv", b"a,b\n1,\xff\xfe\n", "UTF"),
        ("x.json", '{"a": 1}\n{"a": \n', "JSON"),
        ("x.json", '[{"a": 1}]', "write JSON lines"),
        ("x.json", '{"a": 98765432109876543210}\n', "write such numbers as text"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, name: str, content: str | bytes, reason: str
) -> None:
    text = failure(tmp_path, {"fine.parquet": {"a": [1]}, f"sub/{name}": content})
    assert text.startswith("PC723 cannot read ")
    assert f"file 'sub/{name}': " in text
    assert reason in text


def test_every_unreadable_file_is_named(tmp_path: Path) -> None:
    text = failure(tmp_path, {"a.parquet": b"", "b.csv": b"", "c.parquet": {"v": [1]}})
    assert text.count("PC723") == 2


def test_a_truncated_gzip_file_is_an_error(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 100_000)
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(contract_runtime.ScriptError, match=r"PC723 cannot read csv file 'a\.csv\.gz'"):
        tabular_data.open_dataset(source)


def test_parquet_damage_beyond_the_footer_is_found_while_reading(tmp_path: Path) -> None:
    path = put(tmp_path / "source/a.parquet", {"v": [BIG[i : i + 3].hex() for i in range(0, 90_000, 3)]})
    data = bytearray(path.read_bytes())
    data[1000:3000] = b"\xff" * 2000
    path.write_bytes(bytes(data))
    done = run_script(
        "cradle_data_loading", root=tmp_path / "root", inputs={"source": tmp_path / "source"}, arguments=JOB
    )
    assert done.returncode == 1
    assert done.failure is not None
    assert done.failure.startswith("PC723 cannot read parquet file 'a.parquet': ")
    assert not list(done.output("METADATA").iterdir())


def test_shards_without_rows_are_fine_beside_others(tmp_path: Path) -> None:
    files = {"a.csv": "v\n", "b.parquet": {"v": pa.array([], pa.int64())}, "c.parquet": {"v": [1]}}
    assert columns(load(tmp_path, files)) == {"v": [1]}


@pytest.mark.parametrize(
    ("files", "env", "code"),
    [
        ({"_SUCCESS": "x"}, {}, "PC720"),
        ({"readme.txt": "x", "a.parquet": {"v": [1]}}, {}, "PC721 files of unknown format: readme.txt"),
        ({"a.parquet": {"v": [1]}}, {"SOURCE_FORMAT": "orc"}, "PC722 'orc' is not a data format"),
        ({"a.csv": "v\n", "b.csv": "v\n"}, {}, "PC724 the data has no rows"),
        ({"a.parquet": {"v": [[1, 2]], "w": [1]}}, {}, "PC726 columns that are not plain values: 'v' (list<"),
        ({"a.csv": "v,w,v\n1,2,3\n"}, {}, "PC727 'a.csv' has more than one column named: v"),
    ],
)
def test_a_source_that_is_no_table_is_a_coded_error(
    tmp_path: Path, files: dict[str, Any], env: dict[str, str], code: str
) -> None:
    assert failure(tmp_path, files, **env).startswith(code)


def test_a_nested_column_may_be_left_out(tmp_path: Path) -> None:
    done = load(tmp_path, {"a.parquet": {"v": [[1, 2]], "w": [1]}}, COLUMNS="w")
    assert columns(done) == {"w": [1]}


def test_a_stated_format_reads_files_of_any_name(tmp_path: Path) -> None:
    files = {"000000_0": gzip.compress(b"a\n1\n"), "000001_0": "a\n2\n"}
    assert columns(load(tmp_path, files, SOURCE_FORMAT="csv")) == {"a": [1, 2]}


def test_the_output_does_not_show_how_the_source_was_sharded(tmp_path: Path) -> None:
    values = list(range(300_000))
    whole = load(tmp_path / "whole", {"a.parquet": {"v": values}})
    parts = {f"{i}/same.parquet": {"v": values[i * 70_000 : (i + 1) * 70_000]} for i in range(5)}
    sharded = load(tmp_path / "sharded", parts)
    shard = "part-00000.parquet"
    assert (whole.output("DATA") / shard).read_bytes() == (sharded.output("DATA") / shard).read_bytes()
    groups = pq.ParquetFile(whole.output("DATA") / shard).metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [131072, 131072, 37856]


def test_many_rows_become_several_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_writer, "ROW_GROUP_ROWS", 100)
    monkeypatch.setattr(shard_writer, "_SHARD_ROWS", 300)
    done = load(tmp_path, {"a.parquet": {"v": list(range(750))}})
    assert columns(done)["v"] == list(range(750))
    metadata = json.loads((done.output("METADATA") / "metadata.json").read_text())
    assert [shard["rows"] for shard in metadata["shards"]] == [300, 300, 150]


def test_long_texts_make_small_row_groups_wherever_batches_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_writer, "ROW_GROUP_TEXT_BYTES", 100)
    texts = ["x" * size for size in (60, 30, 10, 1, 250, 99, 1, 1)] + [None] * 3
    rows = list(range(len(texts)))
    whole = load(tmp_path / "whole", {"a.parquet": {"n": rows, "text": texts}})
    parts = {f"{n}.parquet": {"n": [n], "text": pa.array([texts[n]], pa.string())} for n in range(9)}
    sharded = load(tmp_path / "parts", {**parts, "9.parquet": {"n": rows[9:], "text": [None] * 2}})
    assert columns(whole) == {"n": rows, "text": texts}
    shard = "part-00000.parquet"
    groups = pq.ParquetFile(whole.output("DATA") / shard).metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [3, 1, 1, 2, 4]
    assert (whole.output("DATA") / shard).read_bytes() == (sharded.output("DATA") / shard).read_bytes()


@pytest.mark.parametrize("name", ["a.b", "1st", "x<y", "[z]", "ü ñ", "with \n line", 'qu"ote', "c, d"])
def test_a_column_may_have_any_name(tmp_path: Path, name: str) -> None:
    done = load(tmp_path, {"a.parquet": {"a": [0], name: [1]}}, COLUMNS='"' + name.replace('"', '""') + '"')
    assert columns(done) == {name: [1]}
    with (done.output("SIGNATURE") / "signature").open(newline="") as file:
        assert list(csv.reader(file)) == [[name]]


def test_a_csv_file_from_a_spreadsheet_has_no_stray_characters(tmp_path: Path) -> None:
    text = '\ufeffid,note\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n2,\r\n'
    assert columns(load(tmp_path, {"a.csv": text})) == {
        "id": [1, 2],
        "note": ['two\r\nlines, "quoted"', None],
    }
