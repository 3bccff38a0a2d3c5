"""One step's container: its own /opt/ml, private views of its inputs, a clean environment.

With namespace isolation, the job sees its folder at /opt/ml in a mount namespace of its own, and each
input folder as an overlay: it may write there, as it may in the service, and the source stays as it
is; nothing is copied. With remapping, the folder is named by PIPELINE_CONTAINER_ROOT, and inputs are
copies (made by the kernel, which shares the blocks on file systems that can).
"""

from __future__ import annotations

import json
import os
import site
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_compiler.local.copies import copy_input, link_or_copy
from pipeline_compiler.local.processes import Processes
from pipeline_compiler.local.store import remove_folder

INTERPRETERS = ("python", "python3")
ROOT_VARIABLE = "PIPELINE_CONTAINER_ROOT"
LIBRARIES_VARIABLE = "PIPELINE_LIBRARIES"  # tells jobs to install nothing into the user's interpreter
GRACE_SECONDS = 1.0  # between SIGTERM and SIGKILL; nothing that a stopped job writes is kept


@dataclass(frozen=True)
class Exit:
    """How a job ended.

    Attributes:
        status: its exit status; negative for the signal that killed it.
        timed_out: whether it was ended for running too long.
        setup_error: why it could not be started, or None.
    """

    status: int
    timed_out: bool = False
    setup_error: str | None = None


@dataclass
class Container:
    """The folders of one step's job.

    Attributes:
        base: the folder that holds everything, removed after success.
        home: HOME of every job: a folder of the run's state, kept so that libraries' caches are.
        namespace: whether the job gets a mount namespace, or remapped paths.
        region: the AWS region that the job is told.
    """

    base: Path
    home: Path
    namespace: bool
    region: str = "us-east-1"
    _views: list[dict[str, str]] = field(default_factory=list)

    def create(self) -> None:
        """Start from empty folders."""
        remove_folder(self.base)
        for folder in (self.base / "stage", self.base / "cwd", self.base / "tmp", self.home):
            folder.mkdir(parents=True, exist_ok=True)
        self.path("/opt/ml/output").mkdir(parents=True)

    def path(self, container_path: str) -> Path:
        """Where a path below /opt/ml lies on this machine."""
        return self.base / "root" / container_path.strip("/")

    def visible(self, value: str) -> str:
        """A value for the job: a path below /opt/ml as the job must open it, anything else as it is."""
        if self.namespace or not (value + "/").startswith("/opt/ml/"):
            return value
        return str(self.path(value))

    def add_input(self, source: Path, container_path: str) -> None:
        """Give the job a private view of a folder's content, or of one file, at a path."""
        target = self.path(container_path)
        target.mkdir(parents=True, exist_ok=True)
        if not self.namespace:
            copy_input(source, target)
            return
        layers = self.base / "layers" / str(len(self._views))
        for name in ("upper", "work"):
            (layers / name).mkdir(parents=True)
        if source.is_dir():
            (layers / "lower").symlink_to(source.resolve(), target_is_directory=True)
        else:
            (layers / "lower").mkdir()
            link_or_copy(source, layers / "lower" / source.name)
        self._views.append({"layers": str(layers), "target": str(target)})

    def write_json(self, container_path: str, document: object) -> None:
        """Write one of the service's configuration files."""
        path = self.path(container_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2), encoding="utf-8")

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        processes: Processes,
        log: Path,
        cwd: str | None = None,
        timeout: float | None = None,
    ) -> Exit:
        """Run a command to its end, with nothing in its environment but the given and the basics."""
        program = sys.executable if command[0] in INTERPRETERS else command[0]
        spec = {
            "command": [self.visible(part) for part in (program, *command[1:])],
            "environment": {**self._environment(), **environment},
            "cwd": self.visible(cwd) if cwd else str(self.base / "cwd"),
            "namespace": self.namespace,
            "ml": str(self.path("/opt/ml")),
            "stage": str(self.base / "stage"),
            "views": sorted(self._views, key=lambda view: view["target"]),
            "grace_seconds": GRACE_SECONDS,
            "error_file": str(self.base / "setup-error"),
        }
        spec_file = self.base / "spec.json"
        spec_file.write_text(json.dumps(spec), encoding="utf-8")
        status, timed_out = processes.run(spec_file, log, timeout)
        error_file = Path(str(spec["error_file"]))
        error = error_file.read_text(encoding="utf-8") if error_file.exists() else None
        return Exit(status, timed_out, error)

    def remove(self) -> None:
        """Remove all folders."""
        remove_folder(self.base)

    def _environment(self) -> dict[str, str]:
        here = str(Path(sys.executable).parent)
        environment = {
            "PATH": os.pathsep.join([here, os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.home),
            "TMPDIR": str(self.base / "tmp"),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
            # Steps share this machine: idle OpenMP threads that spin would slow each other many times over.
            "OMP_WAIT_POLICY": "passive",
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",  # an EC2 host's role is not the job's
            LIBRARIES_VARIABLE: "local",
        }
        if site.ENABLE_USER_SITE:  # HOME is not the user's, but the interpreter's libraries may lie there
            environment["PYTHONUSERBASE"] = site.getuserbase()
        if not self.namespace:
            environment[ROOT_VARIABLE] = str(self.base / "root")
        return environment
