"""The request of a tuning job: what is wrong with it, what it tries, and the training jobs that it makes.

Source: CreateHyperParameterTuningJob in the Amazon SageMaker API reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline_compiler.local.limits import training_limits
from pipeline_compiler.local.metrics import metric_definitions
from pipeline_compiler.local.rules import UNREADABLE_METRIC, UNUSABLE_SEARCH
from pipeline_compiler.local.script_mode import TUNING_METRIC
from pipeline_compiler.local.search_space import (
    Choices,
    Dimension,
    Point,
    draw,
    grid,
    read_dimensions,
    seed_of,
)
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean


def training_request(
    arguments: Mapping[str, Any], point: Mapping[str, str] | None = None, job: str | None = None
) -> dict[str, Any]:
    """The request of one of a tuning job's training jobs.

    Args:
        arguments: the tuning job's request.
        point: the hyperparameters that it chose for this training job.
        job: the training job's name; its checkpoints lie below the given location under that name.
    """
    definition = dict(arguments["TrainingJobDefinition"])
    static = definition.pop("StaticHyperParameters", {})
    metric = {TUNING_METRIC: objective(arguments)["MetricName"]}
    checkpoints = definition.get("CheckpointConfig")
    if checkpoints and job:
        uri = f"{checkpoints['S3Uri'].rstrip('/')}/{job}"
        definition["CheckpointConfig"] = {**checkpoints, "S3Uri": uri}
    return {**definition, "HyperParameters": {**static, **(point or {}), **metric}}


def objective(arguments: Mapping[str, Any]) -> Mapping[str, str]:
    """The metric that a tuning job is to maximize or minimize."""
    found: Mapping[str, str] = arguments["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    return found


def chosen_points(config: Mapping[str, Any]) -> list[Point]:
    """The hyperparameters of each training job, from the HyperParameterTuningJobConfig of a sound request."""
    ranges = config["ParameterRanges"]
    dimensions, _ = read_dimensions(ranges)
    if config["Strategy"] == "Grid":
        return grid(dimensions)
    seed = config["RandomSeed"] if "RandomSeed" in config else seed_of(ranges)
    return draw(dimensions, config["ResourceLimits"]["MaxNumberOfTrainingJobs"], seed)


def tuning_limits(step: str, arguments: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What CreateHyperParameterTuningJob would refuse about a resolved request."""
    problems = list(search_limits(step, arguments))
    yield from problems
    metric = objective(arguments)["MetricName"]
    request = training_request(arguments)
    defined = [definition["Name"] for definition in metric_definitions(request)]
    if metric not in defined:
        yield UNREADABLE_METRIC.error(
            f"step '{step}' is tuned for the metric '{metric}', which has no definition",
            fix=did_you_mean(metric, defined, what="metrics in MetricDefinitions"),
            place=Place(field=f"{step}.HyperParameterTuningJobObjective"),
        )
    if not problems:  # the values differ from job to job, but not in what is limited
        request = training_request(arguments, chosen_points(arguments["HyperParameterTuningJobConfig"])[0])
    yield from training_limits(step, request)


def search_limits(step: str, arguments: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What CreateHyperParameterTuningJob would refuse about the search, given its resolved configuration."""
    for problem, remedy in _search_problems(arguments):
        yield UNUSABLE_SEARCH.error(
            f"step '{step}': {problem}",
            fix=remedy,
            place=Place(field=f"{step}.HyperParameterTuningJobConfig"),
        )


def _search_problems(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the search, and the remedy of each."""
    config = arguments["HyperParameterTuningJobConfig"]
    dimensions, problems = read_dimensions(config["ParameterRanges"])
    yield from problems
    static = arguments["TrainingJobDefinition"].get("StaticHyperParameters", {})
    for dimension in dimensions:
        if dimension.name in static:
            yield f"'{dimension.name}' is searched and static", "leave it out of one of the two"
    most = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    numbers = {
        "MaxNumberOfTrainingJobs": most,
        "MaxParallelTrainingJobs": config["ResourceLimits"].get("MaxParallelTrainingJobs", "missing"),
        "RandomSeed": config.get("RandomSeed"),
    }
    for name, value in numbers.items():
        if value is not None and not isinstance(value, int):
            yield f"{name} is {value!r}, not a whole number", "give it as a number"
    if config["Strategy"] == "Grid":
        yield from _grid_problems(dimensions, most)
    elif most is None:
        yield "ResourceLimits has no MaxNumberOfTrainingJobs", "set it; only the strategy Grid has its own"


def _grid_problems(dimensions: Sequence[Dimension], most: int | None) -> Iterator[tuple[str, str]]:
    numeric = [dimension.name for dimension in dimensions if not isinstance(dimension, Choices)]
    size = math.prod(dimension.size for dimension in dimensions)
    if numeric:
        yield f"Grid cannot search {', '.join(numeric)}", "use CategoricalParameterRanges, or Random"
    elif most not in (None, size):
        yield (
            f"MaxNumberOfTrainingJobs is {most} and the grid has {size} points",
            "leave MaxNumberOfTrainingJobs out, or make it that number",
        )
