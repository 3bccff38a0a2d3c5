from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import inference
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import score_counts
from calibration_fit import fit, judge
from contract_runtime import Runtime, ScriptError
from feature_encoding import encode
from score_calibration import calibrated, log_odds
from score_counts import NONE, count, merged
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss
from xgboost_model import load_model, score

from tests.scripts.harness import run_script
from tests.scripts.scoring_data import ENV, call, table, write_split

METHODS = ("isotonic", "platt")


@pytest.fixture(scope="module")
def calibration_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of which the model over-estimates the risk: half of the frauds are relabelled."""
    rows = table(4000, 9)
    fraud = rows["fraud"].to_numpy() * (np.random.default_rng(9).random(4000) < 0.5)
    folder = tmp_path_factory.mktemp("calibration")
    write_split(
        folder, "calibration", rows.set_column(5, "fraud", pa.array(fraud.astype(np.int64))), shards=3
    )
    return folder


@pytest.fixture(scope="module")
def scored(model: Path, calibration_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """The calibration data's scores and labels."""
    booster, info = load_model(model)
    rows = pq.read_table(calibration_data / "calibration")
    return score(booster, encode(rows.combine_chunks().to_batches()[0], info.features)), rows[
        "fraud"
    ].to_numpy()


def calibrate(root: Path, model: Path, data: Path, method: str = "isotonic") -> Runtime:
    return call(
        "model_calibration",
        root,
        {"model_input": model, "calibration_data_input": data},
        env={**ENV, "CALIBRATION_METHOD": method},
    )


def calibration_of(runtime: Runtime) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((runtime.output_path("calibration") / "calibration.json").read_text())
    return found


def failure_of(root: Path, model: Path, data: Path, method: str = "isotonic") -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        calibrate(root, model, data, method)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("method", METHODS)
def test_a_job_leaves_a_curve_that_fits_better(
    tmp_path: Path, model_archive: Path, calibration_data: Path, method: str
) -> None:
    done = run_script(
        "model_calibration",
        root=tmp_path,
        inputs={"model_input": model_archive, "calibration_data_input": calibration_data},
        env={"LABEL_FIELD": "fraud", "CALIBRATION_METHOD": method},
    )
    assert done.returncode == 0, done.stderr
    metrics = json.loads((done.output("metrics_output") / "metrics.json").read_text())
    for name in ("brier_score", "log_loss", "expected_calibration_error"):
        assert metrics[f"{name}_after"] < metrics[f"{name}_before"]
    assert metrics["rows"] == 4000
    found = json.loads((done.output("calibration") / "calibration.json").read_text())
    assert found["method"] == method
    assert sum(each["rows"] for each in found["after"]["bins"]) == 4000
    assert f"brier_score_after: {metrics['brier_score_after']}" in done.stdout


def test_isotonic_is_what_scikit_learn_fits(
    tmp_path: Path, model: Path, calibration_data: Path, scored: tuple[np.ndarray, np.ndarray]
) -> None:
    scores, labels = scored
    expected = IsotonicRegression(out_of_bounds="clip").fit(scores.astype(np.float64), labels)
    calibration = calibration_of(calibrate(tmp_path, model, calibration_data))
    probes = np.concatenate([scores, np.linspace(0, 1, 1001)]).astype(np.float64)
    assert calibrated(probes, calibration) == pytest.approx(expected.predict(probes), abs=1e-6)


def test_platt_is_the_logistic_regression_on_log_odds(
    tmp_path: Path, model: Path, calibration_data: Path, scored: tuple[np.ndarray, np.ndarray]
) -> None:
    scores, labels = scored
    expected = LogisticRegression(C=np.inf, tol=1e-8).fit(log_odds(scores)[:, None], labels)
    calibration = calibration_of(calibrate(tmp_path, model, calibration_data, "platt"))
    # Platt draws the labels in from 0 and 1, which matters little with thousands of rows.
    assert calibration["slope"] == pytest.approx(expected.coef_[0, 0], rel=0.01)
    assert calibration["intercept"] == pytest.approx(expected.intercept_[0], abs=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_the_figures_are_those_of_the_rows(
    tmp_path: Path, model: Path, calibration_data: Path, scored: tuple[np.ndarray, np.ndarray], method: str
) -> None:
    scores, labels = scored
    found = calibration_of(calibrate(tmp_path, model, calibration_data, method))
    assert found["before"]["brier_score"] == pytest.approx(brier_score_loss(labels, scores))
    assert found["before"]["log_loss"] == pytest.approx(log_loss(labels, scores.astype(np.float64)))
    halves = [count(scores[start::2], labels[start::2]) for start in (0, 1)]
    unseen = np.empty(len(scores))
    for start, other in ((0, halves[1]), (1, halves[0])):
        unseen[start::2] = calibrated(scores[start::2], fit(other, method))
    assert found["after"]["brier_score"] == pytest.approx(brier_score_loss(labels, unseen))


def test_batches_and_shards_do_not_matter(
    tmp_path: Path, model: Path, calibration_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = calibration_of(calibrate(tmp_path / "a", model, calibration_data))
    rows = pq.read_table(calibration_data / "calibration")
    write_split(tmp_path / "data", "calibration", rows, shards=1)
    monkeypatch.setattr("processed_splits.BATCH_ROWS", 97)
    parts = calibration_of(calibrate(tmp_path / "b", model, tmp_path / "data"))
    assert (parts["scores"], parts["model_sha256"]) == (whole["scores"], whole["model_sha256"])
    assert parts["probabilities"] == pytest.approx(whole["probabilities"])
    assert parts["after"]["brier_score"] == pytest.approx(whole["after"]["brier_score"])


def test_too_many_scores_are_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    scores = random.random(40_000).astype(np.float32)
    labels = (random.random(40_000) < scores**2).astype(int)
    exact = merged(NONE, count(scores, labels))
    monkeypatch.setattr(score_counts, "MAX_POINTS", 1000)
    rounded = NONE
    for part in range(10):
        rounded = merged(rounded, count(scores[part::10], labels[part::10]))
    assert len(rounded.scores) < len(exact.scores) / 2
    assert (rounded.rows.sum(), rounded.positives.sum()) == (40_000, labels.sum())
    probes = np.linspace(0.01, 1, 500)
    difference = calibrated(probes, fit(rounded, "isotonic")) - calibrated(probes, fit(exact, "isotonic"))
    assert np.abs(difference).mean() < 1e-3
    kept = judge(rounded, rounded.scores.astype(np.float64))["brier_score"]
    assert kept == pytest.approx(brier_score_loss(labels, scores), rel=1e-4)


def test_rounding_changes_a_score_by_at_most_what_is_documented() -> None:
    scores = np.random.default_rng(2).random(10_000).astype(np.float32) ** 4
    rounded = score_counts._rounded(scores)
    assert np.abs(rounded / scores - 1).max() < 1.3e-4
    assert (score_counts._rounded(rounded) == rounded).all()


@pytest.mark.parametrize("method", METHODS)
def test_serving_and_evaluation_give_the_same_probabilities(
    tmp_path: Path, model_archive: Path, calibration_data: Path, orders: Path, method: str
) -> None:
    calibration = calibrate(tmp_path / "a", model_archive, calibration_data, method).output_path(
        "calibration"
    )
    packaging = call(
        "mims_package", tmp_path / "b", {"model_input": model_archive, "calibration_input": calibration}
    )
    with tarfile.open(packaging.output_path("packaged_model") / "model.tar.gz") as tar:
        tar.extractall(tmp_path / "served", filter="data")
    served = inference.model_fn(str(tmp_path / "served"))
    body = json.dumps(table(500, 4).to_pylist())
    online = inference.predict_fn(inference.input_fn(body, "application/json"), served)
    evaluation = call(
        "xgboost_model_evaluation",
        tmp_path / "c",
        {"model_input": model_archive, "eval_data_input": orders, "calibration_input": calibration},
        env=ENV,
        arguments=["--job_type", "calibration"],
    )
    predictions = pq.read_table(evaluation.output_path("eval_output") / "predictions")
    assert online.tolist() == predictions["score"].to_pylist()
    raw = inference.predict_fn(
        inference.input_fn(body, "application/json"), served._replace(calibration=None)
    )
    assert online.mean() < 0.8 * raw.mean()
    assert (np.diff(online[np.argsort(raw)]) >= 0).all()


def test_a_package_made_again_without_a_calibration_has_none(
    tmp_path: Path, model_archive: Path, calibration_data: Path
) -> None:
    calibration = calibrate(tmp_path / "a", model_archive, calibration_data).output_path("calibration")
    inputs: Mapping[str, Path] = {"model_input": model_archive, "calibration_input": calibration}
    first = call("mims_package", tmp_path / "b", inputs).output_path("packaged_model")
    second = call("mims_package", tmp_path / "c", {"model_input": first}).output_path("packaged_model")
    for folder, expected in ((first, True), (second, False)):
        with tarfile.open(folder / "model.tar.gz") as tar:
            assert ("calibration.json" in tar.getnames()) == expected


@pytest.mark.parametrize("module", ["mims_package", "xgboost_model_evaluation"])
@pytest.mark.parametrize(
    ("change", "said"),
    [({"model_sha256": "0" * 64}, "was made for another model"), (None, "is not one that ModelCalibration")],
)
def test_a_calibration_of_another_model_is_refused(
    tmp_path: Path,
    model: Path,
    calibration_data: Path,
    orders: Path,
    module: str,
    change: dict[str, Any] | None,
    said: str,
) -> None:
    found = calibration_of(calibrate(tmp_path / "a", model, calibration_data))
    folder = tmp_path / "other"
    folder.mkdir()
    text = "{" if change is None else json.dumps({**found, **change})
    (folder / "calibration.json").write_text(text)
    inputs, arguments = {"model_input": model, "calibration_input": folder}, []
    if module == "xgboost_model_evaluation":
        inputs["eval_data_input"] = orders
        arguments = ["--job_type", "calibration"]
    with pytest.raises(ScriptError, match=said) as caught:
        call(module, tmp_path / "b", inputs, env=ENV, arguments=arguments)
    assert caught.value.code == "PC700"


def test_an_unknown_method_is_not_served(tmp_path: Path, model: Path) -> None:
    folder = shutil.copytree(model, tmp_path / "model")
    (folder / "calibration.json").write_text('{"method": "beta"}')
    with pytest.raises(ValueError, match="'beta' is none of isotonic, platt"):
        inference.model_fn(str(folder))


def test_what_cannot_be_calibrated(tmp_path: Path, model: Path, calibration_data: Path) -> None:
    rows = pq.read_table(calibration_data / "calibration")
    labels = rows["fraud"].to_numpy()
    other = {
        "turned": 1 - labels,
        "one-class": np.zeros_like(labels),
        "text": np.array(["no", "yes"])[labels],
    }
    for name, values in other.items():
        write_split(tmp_path / name, "calibration", rows.set_column(5, "fraud", pa.array(values)))
    write_split(tmp_path / "empty", "validation", rows)
    for method in METHODS:
        error = failure_of(tmp_path / f"root-{method}", model, tmp_path / "turned", method)
        assert (error.code, "higher scores do not mean more positives" in error.message) == ("PC700", True)
    assert failure_of(tmp_path / "1", model, tmp_path / "one-class").code == "PC746"
    assert failure_of(tmp_path / "2", model, tmp_path / "text").code == "PC745"
    assert failure_of(tmp_path / "3", model, tmp_path / "empty").code == "PC742"
    error = failure_of(tmp_path / "4", model, calibration_data, "beta")
    assert (error.code, error.message) == ("PC700", "CALIBRATION_METHOD is 'beta'")
