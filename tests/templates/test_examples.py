"""The shipped examples run to their end on this machine."""

from __future__ import annotations

import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from tests.cli.harness import cli

EXAMPLES = Path(__file__).parents[2] / "examples"


def installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.skipif(
    not installed("torch") and not os.environ.get("REQUIRE_PYTORCH"), reason="needs the extra local-pytorch"
)
def test_text_and_tables_are_learned_evaluated_and_registered(tmp_path: Path) -> None:
    config = str(EXAMPLES / "support_tickets" / "pipeline.yaml")
    result = cli("run", config, "--state-dir", str(tmp_path))
    assert result.code == 0, result.out + result.err
    (metrics,) = tmp_path.rglob("PyTorchModelEvaluation_calibration/metrics_output/metrics.json")
    assert json.loads(metrics.read_text())["auc"] > 0.85
    (package,) = (tmp_path / "model-packages" / "support-tickets").glob("*.json")
    assert "pytorch-inference" in package.read_text()
