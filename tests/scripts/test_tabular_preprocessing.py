from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import contract_runtime
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tabular_hash
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scripts.harness import ScriptRun, call_script, run_script

ROWS = 4000
SETTINGS = {"LABEL_FIELD": "label", "TRAIN_RATIO": "0.7", "TEST_VAL_RATIO": "0.5", "POSITIVE_CLASS": "fraud"}


def people(rows: int = ROWS) -> pa.Table:
    """Rows with a zero-padded id, a number, a text and a label that is `fraud` in every tenth."""
    return pa.table(
        {
            "id": [f"{row:07d}" for row in range(rows)],
            "amount": [row / 4 for row in range(rows)],
            "country": [("DE", "FR", None)[row % 3] for row in range(rows)],
            "label": ["fraud" if row % 10 == 0 else "ok" for row in range(rows)],
        }
    )


def folder(path: Path, *shards: pa.Table) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for number, shard in enumerate(shards):
        pq.write_table(shard, path / f"part-{number}.parquet")
    return path


def labelled(*labels: Any) -> pa.Table:
    """Rows with these labels, repeated often enough that no split is empty."""
    return pa.table({"x": list(range(200 * len(labels))), "label": pa.array(list(labels) * 200)})


def preprocess(
    root: Path, *shards: pa.Table, env: Mapping[str, str] = {}, job_type: str = "training"
) -> ScriptRun:
    data = folder(root / "data", *shards)
    return call_script(
        "tabular_preprocessing",
        root=root / "root",
        inputs={"DATA": data},
        env={**SETTINGS, **env},
        arguments=("--job_type", job_type),
    )


def split(done: ScriptRun, name: str) -> pa.Table:
    return pq.read_table(done.output("processed_data") / name)


def members(done: ScriptRun, column: str = "id") -> dict[str, set[Any]]:
    return {name: set(split(done, name)[column].to_pylist()) for name in ("train", "val", "test")}


def described(done: ScriptRun) -> dict[str, Any]:
    text = (done.output("processed_data") / "preprocessing.json").read_text()
    result: dict[str, Any] = json.loads(text)
    return result


def failure(root: Path, *shards: pa.Table, env: Mapping[str, str] = {}) -> str:
    with pytest.raises((contract_runtime.ScriptError, contract_runtime.CollectedError)) as caught:
        preprocess(root, *(shards or (people(),)), env=env)
    return str(caught.value)


def test_training_data_are_split_by_id_with_labels_mapped(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", people().slice(0, 1500), people().slice(1500))
    done = run_script(
        "tabular_preprocessing",
        root=tmp_path / "root",
        inputs={"DATA": data},
        env={**SETTINGS, "ID_FIELD": "id", "DROP_FIELDS": "country"},
        arguments=("--job_type", "training"),
    )
    assert (done.returncode, done.stderr, done.failure) == (0, "", None)
    parts = {name: split(done, name) for name in ("train", "val", "test")}
    everything = pa.concat_tables(parts.values()).sort_by("id")
    expected = people().drop_columns(["country"])
    assert everything.drop_columns(["label"]) == expected.drop_columns(["label"])  # ids keep their zeros
    assert everything["label"].to_pylist() == [int(row % 10 == 0) for row in range(ROWS)]
    assert parts["train"].num_rows / ROWS == pytest.approx(0.7, abs=0.03)
    assert parts["test"].num_rows / ROWS == pytest.approx(0.15, abs=0.02)
    report = described(done)
    assert report["label_mapping"] == {"fraud": 1, "ok": 0}
    assert report["splits"] == {
        name: {"rows": part.num_rows, "positives": sum(part["label"].to_pylist())}
        for name, part in parts.items()
    }
    assert report["columns"] == [
        {"name": "id", "type": "string"},
        {"name": "amount", "type": "double"},
        {"name": "label", "type": "int64"},
    ]
    assert (report["split_seed"], report["train_ratio"], report["rows"]) == (0, 0.7, ROWS)
    assert f"train: {parts['train'].num_rows} rows" in done.stdout


def test_another_job_type_gets_one_split_of_all_rows(tmp_path: Path) -> None:
    done = preprocess(tmp_path, people(), job_type="calibration")
    assert sorted(path.name for path in done.output("processed_data").iterdir()) == [
        "calibration",
        "preprocessing.json",
    ]
    assert split(done, "calibration")["id"].to_pylist() == people()["id"].to_pylist()
    assert described(done)["splits"] == {"calibration": {"rows": ROWS, "positives": ROWS // 10}}


@pytest.mark.parametrize("id_field", ["id", ""])
def test_a_row_keeps_its_split_when_data_are_reordered_resharded_and_renamed(
    tmp_path: Path, id_field: str
) -> None:
    env = {"ID_FIELD": id_field}
    before = preprocess(tmp_path / "before", people(), env=env)
    order = np.random.default_rng(1).permutation(ROWS)
    other = people().take(order).select(["label", "country", "id", "amount"])
    after = preprocess(
        tmp_path / "after", other.slice(0, 100), other.slice(100, 2500), other.slice(2600), env=env
    )
    assert members(before) == members(after)


def test_the_split_does_not_depend_on_how_numbers_are_stored(tmp_path: Path) -> None:
    wide = pa.table({"n": pa.array(range(ROWS), pa.int64()), "label": people()["label"]})
    for name, kind in (("narrow", pa.int16()), ("float", pa.float64())):
        narrow = wide.set_column(0, "n", wide["n"].cast(kind))
        assert members(preprocess(tmp_path / f"{name}-1", wide), "n") == members(
            preprocess(tmp_path / f"{name}-2", narrow), "n"
        )


def test_an_id_splits_the_same_as_number_and_as_text(tmp_path: Path) -> None:
    env = {"ID_FIELD": "n"}
    numbers = pa.table({"n": pa.array(range(ROWS)), "label": people()["label"]})
    text = numbers.set_column(0, "n", numbers["n"].cast(pa.string()))
    as_numbers = members(preprocess(tmp_path / "a", numbers, env=env), "n")
    as_text = members(preprocess(tmp_path / "b", text, env=env), "n")
    assert {name: {str(n) for n in found} for name, found in as_numbers.items()} == as_text


def test_the_hash_of_a_float_id_does_not_depend_on_the_ids_around_it() -> None:
    ids = pa.array([1e15, 17.0, 0.5])
    alone = [tabular_hash.hash_ids(ids.slice(row, 1))[0] for row in range(3)]
    assert tabular_hash.hash_ids(ids).tolist() == alone
    assert tabular_hash.hash_ids(pa.array([10**15, 17])).tolist() == alone[:2]


def test_rows_of_one_id_and_equal_rows_stay_together(tmp_path: Path) -> None:
    table = people(900)
    twice = pa.concat_tables([table, table])
    by_content = members(preprocess(tmp_path / "content", twice))
    assert not by_content["train"] & by_content["test"]
    assert not by_content["train"] & by_content["val"]
    customers = table.append_column("customer", pa.array([row // 9 for row in range(900)]))
    by_id = members(preprocess(tmp_path / "id", customers, env={"ID_FIELD": "customer"}), "customer")
    assert [sum(c in found for found in by_id.values()) for c in range(100)] == [1] * 100


def test_a_dropped_column_does_not_separate_equal_rows(tmp_path: Path) -> None:
    table = labelled("fraud", "ok").set_column(0, "x", pa.array([row // 4 for row in range(400)]))
    loaded = table.append_column("loaded_at", pa.array(range(400)))
    done = members(
        preprocess(tmp_path, loaded, env={"DROP_FIELDS": "loaded_at", "LABEL_FIELD": "label"}), "x"
    )
    pairs = members(preprocess(tmp_path / "without", table), "x")
    assert done == pairs


def test_the_seed_changes_the_split_and_a_larger_train_share_only_adds(tmp_path: Path) -> None:
    env = {"ID_FIELD": "id"}
    first = members(preprocess(tmp_path / "a", people(), env=env))
    seeded = members(preprocess(tmp_path / "b", people(), env={**env, "SPLIT_SEED": "1"}))
    larger = members(preprocess(tmp_path / "c", people(), env={**env, "TRAIN_RATIO": "0.8"}))
    assert 0.4 < len(first["train"] & seeded["train"]) / ROWS < 0.6  # 0.7 squared: independent
    assert first["train"] < larger["train"]


@pytest.mark.parametrize(("ratio", "empty"), [("0", "test"), ("1", "val")])
def test_a_split_without_a_share_is_there_without_rows(tmp_path: Path, ratio: str, empty: str) -> None:
    done = preprocess(tmp_path, people(), env={"TEST_VAL_RATIO": ratio})
    assert split(done, empty).num_rows == 0
    assert split(done, empty).schema.names == people().schema.names


def test_the_same_rows_give_the_same_bytes_however_they_were_sharded(tmp_path: Path) -> None:
    one = preprocess(tmp_path / "one", people())
    many = preprocess(tmp_path / "many", people().slice(0, 1), people().slice(1, 999), people().slice(1000))
    for path in sorted(one.output("processed_data").rglob("*.*")):
        same = many.output("processed_data") / path.relative_to(one.output("processed_data"))
        assert path.read_bytes() == same.read_bytes(), path.name


def labels(done: ScriptRun) -> list[int]:
    rows = pa.concat_tables([split(done, name) for name in ("train", "val", "test")])
    values: list[int] = rows.sort_by("x")["label"].to_pylist()
    return values


@pytest.mark.parametrize(
    ("values", "env", "expected"),
    [
        # Alphabetically, fraud would have become class 0.
        (("fraud", "ok"), {"POSITIVE_CLASS": "fraud"}, [1, 0]),
        (("fraud", "ok"), {"POSITIVE_CLASS": "ok"}, [0, 1]),
        ((1, 2), {"POSITIVE_CLASS": "2"}, [0, 1]),
        ((1.0, 2.0), {"POSITIVE_CLASS": "2"}, [0, 1]),
        ((1.0, 2.5), {"POSITIVE_CLASS": "2.5"}, [0, 1]),
        ((1.0, 2.5), {"POSITIVE_CLASS": "1.0"}, [1, 0]),
        ((2e12, 0.5), {"POSITIVE_CLASS": "2000000000000"}, [1, 0]),
        ((2000000000000, 1), {"POSITIVE_CLASS": "2000000000000"}, [1, 0]),
        ((2**53 + 1, 2**53), {"POSITIVE_CLASS": str(2**53 + 1)}, [1, 0]),
        ((True, False), {"POSITIVE_CLASS": "False"}, [0, 1]),
        ((1, 0), {}, [1, 0]),
        ((1.0, 0.0), {}, [1, 0]),
        (("1", "0"), {}, [1, 0]),
        ((True, False), {}, [1, 0]),
        (("a", "b", "c"), {"LABEL_MAPPING": '{"a": 0, "b": 1, "c": 1, "d": 0}'}, [0, 1, 1]),
        ((3, 4), {"LABEL_MAPPING": '{"3": 1, "4": 0}'}, [1, 0]),
        ((True, False), {"LABEL_MAPPING": '{"true": 0, "false": 1}'}, [0, 1]),
    ],
)
def test_labels_become_what_the_settings_say(
    tmp_path: Path, values: tuple[Any, ...], env: dict[str, str], expected: list[int]
) -> None:
    done = preprocess(tmp_path, labelled(*values), env={"POSITIVE_CLASS": "", **env})
    assert labels(done) == expected * 200
    assert split(done, "train").schema.field("label").type == pa.int64()


def test_a_float_label_is_read_the_same_in_a_batch_without_fractions(tmp_path: Path) -> None:
    whole = pa.table({"x": list(range(200)), "label": [1.0] * 200})
    halves = pa.table({"x": list(range(200, 400)), "label": [1.0, 2.5] * 100})
    done = preprocess(tmp_path, whole, halves, env={"POSITIVE_CLASS": "1"})
    assert labels(done) == [1] * 200 + [1, 0] * 100


@pytest.mark.parametrize(
    ("values", "env", "text"),
    [
        (
            ("fraud", "ok"),
            {"POSITIVE_CLASS": ""},
            "PC733 label 'label' is 'fraud' (200 rows), 'ok' (200 rows)",
        ),
        ((1, 2), {"POSITIVE_CLASS": ""}, "PC733 "),
        (("a", "b", "c"), {"POSITIVE_CLASS": ""}, "PC734 label 'label' has 3 classes: 'a' (200 rows), "),
        (("a", "b", "c"), {"POSITIVE_CLASS": "a"}, "PC734 "),
        (
            ("a", "b", "c"),
            {"POSITIVE_CLASS": "", "LABEL_MAPPING": '{"a": 1, "x": 0}'},
            "PC735 label 'label' has values outside label_mapping: 'b' (200 rows), 'c' (200 rows)\n"
            "fix: add them to label_mapping, which has: 'a', 'x'",
        ),
        (("ok", "ok"), {}, "PC736 label 'label' has one class only: 'ok' (400 rows)"),
        ((0, 0), {"POSITIVE_CLASS": ""}, "PC736 "),
        (("a", "b"), {"POSITIVE_CLASS": "", "LABEL_MAPPING": '{"a": 1, "b": 1, "c": 0}'}, "PC736 "),
        (
            ("fraud", "ok"),
            {"POSITIVE_CLASS": "Fraud"},
            "PC737 label 'label' is never the positive class",
        ),
        ((None, None), {}, "PC732 label 'label' is missing in 400 of 400 rows"),
    ],
)
def test_a_label_that_would_have_to_be_guessed_is_an_error(
    tmp_path: Path, values: tuple[Any, ...], env: dict[str, str], text: str
) -> None:
    assert failure(tmp_path, labelled(*values), env=env).startswith(text)


def test_the_program_ends_with_the_coded_failure(tmp_path: Path) -> None:
    done = run_script(
        "tabular_preprocessing",
        root=tmp_path / "root",
        inputs={"DATA": folder(tmp_path / "data", people())},
        env={**SETTINGS, "POSITIVE_CLASS": ""},
        arguments=("--job_type", "training"),
    )
    assert done.returncode == 1
    assert done.failure is not None
    assert done.failure.startswith("PC733 label 'label' is 'ok' (3600 rows), 'fraud' (400 rows): ")
    assert "\nfix: set positive_class to one of these values" in done.failure
    assert not list(done.output("processed_data").iterdir())


def test_a_label_with_too_many_values_is_no_class(tmp_path: Path) -> None:
    text = failure(tmp_path, env={"LABEL_FIELD": "id"})
    assert text.startswith("PC734 label 'id' has more than 1000 classes: ")
    assert len(text) < 600


@pytest.mark.parametrize(("field", "code"), [("label", "PC732 label"), ("id", "PC738 id")])
def test_missing_labels_and_ids_are_counted_and_located(tmp_path: Path, field: str, code: str) -> None:
    table = people(50)
    values = [None if row in (3, 40) else value for row, value in enumerate(table[field].to_pylist())]
    broken = table.set_column(table.schema.get_field_index(field), field, pa.array(values))
    text = failure(tmp_path, people(20), broken, env={"ID_FIELD": "id"})
    assert text.startswith(
        f"{code} '{field}' is missing in 2 of 70 rows: part-1.parquet row 4, part-1.parquet row 41\n"
    )


def test_a_row_is_located_beyond_the_first_batch(tmp_path: Path) -> None:
    table = people(100_000)
    ids = table["id"].to_pylist()
    ids[70_000] = None
    text = failure(tmp_path, table.set_column(0, "id", pa.array(ids)), env={"ID_FIELD": "id"})
    assert "part-0.parquet row 70001\n" in text


def test_every_unknown_column_is_named(tmp_path: Path) -> None:
    text = failure(
        tmp_path, env={"LABEL_FIELD": "lable", "ID_FIELD": "order_number", "DROP_FIELDS": "Country,amont"}
    )
    assert "PC728 LABEL_FIELD: the data has no column 'lable'\nfix: did you mean 'label'?" in text
    assert "PC728 ID_FIELD: the data has no column 'order_number'\nfix: the columns are: id, amount," in text
    assert "PC728 DROP_FIELDS: the data has no column 'Country'\nfix: did you mean 'country'?" in text
    assert "PC728 DROP_FIELDS: the data has no column 'amont'" in text


@pytest.mark.parametrize(
    ("env", "text"),
    [
        ({"TRAIN_RATIO": "0"}, "PC729 TRAIN_RATIO cannot be '0'"),
        ({"TRAIN_RATIO": "1"}, "PC729 TRAIN_RATIO cannot be '1'"),
        ({"TRAIN_RATIO": "nan"}, "PC729 "),
        ({"TRAIN_RATIO": "70%"}, "PC729 TRAIN_RATIO cannot be '70%'"),
        ({"TEST_VAL_RATIO": "1.1"}, "PC729 TEST_VAL_RATIO cannot be '1.1'"),
        ({"TEST_VAL_RATIO": "-0.1"}, "PC729 "),
        ({"SPLIT_SEED": "x"}, "PC729 SPLIT_SEED cannot be 'x'"),
        ({"LABEL_MAPPING": '{"ok": 0, "fraud": 1}'}, "PC730 POSITIVE_CLASS and LABEL_MAPPING both"),
        ({"ID_FIELD": "label"}, "PC730 'label' is both the label and the id"),
        ({"DROP_FIELDS": "label"}, "PC730 DROP_FIELDS names 'label'"),
        ({"DROP_FIELDS": "id", "ID_FIELD": "id"}, "PC730 DROP_FIELDS names 'id'"),
        ({"LABEL_MAPPING": "fraud=1"}, "PC731 "),
        ({"LABEL_MAPPING": '["fraud"]'}, "PC731 "),
        ({"LABEL_MAPPING": '{"fraud": 1}'}, "PC731 "),
        ({"LABEL_MAPPING": '{"fraud": 2, "ok": 0}'}, "PC731 "),
        ({"LABEL_MAPPING": '{"fraud": true, "ok": false}'}, "PC731 "),
    ],
)
def test_bad_settings_are_errors_before_any_data_are_read(
    tmp_path: Path, env: dict[str, str], text: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/broken.parquet").write_bytes(b"junk")
    with pytest.raises(contract_runtime.ScriptError) as caught:
        preprocess(tmp_path, env=env)
    assert str(caught.value).startswith(text)


def test_all_bad_settings_are_reported_together(tmp_path: Path) -> None:
    text = failure(tmp_path, env={"TRAIN_RATIO": "7", "TEST_VAL_RATIO": "x", "LABEL_MAPPING": "{"})
    assert text.count("PC729") == 2
    assert text.count("PC731") == 1


def test_too_few_rows_for_a_split_are_an_error(tmp_path: Path) -> None:
    text = failure(tmp_path, people(2).set_column(3, "label", pa.array(["fraud", "ok"])))
    assert text.startswith("PC770 no rows for ")
    assert "2 rows were split into {" in text


DESCRIPTION: dict[str, Any] = {
    "rows": ROWS,
    "columns": [
        {"name": "id", "type": "string"},
        {"name": "amount", "type": "double"},
        {"name": "country", "type": "string"},
        {"name": "label", "type": "string"},
    ],
}


def with_description(tmp_path: Path, metadata: str, signature: str) -> ScriptRun:
    inputs = {"DATA": folder(tmp_path / "data", people())}
    for name, file, text in (("METADATA", "metadata.json", metadata), ("SIGNATURE", "signature", signature)):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(text)
        inputs[name] = tmp_path / name
    return call_script(
        "tabular_preprocessing",
        root=tmp_path / "root",
        inputs=inputs,
        env=SETTINGS,
        arguments=("--job_type", "training"),
    )


def test_data_that_are_as_described_pass(tmp_path: Path) -> None:
    done = with_description(tmp_path, json.dumps(DESCRIPTION), "id,amount,country,label\n")
    assert described(done)["rows"] == ROWS


@pytest.mark.parametrize(
    ("change", "signature", "text"),
    [
        ({"rows": ROWS + 1}, "id,amount,country,label", "METADATA does not describe DATA: it has 4001 rows"),
        (
            {"columns": [*DESCRIPTION["columns"][1:], {"name": "day", "type": "string"}]},
            "id,amount,country,label",
            "it has columns that the data have not: day",
        ),
        (
            {"columns": [{"name": "id", "type": "int64"}, *DESCRIPTION["columns"][1:]]},
            "id,amount,country,label",
            "'id' is int64, but string in the data",
        ),
        (
            {},
            "id,amount,label",
            "SIGNATURE does not describe DATA: it lacks columns of the data: country",
        ),
        ({"rows": None}, "id,amount,country,label", "no readable file 'metadata.json'"),
    ],
)
def test_data_that_are_not_as_described_are_an_error(
    tmp_path: Path, change: dict[str, Any], signature: str, text: str
) -> None:
    with pytest.raises((contract_runtime.ScriptError, contract_runtime.CollectedError)) as caught:
        with_description(tmp_path, json.dumps({**DESCRIPTION, **change}), signature)
    assert "PC739 " in str(caught.value)
    assert text in str(caught.value)


def reference_hash(text: str) -> int:
    """The documented hash in plain Python: FNV-1a over little-endian words of eight bytes."""
    prime, state, data = 0x100000001B3, 0xCBF29CE484222325, text.encode()
    for start in range(0, len(data), 8):
        state = (state ^ int.from_bytes(data[start : start + 8], "little")) * prime % 2**64
        state ^= state >> 32
    return (state ^ len(data)) * prime % 2**64


@settings(max_examples=100)
@given(st.lists(st.text(max_size=40)), st.integers(0, 5))
def test_the_hash_is_the_documented_one_for_any_text_and_slice(values: list[str], start: int) -> None:
    ids = pa.array(values, pa.string()).slice(start)
    assert tabular_hash.hash_ids(ids).tolist() == [reference_hash(text) for text in values[start:]]


def test_the_split_of_known_ids_never_changes() -> None:
    # A change here would move rows between train and test for everybody who upgrades.
    ids = pa.array(["0000001", "order-42", "", "ünïcödé and longer than sixteen bytes"])
    points = tabular_hash.unit_interval(tabular_hash.hash_ids(ids), 0)
    assert points.round(6).tolist() == [0.864835, 0.069828, 0.722706, 0.794682]


def test_the_share_of_known_data_never_changes(tmp_path: Path) -> None:
    report = described(preprocess(tmp_path, people(), env={"ID_FIELD": "id", "TEST_VAL_RATIO": "0.25"}))
    assert {name: part["rows"] for name, part in report["splits"].items()} == {
        "train": 2824,
        "test": 258,
        "val": 918,
    }


def test_the_split_of_known_rows_never_changes() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "a": pa.array([1, None, 3]),
            "b": pa.array(["x", "y", None]),
            "c": pa.array([0.5, 2.0, float("nan")]),
            "d": pa.array([True, False, None]),
            "e": pa.array([1, 2, 3], pa.timestamp("ms")),
        }
    )
    points = tabular_hash.unit_interval(tabular_hash.hash_rows(batch), 7)
    assert points.round(6).tolist() == [0.758944, 0.981195, 0.39837]


@pytest.mark.parametrize("column", ["id", "content"])
def test_similar_rows_spread_evenly(column: str) -> None:
    numbers = pa.array(range(200_000))
    batch = pa.RecordBatch.from_pydict({"a": numbers, "b": pa.array(["x"] * 200_000)})
    hashes = tabular_hash.hash_ids(numbers) if column == "id" else tabular_hash.hash_rows(batch)
    assert len(np.unique(hashes)) == 200_000
    counts = np.histogram(tabular_hash.unit_interval(hashes, 0), bins=100, range=(0, 1))[0]
    assert abs(counts - 2000).max() < 250  # 5.6 standard deviations


def test_swapped_values_and_nulls_make_another_row() -> None:
    batch = pa.RecordBatch.from_pydict({"a": ["x", "y", None, "x", ""], "b": ["y", "x", "x", None, "x"]})
    assert len(np.unique(tabular_hash.hash_rows(batch))) == 5
    wider = pa.RecordBatch.from_pydict({**batch.to_pydict(), "c": pa.nulls(5, pa.float64())})
    assert tabular_hash.hash_rows(wider).tolist() == tabular_hash.hash_rows(batch).tolist()
