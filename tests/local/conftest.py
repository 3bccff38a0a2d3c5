from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline_compiler.local.isolation import try_namespace
from pipeline_compiler.local.processes import Processes
from tests.local.lab import Lab


@pytest.fixture(scope="session")
def namespace_refusal(tmp_path_factory: pytest.TempPathFactory) -> str | None:
    """Why this machine has no mount namespaces, or None."""
    folder = tmp_path_factory.mktemp("namespace")
    lock = os.open(folder / "lock", os.O_CREAT)
    result = try_namespace(folder / "attempt", folder / "home", Processes(lock, workers=1))
    os.close(lock)
    return None if result.status == 0 else str(result.setup_error)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """For what does not depend on how jobs are isolated."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text("abc")
    return Lab(tmp_path)


@pytest.fixture(params=["namespace", "remap"])
def isolated_lab(lab: Lab, request: pytest.FixtureRequest, namespace_refusal: str | None) -> Lab:
    """Once with a mount namespace, once with remapped paths."""
    if request.param == "namespace" and namespace_refusal is not None:
        pytest.skip(f"no mount namespaces here: {namespace_refusal}")
    lab.isolation = request.param
    return lab
