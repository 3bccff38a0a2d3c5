"""One run of a pipeline, as its steps see it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from pipeline_compiler.local.cache import Cache
from pipeline_compiler.local.expressions import Scope
from pipeline_compiler.local.isolation import IsolationChoice
from pipeline_compiler.local.job import arn
from pipeline_compiler.local.plan import PlannedStep
from pipeline_compiler.local.processes import Processes
from pipeline_compiler.local.property_files import read_json_value
from pipeline_compiler.local.report import StepResult
from pipeline_compiler.local.store import Store

if TYPE_CHECKING:
    from concurrent.futures import Future

_VARIABLE_OF_JOB = {"Processing": "ProcessingJobName", "Training": "TrainingJobName"}


@dataclass(frozen=True)
class Progress:
    """How far a step is, in a line for people."""

    step: str
    text: str


@dataclass(frozen=True)
class Execution:
    """One run of a pipeline, as its steps see it.

    Attributes:
        pipeline: the pipeline's name.
        id: the execution's id.
        started: when it started.
        folder: the execution's folder of logs.
        state: the run's state folder.
        parameters: parameter -> value.
        store: the local S3.
        cache: earlier results.
        processes: the programs going on.
        isolation: how jobs are isolated.
        fresh: the steps that must run even where the cache has their result.
        events: what the threads of its steps tell the thread that started it: steps that have ended, and
            how far others are.
    """

    pipeline: str
    id: str
    started: datetime
    folder: Path
    state: Path
    parameters: Mapping[str, object]
    store: Store
    cache: Cache
    processes: Processes
    isolation: IsolationChoice
    fresh: frozenset[str]
    events: SimpleQueue[Future[StepResult] | Progress] = field(default_factory=SimpleQueue)


def scope_of(
    step: PlannedStep, execution: Execution, earlier: Mapping[str, StepResult], job_name: str
) -> Scope:
    """What the expressions of one step see."""

    def read_property_file(owner: str, name: str, path: str) -> Any:
        file = earlier[owner].property_files[name]
        return read_json_value(file, path, f"property file '{name}'", owner)

    def read_object(uri: str, path: str) -> Any:
        return read_json_value(execution.store.locate(uri), path, f"'{uri}'", step.name)

    variables = {
        "PipelineName": execution.pipeline,
        "PipelineArn": arn("pipeline", execution.pipeline),
        "PipelineExecutionId": execution.id,
        "PipelineExecutionArn": arn("pipeline", f"{execution.pipeline}/execution/{execution.id}"),
        "StartDateTime": execution.started.isoformat(),
        "CurrentDateTime": datetime.now(timezone.utc).isoformat(),
    }
    if step.type in _VARIABLE_OF_JOB:
        variables[_VARIABLE_OF_JOB[step.type]] = job_name
    return Scope(
        step=step.name,
        parameters=execution.parameters,
        variables=variables,
        properties={name: result.properties for name, result in earlier.items()},
        read_property_file=read_property_file,
        read_object=read_object,
    )


def job_name_of(execution_id: str, step: PlannedStep) -> str:
    """A job name as the service makes them: valid, unique, at most 63 characters, for a tuning job 32."""
    name = step.name.replace("_", "-")
    suffix = hashlib.sha256(f"{execution_id}/{step.name}".encode()).hexdigest()[:10]
    if step.type == "Tuning":
        return f"{execution_id}-{name[:8].strip('-')}-{suffix}"
    return f"pipelines-{execution_id}-{name[:27].strip('-')}-{suffix}"
