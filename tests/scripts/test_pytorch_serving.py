"""Evaluation, packaging, payload and serving of a model that PyTorch trained."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from contract_runtime import ScriptError
from sklearn.metrics import roc_auc_score

import tests.scripts.pytorch_required  # noqa: F401 - first: skips all of this
from tests.scripts.scoring_data import call
from tests.scripts.ticket_data import ENV
from tests.scripts.ticket_data import tickets as tickets_of

pytestmark = pytest.mark.slow


def evaluate(root: Path, model: Path, data: Path) -> Path:
    call(
        "pytorch_model_evaluation",
        root,
        {"model_input": model, "eval_data_input": data},
        env={**ENV, "DECISION_THRESHOLD": "0.5"},
        arguments=["--job_type", "calibration"],
    )
    return root / "opt/ml/processing/output"


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, trained: Path, tickets: Path) -> Path:
    return evaluate(tmp_path_factory.mktemp("evaluated"), trained / "model", tickets)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, trained: Path) -> Path:
    """The unpacked package."""
    root = tmp_path_factory.mktemp("package")
    call("mims_package", root, {"model_input": trained / "model"})
    with tarfile.open(root / "opt/ml/processing/output/model.tar.gz") as archive:
        archive.extractall(root / "unpacked", filter="data")
    return root / "unpacked"


@pytest.fixture(scope="module")
def served(package: Path) -> tuple[ModuleType, Any]:
    """The packaged inference code, and the model that it loaded."""
    spec = importlib.util.spec_from_file_location("packaged_inference", package / "code/inference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, module.model_fn(str(package))


def test_evaluation_says_what_the_evaluation_of_xgboost_says(evaluated: Path) -> None:
    found = json.loads((evaluated / "metrics/metrics.json").read_text())
    predictions = pq.read_table(evaluated / "eval/predictions")
    labels, scores = predictions["escalated"].to_numpy(), predictions["score"].to_numpy()
    assert found["auc"] == roc_auc_score(labels, scores) > 0.75
    assert found["rows"] == 300
    assert set(found) >= {
        "average_precision",
        "log_loss",
        "f1",
        "precision",
        "recall",
        "accuracy",
        "threshold",
    }
    plots = {path.name for path in (evaluated / "eval").glob("*.png")}
    assert plots == {"roc_curve.png", "precision_recall_curve.png", "calibration_curve.png"}


def test_a_model_of_another_release_is_refused(tmp_path: Path, trained: Path, tickets: Path) -> None:
    other = shutil.copytree(trained / "model", tmp_path / "model")
    info = json.loads((other / "model_info.json").read_text())
    (other / "model_info.json").write_text(json.dumps({**info, "pytorch_version": "2.5.1"}))
    with pytest.raises(ScriptError, match="PC776"):
        evaluate(tmp_path / "run", other, tickets)


def test_an_incomplete_model_is_refused(tmp_path: Path, trained: Path) -> None:
    other = shutil.copytree(trained / "model", tmp_path / "model")
    (other / "tokenizer.json").unlink()
    with pytest.raises(ScriptError, match=r"PC755 the model has no tokenizer\.json") as caught:
        call("mims_package", tmp_path / "run", {"model_input": other})
    assert "PyTorchTraining" in caught.value.fix


def test_the_package_has_all_that_serving_needs(package: Path) -> None:
    code = {path.name for path in (package / "code").iterdir()}
    assert code == {
        "inference.py",
        "inference_requests.py",
        "inference_risk_tables.py",
        "pytorch_scoring.py",
        "requirements.txt",
    }
    info = json.loads((package / "model_info.json").read_text())
    assert (
        package / "code/requirements.txt"
    ).read_text() == f"tokenizers=={info['libraries']['tokenizers']}\n"


@pytest.mark.parametrize("content_type", ["application/json", "text/csv"])
def test_serving_scores_as_evaluation_does(
    served: tuple[ModuleType, Any], evaluated: Path, content_type: str
) -> None:
    module, model = served
    rows = tickets_of(300, 3).to_pylist()
    names = ["value", "channel", "message"]
    if content_type == "text/csv":
        lines = [",".join("" if row[name] is None else str(row[name]) for name in names) for row in rows]
        body = "\n".join([",".join(names), *lines])
    else:
        body = json.dumps({"instances": [{name: row[name] for name in names} for row in rows]})
    scores = module.predict_fn(module.input_fn(body, content_type), model)
    expected = pq.read_table(evaluated / "eval/predictions")["score"].to_numpy()
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_the_payload_can_be_served(tmp_path: Path, trained: Path, served: tuple[ModuleType, Any]) -> None:
    call("mims_payload", tmp_path, {"model_input": trained / "model"})
    with tarfile.open(tmp_path / "opt/ml/processing/output/payload.tar.gz") as archive:
        archive.extractall(tmp_path / "payload", filter="data")
    module, model = served
    for name, content_type in (("payload.json", "application/json"), ("payload.csv", "text/csv")):
        records = module.input_fn((tmp_path / "payload" / name).read_bytes(), content_type)
        body, _ = module.output_fn(module.predict_fn(records, model), "application/json")
        (prediction,) = json.loads(body)["predictions"]
        assert 0 <= prediction["score"] <= 1
