"""Whether this machine allows a step its own /opt/ml."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Literal

from pipeline_compiler.local.container import Container, Exit
from pipeline_compiler.local.processes import Processes
from pipeline_compiler.local.rules import NO_NAMESPACE
from script_contracts.core.diagnostics import PipelineCompilerError

Isolation = Literal["auto", "namespace", "remap"]


class IsolationChoice:
    """Decides once per run, when the first job needs it: a run from the cache never asks.

    Args:
        wanted: `namespace` and `remap` force one way; `auto` takes the namespace where it works.
        folder: a folder below the run's state, for the attempt.
        home: HOME of the attempt.
    """

    def __init__(self, wanted: Isolation, folder: Path, home: Path) -> None:
        self._wanted = wanted
        self._folder = folder
        self._home = home
        self._lock = threading.Lock()
        self._answer: bool | None = None

    def namespace(self, processes: Processes) -> bool:
        """Whether jobs get a mount namespace.

        Raises:
            PipelineCompilerError: (PC794) where one was demanded and cannot be had.
        """
        if self._wanted == "remap":
            return False
        with self._lock:
            if self._answer is None:
                result = try_namespace(self._folder, self._home, processes)
                # An attempt that a stopping run cut short says nothing.
                self._answer = result.status == 0 and not processes.stopping.is_set()
                if self._wanted == "namespace" and not self._answer:
                    raise PipelineCompilerError(
                        NO_NAMESPACE.error(
                            f"no private mount namespace on this machine: {result.setup_error}",
                            fix="use isolation 'auto', which remaps container paths here",
                        )
                    )
        return self._answer


def try_namespace(folder: Path, home: Path, processes: Processes) -> Exit:
    """Run a job that checks for its own /opt/ml; succeeds where namespaces work."""
    if folder.resolve().is_relative_to("/opt/ml"):
        return Exit(1, setup_error="the state folder lies below /opt/ml, which each job hides")
    container = Container(folder, home, namespace=True)
    container.create()
    (folder / "source").mkdir()
    container.path("/opt/ml/probe").touch()
    container.add_input(folder / "source", "/opt/ml/input")
    result = container.run(
        ["/bin/sh", "-c", "test -e /opt/ml/probe"], {}, processes=processes, log=folder / "log"
    )
    container.remove()
    return result
