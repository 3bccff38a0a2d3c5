"""What each step of a definition starts: instances, volumes, and for how long at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.jobs import TUNING, TUNING_CLUSTER
from pipeline_compiler.conformance.tuning import grid_size
from pipeline_compiler.cost.rules import UNBOUNDED
from pipeline_compiler.possible_values import open_parameters, possible_values
from script_contracts.core.diagnostics import Diagnostic

# Step type -> the member that holds its instances. Types that start no job are free.
_CLUSTERS = {"Processing": ("ProcessingResources", "ClusterConfig"), "Training": ("ResourceConfig",)}
_BOUNDED = sorted((*_CLUSTERS, TUNING))
_NUMBER_OF_JOBS = ("ResourceLimits", "MaxNumberOfTrainingJobs")
_FREE = {"Condition", "Fail", "RegisterModel", "Model"}


@dataclass(frozen=True)
class Cluster:
    """Instances of one kind that a step may run.

    Attributes:
        kind: Processing or Training, which have prices of their own; Training for tuning steps.
        instance_types: all that it may be; more than one where a parameter chooses.
        count: instances at most.
        volume_gb: size of each instance's volume at most.
        seconds: how long they run at most, retries included.
        jobs: how many training jobs of such instances a tuning step starts at most; 1 for other steps.
        is_choice: whether the step's jobs run on these instances or on others of its clusters.
    """

    step: str
    kind: str
    instance_types: tuple[str, ...]
    count: int
    volume_gb: int
    seconds: int
    jobs: int = 1
    is_choice: bool = False


def clusters(definition: Definition) -> tuple[tuple[Cluster, ...], tuple[Diagnostic, ...]]:
    """The instances of every step, and where no bound can be given (PC578)."""
    found: list[Cluster] = []
    problems: list[Diagnostic] = []
    for step in definition.steps:
        if step.type in _CLUSTERS:
            resources: Any = step.arguments
            for member in _CLUSTERS[step.type]:
                resources = resources.get(member) or {}
            of_step, unbounded = _of_job(step, step.arguments, resources, definition)
        elif step.type == TUNING:
            of_step, unbounded = _of_tuning(step, definition)
        elif step.type in _FREE:
            continue
        else:
            of_step = []
            unbounded = [
                UNBOUNDED.error(
                    f"{step.name}: the cost of a step of type {step.type or 'none'} has no bound",
                    fix=f"bounded are {', '.join(_BOUNDED)}, whose requests limit their time; leave "
                    "out the budget otherwise",
                )
            ]
        found += of_step
        problems += unbounded
    return tuple(found), tuple(problems)


def _of_tuning(step: Step, definition: Definition) -> tuple[list[Cluster], list[Diagnostic]]:
    """What each training job of a tuning step may run on, and how many there are at most."""
    limit = _member(step.arguments.get("HyperParameterTuningJobConfig") or {}, *_NUMBER_OF_JOBS)
    jobs = grid_size(step, definition) if limit is None else _most(limit, definition)
    problems = _open(step, limit, definition)
    if jobs is None:
        problems.append(
            UNBOUNDED.error(
                f"{step.name}: how many training jobs it starts is not known before it runs",
                fix="set MaxNumberOfTrainingJobs to a number, or to a parameter with a default",
            )
        )
        return [], problems
    choices: list[Cluster] = []
    for job in step.jobs:
        alternatives = job.request.get(TUNING_CLUSTER) or {}
        for resources in alternatives.get("InstanceConfigs") or [job.cluster]:
            of_job, unbounded = _of_job(step, job.request, resources, definition)
            choices += of_job
            problems += unbounded
    several = len(choices) > 1
    return [replace(each, kind="Training", jobs=jobs, is_choice=several) for each in choices], problems


def _of_job(
    step: Step, request: Mapping[str, Any], resources: Mapping[str, Any], definition: Definition
) -> tuple[list[Cluster], list[Diagnostic]]:
    """The instances of one job request, and of each of its instance groups."""
    limit = _member(request, "StoppingCondition", "MaxRuntimeInSeconds")
    problems = _open(step, [resources, limit], definition)
    seconds = _most(limit, definition)
    found: list[Cluster] = []
    for group in resources.get("InstanceGroups") or [resources]:
        types = tuple(map(str, possible_values(group.get("InstanceType", {}), definition)))
        count = _most(group.get("InstanceCount"), definition)
        volume = _most(resources.get("VolumeSizeInGB", 0), definition)
        if not types or count is None or volume is None or seconds is None:
            problems.append(_no_bound(step))
            break
        total = seconds * _attempts(step, request) + _retry_window(step, seconds)
        found.append(Cluster(step.name, step.type, types, count, volume, total))
    return found, problems


def _open(step: Step, values: Any, definition: Definition) -> list[Diagnostic]:
    """A warning for each parameter that may lift the bound."""
    return [
        UNBOUNDED.warning(
            f"{step.name}: the bound holds for the default of the parameter '{name}'",
            fix="list what it may be with 'allowed'",
        )
        for name in dict.fromkeys(open_parameters(values, definition))
    ]


def _no_bound(step: Step) -> Diagnostic:
    return UNBOUNDED.error(
        f"{step.name}: its run-time limit, instance type, count or volume is not known before it runs",
        fix="give each a value, or a parameter with a default",
    )


def _attempts(step: Step, request: Mapping[str, Any]) -> int:
    """How often the job may start: once, and again for every retry that a policy or the job itself allows."""
    retries = sum(int(each.get("MaxAttempts", 0)) for each in _policies(step))
    own = _member(request, "RetryStrategy", "MaximumRetryAttempts")
    return (1 + retries) * (1 + (own if isinstance(own, int) else 0))


def _retry_window(step: Step, seconds: int) -> int:
    """Seconds that retries without a number may take: the last one starts before its policy expires."""
    windows = [int(each["ExpireAfterMin"]) for each in _policies(step) if "MaxAttempts" not in each]
    return sum(minutes * 60 + seconds for minutes in windows)


def _policies(step: Step) -> Iterator[Mapping[str, Any]]:
    for each in step.entry.get("RetryPolicies") or ():
        if "MaxAttempts" in each or "ExpireAfterMin" in each:
            yield each


def _member(arguments: Mapping[str, Any], outer: str, inner: str) -> Any:
    return (arguments.get(outer) or {}).get(inner)


def _most(value: Any, definition: Definition) -> int | None:
    """The largest that a number may be; None where nothing says it."""
    known = [each for each in possible_values(value, definition) if isinstance(each, (int, float))]
    return int(max(known)) if known else None
