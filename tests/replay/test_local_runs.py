"""Running a pipeline on one's own machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_compiler.local import run_pipeline
from script_contracts.core.diagnostics import PipelineCompilerError
from tests.conformance.handwritten import condition, definition, fail


def test_a_definition_runs_as_it_is(tmp_path: Path) -> None:
    """#2990: the SDK's local client has no create_pipeline; here the very definition runs, without Docker."""
    one = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    document = definition(condition(one, IfSteps=[], ElseSteps=[fail()]))
    assert run_pipeline(document, name="local", state_dir=tmp_path).ok


@pytest.mark.parametrize("kind", ["AutoML", "Lambda", "EMR"])
def test_a_step_that_cannot_run_here_is_told_before_anything_runs(kind: str, tmp_path: Path) -> None:
    """#4253, #4313: a step type without support stops the run when its turn comes, after all before it."""
    document = definition({"Name": "Special", "Type": kind, "Arguments": {}})
    with pytest.raises(PipelineCompilerError) as caught:
        run_pipeline(document, name="local", state_dir=tmp_path)
    (problem,) = caught.value.diagnostics
    assert "Special" in problem.message
    assert kind in problem.message
