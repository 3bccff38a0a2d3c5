"""Tuning steps: many training jobs with different hyperparameters, of which the best is kept, as the
service runs tuning jobs.

Unlike there, the strategies Bayesian and Random choose alike: at random, before the first job starts,
and equal for equal requests. No job is stopped early for doing badly. At most MaxParallelTrainingJobs
go on at once, and never more programs of all steps together than the run has workers.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline_compiler.local.digests import Stopped
from pipeline_compiler.local.job import Finished, JobContext, JobType, StepError, files_problem
from pipeline_compiler.local.metrics import metric_definitions
from pipeline_compiler.local.program import tail
from pipeline_compiler.local.rules import NO_INPUT_OBJECTS, NO_JOB_COMPLETED, NO_OBJECTIVE
from pipeline_compiler.local.search_space import Point
from pipeline_compiler.local.training import run_training_job, training_inputs, training_outputs
from pipeline_compiler.local.trials import Trial, best_first, describe, so_far, told, write_summary
from pipeline_compiler.local.tuning_request import chosen_points, objective, training_request, tuning_limits
from script_contracts.core.diagnostics import PipelineCompilerError, Place


def _inputs(arguments: Mapping[str, Any]) -> list[str]:
    return training_inputs(training_request(arguments))


def _outputs(arguments: Mapping[str, Any]) -> list[str]:
    return training_outputs(training_request(arguments))


def _execute(context: JobContext, arguments: Mapping[str, Any]) -> Finished:
    started = _now()
    folder = context.log.with_name(context.step.name)
    folder.mkdir()
    points = chosen_points(arguments["HyperParameterTuningJobConfig"])
    trials = best_first(_run_all(context, arguments, folder, points), objective(arguments))
    summary = write_summary(folder, context.log, arguments, trials)
    best = trials[0]
    if best.finished is None or best.value is None:
        raise _nothing_to_choose(context, arguments, trials)
    properties = {
        **describe(context.job_name, arguments, trials),
        "CreationTime": started,
        "HyperParameterTuningEndTime": _now(),
    }
    message = told(arguments, trials, len(points))
    return Finished(properties, {**best.finished.outputs, "tuning": summary}, message)


def _run_all(
    context: JobContext, arguments: Mapping[str, Any], folder: Path, points: list[Point]
) -> list[Trial]:
    """Run the training jobs and tell, in the step's log and to whoever looks, when each ends.

    Raises:
        Stopped: if the run is stopped meanwhile.
    """
    limits = arguments["HyperParameterTuningJobConfig"]["ResourceLimits"]
    seconds = limits.get("MaxRuntimeInSeconds")
    runner = _Runner(context, arguments, folder, time.monotonic() + seconds if seconds else None)
    trials = []
    workers = min(limits["MaxParallelTrainingJobs"], context.processes.workers, len(points))
    with ThreadPoolExecutor(workers, thread_name_prefix=context.job_name) as pool:
        jobs = [pool.submit(runner.run, number, point) for number, point in enumerate(points, start=1)]
        try:
            for job in as_completed(jobs):
                trial = job.result()
                if trial is not None:
                    trials.append(trial)
                    with context.log.open("a", encoding="utf-8") as log:
                        log.write(f"{trial.line()}\n")
                    context.tell(so_far(arguments, trials, len(points)))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return sorted(trials, key=lambda trial: trial.name)


@dataclass(frozen=True)
class _Runner:
    """Runs single training jobs of a tuning job, in whatever thread.

    Attributes:
        context, arguments: those of the tuning job.
        folder: takes their logs.
        deadline: when none may go on any more, by the monotonic clock.
    """

    context: JobContext
    arguments: Mapping[str, Any]
    folder: Path
    deadline: float | None

    def run(self, number: int, point: Point) -> Trial | None:
        """One training job, or None where the time was over before it began."""
        if self.context.processes.stopping.is_set():
            raise Stopped
        left = self.deadline - time.monotonic() if self.deadline else None
        if left is not None and left <= 0:
            return None
        suffix = hashlib.sha256(f"{self.context.job_name}/{number}".encode()).hexdigest()[:8]
        name = f"{self.context.job_name}-{number:03}-{suffix}"
        trial = Trial(name, point, self.folder / f"{name}.log", _now())
        trial.log.touch()
        context = replace(
            self.context,
            job_name=name,
            log=trial.log,
            container=self.context.container.with_name(f"{self.context.step.name}.{number:03}"),
        )
        request = _in_time(training_request(self.arguments, point, name), left)
        try:
            finished = run_training_job(context, request)
        except OSError as error:
            failure = PipelineCompilerError(files_problem(self.context.step.name, error))
            return replace(trial, ended=_now(), failure=failure)
        except PipelineCompilerError as failure:
            return replace(trial, ended=_now(), failure=failure)
        values = {
            metric["MetricName"]: metric["Value"] for metric in finished.properties["FinalMetricDataList"]
        }
        value = values.get(objective(self.arguments)["MetricName"])
        return replace(trial, ended=_now(), finished=finished, value=value)


def _in_time(request: dict[str, Any], left: float | None) -> dict[str, Any]:
    """The request with no more time than the tuning job has left."""
    if left is None:
        return request
    condition = request.get("StoppingCondition", {})
    seconds = min(left, condition.get("MaxRuntimeInSeconds", left))
    return {**request, "StoppingCondition": {**condition, "MaxRuntimeInSeconds": seconds}}


def _nothing_to_choose(
    context: JobContext, arguments: Mapping[str, Any], trials: Sequence[Trial]
) -> PipelineCompilerError:
    """Why none of the training jobs is the best, shown by the first of them."""
    step, place = context.step.name, Place(field=context.step.name)
    completed = [trial for trial in trials if trial.finished is not None]
    first = min(completed or trials, key=lambda trial: trial.name)
    which = f"training job {first.name} with {first.point_text()}"
    if first.failure is not None:
        failure, *others = first.failure.diagnostics
        problem = NO_JOB_COMPLETED.error(
            f"step '{step}': all {len(trials)} training jobs failed, the first with "
            f"{failure.code}: {failure.message}",
            fix=failure.fix,
            place=place,
            details=(which, *failure.details, *map(str, others)),
        )
        status = first.failure.exit_status if isinstance(first.failure, StepError) else None
        message = first.failure.message if isinstance(first.failure, StepError) else ""
        return StepError(problem, exit_status=status, message=message)
    metric = objective(arguments)["MetricName"]
    (regex,) = (d["Regex"] for d in metric_definitions(training_request(arguments)) if d["Name"] == metric)
    problem = NO_OBJECTIVE.error(
        f"step '{step}': {len(completed)} of {len(trials)} training jobs completed, and none of them logged "
        f"the metric '{metric}'",
        fix=f"let the program print it on a line that matches '{regex}', or correct that expression",
        place=place,
        details=(which, *tail(first.log), f"log: {first.log}"),
    )
    return StepError(problem)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


TUNING = JobType(tuning_limits, _inputs, _outputs, _execute, NO_INPUT_OBJECTS)
