from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost
from contract_runtime import CollectedError, ScriptError
from feature_encoding import encode
from model_files import read_model_info
from xgboost_hyperparameters import parse_hyperparameters
from xgboost_model import load_model, score

from script_contracts.xgboost_training import XGBOOST_TRAINING_CONTRACT
from tests.scripts.harness import run_script
from tests.scripts.scoring_data import ENV, FAST, FEATURES, table, train, write_data


def read(path: Path) -> object:
    return json.loads(path.read_text())


def with_column(name: str, values: pa.Array) -> pa.Table:
    rows = table(1500, 1)
    index = rows.schema.get_field_index(name)
    return rows.set_column(index, name, values) if index >= 0 else rows.append_column(name, values)


def failure_of(root: Path, data: Path, env: Mapping[str, str] = {}, **hyperparameters: str) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        train(root, data, env, **hyperparameters)
    assert caught.value.fix
    return caught.value


def test_a_job_leaves_a_model_reports_and_progress(tmp_path: Path, orders: Path) -> None:
    done = run_script(
        "xgboost_training",
        root=tmp_path,
        inputs={"processed_data": orders},
        env=ENV,
        hyperparameters={**FAST, "early_stopping_rounds": "5", "sagemaker_program": '"xgboost_training.py"'},
    )
    assert done.returncode == 0, done.stderr
    model = done.output("model_output")
    assert {p.name for p in model.iterdir()} == {
        "model.ubj",
        "model_info.json",
        "feature_importance.json",
        "training_metrics.json",
    }
    info = read(model / "model_info.json")
    assert [f["name"] for f in info["features"]] == FEATURES
    assert info["features"][2]["categories"] == ["BR", "DE", "NL", "US"]
    assert info["features"][3]["categories"] == ["false", "true"]
    assert info["label_mapping"] == {"ok": 0, "fraud": 1}
    assert (info["label_field"], info["id_field"]) == ("fraud", "order_id")
    assert info["xgboost_version"] == xgboost.__version__
    assert info["hyperparameters"]["max_depth"] == 3
    metrics = read(done.output("evaluation_output") / "metrics.json")
    assert 0.7 < metrics["val_auc"] < 1
    assert metrics["val_auc"] == max(metrics["history"]["val"]["auc"])
    assert (metrics["train_rows"], metrics["val_rows"]) == (1500, 400)
    importance = read(model / "feature_importance.json")
    assert {row["feature"] for row in importance} == set(FEATURES)
    assert importance[0]["total_gain"] >= importance[-1]["total_gain"]
    assert "round 10/12" in done.stdout
    assert "train: 1500 rows" in done.stdout
    logged = {
        name: re.findall(each.regex, done.stdout)
        for name, each in XGBOOST_TRAINING_CONTRACT.metric_definitions.items()
    }
    assert len(logged["validation:auc"]) > 1, "as the job goes on, and at its end"
    assert float(logged["validation:auc"][-1]) == pytest.approx(metrics["val_auc"], abs=1e-5)
    assert not logged["validation:aucpr"], "only what is watched is computed"


@pytest.mark.parametrize("metric", ["aucpr", "logloss", "error"])
def test_the_metric_that_is_watched_is_in_the_log(metric: str, tmp_path: Path, orders: Path) -> None:
    done = run_script(
        "xgboost_training",
        root=tmp_path,
        inputs={"processed_data": orders},
        env=ENV,
        hyperparameters={**FAST, "eval_metric": metric},
    )
    regex = XGBOOST_TRAINING_CONTRACT.metric_definitions[f"validation:{metric}"].regex
    metrics = read(done.output("evaluation_output") / "metrics.json")
    value = metrics[f"val_{metric}"]
    assert float(re.findall(regex, done.stdout)[-1]) == pytest.approx(value, rel=1e-5)


def test_a_failed_job_says_why_and_leaves_no_model(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", train=with_column("fraud", pa.array([0] * 1500)))
    done = run_script(
        "xgboost_training",
        root=tmp_path / "root",
        inputs={"processed_data": data},
        env=ENV,
        hyperparameters=FAST,
    )
    assert done.returncode == 1
    assert done.failure.startswith("PC746 all 1500 rows of the split 'train' have fraud = 0")
    assert not list(done.output("model_output").iterdir())


def test_the_last_eval_metric_decides_when_to_stop(tmp_path: Path, orders: Path) -> None:
    model = train(tmp_path, orders, num_round="60", early_stopping_rounds="20", eval_metric="aucpr,logloss")
    history = read(model / "training_metrics.json")["history"]["val"]
    assert set(history) == {"auc", "aucpr", "logloss"}
    best = int(np.argmin(history["logloss"]))
    assert read_model_info(model).best_iteration == best != int(np.argmax(history["auc"]))


def test_the_same_data_gives_the_same_bytes(tmp_path: Path, orders: Path, model: Path) -> None:
    again = train(tmp_path, orders, early_stopping_rounds="5", nthread="2")
    assert (again / "model.ubj").read_bytes() == (model / "model.ubj").read_bytes()


def test_streaming_in_small_batches_trains_the_same_model(
    tmp_path: Path, orders: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processed_splits.BATCH_ROWS", 64)
    again = train(tmp_path, orders, early_stopping_rounds="5")
    assert (again / "model.ubj").read_bytes() == (model / "model.ubj").read_bytes()


def test_text_is_learned_whatever_its_encoding(tmp_path: Path, model: Path) -> None:
    country = table(1500, 1)["country"].combine_chunks()
    data = write_data(tmp_path / "data", train=with_column("country", country.dictionary_encode()))
    again = train(tmp_path / "root", data, early_stopping_rounds="5")
    assert (again / "model.ubj").read_bytes() == (model / "model.ubj").read_bytes()


def test_missing_and_unseen_values_score_alike(orders: Path, model: Path) -> None:
    booster, info = load_model(model)
    rows = pa.table(
        {
            "amount": pa.array([10.0, 10.0, 10.0]),
            "items": pa.array([1, 1, 1]),
            "country": pa.array([None, "ZZ", "BR"], pa.string()),
            "is_gift": pa.array([True, True, True]),
        }
    )
    encoded = encode(rows.to_batches()[0], info.features)
    assert np.isnan(encoded[:2, 2]).all()
    assert encoded[2].tolist() == [10.0, 1.0, 0.0, 1.0]
    scores = score(booster, encoded)
    assert scores[0] == scores[1] != scores[2]


def test_feature_fields_restrict_the_model(tmp_path: Path, orders: Path) -> None:
    model = train(tmp_path, orders, {"FEATURE_FIELDS": "country, amount"})
    assert [f.name for f in read_model_info(model).features] == ["amount", "country"]


def test_without_early_stopping_val_may_be_empty(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", val=table(0, 2))
    model = train(tmp_path / "root", data)
    metrics = read(model / "training_metrics.json")
    assert metrics["best_iteration"] == 11
    assert set(metrics["history"]) == {"train"}


def test_a_metric_that_is_undefined_is_null(tmp_path: Path) -> None:
    val = table(400, 2)
    data = write_data(tmp_path / "data", val=val.filter(pa.compute.equal(val["fraud"], 0)))
    assert read(train(tmp_path / "root", data) / "training_metrics.json")["val_auc"] is None


def test_feature_names_that_xgboost_refuses_are_no_problem(tmp_path: Path) -> None:
    names = ["order_id", "amount [EUR]", "items<10", "country", "is_gift", "fraud"]
    splits = {name: table(300, seed).rename_columns(names) for seed, name in enumerate(["train", "val"])}
    model = train(tmp_path / "root", write_data(tmp_path / "data", **splits))
    importance = read(model / "feature_importance.json")
    assert {row["feature"] for row in importance} == set(names[1:5])
    assert importance[0]["total_gain"] > 0


@pytest.mark.parametrize(
    ("column", "values", "code", "said"),
    [
        ("fraud", pa.array([0, 2] * 750), "PC745", "holds 2"),
        ("fraud", pa.array([0, None] * 750), "PC745", "holds None"),
        ("fraud", pa.array(["no", "yes"] * 750), "PC745", "'no', 'yes'"),
        ("fraud", pa.array([1] * 1500), "PC746", "have fraud = 1"),
        ("at", pa.array([0] * 1500, pa.timestamp("ms")), "PC743", "at (timestamp[ms])"),
        ("amount", pa.array([1.0, float("-inf")] * 750), "PC749", "amount"),
        ("items", pa.array(["1", "2"] * 750), "PC748", "items (numeric, model: categorical)"),
    ],
)
def test_data_that_cannot_be_trained_on(
    tmp_path: Path, column: str, values: pa.Array, code: str, said: str
) -> None:
    error = failure_of(tmp_path / "root", write_data(tmp_path / "data", train=with_column(column, values)))
    assert error.code == code
    assert said in error.message


def test_all_columns_of_a_wrong_type_are_named_with_the_remedy(tmp_path: Path) -> None:
    rows = with_column("at", pa.array([0] * 1500, pa.timestamp("ms")))
    rows = rows.append_column("tags", pa.array([["a"]] * 1500))
    error = failure_of(tmp_path / "root", write_data(tmp_path / "data", train=rows))
    assert error.code == "PC743"
    assert "at (timestamp[ms])" in error.message
    assert "tags (list" in error.message
    assert "drop_fields" in error.fix


def test_shards_that_disagree(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    part = data / "train/part-00001.parquet"
    rows = pq.read_table(part)
    text = rows.set_column(2, "items", rows["items"].cast(pa.string()))
    pq.write_table(text, part)
    error = failure_of(tmp_path / "a", data)
    assert (error.code, "items" in error.message) == ("PC748", True)
    pq.write_table(rows.drop_columns(["items"]), part)
    error = failure_of(tmp_path / "b", data)
    assert (error.code, error.message) == ("PC744", "train/part-00001.parquet has no column items")
    part.write_bytes(part.read_bytes()[:100])
    error = failure_of(tmp_path / "c", data)
    assert error.code == "PC723"
    assert "train/part-00001.parquet" in error.message


def test_a_column_like_an_id_is_refused(
    tmp_path: Path, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feature_columns.MAX_CATEGORIES", 1000)
    error = failure_of(tmp_path, orders, {"ID_FIELD": ""})
    assert error.code == "PC747"
    assert "order_id" in error.message


@pytest.mark.parametrize(
    ("env", "code", "said"),
    [
        ({"LABEL_FIELD": "froud"}, "PC744", "did you mean fraud?"),
        ({"ID_FIELD": "id"}, "PC744", "order_id"),
        ({"FEATURE_FIELDS": "amount,contry"}, "PC744", "did you mean country?"),
        ({"FEATURE_FIELDS": "amount,fraud"}, "PC752", "neither the label"),
    ],
)
def test_column_settings_that_do_not_fit(
    tmp_path: Path, orders: Path, env: dict[str, str], code: str, said: str
) -> None:
    error = failure_of(tmp_path, orders, env)
    assert error.code == code
    assert said in error.fix


@pytest.mark.parametrize("split", ["train", "val"])
def test_early_stopping_needs_rows_to_watch(tmp_path: Path, split: str) -> None:
    data = write_data(tmp_path / "data", **{split: table(0, 1)})
    error = failure_of(tmp_path / "root", data, early_stopping_rounds="3")
    assert error.code == "PC742"
    assert f"'{split}'" in error.message


def test_early_stopping_needs_both_classes_to_watch(tmp_path: Path) -> None:
    val = table(400, 2)
    data = write_data(tmp_path / "data", val=val.filter(pa.compute.equal(val["fraud"], 1)))
    assert failure_of(tmp_path / "root", data, early_stopping_rounds="3").code == "PC746"


def test_more_than_one_host_is_refused(tmp_path: Path, orders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SM_HOSTS", '["algo-1", "algo-2"]')
    error = failure_of(tmp_path / "two", orders)
    assert (error.code, "algo-1, algo-2" in error.message) == ("PC750", True)
    monkeypatch.setenv("SM_HOSTS", '["algo-1"]')
    assert (train(tmp_path / "one", orders) / "model.ubj").exists()


def test_all_hyperparameters_arrive_as_strings() -> None:
    values = parse_hyperparameters({"max_depth": "6.0", "eta": "0.1", "eval_metric": "auc,error@0.7"})
    assert values == {
        "max_depth": 6,
        "eta": 0.1,
        "eval_metric": ["auc", "error@0.7"],
        "num_round": 100,
        "seed": 0,
    }


def test_all_wrong_hyperparameters_are_reported_at_once() -> None:
    with pytest.raises(CollectedError) as caught:
        parse_hyperparameters({"max_dept": "6", "eta": "fast", "subsample": "1.5", "num_round": "10"})
    assert [error.code for error in caught.value.errors] == ["PC741", "PC740", "PC741"]
    text = str(caught.value)
    assert "hyperparameter eta is 'fast'" in text
    assert "did you mean 'max_depth'?" in text
    assert "pass a number above 0, at most 1" in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("max_depth", "-1"),
        ("max_depth", "6.5"),
        ("max_depth", "3000000000"),
        ("num_round", "0"),
        ("eta", "0"),
        ("gamma", "nan"),
        ("lambda", "inf"),
        ("subsample", ""),
        ("eval_metric", "acu"),
        ("eval_metric", "auc,"),
        ("seed", "None"),
    ],
)
def test_a_hyperparameter_out_of_range(name: str, text: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_hyperparameters({name: text})
    assert caught.value.code == "PC741"
    assert f"{name} is '{text}'" in caught.value.message
