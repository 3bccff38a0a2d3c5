from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from contract_runtime import Runtime, ScriptError
from sklearn.metrics import f1_score, log_loss, precision_score, recall_score, roc_auc_score

from tests.scripts.harness import run_script
from tests.scripts.scoring_data import ENV, call, table, train, write_data, write_split

JOB = ["--job_type", "calibration"]


def evaluate(
    root: Path, model: Path, data: Path, env: Mapping[str, str] = {}, job_type: str = "calibration"
) -> Runtime:
    return call(
        "xgboost_model_evaluation",
        root,
        {"model_input": model, "eval_data_input": data},
        env={**ENV, **env},
        arguments=["--job_type", job_type],
    )


def failure_of(root: Path, model: Path, data: Path, env: Mapping[str, str] = {}) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        evaluate(root, model, data, env)
    assert caught.value.fix
    return caught.value


def metrics_of(runtime: Runtime) -> dict[str, float]:
    return json.loads((runtime.output_path("metrics_output") / "metrics.json").read_text())


def predictions_of(runtime: Runtime) -> pa.Table:
    return pq.read_table(runtime.output_path("eval_output") / "predictions")


def with_calibration(data: Path, rows: pa.Table) -> Path:
    write_split(data, "calibration", rows)
    return data


def test_a_job_leaves_metrics_predictions_and_plots(
    tmp_path: Path, model_archive: Path, orders: Path
) -> None:
    done = run_script(
        "xgboost_model_evaluation",
        root=tmp_path,
        inputs={"model_input": model_archive, "eval_data_input": orders},
        env={**ENV, "DECISION_THRESHOLD": "0.4"},
        arguments=JOB,
    )
    assert done.returncode == 0, done.stderr
    eval_output = done.output("eval_output")
    rows = pq.read_table(eval_output / "predictions")
    assert rows.column_names == ["order_id", "fraud", "score", "predicted"]
    expected = table(500, 4)
    assert rows["order_id"].to_pylist() == expected["order_id"].to_pylist()
    labels, scores = rows["fraud"].to_numpy(), rows["score"].to_numpy()
    assert labels.tolist() == expected["fraud"].to_pylist()
    predicted = rows["predicted"].to_numpy()
    assert predicted.tolist() == (scores >= 0.4).astype(int).tolist()
    metrics = json.loads((done.output("metrics_output") / "metrics.json").read_text())
    assert metrics == {
        "auc": pytest.approx(roc_auc_score(labels, scores)),
        "average_precision": pytest.approx(metrics["average_precision"]),
        "log_loss": pytest.approx(log_loss(labels, scores)),
        "f1": pytest.approx(f1_score(labels, predicted)),
        "precision": pytest.approx(precision_score(labels, predicted)),
        "recall": pytest.approx(recall_score(labels, predicted)),
        "accuracy": pytest.approx((labels == predicted).mean()),
        "threshold": 0.4,
        "rows": 500,
        "positives": labels.sum(),
    }
    assert 0.7 < metrics["auc"] < 1
    assert "auc: 0." in done.stdout
    for name in ("roc_curve", "precision_recall_curve", "calibration_curve"):
        picture = (eval_output / f"{name}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
        assert 600 <= width <= 1200
        assert 500 <= height <= 1200


def test_training_data_is_evaluated_on_its_test_split(tmp_path: Path, model: Path, orders: Path) -> None:
    runtime = evaluate(tmp_path, model, orders, job_type="training")
    assert metrics_of(runtime)["rows"] == 300
    assert predictions_of(runtime)["order_id"].to_pylist() == table(300, 3)["order_id"].to_pylist()


def test_scores_do_not_depend_on_batches_or_on_other_columns(
    tmp_path: Path, model: Path, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = predictions_of(evaluate(tmp_path / "a", model, orders))
    rows = table(500, 4).append_column("note", pa.array(["x"] * 500))
    other = with_calibration(tmp_path / "data", rows.select(list(reversed(rows.column_names))))
    monkeypatch.setattr("processed_splits.BATCH_ROWS", 100)
    monkeypatch.setattr("model_evaluation.PART_ROWS", 200)
    runtime = evaluate(tmp_path / "b", model, other)
    assert predictions_of(runtime).equals(whole)
    assert len(list((runtime.output_path("eval_output") / "predictions").iterdir())) > 1


def test_without_an_id_there_is_no_id_column(tmp_path: Path, model: Path, orders: Path) -> None:
    runtime = evaluate(tmp_path, model, orders, {"ID_FIELD": ""})
    assert predictions_of(runtime).column_names == ["fraud", "score", "predicted"]


def test_nothing_predicted_positive_is_no_error(tmp_path: Path, model: Path, orders: Path) -> None:
    metrics = metrics_of(evaluate(tmp_path, model, orders, {"DECISION_THRESHOLD": "1"}))
    assert (metrics["precision"], metrics["recall"], metrics["f1"]) == (0, 0, 0)


def test_an_empty_column_counts_as_missing(tmp_path: Path, model: Path) -> None:
    rows = table(500, 4)
    rows = rows.set_column(3, "country", pa.nulls(500)).set_column(1, "amount", pa.nulls(500))
    runtime = evaluate(tmp_path / "root", model, with_calibration(tmp_path / "data", rows))
    assert len(np.unique(predictions_of(runtime)["score"])) <= 16


@pytest.mark.parametrize("text", ["", "half", "1.5", "nan"])
def test_a_threshold_that_is_none(tmp_path: Path, model: Path, orders: Path, text: str) -> None:
    error = failure_of(tmp_path, model, orders, {"DECISION_THRESHOLD": text})
    assert (error.code, f"'{text}'" in error.message) == ("PC759", True)


def test_data_without_the_features_of_the_model(tmp_path: Path, model: Path) -> None:
    data = with_calibration(tmp_path / "data", table(500, 4).drop_columns(["amount", "country"]))
    error = failure_of(tmp_path / "root", model, data)
    assert error.code == "PC744"
    assert error.message == "calibration has no column amount, country"


def test_data_of_another_type(tmp_path: Path, model: Path) -> None:
    rows = table(500, 4)
    rows = rows.set_column(2, "items", rows["items"].cast(pa.string()))
    error = failure_of(tmp_path / "root", model, with_calibration(tmp_path / "data", rows))
    assert error.code == "PC748"
    assert "items (categorical, model: numeric)" in error.message


def test_a_single_class(tmp_path: Path, model: Path) -> None:
    rows = table(500, 4)
    data = with_calibration(tmp_path / "data", rows.filter(pc.equal(rows["fraud"], 1)))
    error = failure_of(tmp_path / "root", model, data)
    assert error.code == "PC746"
    assert "have fraud = 1" in error.message


def test_a_split_that_does_not_exist(tmp_path: Path, model: Path) -> None:
    write_split(tmp_path / "data", "validation", table(50, 4))
    error = failure_of(tmp_path / "root", model, tmp_path / "data")
    assert error.code == "PC742"
    assert error.message == "the split 'calibration' has no rows; splits in the data: validation"


@pytest.mark.parametrize(
    ("env", "code"), [({"LABEL_FIELD": "froud"}, "PC744"), ({"ID_FIELD": "id"}, "PC744")]
)
def test_column_settings_that_do_not_fit(
    tmp_path: Path, model: Path, orders: Path, env: dict[str, str], code: str
) -> None:
    assert failure_of(tmp_path, model, orders, env).code == code


def test_a_label_called_like_a_column_of_the_predictions(tmp_path: Path) -> None:
    names = ["order_id", "amount", "items", "country", "is_gift", "score"]
    rows = table(300, 1).rename_columns(names)
    data = write_data(tmp_path / "data", train=rows, val=rows, calibration=rows)
    label = {"LABEL_FIELD": "score"}
    error = failure_of(tmp_path / "root", train(tmp_path / "model", data, label), data, label)
    assert error.code == "PC753"


def test_a_model_of_another_xgboost(tmp_path: Path, model: Path, orders: Path) -> None:
    other = shutil.copytree(model, tmp_path / "model")
    info = json.loads((other / "model_info.json").read_text())
    (other / "model_info.json").write_text(json.dumps({**info, "xgboost_version": "3.0.5"}))
    error = failure_of(tmp_path / "root", other, orders)
    assert error.code == "PC758"
    assert "XGBoost 3.0.5 trained this model" in error.message


@pytest.mark.parametrize("name", ["model.ubj", "model_info.json"])
def test_an_incomplete_model(tmp_path: Path, model: Path, orders: Path, name: str) -> None:
    other = shutil.copytree(model, tmp_path / "model")
    (other / name).unlink()
    error = failure_of(tmp_path / "root", other, orders)
    assert error.code == "PC755"
    assert f"the model has no {name}" in error.message


def test_an_archive_with_a_flipped_bit(tmp_path: Path, model_archive: Path, orders: Path) -> None:
    data = bytearray(model_archive.read_bytes())
    data[-6] ^= 1  # in the checksum
    (tmp_path / "model.tar.gz").write_bytes(data)
    assert failure_of(tmp_path / "root", tmp_path / "model.tar.gz", orders).code == "PC756"


def test_an_archive_that_is_no_archive(tmp_path: Path, orders: Path) -> None:
    (tmp_path / "model.tar.gz").write_text("<Error>AccessDenied</Error>")
    assert failure_of(tmp_path / "root", tmp_path / "model.tar.gz", orders).code == "PC756"
