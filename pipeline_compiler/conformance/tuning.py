"""Tuning steps: the objective, the strategy, the limits, and the training definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Definition, Step, is_expression
from pipeline_compiler.conformance.findings import Path
from pipeline_compiler.conformance.images import parse_image
from pipeline_compiler.conformance.jobs import TUNING, TUNING_CLUSTER, Job, at, entries
from pipeline_compiler.conformance.literals import over_quota
from pipeline_compiler.conformance.patterns import pattern_of
from pipeline_compiler.conformance.scope import Problem, Scope, shown
from pipeline_compiler.conformance.tuning_ranges import Range, range_problems, ranges_of, size_of
from pipeline_compiler.conformance.tuning_rules import (
    BAD_METRIC,
    BAD_STRATEGY,
    BAD_TRAINING_DEFINITIONS,
    NO_OBJECTIVE_METRIC,
    TOO_MANY_JOBS,
)
from pipeline_compiler.conformance.values import known, known_text
from script_contracts.core.suggestions import did_you_mean

_CONFIG: Path = ("Arguments", "HyperParameterTuningJobConfig")
_LIMITS: Path = (*_CONFIG, "ResourceLimits")
_MOST_VARIABLES = 48  # API reference, HyperParameterTrainingJobDefinition, Environment: of all definitions
_ACCOUNT = re.compile(r"arn:[^:]*:iam::(\d{12}):")


def tuning_problems(step: Step, scope: Scope) -> Iterator[Problem]:
    """Everything that AWS asks of a tuning step, and that its service model does not say.

    What only the run will tell is left alone; a parameter counts with its default.
    """
    if step.type != TUNING:
        return
    yield from _definition_problems(step, scope.definition)
    searches = [list(_ranges(job)) for job in step.jobs]
    for job, ranges in zip(step.jobs, searches, strict=True):
        yield from range_problems(job, ranges, scope.definition)
        yield from _metric_problems(job, scope.definition)
    searched = sum(len(ranges) for ranges in searches)
    if searched > scope.quotas["tuned_hyperparameters"]:
        yield over_quota(searched, "tuned_hyperparameters", scope.quotas)._replace(path=_CONFIG)
    yield from _strategy_problems(step, searches, scope.definition)
    yield from _limit_problems(step, searches, scope)


def grid_size(step: Step, definition: Definition) -> int | None:
    """How many training jobs a grid starts by itself; None for other strategies, or where it is not known."""
    if known_text(definition, at(step.entry, *_CONFIG, "Strategy")) != "Grid":
        return None
    return _combinations([list(_ranges(job)) for job in step.jobs], definition)


def _ranges(job: Job) -> Iterator[Range]:
    """What is searched for one training definition: its own ranges, else those of the tuning job."""
    if isinstance(job.request.get("HyperParameterRanges"), Mapping):
        yield from ranges_of(job.request["HyperParameterRanges"], (*job.path, "HyperParameterRanges"))
    else:
        path = (*_CONFIG, "ParameterRanges")
        yield from ranges_of(at(job.step.entry, *path), path)


def _definition_problems(step: Step, definition: Definition) -> Iterator[Problem]:
    single, several = (key in step.arguments for key in ("TrainingJobDefinition", "TrainingJobDefinitions"))
    if single == several:
        yield Problem(
            BAD_TRAINING_DEFINITIONS,
            f"the tuning job has {'both' if single else 'neither'} TrainingJobDefinition "
            f"{'and' if single else 'nor'} TrainingJobDefinitions",
            "give TrainingJobDefinition, or TrainingJobDefinitions for several algorithms",
            path=("Arguments",),
        )
    for job in step.jobs:
        given = {"ResourceConfig", TUNING_CLUSTER} & job.request.keys()
        if len(given) != 1:
            yield Problem(
                BAD_TRAINING_DEFINITIONS,
                f"the training definition has {'both' if given else 'neither'} ResourceConfig "
                f"{'and' if given else 'nor'} {TUNING_CLUSTER}",
                "give one of them: the instances of each training job",
                path=job.path,
            )
    environments = (job.request.get("Environment") for job in step.jobs)
    variables = sum(len(each) for each in environments if isinstance(each, Mapping))
    if len(step.jobs) > 1:
        yield from _several_definitions(step, definition)
        if variables > _MOST_VARIABLES:
            yield Problem(
                BAD_TRAINING_DEFINITIONS,
                f"the training definitions have {variables} environment variables together; AWS allows "
                f"{_MOST_VARIABLES}",
                "leave some out, or put them into a file in S3",
                path=("Arguments", "TrainingJobDefinitions"),
            )


def _several_definitions(step: Step, definition: Definition) -> Iterator[Problem]:
    seen: set[str] = set()
    for job in step.jobs:
        name = known_text(definition, job.request.get("DefinitionName"))
        if name in seen or "DefinitionName" not in job.request:
            yield Problem(
                BAD_TRAINING_DEFINITIONS,
                f"two training definitions are called {shown(name)}" if name else "it has no DefinitionName",
                "give each of several training definitions a name of its own",
                path=(*job.path, "DefinitionName"),
            )
        seen |= {name} if name else set()
    stopping = known_text(definition, at(step.entry, *_CONFIG, "TrainingJobEarlyStoppingType"))
    for used, path in (
        (stopping == "Auto", (*_CONFIG, "TrainingJobEarlyStoppingType")),
        ("WarmStartConfig" in step.arguments, ("Arguments", "WarmStartConfig")),
    ):
        if used:
            yield Problem(
                BAD_TRAINING_DEFINITIONS,
                f"{path[-1]} is for tuning jobs with one training definition, and there are {len(step.jobs)}",
                "leave it out, or tune each algorithm in a step of its own",
                path=path,
            )


def _metric_problems(job: Job, definition: Definition) -> Iterator[Problem]:
    metrics = at(job.request, "AlgorithmSpecification", "MetricDefinitions")
    where: Path = (*job.path, "AlgorithmSpecification", "MetricDefinitions")
    for index, entry in entries(metrics):
        yield from _regex_problems(known(definition, entry.get("Regex")), (*where, index, "Regex"))
    path: Path = (*job.path, "TuningObjective")
    if "TuningObjective" not in job.request:
        path = (*_CONFIG, "HyperParameterTuningJobObjective")
    objective = at(job.step.entry, *path)
    if objective is None:
        yield Problem(
            NO_OBJECTIVE_METRIC,
            "the tuning job has no objective",
            "give HyperParameterTuningJobObjective: a metric, and whether to minimize or maximize it",
            path=_CONFIG,
        )
    name = known_text(definition, at(objective, "MetricName"))
    names = [known_text(definition, entry.get("Name")) for _, entry in entries(metrics)]
    if name is None or None in names or is_expression(metrics) or not _is_custom(job, definition):
        return
    known_names = [each for each in names if each is not None]
    if name not in known_names:
        yield Problem(
            NO_OBJECTIVE_METRIC,
            f"the objective {shown(name)} is not among the MetricDefinitions",
            did_you_mean(name, known_names, what="metrics")
            if known_names
            else "give MetricDefinitions: its name, and a Regex that finds its value in the output",
            path=(*path, "MetricName"),
        )


def _is_custom(job: Job, definition: Definition) -> bool:
    """Whether AWS knows the metrics by MetricDefinitions only: its own algorithms have metrics built in.

    Custom for certain are programs in script mode, and images in the account of the job's own role.
    """
    if "sagemaker_program" in job.hyperparameters or at(
        job.request, "AlgorithmSpecification", "MetricDefinitions"
    ):
        return True
    image = parse_image(known_text(definition, job.image))
    role = _ACCOUNT.match(known_text(definition, job.request.get("RoleArn")) or "")
    return image is not None and role is not None and image.account == role[1]


def _regex_problems(regex: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(regex, str):
        return
    try:
        groups = pattern_of(regex).compiled.groups
    except re.error as error:
        message = f"{shown(regex)} is no regular expression: {error}"
        yield Problem(BAD_METRIC, message, "correct it, and try it on a line of the job's log", path=path)
        return
    if not groups:
        message = f"{shown(regex)} has no parentheses, so that nothing of what it finds is the value"
        yield Problem(BAD_METRIC, message, "put the value into parentheses: auc:([0-9.]+)", path=path)


def _strategy_problems(step: Step, searches: list[list[Range]], definition: Definition) -> Iterator[Problem]:
    strategy = known_text(definition, at(step.entry, *_CONFIG, "Strategy"))
    stopping = known_text(definition, at(step.entry, *_CONFIG, "TrainingJobEarlyStoppingType"))
    if strategy == "Hyperband" and stopping == "Auto":
        yield Problem(
            BAD_STRATEGY,
            "TrainingJobEarlyStoppingType is 'Auto', and Hyperband stops training jobs by itself",
            "set it to 'Off'",
            path=(*_CONFIG, "TrainingJobEarlyStoppingType"),
        )
    if strategy not in ("Hyperband", None) and at(step.entry, *_CONFIG, "StrategyConfig"):
        yield Problem(
            BAD_STRATEGY,
            f"StrategyConfig is for Hyperband, and the strategy is {shown(strategy)}",
            "remove it, or choose the strategy Hyperband",
            path=(*_CONFIG, "StrategyConfig"),
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
    total, at_once = (
        _number(known(definition, at(limits, key)))
        for key in ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs")
    )
    for count, quota, key in (
        (total, "tuning_jobs", "MaxNumberOfTrainingJobs"),
        (at_once, "tuning_jobs_at_once", "MaxParallelTrainingJobs"),
    ):
        if count is not None and count > quotas[quota]:
            yield over_quota(count, quota, quotas)._replace(path=(*_LIMITS, key))
    if total is not None and at_once is not None and at_once > total:
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
            f"MaxNumberOfTrainingJobs is {number}, and the grid has {combinations} combinations",
            f"set it to {combinations}, or leave it out",
            path=path,
        )
    elif number is not None and number > combinations:
        yield Problem(
            TOO_MANY_JOBS,
            f"MaxNumberOfTrainingJobs is {number}, and the ranges have only {combinations} combinations",
            f"set it to {combinations} at most, or widen the ranges",
            path=path,
        )


def _combinations(searches: list[list[Range]], definition: Definition) -> int | None:
    """Of all training definitions; None for infinitely many, or where it is not known."""
    sizes = [size_of(ranges, definition) if ranges else None for ranges in searches]
    finite = [each for each in sizes if each is not None]
    return sum(finite) if sizes and len(finite) == len(sizes) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
