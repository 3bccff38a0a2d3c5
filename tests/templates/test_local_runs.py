"""Templates with models run here, end to end, on rows of the census example."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from pipeline_compiler import compile_pipeline
from pipeline_compiler.local import RunReport, run_pipeline
from pipeline_compiler.template import load_template
from tests.configs import PIPELINE

CENSUS = Path(__file__).parents[2] / "examples/census_income/data"
pytestmark = pytest.mark.slow


@cache
def rows(split: str, first: int, count: int) -> Any:
    return pq.read_table(next((CENSUS / split).glob("*.parquet"))).slice(first, count)


@pytest.fixture
def census(tmp_path: Path) -> dict[str, Any]:
    """The shared part of a config, with a folder of rows for each job type."""
    steps = {}
    for job_type, (split, first, count) in {
        "training": ("train", 0, 6000),
        "calibration": ("test", 0, 3000),
        "testing": ("test", 3000, 3000),
    }.items():
        folder = tmp_path / "data" / job_type
        folder.mkdir(parents=True)
        pq.write_table(rows(split, first, count), folder / "part-00000.parquet")
        steps[f"CradleDataLoading_{job_type}"] = {"source": {"files": str(folder)}}
    return {
        "pipeline": dict(PIPELINE),
        "defaults": {
            "label_field": "income",
            "positive_class": "over_50k",
            "id_field": "record_id",
            "drop_fields": ["instance_weight"],
        },
        "steps": {
            **steps,
            "XGBoostTraining": {"hyperparameters": {"num_round": 15, "max_depth": 4}},
            "QualityGate": {"threshold": 0.8},
            "MimsRegistration": {"model_package_group": "census"},
        },
    }


def run(template: str, config: Mapping[str, Any], folder: Path) -> RunReport:
    compiled = compile_pipeline(template, config)
    report = run_pipeline(
        compiled.document,
        name=compiled.name,
        state_dir=folder,
        assets=compiled.assets,
        mounts={**compiled.local_sources, **compiled.local_mounts},
        workers=2,
    )
    assert report.ok, [str(each) for each in report.diagnostics]
    return report


def metrics_of(report: RunReport, step: str) -> dict[str, float]:
    found: dict[str, float] = json.loads(report.step(step).property_files["metrics_output"].read_text())
    return found


@pytest.mark.parametrize(
    ("template", "step", "result"),
    [
        ("XGBoostDataloadPreprocess", "TabularPreprocessing_training", "processed_data/train"),
        ("XGBoostSimple", "XGBoostTraining", "model"),
        (
            "XGBoostTrainEvaluateNoRegistration",
            "XGBoostModelEvaluation_calibration",
            "eval_output/predictions",
        ),
        ("XGBoostTrainEvaluateE2E", "MimsRegistration", "ModelPackage"),
    ],
)
def test_a_template_leaves_its_last_result(
    census: dict[str, Any], tmp_path: Path, template: str, step: str, result: str
) -> None:
    names = {each.name for each in load_template(template).steps}
    sections = {name: section for name, section in census["steps"].items() if name in names}
    report = run(template, {**census, "steps": sections}, tmp_path / "state")
    output, _, folder = result.partition("/")
    found = report.step(step).outputs[output] / folder
    assert found.is_file() or any(found.iterdir())


def test_a_calibrated_model_is_judged_and_packaged(census: dict[str, Any], tmp_path: Path) -> None:
    report = run("XGBoostCalibratedE2E", census, tmp_path / "state")
    calibrated = metrics_of(report, "ModelCalibration")
    assert calibrated["rows"] == 3000
    assert calibrated["brier_score_after"] < 0.1
    assert metrics_of(report, "XGBoostModelEvaluation_testing")["rows"] == 3000
    with tarfile.open(report.step("MimsPackage").outputs["packaged_model"] / "model.tar.gz") as tar:
        assert "calibration.json" in tar.getnames()
    package = json.loads(report.model_packages["MimsRegistration"].read_text())
    for kind, member in (("statistics", "features"), ("constraints", "monitoring_config")):
        uri = package["DriftCheckBaselines"]["ModelDataQuality"][kind.title()]["S3Uri"]
        assert uri.endswith(f"/{kind}.json")
        assert member in json.loads(Path(package["LocalFiles"][uri]).read_text())


def test_the_best_of_a_search_is_judged_and_packaged(census: dict[str, Any], tmp_path: Path) -> None:
    ranges = {"max_depth": {"min": 2, "max": 6}, "eta": {"min": 0.01, "max": 0.5, "scale": "logarithmic"}}
    for name in ("CradleDataLoading_testing", "XGBoostTraining"):
        del census["steps"][name]
    census["steps"]["XGBoostTuning"] = {
        "hyperparameters": {"num_round": 8},
        "tuning": {"ranges": ranges, "max_jobs": 4, "max_parallel_jobs": 2},
    }
    report = run("XGBoostTuneE2E", census, tmp_path / "state")
    search = report.step("XGBoostTuning")
    summaries = search.properties["TrainingJobSummaries"]
    values = [each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for each in summaries]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1], "hyperparameters matter"
    best = summaries[0]["TunedHyperParameters"]
    with tarfile.open(report.step("MimsPackage").outputs["packaged_model"] / "model.tar.gz") as tar:
        served = json.load(tar.extractfile("model_info.json") or io.BytesIO())["hyperparameters"]
    assert (served["max_depth"], served["eta"]) == (int(best["max_depth"]), float(best["eta"]))
    assert metrics_of(report, "XGBoostModelEvaluation_calibration")["auc"] > 0.8


def test_new_data_is_scored_with_a_registered_package(census: dict[str, Any], tmp_path: Path) -> None:
    state = tmp_path / "state"
    trained = run("XGBoostCalibratedE2E", census, state)
    package = json.loads(trained.model_packages["MimsRegistration"].read_text())
    with tarfile.open(trained.step("MimsPackage").outputs["packaged_model"] / "model.tar.gz") as tar:
        info = json.load(tar.extractfile("model_info.json") or io.BytesIO())
    judged = pq.read_table(
        trained.step("XGBoostModelEvaluation_testing").outputs["eval_output"] / "predictions"
    )
    identifiers = judged["record_id"].to_pylist()
    position = {name: at for at, name in enumerate(rows("test", 3000, 3000)["record_id"].to_pylist())}
    features = rows("test", 3000, 3000).select([feature["name"] for feature in info["features"]])
    folder = tmp_path / "new"
    folder.mkdir()
    requests = features.take([position[name] for name in identifiers])
    csv.write_csv(requests, folder / "requests.csv", csv.WriteOptions(include_header=False))
    scoring = {
        "pipeline": {**PIPELINE, "name": "score"},
        "steps": {
            "ModelFromPackage": {"model_package_arn": package["ModelPackageArn"]},
            "BatchTransform": {"requests": {"files": str(folder)}},
        },
    }
    report = run("XGBoostScoreNewData", scoring, state)
    lines = (report.step("BatchTransform").outputs["predictions"] / "requests.csv.out").read_text()
    assert [float(line) for line in lines.split()] == judged["score"].to_pylist()
