"""Tuning steps: what AWS asks of them beyond its service model; here the strategy and the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.findings import Path
from pipeline_compiler.conformance.jobs import TUNING, Job, at
from pipeline_compiler.conformance.literals import over_quota
from pipeline_compiler.conformance.scope import Problem, Scope, shown
from pipeline_compiler.conformance.tuning_definitions import definition_problems
from pipeline_compiler.conformance.tuning_metrics import metric_problems
from pipeline_compiler.conformance.tuning_ranges import CONFIG, Range, range_problems, ranges_of, size_of
from pipeline_compiler.conformance.tuning_rules import BAD_STRATEGY, TOO_MANY_JOBS
from pipeline_compiler.conformance.values import known, known_text

_LIMITS: Path = (*CONFIG, "ResourceLimits")


def tuning_problems(step: Step, scope: Scope) -> Iterator[Problem]:
    """Everything that AWS asks of a tuning step, and that its service model does not say.

    What only the run will tell is left alone; a parameter counts with its default.
    """
    if step.type != TUNING:
        return
    yield from definition_problems(step, scope.definition)
    searches = [list(_ranges(job)) for job in step.jobs]
    for job, ranges in zip(step.jobs, searches, strict=True):
        yield from range_problems(job, ranges, scope.definition)
        yield from metric_problems(job, scope.definition)
    searched = sum(len(ranges) for ranges in searches)
    if searched > scope.quotas["tuned_hyperparameters"]:
        yield over_quota(searched, "tuned_hyperparameters", scope.quotas)._replace(path=CONFIG)
    yield from _strategy_problems(step, searches, scope.definition)
    yield from _limit_problems(step, searches, scope)


def grid_size(step: Step, definition: Definition) -> int | None:
    """How many training jobs a grid starts by itself; None for other strategies, or where it is not known."""
    if known_text(definition, at(step.entry, *CONFIG, "Strategy")) != "Grid":
        return None
    return _combinations([list(_ranges(job)) for job in step.jobs], definition)


def _ranges(job: Job) -> Iterator[Range]:
    """What is searched for one training definition: its own ranges, else those of the tuning job."""
    if isinstance(job.request.get("HyperParameterRanges"), Mapping):
        yield from ranges_of(job.request["HyperParameterRanges"], (*job.path, "HyperParameterRanges"))
    else:
        path = (*CONFIG, "ParameterRanges")
        yield from ranges_of(at(job.step.entry, *path), path)


def _strategy_problems(step: Step, searches: list[list[Range]], definition: Definition) -> Iterator[Problem]:
    strategy = known_text(definition, at(step.entry, *CONFIG, "Strategy"))
    stopping = known_text(definition, at(step.entry, *CONFIG, "TrainingJobEarlyStoppingType"))
    if strategy == "Hyperband" and stopping == "Auto":
        yield Problem(
            BAD_STRATEGY,
            "TrainingJobEarlyStoppingType is 'Auto', and Hyperband stops training jobs by itself",
            "set it to 'Off'",
            path=(*CONFIG, "TrainingJobEarlyStoppingType"),
        )
    if strategy not in ("Hyperband", None) and at(step.entry, *CONFIG, "StrategyConfig"):
        yield Problem(
            BAD_STRATEGY,
            f"StrategyConfig is for Hyperband, and the strategy is {shown(strategy)}",
            "remove it, or choose the strategy Hyperband",
            path=(*CONFIG, "StrategyConfig"),
        )
    if strategy == "Grid":
        for each in {found.path: found for ranges in searches for found in ranges}.values():
            if not each.is_categorical:
                yield Problem(
                    BAD_STRATEGY,
                    f"the grid has the range of {shown(each.name)}, which is not categorical",
                    "list its values under CategoricalParameterRanges, or choose another strategy",
                    path=each.path,
                )


def _limit_problems(step: Step, searches: list[list[Range]], scope: Scope) -> Iterator[Problem]:
    definition, quotas = scope.definition, scope.quotas
    limits = at(step.entry, *_LIMITS)
    total, at_once, seconds = (
        _number(known(definition, at(limits, key)))
        for key in ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs", "MaxRuntimeInSeconds")
    )
    for count, quota, key in (
        (total, "tuning_jobs", "MaxNumberOfTrainingJobs"),
        (at_once, "tuning_jobs_at_once", "MaxParallelTrainingJobs"),
        (seconds, "tuning_seconds", "MaxRuntimeInSeconds"),
    ):
        if count is not None and count > quotas[quota]:
            yield over_quota(count, quota, quotas)._replace(path=(*_LIMITS, key))
    if total is not None and at_once is not None and at_once > total > 0:
        yield Problem(
            TOO_MANY_JOBS,
            f"MaxParallelTrainingJobs is {at_once}, and MaxNumberOfTrainingJobs only {total}",
            f"let at most {total} run at once",
            path=(*_LIMITS, "MaxParallelTrainingJobs"),
        )
    combinations = _combinations(searches, definition)
    if combinations is None:
        return
    grid = grid_size(step, definition) is not None
    number = combinations if total is None and grid else total
    path = (*_LIMITS, "MaxNumberOfTrainingJobs")
    if total is None and number is not None and number > quotas["tuning_jobs"]:
        yield over_quota(number, "tuning_jobs", quotas)._replace(path=_LIMITS)
    if grid and number != combinations:
        yield Problem(
            BAD_STRATEGY,
            f"MaxNumberOfTrainingJobs is {number}, and the grid has {_counted(combinations)}",
            f"set it to {combinations}, or leave it out",
            path=path,
        )
    elif number is not None and number > combinations:
        yield Problem(
            TOO_MANY_JOBS,
            f"MaxNumberOfTrainingJobs is {number}, and the ranges have only {_counted(combinations)}",
            f"set it to {combinations} at most, or widen the ranges",
            path=path,
        )


def _counted(combinations: int) -> str:
    return f"{combinations} combination{'s' if combinations != 1 else ''}"


def _combinations(searches: list[list[Range]], definition: Definition) -> int | None:
    """Of all training definitions; None for infinitely many, or where it is not known."""
    sizes = [size_of(ranges, definition) if ranges else None for ranges in searches]
    finite = [each for each in sizes if each is not None]
    return sum(finite) if sizes and len(finite) == len(sizes) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
