"""A search around a training step of one's own: two declarations, as docs/tuning.md says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.harness import cli
from tests.configs import PIPELINE

SPECIFICATION = '''\
"""Search how OwnStep learns."""

from .own_step import OWN_STEP_SPEC

OWN_TUNING_SPEC = OWN_STEP_SPEC.tuning("OwnTuning", summary="Learn with varied settings and keep the best.")
'''
DECLARATION = '''\
"""Config of OwnTuning."""

from ..step_specs.own_tuning import OWN_TUNING_SPEC
from .own_step import OWN_STEP_STEP

OWN_TUNING_STEP = OWN_STEP_STEP.tuning(OWN_TUNING_SPEC, objective="distance")
'''
METRICS = """\
    metric_definitions={"distance": MetricDefinition(regex="distance=([0-9.]+)", goal=Goal.MINIMIZE)},
    framework_requirements="""


def written(objective: str = "distance") -> None:
    assert cli("new-step", "OwnStep", "--kind", "training").code == 0
    steps = Path("my_steps")
    contract = steps / "script_contracts/own_step.py"
    text = contract.read_text().replace("    framework_requirements=", METRICS, 1)
    metrics = "from script_contracts.core.metrics import Goal, MetricDefinition\n"
    contract.write_text(
        text.replace("from script_contracts.quality", f"{metrics}from script_contracts.quality", 1)
    )
    script = steps / "scripts/own_step.py"
    logged = 'print(f"distance={abs(shrinkage - 0.5):.6f}", flush=True)\n    print('
    script.write_text(script.read_text().replace("print(", logged, 1))
    (steps / "step_specs/own_tuning.py").write_text(SPECIFICATION)
    (steps / "step_builders/own_tuning.py").write_text(DECLARATION.replace("distance", objective))
    Path("data").mkdir()
    Path("data/table.csv").write_text("name,age\nann,30\nbob,50\n")
    Path("template.yaml").write_text("step_libraries: [my_steps]\nsteps: [OwnTuning]\n")
    tuning = {"max_jobs": 5, "ranges": {"shrinkage": {"min": 0, "max": 0.9}}}
    section = {"data": {"files": "data"}, "tuning": tuning}
    config = {"template": "template.yaml", "pipeline": PIPELINE, "steps": {"OwnTuning": section}}
    Path("pipeline.yaml").write_text(yaml.safe_dump(config))


def test_it_is_checked_documented_and_run(workplace: Path) -> None:
    written()
    checked = cli("check", "pipeline.yaml")
    assert checked.code == 0, checked.err
    shown = cli("steps", "OwnTuning", "--library", "my_steps")
    assert "tuning.ranges.NAME.min" in shown.out
    run = cli("run", "pipeline.yaml", "--json")
    assert run.code == 0, run.out + run.err
    (step,) = run.json["steps"]
    found = json.loads(Path(step["outputs"]["tuning"]).read_text())
    assert "distance" in step["message"]
    distances = [each["objective"] for each in found["training_jobs"]]
    assert len(distances) == 5
    assert distances == sorted(distances), "the closest to 0.5 is the best"
    assert Path(step["outputs"]["model"]).name == "model.tar.gz"


@pytest.mark.slow
@pytest.mark.parametrize("logs", [True, False])
def test_generated_tests_hold_a_program_to_the_metrics_it_promises(logs: bool, workplace: Path) -> None:
    written()
    if not logs:
        script = Path("my_steps/scripts/own_step.py")
        script.write_text(script.read_text().replace("distance=", "far off by "))
    result = cli("contracts", "test", "OwnStep", "--library", "my_steps")
    assert result.code == (0 if logs else 1), result.out
    assert logs or "the log has none of distance" in result.out + result.err


def test_its_program_is_analyzed_once(workplace: Path) -> None:
    written()
    assert cli("analyze", "--library", "my_steps").out == "own_step.py: honours its contract\n"


def test_an_objective_that_the_program_does_not_log(workplace: Path) -> None:
    written("distant")
    result = cli("check", "pipeline.yaml")
    assert result.code == 1
    assert "PC443" in result.err
    assert "did you mean 'distance'" in result.err


def test_a_program_that_logs_no_metric(workplace: Path) -> None:
    written()
    contract = Path("my_steps/script_contracts/own_step.py")
    lines = contract.read_text().splitlines(keepends=True)
    contract.write_text("".join(line for line in lines if "metric_definitions" not in line))
    result = cli("check", "pipeline.yaml")
    assert result.code == 1
    assert "PC443" in result.err
    assert "declare it in metric_definitions in the contract of own_step.py" in " ".join(result.err.split())


def test_its_program_is_tested_as_the_training_step(workplace: Path) -> None:
    written()
    result = cli("contracts", "test", "OwnTuning", "--library", "my_steps")
    assert result.code == 1
    assert "test OwnStep" in result.err
