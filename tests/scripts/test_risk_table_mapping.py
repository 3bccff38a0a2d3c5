"""Categories become the risk that the training rows show: exactly, for every shard, and without leaking."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numeric_imputation
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from contract_runtime import CollectedError, ScriptError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.scripts.harness import ScriptRun, call_script, run_script
from tests.scripts.scoring_data import table, write_split

ENV = {"LABEL_FIELD": "fraud", "ID_FIELD": "order_id"}


def map_risk(
    root: Path, data: Path, tables: Path | None = None, job: str = "training", **env: str
) -> ScriptRun:
    inputs = {"data_input": data, **({"risk_tables_input": tables} if tables else {})}
    arguments = ["--job_type", job]
    return call_script(
        "risk_table_mapping", root=root, inputs=inputs, env={**ENV, **env}, arguments=arguments
    )


def document(done: ScriptRun) -> dict[str, Any]:
    return json.loads((done.output("risk_tables") / "risk_tables.json").read_text())


def split_of(done: ScriptRun, name: str) -> pa.Table:
    return pq.read_table(done.output("processed_data") / name)


def tiny(rows: Mapping[str, list[Any]]) -> pa.Table:
    count = len(rows["fraud"])
    return pa.table({"order_id": [f"{row:04d}" for row in range(count)], **rows})


def data_of(root: Path, train: pa.Table, shards: int = 1, **others: pa.Table) -> Path:
    for name, rows in {"train": train, **others}.items():
        write_split(root, name, rows, shards)
    return root


def failures(root: Path, data: Path, **options: Any) -> dict[str, str]:
    """Code -> message of every error of a run."""
    with pytest.raises((ScriptError, CollectedError)) as caught:
        map_risk(root, data, **options)
    errors = getattr(caught.value, "errors", (caught.value,))
    assert all(error.fix for error in errors)
    return {error.code: error.message for error in errors}


COUNTRIES = tiny({"country": ["NL"] * 6 + ["BR"] * 3 + [None], "fraud": [1, 0, 0, 0, 0, 0, 1, 1, 0, 1]})


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, orders: Path) -> ScriptRun:
    return map_risk(tmp_path_factory.mktemp("learned"), orders)


def test_a_job_leaves_splits_tables_and_a_record(tmp_path: Path, orders: Path) -> None:
    done = run_script(
        "risk_table_mapping",
        root=tmp_path,
        inputs={"data_input": orders},
        env=ENV,
        arguments=["--job_type", "training"],
    )
    assert done.returncode == 0, done.stderr
    for name in ("train", "val", "test"):
        before, after = pq.read_table(orders / name), split_of(done, name)
        untouched = ["order_id", "amount", "items", "fraud"]
        assert after.column_names == before.column_names
        assert after.select(untouched) == before.select(untouched)
        for field in ("country", "is_gift"):
            values = after.column(field)
            assert (values.type, values.null_count) == (pa.float64(), 0)
            assert 0 <= pc.min(values).as_py() <= pc.max(values).as_py() <= 1
    record = json.loads((done.output("processed_data") / "preprocessing.json").read_text())
    assert record["label_mapping"] == {"ok": 0, "fraud": 1}
    assert record["risk_tables"]["fields"] == ["country", "is_gift"]
    assert {"name": "country", "type": "double"} in record["columns"]
    shown = pq.read_table(done.output("risk_tables") / "risk_tables.parquet").to_pylist()
    assert {row["category"] for row in shown if row["field"] == "country"} == {"NL", "DE", "BR", "US", None}


def test_risk_is_the_smoothed_share_of_positives(tmp_path: Path) -> None:
    found = document(map_risk(tmp_path / "root", data_of(tmp_path / "data", COUNTRIES), SMOOTHING="2"))
    assert (found["rows"], found["positives"], found["prior"]) == (10, 4, 0.4)
    field = found["fields"]["country"]
    assert field["categories"]["NL"] == {"rows": 6, "positives": 1, "value": (1 + 2 * 0.4) / 8}
    assert field["categories"]["BR"] == {"rows": 3, "positives": 2, "value": (2 + 2 * 0.4) / 5}
    assert field["missing"] == {"rows": 1, "positives": 1, "value": (1 + 2 * 0.4) / 3}
    assert field["unseen"] == {"value": 0.4}


def test_without_smoothing_risk_is_the_plain_share(tmp_path: Path) -> None:
    found = document(map_risk(tmp_path / "root", data_of(tmp_path / "data", COUNTRIES), SMOOTHING="0"))
    values = {name: each["value"] for name, each in found["fields"]["country"]["categories"].items()}
    assert values == {"BR": 2 / 3, "NL": 1 / 6}


def test_weight_of_evidence_is_the_log_odds_above_those_of_all(tmp_path: Path) -> None:
    data = data_of(tmp_path / "data", COUNTRIES)
    found = document(map_risk(tmp_path / "root", data, SMOOTHING="2", EVIDENCE_FIELDS="country"))
    field = found["fields"]["country"]
    risk = (1 + 2 * 0.4) / 8
    expected = math.log(risk / (1 - risk)) - math.log(0.4 / 0.6)
    assert field["categories"]["NL"]["value"] == pytest.approx(expected, rel=1e-12)
    assert field["unseen"] == {"value": 0.0}


def test_a_missing_category_may_get_the_risk_of_all(tmp_path: Path) -> None:
    data = data_of(tmp_path / "data", COUNTRIES, val=COUNTRIES)
    done = map_risk(tmp_path / "root", data, MISSING_CATEGORY="prior")
    assert document(done)["fields"]["country"]["missing"]["value"] == 0.4
    assert split_of(done, "val").column("country").to_pylist()[-1] == 0.4


def test_the_whole_split_is_counted_however_it_is_sharded(tmp_path: Path) -> None:
    train = table(3000, 5).drop(["amount", "items"])
    runs = []
    for shards in (1, 7):
        data = data_of(tmp_path / f"data{shards}", train, shards, val=table(200, 6))
        runs.append(map_risk(tmp_path / f"root{shards}", data, RISK_FIELDS="country,is_gift"))
    assert document(runs[0]) == document(runs[1])
    assert split_of(runs[0], "train") == split_of(runs[1], "train")
    rows = train.to_pylist()
    for country in ("NL", "DE", "BR", "US"):
        own = [row["fraud"] for row in rows if row["country"] == country]
        entry = document(runs[0])["fields"]["country"]["categories"][country]
        assert (entry["rows"], entry["positives"]) == (len(own), sum(own))


def test_risk_agrees_with_a_plain_count(tmp_path: Path) -> None:
    """Thousands of categories over many shards, also odd ones and missing ones."""
    random = Random(3)
    texts = [*(f"c{n}" for n in range(3000)), "01", "1", "1.0", "NA", "é<[", "", None]
    rows = [(random.choice(texts) or "", int(random.random() < 0.07)) for _ in range(60_000)]
    train = tiny({"z": [text or None for text, _ in rows], "fraud": [label for _, label in rows]})
    data = data_of(tmp_path / "data", train, shards=13, val=train.slice(0, 5000))
    done = map_risk(tmp_path / "root", data, SMOOTHING="7")
    count = Counter(text for text, _ in rows)
    positives = Counter(text for text, label in rows if label)
    prior = sum(positives.values()) / len(rows)
    expected = {text: (positives[text] + 7 * prior) / (count[text] + 7) for text in count}
    found = document(done)["fields"]["z"]
    values = {name: each["value"] for name, each in found["categories"].items()}
    assert {**values, "": found["missing"]["value"]} == pytest.approx(expected, rel=1e-12)
    mapped = split_of(done, "val").column("z").to_pylist()
    assert mapped == pytest.approx([expected[text] for text, _ in rows[:5000]], rel=1e-12)


def test_evidence_of_a_category_without_positives_is_finite(tmp_path: Path) -> None:
    train = tiny({"c": ["a"] * 30 + ["b"] * 30, "fraud": [0, 1] * 15 + [0] * 30})
    env = {"EVIDENCE_FIELDS": "c", "SMOOTHING": "0.001", "TRAIN_ENCODING": "in_sample"}
    found = document(map_risk(tmp_path / "root", data_of(tmp_path / "data", train), **env))
    value = found["fields"]["c"]["categories"]["b"]["value"]
    assert value == pytest.approx(math.log(0.001 * 0.25 / (30 + 0.001 * 0.75)) - math.log(0.25 / 0.75))


def test_columns_in_another_order_and_further_ones_change_nothing(tmp_path: Path) -> None:
    train = tiny({"a": ["x", "y"] * 30, "b": ["x", "y"] * 30, "fraud": [1, 0] * 30})
    learned = map_risk(tmp_path / "learn", data_of(tmp_path / "train", train))
    rows = pa.table(
        {"fraud": [0, 1], "more": ["p", "q"], "b": ["x", "z"], "order_id": ["1", "2"], "a": ["y", None]}
    )
    write_split(tmp_path / "data", "calibration", rows)
    done = map_risk(tmp_path / "root", tmp_path / "data", learned.output("risk_tables"), "calibration")
    field = document(learned)["fields"]["a"]
    x, y = (field["categories"][name]["value"] for name in "xy")
    assert split_of(done, "calibration").to_pydict() == {
        **rows.to_pydict(),
        "a": [y, field["missing"]["value"]],
        "b": [x, field["unseen"]["value"]],
    }


def test_categories_are_learned_from_the_train_split_alone(tmp_path: Path) -> None:
    val = tiny({"country": ["NL", "XX", None], "fraud": [1, 1, 1]})
    done = map_risk(tmp_path / "root", data_of(tmp_path / "data", COUNTRIES, val=val), SMOOTHING="2")
    field = document(done)["fields"]["country"]
    assert "XX" not in field["categories"]
    expected = [field["categories"]["NL"]["value"], field["unseen"]["value"], field["missing"]["value"]]
    assert split_of(done, "val").column("country").to_pylist() == expected


def test_training_rows_are_mapped_by_the_rows_outside_their_fold(tmp_path: Path) -> None:
    """The label of a row must not reach its own feature: flipping it changes the features of others only."""
    rows = table(400, 9)
    flipped = rows.to_pylist()
    flipped[0]["fraud"] = 1 - flipped[0]["fraud"]
    changed = pa.Table.from_pylist(flipped, rows.schema)
    before, after = (
        split_of(map_risk(tmp_path / name, data_of(tmp_path / f"data-{name}", each)), "train")
        for name, each in (("a", rows), ("b", changed))
    )
    assert before.column("country")[0] == after.column("country")[0]
    assert before.column("country") != after.column("country")
    leaky = [
        split_of(map_risk(tmp_path / f"c{n}", tmp_path / f"data-{n}", TRAIN_ENCODING="in_sample"), "train")
        for n in ("a", "b")
    ]
    assert leaky[0].column("country")[0] != leaky[1].column("country")[0]


def test_out_of_fold_encoding_tells_nothing_about_random_labels(tmp_path: Path) -> None:
    """Plain target encoding of many random categories looks like a perfect feature; out of fold does not."""
    random = np.random.default_rng(0)
    count = 4000
    rows = tiny(
        {
            "shop": [f"shop {code}" for code in random.integers(0, 1500, count)],
            "fraud": random.integers(0, 2, count).tolist(),
        }
    )
    data = data_of(tmp_path / "data", rows)
    found = {}
    for encoding in ("out_of_fold", "in_sample"):
        done = map_risk(tmp_path / encoding, data, TRAIN_ENCODING=encoding, SMOOTHING="1")
        mapped = split_of(done, "train")
        found[encoding] = abs(np.corrcoef(mapped.column("shop"), mapped.column("fraud"))[0, 1])
    assert found["in_sample"] > 0.5
    assert found["out_of_fold"] < 0.25


def test_folds_depend_on_the_rows_alone(tmp_path: Path) -> None:
    rows = table(600, 3)
    shuffled = rows.take(pa.array(np.random.default_rng(1).permutation(rows.num_rows)))
    by_id = [("order_id", "ascending")]
    for identifier in ("order_id", ""):
        env = {"ID_FIELD": identifier, "RISK_FIELDS": "country"}
        one = map_risk(tmp_path / f"a{identifier}", data_of(tmp_path / "1", rows), **env)
        other = map_risk(tmp_path / f"b{identifier}", data_of(tmp_path / "2", shuffled, 3), **env)
        assert split_of(one, "train").sort_by(by_id) == split_of(other, "train").sort_by(by_id)


def test_other_job_types_apply_the_tables_of_the_training_data(
    tmp_path: Path, learned: ScriptRun, orders: Path
) -> None:
    done = map_risk(tmp_path, orders, learned.output("risk_tables"), "calibration")
    field = document(learned)["fields"]["country"]
    values = {name: each["value"] for name, each in field["categories"].items()}
    values[None] = field["missing"]["value"]
    raw = pq.read_table(orders / "calibration").column("country").to_pylist()
    assert split_of(done, "calibration").column("country").to_pylist() == [values[each] for each in raw]
    assert [path.name for path in done.output("processed_data").iterdir() if path.is_dir()] == ["calibration"]
    assert not done.root.joinpath("opt/ml/processing/output/risk_tables").exists()


def test_numbers_and_booleans_may_be_categories(tmp_path: Path) -> None:
    train = tiny(
        {
            "zip": pa.array([7.0, 7.0, 8.0, None, 7.0, 8.0]),
            "gift": [True, False, True, None, True, False],
            "fraud": [1, 0, 0, 1, 1, 0],
        }
    )
    found = document(map_risk(tmp_path / "r", data_of(tmp_path / "d", train), RISK_FIELDS="zip,gift"))
    assert {name: each["rows"] for name, each in found["fields"]["zip"]["categories"].items()} == {
        "7": 3,
        "8": 2,
    }
    assert set(found["fields"]["gift"]["categories"]) == {"true", "false"}
    assert (found["fields"]["zip"]["type"], found["fields"]["gift"]["type"]) == ("number", "boolean")


@pytest.mark.parametrize(("imputation", "expected"), [("mean", 4.0), ("median", 2.5), ("constant", -1.0)])
def test_missing_numbers_are_filled_from_the_train_split(
    tmp_path: Path, imputation: str, expected: float
) -> None:
    train = tiny({"amount": [1.0, None, 2.0, 3.0, float("nan"), 10.0], "c": ["a"] * 6, "fraud": [0, 1] * 3})
    val = tiny({"amount": [None, 100.0], "c": ["a", "b"], "fraud": [0, 1]})
    env = {"IMPUTE_FIELDS": "amount", "IMPUTATION": imputation, "IMPUTE_VALUE": "-1"}
    done = map_risk(tmp_path / "root", data_of(tmp_path / "data", train, val=val), **env)
    assert document(done)["imputation"] == {"amount": {"by": imputation, "value": expected}}
    assert split_of(done, "train").column("amount").to_pylist() == [1, expected, 2, 3, expected, 10]
    assert split_of(done, "val").column("amount").to_pylist() == [expected, 100]


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1, max_size=60),
    st.integers(1, 7),
)
@settings(max_examples=60)
def test_the_median_is_exact_however_the_rows_come(values: list[float], size: int) -> None:
    def read() -> Any:
        for start in range(0, len(values), size):
            yield pa.record_batch([pa.array([*values[start : start + size], None])], names=["x"])

    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    found = numeric_imputation.medians(read, ["x"])["x"]
    assert found == (low if low == high else low / 2 + high / 2)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1, max_size=60),
    st.integers(1, 7),
)
@example([1e308] * 3, 1)
@example([1e308, -1e308, 5e-324], 2)
@example([0.1] * 11, 3)
@settings(max_examples=60, deadline=None)
def test_the_mean_is_exact_however_the_rows_come(values: list[float], size: int) -> None:
    def read() -> Any:
        for start in range(0, len(values), size):
            yield pa.record_batch([pa.array([*values[start : start + size], None])], names=["x"])

    exact = sum(map(Fraction, values)) / len(values)
    assert numeric_imputation.means(read, ["x"])["x"] == float(exact)


def test_splits_without_rows_keep_their_schema(tmp_path: Path) -> None:
    empty = COUNTRIES.slice(0, 0)
    done = map_risk(tmp_path / "root", data_of(tmp_path / "data", COUNTRIES, val=empty))
    assert split_of(done, "val").schema == split_of(done, "train").schema
    assert not (done.output("processed_data") / "test").exists()


def test_the_same_data_give_the_same_bytes(tmp_path: Path, learned: ScriptRun, orders: Path) -> None:
    again = map_risk(tmp_path, orders)
    for path in sorted(path for path in again.root.rglob("*") if path.is_file()):
        assert path.read_bytes() == (learned.root / path.relative_to(again.root)).read_bytes()


@pytest.mark.parametrize(
    ("env", "code", "said"),
    [
        ({"SMOOTHING": "-1"}, "PC762", "SMOOTHING cannot be -1"),
        ({"SMOOTHING": "0", "EVIDENCE_FIELDS": "country"}, "PC762", "SMOOTHING cannot be 0"),
        ({"FOLDS": "1"}, "PC762", "FOLDS cannot be '1'"),
        ({"TRAIN_ENCODING": "none"}, "PC762", "use out_of_fold or in_sample"),
        ({"RISK_FIELDS": "fraud"}, "PC762", "LABEL_FIELD and RISK_FIELDS both name 'fraud'"),
        ({"RISK_FIELDS": "country", "EVIDENCE_FIELDS": "country"}, "PC762", "both name 'country'"),
        ({"RISK_FIELDS": "contry"}, "PC728", "no column 'contry'"),
        ({"RISK_FIELDS": "at"}, "PC763", "'at' (timestamp[us]) as a category"),
        ({"IMPUTE_FIELDS": "country"}, "PC763", "'country' (string) as a number"),
        ({"IMPUTE_FIELDS": "empty", "RISK_FIELDS": "country"}, "PC763", "without a value in the train split"),
        ({"IMPUTE_FIELDS": "infinite", "IMPUTATION": "mean"}, "PC749", "infinite values in: infinite"),
    ],
)
def test_settings_that_do_not_fit(tmp_path: Path, env: dict[str, str], code: str, said: str) -> None:
    rows = COUNTRIES.append_column("at", pa.array([0] * 10, pa.timestamp("us")))
    rows = rows.append_column("empty", pa.nulls(10, pa.float64()))
    rows = rows.append_column("infinite", pa.array([float("inf")] * 10))
    with pytest.raises((ScriptError, CollectedError), match=code) as caught:
        map_risk(tmp_path / "root", data_of(tmp_path / "data", rows), **env)
    text = str(caught.value)
    assert said in text


def test_data_that_show_no_risk(tmp_path: Path) -> None:
    one_class = tiny({"country": ["NL"] * 4, "fraud": [0] * 4})
    numbers = tiny({"x": [1.0] * 4, "fraud": [0, 1] * 2})
    one_positive = tiny({"country": ["NL"] * 40, "fraud": [1] + [0] * 39})
    assert (
        "4 rows have the label 0 and 0 have 1"
        in failures(tmp_path / "a", data_of(tmp_path / "1", one_class))["PC768"]
    )
    assert "outside fold" in failures(tmp_path / "b", data_of(tmp_path / "2", one_positive))["PC768"]
    assert "x (double)" in failures(tmp_path / "c", data_of(tmp_path / "3", numbers))["PC769"]
    empty = data_of(tmp_path / "4", COUNTRIES.slice(0, 0))
    assert "'train' has no rows" in failures(tmp_path / "d", empty)["PC742"]


def test_a_column_like_an_id_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("risk_table_counts.MAX_CATEGORIES", 100)
    rows = tiny({"session": [str(row) for row in range(200)], "fraud": [0, 1] * 100})
    assert "session" in failures(tmp_path / "root", data_of(tmp_path / "data", rows))["PC747"]


def test_labels_that_preprocessing_never_saw(tmp_path: Path) -> None:
    rows = tiny({"country": ["NL"] * 3, "fraud": [0, 1, 2]})
    assert "holds 2" in failures(tmp_path / "root", data_of(tmp_path / "data", rows))["PC745"]


def test_tables_that_do_not_fit_the_data(tmp_path: Path, learned: ScriptRun) -> None:
    tables = learned.output("risk_tables")
    rows = table(50, 8)
    other = {
        "a": (rows.drop(["country"]), {}, "calibration has no column country"),
        "b": (rows.set_column(3, "country", pa.array([1] * 50)), {}, "'country' is int64, but was text"),
        "c": (rows, {"RISK_FIELDS": "country,items"}, "no risk of items"),
        "d": (rows, {"EVIDENCE_FIELDS": "country"}, "no weight_of_evidence of country"),
        "e": (rows.append_column("gift", rows["fraud"]), {"LABEL_FIELD": "gift"}, "about the label 'fraud'"),
    }
    for name, (data, env, said) in other.items():
        folder = tmp_path / f"data-{name}"
        write_split(folder, "calibration", data)
        found = failures(tmp_path / name, folder, tables=tables, job="calibration", **env)
        assert said in found["PC765"]


@pytest.mark.parametrize("text", ["{", "[]", '{"label_field": "x"}', ""])
def test_tables_that_cannot_be_read(tmp_path: Path, orders: Path, text: str) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "risk_tables.json").write_text(text or "null")
    found = failures(tmp_path / "root", orders, tables=folder, job="calibration")
    assert "not one that RiskTableMapping writes" in found["PC764"]


def test_tables_that_are_not_there(tmp_path: Path, orders: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "other.json").write_text("{}")
    found = failures(tmp_path / "root", orders, tables=folder, job="calibration")
    assert "found: other.json" in found["PC764"]
