"""The benchmarks still run, each in its smallest form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALLEST = {"conformance": "1", "contract_overhead": "2", "sdk_wrappers": "2", "streaming_memory": "0.01"}


@pytest.mark.slow
@pytest.mark.parametrize("program", sorted(ROOT.glob("benchmarks/*.py")), ids=lambda path: path.stem)
def test_a_benchmark_runs(program: Path) -> None:
    if program.stem == "sdk_wrappers":
        pytest.importorskip("sagemaker")
    done = subprocess.run(
        [sys.executable, str(program), SMALLEST[program.stem]], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
