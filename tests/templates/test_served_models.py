"""Packages that map categories, or calibrate as well, score raw rows as evaluation scores the mapped ones."""

from __future__ import annotations

import json
import math
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline_compiler import Template, compile_pipeline
from pipeline_compiler.local import RunReport, run_pipeline
from tests.configs import PIPELINE

EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.slow

DATA_STEPS = ("CradleDataLoading", "TabularPreprocessing", "RiskTableMapping")


class Data(NamedTuple):
    """The raw rows of each job type, and the column that identifies one."""

    rows: dict[str, pa.Table]
    identifier: str

    @property
    def to_score(self) -> pa.Table:
        return list(self.rows.values())[-1]


def run(
    data: Data, steps: Iterable[str], edges: Iterable[str], config: dict[str, Any], folder: Path
) -> RunReport:
    """Load, preprocess and map each data set, run `steps`, and score the raw rows of the last data set."""
    nodes, wires = [*steps, "MimsPackage", "CreateModel", "BatchTransform"], [*edges]
    for job_type, rows in data.rows.items():
        (folder / job_type).mkdir()
        pq.write_table(rows, folder / job_type / "part-00000.parquet")
        loading, preprocessing, mapping = (f"{step}_{job_type}" for step in DATA_STEPS)
        nodes += [loading, preprocessing, mapping]
        wires += [f"{loading} -> {preprocessing}", f"{preprocessing} -> {mapping}"]
        if job_type != "training":
            wires.append(f"RiskTableMapping_training -> {mapping}")
        config["steps"][loading] = {"source": {"files": str(folder / job_type)}}
    wires += ["RiskTableMapping_training -> MimsPackage", "MimsPackage -> CreateModel"]
    wires += ["CreateModel -> BatchTransform"]
    (folder / "requests").mkdir()
    csv.write_csv(data.to_score, folder / "requests/rows.csv")
    requests = {"requests": {"files": str(folder / "requests")}, "split": "None"}
    config["steps"]["BatchTransform"] = requests
    compiled = compile_pipeline(Template.of("Served", nodes, wires), {"pipeline": dict(PIPELINE), **config})
    report = run_pipeline(
        compiled.document,
        name=compiled.name,
        state_dir=folder / "state",
        assets=compiled.assets,
        mounts={**compiled.local_sources, **compiled.local_mounts},
        workers=2,
    )
    assert report.ok, [str(each) for each in report.diagnostics]
    return report


def served(report: RunReport, data: Data) -> dict[str, float]:
    """The package's scores of the raw rows, by id."""
    lines = (report.step("BatchTransform").outputs["predictions"] / "rows.csv.out").read_text().split()
    names = data.to_score[data.identifier].to_pylist()
    return dict(zip(names, map(float, lines), strict=True))


def judged(report: RunReport, step: str, data: Data) -> dict[str, float]:
    """The evaluation's scores of the mapped rows, by id."""
    table = ds.dataset(report.step(step).outputs["eval_output"] / "predictions").to_table()
    return dict(zip(table[data.identifier].to_pylist(), table["score"].to_pylist(), strict=True))


def assert_same(found: dict[str, float], expected: dict[str, float], tolerance: float) -> None:
    assert len(set(expected.values())) > 20
    assert found.keys() == expected.keys()
    names = list(expected)
    np.testing.assert_allclose(
        [found[name] for name in names], [expected[name] for name in names], rtol=0, atol=tolerance
    )


def members(report: RunReport) -> set[str]:
    with tarfile.open(report.step("MimsPackage").outputs["packaged_model"] / "model.tar.gz") as tar:
        return set(tar.getnames())


def test_a_pytorch_package_with_risk_tables_scores_raw_rows(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    tickets = EXAMPLES / "support_tickets"
    data = Data(
        {
            "training": ds.dataset(tickets / "data/train").to_table().slice(0, 1500),
            "calibration": ds.dataset(tickets / "data/calibration").to_table().slice(0, 400),
        },
        "ticket_id",
    )
    fast = {"epochs": 2, "max_text_tokens": 32, "batch_size": 64}
    fast |= {"learning_rate": 0.003, "encoder_learning_rate": 0.003}  # an encoder with random weights
    config: dict[str, Any] = {
        "defaults": {
            "label_field": "escalated",
            "positive_class": "yes",
            "id_field": "ticket_id",
            "risk_fields": ["channel"],
            "impute_fields": ["order_value"],
        },
        "steps": {
            "PyTorchTraining": {
                "text_fields": ["subject", "message"],
                "text_encoder": {"files": str(tickets / "text_encoder")},
                "hyperparameters": fast,
            }
        },
    }
    evaluation = "PyTorchModelEvaluation_calibration"
    edges = [
        "RiskTableMapping_training -> PyTorchTraining",
        f"RiskTableMapping_calibration -> {evaluation}",
        f"PyTorchTraining -> {evaluation}",
        "PyTorchTraining -> MimsPackage",
    ]
    report = run(data, ["PyTorchTraining", evaluation], edges, config, tmp_path)
    assert {"model.pt2", "risk_tables.json", "code/inference.py"} <= members(report)
    assert_same(served(report, data), judged(report, evaluation, data), 1e-6)


def test_a_calibrated_package_with_risk_tables_scores_raw_rows(tmp_path: Path) -> None:
    census = EXAMPLES / "census_income/data"
    train, test = (next((census / split).glob("*.parquet")) for split in ("train", "test"))
    data = Data(
        {
            "training": pq.read_table(train).slice(0, 4000),
            "calibration": pq.read_table(test).slice(0, 2500),
            "testing": pq.read_table(test).slice(2500, 1500),
        },
        "record_id",
    )
    config: dict[str, Any] = {
        "defaults": {
            "label_field": "income",
            "positive_class": "over_50k",
            "id_field": "record_id",
            "drop_fields": ["instance_weight"],
            "calibration_method": "platt",
        },
        "steps": {"XGBoostTraining": {"hyperparameters": {"num_round": 10, "max_depth": 4}}},
    }
    evaluation = "XGBoostModelEvaluation_testing"
    edges = [
        "RiskTableMapping_training -> XGBoostTraining",
        "RiskTableMapping_calibration -> ModelCalibration",
        "XGBoostTraining -> ModelCalibration",
        "XGBoostTraining -> MimsPackage",
        "ModelCalibration -> MimsPackage",
        f"XGBoostTraining -> {evaluation}",
        f"RiskTableMapping_testing -> {evaluation}",
    ]
    report = run(data, ["XGBoostTraining", "ModelCalibration", evaluation], edges, config, tmp_path)
    assert {"model.ubj", "risk_tables.json", "calibration.json"} <= members(report)
    curve = json.loads(
        (report.step("ModelCalibration").outputs["calibration"] / "calibration.json").read_text()
    )
    # Evaluation has no calibration here: its scores are the model's, of the mapped rows.
    expected = {
        name: 1 / (1 + math.exp(-curve["slope"] * math.log(score / (1 - score)) - curve["intercept"]))
        for name, score in judged(report, evaluation, data).items()
    }
    assert_same(served(report, data), expected, 1e-9)
