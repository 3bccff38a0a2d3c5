"""Code bundles: editing one script changes the steps that run it, and no other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, compile_pipeline
from pipeline_compiler.resources import resource
from script_contracts import all_contracts
from step_builders import all_steps
from tests.configs import minimal_config

E2E = "CurrencyRiskTableXGBoostE2E"
SCRIPTS = sorted(contract.entry_point for contract in all_contracts().values())


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the scripts folder, which the compiler takes instead of the real one."""
    folder = tmp_path / "scripts"
    shutil.copytree(resource("scripts"), folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("pipeline_compiler.bundles.resource", lambda name: tmp_path / name)
    return folder


def steps_by_name() -> dict[str, dict[str, Any]]:
    """Every step of the E2E pipelines, without the steps nested in it."""
    steps = {}
    for template in (E2E, "XGBoostCalibratedE2E", "PyTorchTrainEvaluateE2E"):
        for step in compile_pipeline(template, minimal_config(template)).steps:
            arguments = {k: v for k, v in step["Arguments"].items() if k not in ("IfSteps", "ElseSteps")}
            steps[step["Name"]] = {**step, "Arguments": arguments}
    return steps


def changed(before: dict[str, dict[str, Any]]) -> set[str]:
    after = steps_by_name()
    assert after.keys() == before.keys()
    return {name for name in after if after[name] != before[name]}


def running(entry_point: str, nodes: Iterable[str]) -> set[str]:
    """The nodes that run this script."""
    types = {
        step_type
        for step_type, step in all_steps().items()
        if step.spec.script_contract and step.spec.script_contract.entry_point == entry_point
    }
    return {name for name in nodes if name.split("_")[0] in types}


@pytest.mark.parametrize("entry_point", SCRIPTS)
def test_editing_a_script_changes_exactly_the_steps_that_run_it(scripts: Path, entry_point: str) -> None:
    before = steps_by_name()
    path = scripts / entry_point
    path.write_text(path.read_text() + "\n# edited\n")
    assert changed(before) == running(entry_point, before) != set()


def test_editing_what_every_script_imports_changes_every_step_with_a_script(scripts: Path) -> None:
    before = steps_by_name()
    path = scripts / "contract_runtime.py"
    path.write_text(path.read_text() + "\n# edited\n")
    assert changed(before) == set().union(*(running(entry_point, before) for entry_point in SCRIPTS))


def test_editing_a_bundled_file_changes_the_step_that_carries_it(scripts: Path) -> None:
    before = steps_by_name()
    path = scripts / "inference.py"
    path.write_text(path.read_text() + "\n# edited\n")
    assert "MimsPackage" in changed(before)
    assert "CradleDataLoading_training" not in changed(before)


def test_times_other_files_and_caches_do_not_matter(scripts: Path) -> None:
    before = steps_by_name()
    for path in scripts.glob("*.py"):
        os.utime(path, (1, 1))
    (scripts / "unrelated.py").write_text("print('nobody imports me')\n")
    (scripts / "__pycache__").mkdir()
    (scripts / "__pycache__" / "x.pyc").write_bytes(b"\0")
    assert changed(before) == set()


def test_an_edit_of_the_same_size_is_seen(scripts: Path) -> None:
    path = scripts / "mims_payload.py"
    text = path.read_text()
    path.write_text(text + "# a\n")
    before = steps_by_name()
    stat = path.stat()
    path.write_text(text + "# b\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert changed(before) == {"MimsPayload"}


def test_modules_that_a_module_imports_travel_too(scripts: Path) -> None:
    path = scripts / "mims_payload.py"
    path.write_text(f"{path.read_text()}\nimport first_helper\n")
    (scripts / "first_helper.py").write_text("from second_helper import x\n")
    (scripts / "second_helper.py").write_text("x = 1\n")
    assets = compile_pipeline(E2E, minimal_config(E2E)).assets
    bundle = next(asset.files for asset in assets if "mims_payload.py" in asset.files)
    assert {"first_helper.py", "second_helper.py", "contract_runtime.py", "contract.json"} <= set(bundle)


def test_a_missing_script_is_named(scripts: Path) -> None:
    (scripts / "mims_payload.py").rename(scripts / "mims_payloads.py")
    with pytest.raises(PipelineCompilerError) as error:
        compile_pipeline(E2E, minimal_config(E2E))
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "PC415"
    assert diagnostic.message == "there is no script 'mims_payload.py'"
    assert diagnostic.fix == "did you mean 'mims_payloads.py'?"
