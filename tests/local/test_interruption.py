"""Runs that are stopped or killed: no process survives, and nothing half-done is believed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler.local.tuning_request import chosen_points
from script_contracts.core.diagnostics import PipelineCompilerError
from tests.local.lab import Lab, output_of, statuses

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")

# A step with a child in a session of its own, which ignores SIGTERM, and half an output.
STUCK = """
grandchild = subprocess.Popen([sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"],
    start_new_session=True)
write("half", "half.txt")
pathlib.Path(sys.argv[1] + ".part").write_text(f"{os.getpid()} {grandchild.pid}")
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(600)
"""
# The same for a training job of a tuning job.
STUCK_JOB = """
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
(ML / "model/half.txt").write_text("half")
pids = pathlib.Path(os.environ["PIDS"] + os.environ["SM_HP_N"])
pids.with_suffix(".part").write_text(f"{os.getpid()} {grandchild.pid}")
os.rename(pids.with_suffix(".part"), pids)
time.sleep(600)
"""
RUNNER = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
from pathlib import Path
from pipeline_compiler.compiled import Asset
from pipeline_compiler.local import run_pipeline
spec = json.loads(Path(sys.argv[1]).read_text())
assets = [
    Asset(uri, {n: t.encode("latin-1") for n, t in files.items()}) for uri, files in spec["assets"].items()
]
print(run_pipeline(spec["definition"], name="pipe", state_dir=Path(spec["state"]), assets=assets,
    mounts={"s3://source/data": Path(spec["source"])}, isolation=spec["isolation"], workers=2).as_dict())
"""


def stuck_step(lab: Lab) -> dict[str, Any]:
    step = lab.processing("Stuck", STUCK, {"data": output_of("First")})
    step["Arguments"]["AppSpecification"]["ContainerArguments"] = [str(lab.folder / "pids")]
    return step


def start(
    lab: Lab, stuck: dict[str, Any] | None = None, files: tuple[str, ...] = ("pids",)
) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A runner in a process of its own, once its second step is stuck; and that step's processes."""
    steps = [lab.processing("First", "write('x')"), stuck or stuck_step(lab)]
    spec = {
        "definition": {"Version": "2020-12-01", "Parameters": [], "Steps": steps},
        "assets": {
            uri: {n: b.decode("latin-1") for n, b in asset.files.items()} for uri, asset in lab.assets.items()
        },  # type: ignore[union-attr]
        "state": str(lab.state),
        "source": str(lab.source),
        "isolation": lab.isolation,
    }
    (lab.folder / "spec.json").write_text(json.dumps(spec))
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(lab.folder / "spec.json")],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
    )
    pids = [lab.folder / file for file in files]
    deadline = time.monotonic() + 30
    while not all(file.exists() for file in pids):
        assert runner.poll() is None, runner.stderr and runner.stderr.read().decode()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return runner, [int(pid) for file in pids for pid in file.read_text().split()]


def configuration(tune: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = tune["Arguments"]["HyperParameterTuningJobConfig"]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: list[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, pids))


def assert_nothing_half_done(lab: Lab) -> None:
    """A later run believes the finished step only, and starts the other one afresh."""
    assert not list((lab.state / "s3").rglob("half.txt"))
    mended = lab.processing(
        "Stuck", "write('whole' + ''.join(os.listdir(OUT / 'result')))", {"data": output_of("First")}
    )
    report = lab.run(lab.processing("First", "write('x')"), mended)
    assert statuses(report) == {"First": "Cached", "Stuck": "Succeeded"}
    assert (report.step("Stuck").outputs["result"] / "result.txt").read_text() == "whole"
    assert os.listdir(lab.state / "containers") == []
    assert not (lab.state / "scratch").exists() or os.listdir(lab.state / "scratch") == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])
def test_an_interrupted_run(isolated_lab: Lab, number: int, status: int) -> None:
    runner, pids = start(isolated_lab)
    assert all(map(alive, pids))
    runner.send_signal(number)
    assert runner.wait(10) == status
    assert not any(map(alive, pids)), "processes outlived the run"
    executions = isolated_lab.state / "executions"
    (summary,) = [json.loads(file.read_text()) for file in executions.glob("*/execution.json")]
    assert summary["status"] == "Stopped"
    assert os.listdir(isolated_lab.state / "containers") == []
    assert_nothing_half_done(isolated_lab)


def test_an_interrupted_tuning_step(isolated_lab: Lab) -> None:
    choices = {"CategoricalParameterRanges": [{"Name": "n", "Values": ["1", "2", "3"]}]}
    environment = {"Environment": {"PIDS": str(isolated_lab.folder / "pids")}}
    limits = {"MaxNumberOfTrainingJobs": 3}
    tune = isolated_lab.tuning(
        "Stuck", STUCK_JOB, choices, limits=limits, definition=environment, DependsOn=["First"]
    )
    first_two = tuple(f"pids{point['n']}" for point in chosen_points(configuration(tune))[:2])
    runner, pids = start(isolated_lab, tune, first_two)
    assert len(pids) == 4
    assert all(map(alive, pids))
    runner.send_signal(signal.SIGINT)
    assert runner.wait(10) == -signal.SIGINT
    assert not any(map(alive, pids)), "processes outlived the run"
    assert len(list(isolated_lab.folder.glob("pids*"))) == 2, "a job was started after the interruption"
    assert os.listdir(isolated_lab.state / "containers") == []
    assert_nothing_half_done(isolated_lab)


def test_a_killed_runner(isolated_lab: Lab) -> None:
    runner, pids = start(isolated_lab)
    runner.kill()
    runner.wait(10)
    wait_until_gone(pids, 2.0)
    assert_nothing_half_done(isolated_lab)


def test_the_folder_stays_locked_until_the_last_program_is_gone(lab: Lab) -> None:
    runner, pids = start(lab)
    supervisor = int(Path(f"/proc/{pids[0]}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGSTOP)  # it cannot end its program for now
    runner.kill()
    runner.wait(10)
    with pytest.raises(PipelineCompilerError) as error:
        lab.run(lab.processing("First", "write('x')"))
    assert error.value.codes == ("PC781",)
    os.kill(supervisor, signal.SIGCONT)
    assert_nothing_half_done(lab)
    assert not any(map(alive, pids))
