"""Running one step: resolve its arguments, look for an earlier result, run its job, remember."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline_compiler.local.conditions import holds
from pipeline_compiler.local.execution import Execution, Progress, job_name_of, scope_of
from pipeline_compiler.local.expressions import Scope, as_text, evaluate
from pipeline_compiler.local.job import Finished, JobContext, JobType, StepError, files_problem
from pipeline_compiler.local.model import MODEL
from pipeline_compiler.local.plan import PlannedStep
from pipeline_compiler.local.processing import PROCESSING
from pipeline_compiler.local.register_model import REGISTER_MODEL
from pipeline_compiler.local.report import Status, StepResult
from pipeline_compiler.local.rules import FAIL_STEP
from pipeline_compiler.local.training import TRAINING
from pipeline_compiler.local.transform import TRANSFORM
from pipeline_compiler.local.tuning import TUNING
from pipeline_compiler.model_packages import is_model_package
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place, raise_errors

JOBS: Mapping[str, JobType] = {
    "Processing": PROCESSING,
    "Training": TRAINING,
    "Tuning": TUNING,
    "RegisterModel": REGISTER_MODEL,
    "Model": MODEL,
    "Transform": TRANSFORM,
}


def run_step(step: PlannedStep, execution: Execution, earlier: Mapping[str, StepResult]) -> StepResult:
    """The result of one step whose dependencies have all succeeded.

    Raises:
        Stopped: if the run is stopped meanwhile.
    """
    start = time.monotonic()
    try:
        result = _run(step, execution, earlier)
    except StepError as failure:
        result = _failed(step, execution, *failure.diagnostics)
        result = replace(result, exit_status=failure.exit_status, message=failure.message)
    except PipelineCompilerError as failure:
        result = _failed(step, execution, *failure.diagnostics)
    except OSError as error:
        result = _failed(step, execution, files_problem(step.name, error))
    return result.after(time.monotonic() - start)


def _run(step: PlannedStep, execution: Execution, earlier: Mapping[str, StepResult]) -> StepResult:
    job_name = job_name_of(execution.id, step)
    scope = scope_of(step, execution, earlier, job_name)
    if step.type == "Condition":
        return _decide(step, scope)
    arguments = evaluate(step.arguments, scope)
    if step.type == "Fail":
        message = as_text(arguments.get("ErrorMessage", "no message"))
        problem = FAIL_STEP.error(
            f"step '{step.name}' failed the execution: {message}",
            fix="change what led to this branch of the pipeline, or its condition",
            place=Place(field=step.name),
        )
        raise StepError(problem, message=message)
    return _run_job(step, execution, arguments, job_name)


def _run_job(step: PlannedStep, execution: Execution, arguments: dict[str, Any], job_name: str) -> StepResult:
    kind = JOBS[step.type]
    raise_errors(kind.limits(step.name, arguments))
    inputs = {uri: execution.cache.digests.of(execution.store.locate(uri)) for uri in kind.inputs(arguments)}
    raise_errors(_missing_inputs(step, execution, kind, inputs))
    present = {uri: digest for uri, digest in inputs.items() if digest is not None}
    key = execution.cache.key(step.name, step.type, arguments, present, kind.outputs(arguments))
    if step.name not in execution.fresh:
        hit = execution.cache.find(step.name, key)
        if hit is not None:
            return _result(step, Status.CACHED, *hit)
    log = execution.folder / f"{step.name}.log"
    log.touch()
    context = JobContext(
        step=step,
        job_name=job_name,
        execution_id=execution.id,
        store=execution.store,
        packages=execution.store.packages,
        models=execution.state / "models",
        container=execution.state / "containers" / step.name,
        home=execution.state / "home",
        log=log,
        processes=execution.processes,
        isolation=execution.isolation,
        tell=lambda text: execution.events.put(Progress(step.name, text)),
    )
    finished = kind.execute(context, arguments)
    execution.cache.record(step.name, key, finished, log)
    return _result(step, Status.SUCCEEDED, finished, log)


def _missing_inputs(
    step: PlannedStep, execution: Execution, kind: JobType, inputs: Mapping[str, str | None]
) -> Iterator[Diagnostic]:
    for uri, digest in inputs.items():
        if digest is None and is_model_package(uri):
            yield kind.missing_input.error(
                f"step '{step.name}': the model package '{uri}' is not on this machine",
                fix=f"name the folder that holds its model.tar.gz: --map {uri}=FOLDER, or 'local:' in the "
                "config; or use a package that a local run with this state folder has registered",
                place=Place(field=step.name),
            )
        elif digest is None:
            yield kind.missing_input.error(
                f"step '{step.name}': there are no objects at '{uri}'",
                fix=f"name the folder that stands for it: --map {uri}=FOLDER, or 'local:' in the config; "
                f"or put files into {execution.store.locate(uri)}",
                place=Place(field=step.name),
            )


def _decide(step: PlannedStep, scope: Scope) -> StepResult:
    outcomes = [holds(condition, scope) for condition in step.arguments["Conditions"]]
    met = all(value for value, _ in outcomes)
    text = " and ".join(text for _, text in outcomes)
    return StepResult(
        step.name,
        step.type,
        Status.SUCCEEDED,
        properties={"Outcome": "True" if met else "False"},
        message=f"{text} is {'true' if met else 'false'}",
    )


def _result(step: PlannedStep, status: Status, finished: Finished, log: Path) -> StepResult:
    return StepResult(
        step.name,
        step.type,
        status,
        log=log,
        outputs=finished.outputs,
        property_files={
            name: finished.outputs[output] / path
            for name, (output, path) in step.property_files.items()
            if output in finished.outputs
        },
        properties=finished.properties,
        message=finished.message,
    )


def _failed(step: PlannedStep, execution: Execution, *diagnostics: Diagnostic) -> StepResult:
    log = execution.folder / f"{step.name}.log"
    return StepResult(
        step.name, step.type, Status.FAILED, log=log if log.exists() else None, diagnostics=diagnostics
    )
