from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scripts.harness import SCRIPTS


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    for name in ("with_requirements.py", "contract_runtime.py", "contract_checks.py"):
        shutil.copy(SCRIPTS / name, tmp_path)
    (tmp_path / "program.py").write_text("import sys; print(sys.argv[1:]); sys.exit(3)")
    (tmp_path / "requirements.txt").write_text("./there-is-no-such.whl\n")
    return tmp_path


def run(bundle: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    program = [str(bundle / "with_requirements.py"), str(bundle / "program.py"), "--job_type", "training"]
    environment = {**os.environ, "PIPELINE_CONTAINER_ROOT": str(bundle), **variables}
    return subprocess.run(
        [sys.executable, *program], env=environment, capture_output=True, text=True, check=False
    )


def test_in_a_local_run_it_installs_nothing_and_becomes_the_program(bundle: Path) -> None:
    done = run(bundle, PIPELINE_LIBRARIES="local")
    assert (done.returncode, done.stdout) == (3, "['--job_type', 'training']\n")


def test_the_program_does_not_start_without_its_libraries(bundle: Path) -> None:
    done = run(bundle)
    assert done.returncode == 1
    assert "['--job_type'" not in done.stdout
    message = (bundle / "opt/ml/output/message").read_text()
    assert message.startswith("PC778 pip exited with status 1 while it installed ./there-is-no-such.whl")
    assert message in done.stderr
