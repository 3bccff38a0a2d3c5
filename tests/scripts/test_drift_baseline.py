from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from column_statistics import CategoryStatistics, NumericStatistics
from contract_runtime import Runtime, ScriptError
from feature_encoding import encode
from quantile_sketch import QuantileSketch
from xgboost_model import load_model, score

from tests.scripts.harness import run_script
from tests.scripts.scoring_data import ENV, call, table, train, write_data, write_split


def describe(root: Path, model: Path, data: Path, **inputs: Path) -> Runtime:
    return call(
        "drift_baseline", root, {"model_input": model, "training_data_input": data, **inputs}, env=ENV
    )


def documents_of(runtime: Runtime) -> tuple[dict[str, Any], dict[str, Any]]:
    statistics = json.loads((runtime.output_path("data_statistics") / "statistics.json").read_text())
    constraints = json.loads((runtime.output_path("data_constraints") / "constraints.json").read_text())
    return statistics, constraints


def by_name(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {feature["name"]: feature for feature in document["features"]}


def test_a_job_describes_features_and_scores(
    tmp_path: Path, model: Path, model_archive: Path, orders: Path
) -> None:
    done = run_script(
        "drift_baseline",
        root=tmp_path,
        inputs={"model_input": model_archive, "training_data_input": orders},
        env={"COMPARISON_THRESHOLD": "0.2"},
    )
    assert done.returncode == 0, done.stderr
    statistics = json.loads((done.output("data_statistics") / "statistics.json").read_text())
    constraints = json.loads((done.output("data_constraints") / "constraints.json").read_text())
    assert statistics["dataset"] == {"item_count": 1500}
    names = ["amount", "items", "country", "is_gift", "score"]
    assert list(by_name(statistics)) == list(by_name(constraints)) == names
    types = ["Fractional", "Integral", "String", "String", "Fractional"]
    for document in (statistics, constraints):
        assert [each["inferred_type"] for each in document["features"]] == types

    rows = pq.read_table(orders / "train")
    amounts = rows["amount"].drop_null().to_numpy()
    amount = by_name(statistics)["amount"]["numerical_statistics"]
    assert amount["common"] == {"num_present": len(amounts), "num_missing": 1500 - len(amounts)}
    expected = {"mean": amounts.mean(), "sum": amounts.sum(), "std_dev": amounts.std()}
    assert {name: amount[name] for name in expected} == pytest.approx(expected, rel=1e-6)
    assert sum(each["count"] for each in amount["distribution"]["kll"]["buckets"]) == len(amounts)
    country = by_name(statistics)["country"]["string_statistics"]
    counted = {each["value"]: each["count"] for each in country["distribution"]["categorical"]["buckets"]}
    values = rows["country"].to_pylist()
    assert counted == {name: values.count(name) for name in ("BR", "DE", "NL", "US")}
    assert country["common"]["num_missing"] == values.count(None)

    found = by_name(constraints)
    assert found["amount"]["completeness"] == pytest.approx(len(amounts) / 1500)
    assert found["amount"]["num_constraints"] == {"is_non_negative": True}
    assert found["country"]["string_constraints"] == {"domains": ["BR", "DE", "NL", "US"]}
    assert constraints["monitoring_config"]["distribution_constraints"]["comparison_threshold"] == 0.2

    booster, info = load_model(model)
    scores = score(booster, encode(rows.combine_chunks().to_batches()[0], info.features))
    assert by_name(statistics)["score"]["numerical_statistics"]["mean"] == pytest.approx(scores.mean())


def test_scores_are_those_that_are_served(
    tmp_path: Path, model: Path, model_archive: Path, orders: Path
) -> None:
    calibrating = call(
        "model_calibration",
        tmp_path / "a",
        {"model_input": model, "calibration_data_input": orders},
        env={**ENV, "CALIBRATION_METHOD": "platt"},
    )
    raw, _ = documents_of(describe(tmp_path / "b", model, orders))
    calibration = calibrating.output_path("calibration")
    served, _ = documents_of(describe(tmp_path / "c", model_archive, orders, calibration_input=calibration))
    assert by_name(raw)["score"] != by_name(served)["score"]
    assert by_name(raw)["amount"] == by_name(served)["amount"]


def test_batches_and_shards_change_no_figure(
    tmp_path: Path, model: Path, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = documents_of(describe(tmp_path / "a", model, orders))
    write_split(tmp_path / "data", "train", pq.read_table(orders / "train"), shards=5)
    monkeypatch.setattr("processed_splits.BATCH_ROWS", 97)
    parts = documents_of(describe(tmp_path / "b", model, tmp_path / "data"))
    assert by_name(parts[0])["country"] == by_name(whole[0])["country"]
    for name in ("amount", "items", "score"):
        one, other = (by_name(each[0])[name]["numerical_statistics"] for each in (whole, parts))
        for figure in ("mean", "std_dev", "min", "max"):
            assert one[figure] == pytest.approx(other[figure])
    assert parts[1] == whole[1]


def test_columns_without_values_and_columns_of_one_value() -> None:
    empty, constant = NumericStatistics("empty", False), NumericStatistics("constant", True)
    empty.add(np.full(3, np.nan))
    constant.add(np.array([-2.0, -2.0, np.nan]))
    assert empty.statistics()["inferred_type"] == "Unknown"
    assert empty.constraints()["completeness"] == 0
    kll = constant.statistics()["numerical_statistics"]["distribution"]["kll"]
    assert kll["buckets"] == [{"lower_bound": -2.0, "upper_bound": -2.0, "count": 2.0}]
    assert constant.constraints()["num_constraints"] == {"is_non_negative": False}


def test_a_domain_that_is_too_long_is_left_out() -> None:
    column = CategoryStatistics("id", [f"{i:04d}" for i in range(1001)])
    column.add(np.arange(1001.0))
    assert "string_constraints" not in column.constraints()
    found = column.statistics()["string_statistics"]
    assert len(found["distribution"]["categorical"]["buckets"]) == 1000
    assert found["distinct_count"] == 1001


@pytest.mark.parametrize("order", ["random", "ascending"])
def test_a_sketch_keeps_the_distribution_in_little_memory(order: str) -> None:
    values = np.random.default_rng(3).normal(size=1_000_003)
    if order == "ascending":
        values.sort()
    sketch = QuantileSketch()
    for batch in np.array_split(values, 50):
        sketch.add(batch)
    assert sum(len(level) for level in sketch.levels) < 8000
    edges = np.linspace(values.min(), values.max(), 41)
    exact = np.histogram(values, edges)[0]
    found = sketch.counts(edges)
    assert found.sum() == len(values)
    assert np.abs(np.cumsum(found) - np.cumsum(exact)).max() < 0.002 * len(values)


def test_what_cannot_be_described(tmp_path: Path, model: Path, orders: Path) -> None:
    names = ["order_id", "score", "items", "country", "is_gift", "fraud"]
    rows = table(300, 1).rename_columns(names)
    data = write_data(tmp_path / "data", train=rows, val=rows)
    cases = {
        "PC753": (train(tmp_path / "model", data), data),
        "PC744": (model, data),
        "PC742": (model, tmp_path / "empty"),
    }
    write_split(tmp_path / "empty", "val", table(5, 1))
    for code, (a_model, some_data) in cases.items():
        with pytest.raises(ScriptError) as caught:
            describe(tmp_path / code, a_model, some_data)
        assert (caught.value.code, bool(caught.value.fix)) == (code, True)
    for text in ("", "much", "1.5"):
        inputs = {"model_input": model, "training_data_input": orders}
        with pytest.raises(ScriptError, match=f"COMPARISON_THRESHOLD is '{text}'"):
            call("drift_baseline", tmp_path / f"t{text}", inputs, env={"COMPARISON_THRESHOLD": text})


def test_an_integer_column_with_a_shard_of_floats_is_fractional(tmp_path: Path, model: Path) -> None:
    rows = table(200, 5)
    write_split(tmp_path / "data", "train", rows, shards=1)
    floats = rows.set_column(2, "items", rows["items"].cast(pa.float64()))
    pq.write_table(floats, tmp_path / "data/train/part-00001.parquet")
    statistics, _ = documents_of(describe(tmp_path / "root", model, tmp_path / "data"))
    assert by_name(statistics)["items"]["inferred_type"] == "Fractional"
