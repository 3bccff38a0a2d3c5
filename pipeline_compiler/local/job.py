"""What every kind of job shares: where it works, how it ends, and what a failure tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_compiler.local.container import Container
from pipeline_compiler.local.isolation import IsolationChoice
from pipeline_compiler.local.plan import PlannedStep
from pipeline_compiler.local.processes import Processes
from pipeline_compiler.local.rules import CONTAINER_FAILED
from pipeline_compiler.local.store import Store
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place, Rule

ACCOUNT = "000000000000"


class StepError(PipelineCompilerError):
    """A job that ran and failed, with how its program ended and what it said."""

    def __init__(self, *diagnostics: Diagnostic, exit_status: int | None = None, message: str = "") -> None:
        super().__init__(*diagnostics)
        self.exit_status = exit_status
        self.message = message


@dataclass(frozen=True)
class JobContext:
    """One job of one execution.

    Attributes:
        step: the step that the job runs.
        job_name: the job's name, unique in the account as in the service.
        execution_id: the execution's id.
        store: the local S3.
        packages: the folder of registered model packages.
        models: the folder of the models that Model steps created.
        container: the folder for the job's container.
        home: HOME of all jobs.
        log: the file that takes the program's output.
        processes: the programs that the run has going.
        isolation: how jobs are isolated.
        tell: takes a line for people on how far the step is.
    """

    step: PlannedStep
    job_name: str
    execution_id: str
    store: Store
    packages: Path
    models: Path
    container: Path
    home: Path
    log: Path
    processes: Processes
    isolation: IsolationChoice
    tell: Callable[[str], None]

    def new_container(self, image: str) -> Container:
        """An empty container for the job."""
        container = Container(
            self.container, self.home, self.isolation.namespace(self.processes), region_of(image)
        )
        container.create()
        return container


@dataclass(frozen=True)
class Finished:
    """What a job left behind: its properties, output name -> local path, and its exit message."""

    properties: Mapping[str, Any]
    outputs: Mapping[str, Path]
    message: str = ""


@dataclass(frozen=True)
class JobType:
    """How to run one type of step.

    Attributes:
        limits: (step name, resolved arguments) -> what the service would refuse.
        inputs: resolved arguments -> the S3 locations that the job reads.
        outputs: resolved arguments -> the S3 locations that the job writes.
        execute: runs the job.
        missing_input: the rule that a location without objects breaks.
    """

    limits: Callable[[str, Mapping[str, Any]], Iterable[Diagnostic]]
    inputs: Callable[[Mapping[str, Any]], list[str]]
    outputs: Callable[[Mapping[str, Any]], list[str]]
    execute: Callable[[JobContext, Mapping[str, Any]], Finished]
    missing_input: Rule


def files_problem(step: str, error: OSError) -> Diagnostic:
    """A full disk, or a source folder that may not be read."""
    return CONTAINER_FAILED.error(
        f"step '{step}': its files could not be set up or collected: {error}",
        fix="make room, or make the file accessible",
        place=Place(field=step),
    )


def region_of(image: str) -> str:
    """The AWS region in an image URI."""
    match = re.search(r"\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.", image)
    return match.group(1) if match else "us-east-1"


def arn(kind: str, name: str, image: str = "") -> str:
    """The ARN of something that exists on this machine only."""
    return f"arn:aws:sagemaker:{region_of(image)}:{ACCOUNT}:{kind}/{name}"
