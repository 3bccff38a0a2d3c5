"""What `run` prints when it is over, and where it says that a failed step stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_compiler.local import RunReport, Status, StepResult
from pipeline_compiler.local.rules import STEP_EXITED
from script_contracts.core.diagnostics import Place
from tests.cli.harness import Result, cli
from tests.configs import minimal_config

FAILURE = STEP_EXITED.error(
    "step 'CradleDataLoading_training' failed", fix="mend it", place=Place(field="CradleDataLoading_training")
)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(minimal_config("CradleOnly")), encoding="utf-8")
    return path


def run(
    config: Path, monkeypatch: pytest.MonkeyPatch, *steps: StepResult, options: tuple[str, ...] = ()
) -> Result:
    def run_pipeline(*_: Any, **__: Any) -> RunReport:
        return RunReport("now", config.parent / "runs/now", steps)

    monkeypatch.setattr("pipeline_compiler.cli.run.run_pipeline", run_pipeline)
    return cli("run", config, *options)


def test_results_are_listed_by_folder_below_where_the_user_stands(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = config.parent / "runs"
    result = run(
        config,
        monkeypatch,
        StepResult("Load", "Processing", Status.CACHED, outputs={"DATA": runs / "s3/old/Load/DATA"}),
        StepResult(
            "Fit",
            "Training",
            Status.SUCCEEDED,
            outputs={
                "model": runs / "s3/now/Fit/job-1/model.tar.gz",
                "output": runs / "s3/now/Fit/job-1/output",
            },
        ),
        StepResult(
            "Register", "RegisterModel", Status.SUCCEEDED, outputs={"ModelPackage": runs / "group/1.json"}
        ),
    )
    assert result.code == 0
    _, _, listed = result.out.partition("\n\n")
    assert listed.splitlines() == [
        "Results in runs/s3/old",
        "  Load/DATA",
        "",
        "Results in runs/s3/now",
        "  Fit/job-1/model.tar.gz",
        "  Fit/job-1/output",
        "",
        "Results in runs/group",
        "  1.json  (Register.ModelPackage)",
        "",
        "Logs in runs/now",
    ]


def test_metrics_keep_their_values_beside_them(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = config.parent / "metrics.json"
    names = ", ".join(f'"metric_{number}": 0.123456' for number in range(12))
    metrics.write_text(f'{{"rows": 99762, {names}, "classes": ["a"]}}')
    step = StepResult("Evaluate", "Processing", Status.SUCCEEDED, property_files={"metrics": metrics})
    lines = run(config, monkeypatch, step).out.partition("\nEvaluate\n")[2].splitlines()
    assert lines[0].startswith("  rows 99,762  metric_0 0.1235")
    assert len(lines) == 2
    assert all(line.split("  ")[1].split()[1:] for line in lines)
    assert all(len(line) <= 160 for line in lines)


def test_a_failed_step_stands_where_the_config_has_its_settings(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = StepResult("CradleDataLoading_training", "Processing", Status.FAILED, diagnostics=(FAILURE,))
    lines = config.read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "CradleDataLoading_training" in text)
    result = run(config, monkeypatch, step)
    assert result.code == 1
    assert result.err.splitlines()[1] == f"  {config}:{line}  steps.CradleDataLoading_training"
    (found,) = run(config, monkeypatch, step, options=("--json",)).json["diagnostics"]
    assert (found["place"]["file"], found["place"]["line"]) == (str(config), line)
