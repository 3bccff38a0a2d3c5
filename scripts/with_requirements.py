"""Installs what the image lacks, then becomes the program: `python3 with_requirements.py PROGRAM ARGUMENT...`

A training job's launcher installs the requirements.txt of its code bundle; a processing job has no launcher.
Standard library only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from contract_runtime import FAILURE_PATHS, ROOT_VARIABLE

LIBRARIES_VARIABLE = "PIPELINE_LIBRARIES"  # "local": the interpreter's own libraries stand for the image


def main() -> None:
    """Install `requirements.txt` beside this file, and go on as the program.

    Raises:
        SystemExit: (PC778) the libraries cannot be installed.
    """
    requirements = Path(__file__).resolve().with_name("requirements.txt")
    if os.environ.get(LIBRARIES_VARIABLE) != "local":
        install(requirements)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])


def install(requirements: Path) -> None:
    """Run pip, which explains itself in the log.

    Raises:
        SystemExit: (PC778) it failed.
    """
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    status = subprocess.run([*command, "-r", str(requirements)], check=False).returncode
    if status:
        wanted = ", ".join(requirements.read_text(encoding="utf-8").split())
        text = (
            f"PC778 pip exited with status {status} while it installed {wanted}\n"
            "fix: let the job reach a package index, or give the step an image_uri that has the libraries"
        )
        failure = Path(os.environ.get(ROOT_VARIABLE, "") + FAILURE_PATHS["Processing"])
        failure.parent.mkdir(parents=True, exist_ok=True)
        failure.write_text(text, encoding="utf-8")
        sys.exit(text)


if __name__ == "__main__":
    main()
