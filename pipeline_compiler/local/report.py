"""What a run did, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from pipeline_compiler.local.property_files import read_json
from script_contracts.core.diagnostics import Diagnostic


class Status(str, Enum):
    """How a step ended. `SKIPPED`: its branch was not taken; `BLOCKED`: a step that it needs failed."""

    SUCCEEDED = "Succeeded"
    CACHED = "Cached"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    BLOCKED = "Blocked"


@dataclass(frozen=True)
class StepResult:
    """What became of one step.

    Attributes:
        name: the step's name.
        type: the step's type in the definition.
        status: how it ended.
        seconds: how long it took; for a cached step, how long finding that out took.
        log: the file with the program's output, of the earlier execution for a cached step.
        outputs: output name -> the local folder (or archive) with it.
        property_files: property file -> its local path.
        properties: the step's properties, as later steps read them.
        diagnostics: why it failed.
        exit_status: the program's exit status, negative for a signal; None where no program ran.
        message: the failure or exit message of the job, a condition's outcome, or "".
    """

    name: str
    type: str
    status: Status
    seconds: float = 0.0
    log: Path | None = None
    outputs: Mapping[str, Path] = field(default_factory=dict)
    property_files: Mapping[str, Path] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    exit_status: int | None = None
    message: str = ""

    def after(self, seconds: float) -> StepResult:
        """The same result with its duration."""
        return replace(self, seconds=seconds)

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON-ready data, without the properties."""
        return {
            "name": self.name,
            "type": self.type,
            "status": self.status.value,
            "seconds": round(self.seconds, 3),
            "log": str(self.log) if self.log else None,
            "outputs": {name: str(path) for name, path in self.outputs.items()},
            "property_files": {name: str(path) for name, path in self.property_files.items()},
            "diagnostics": [diagnostic.as_dict() for diagnostic in self.diagnostics],
            "exit_status": self.exit_status,
            "message": self.message,
        }


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Attributes:
        execution_id: unique and ordered by time.
        folder: the execution's folder, with one log per step that ran.
        steps: the result of every selected step, in the order in which they can run.
    """

    execution_id: str
    folder: Path
    steps: Sequence[StepResult]

    @property
    def ok(self) -> bool:
        """Whether no step failed or was blocked."""
        return not any(step.status in (Status.FAILED, Status.BLOCKED) for step in self.steps)

    @property
    def executed(self) -> tuple[str, ...]:
        """The steps that ran a job in this run: neither cached, skipped, blocked nor mere decisions."""
        return tuple(
            step.name
            for step in self.steps
            if step.status in (Status.SUCCEEDED, Status.FAILED) and step.type not in ("Condition", "Fail")
        )

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Why the run failed."""
        return tuple(diagnostic for step in self.steps for diagnostic in step.diagnostics)

    @property
    def model_packages(self) -> dict[str, Path]:
        """RegisterModel step -> the file that describes the package that it registered."""
        return {
            step.name: step.outputs["ModelPackage"]
            for step in self.steps
            if step.type == "RegisterModel" and "ModelPackage" in step.outputs
        }

    def step(self, name: str) -> StepResult:
        """The result of one step.

        Raises:
            KeyError: if the run has no such step.
        """
        return {step.name: step for step in self.steps}[name]

    def read_property_file(self, step: str, name: str) -> Any:
        """A property file's JSON document, such as an evaluation's metrics.

        Raises:
            KeyError: if there is no such step or property file.
            PipelineCompilerError: (PC787) if the step wrote no such file, or no JSON.
        """
        return read_json(self.step(step).property_files[name], f"property file '{name}'", step)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return {
            "execution_id": self.execution_id,
            "ok": self.ok,
            "folder": str(self.folder),
            "executed": list(self.executed),
            "model_packages": {step: str(path) for step, path in self.model_packages.items()},
            "steps": [step.as_dict() for step in self.steps],
        }
