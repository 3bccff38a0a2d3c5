"""The request of a tuning job: what is wrong with it, what it tries, and the training jobs that it makes.

Source: CreateHyperParameterTuningJob in the Amazon SageMaker API reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.model_checks import check_model
from pipeline_compiler.conformance.model_rules import OVER_QUOTA
from pipeline_compiler.conformance.tuning_ranges import CONFIG
from pipeline_compiler.local.limits import training_limits
from pipeline_compiler.local.metrics import metric_definitions
from pipeline_compiler.local.rules import UNREADABLE_METRIC
from pipeline_compiler.local.script_mode import TUNING_METRIC
from pipeline_compiler.local.search_space import Point, draw, grid, read_dimensions, seed_of
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
    dimensions = read_dimensions(ranges)
    if config["Strategy"] == "Grid":
        return grid(dimensions)
    seed = config["RandomSeed"] if "RandomSeed" in config else seed_of(ranges)
    return draw(dimensions, config["ResourceLimits"]["MaxNumberOfTrainingJobs"], seed)


def tuning_limits(step: str, arguments: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What CreateHyperParameterTuningJob would refuse about a resolved request."""
    problems = list(search_limits(step, arguments))
    yield from problems
    request = training_request(arguments)
    if not problems:
        metric = objective(arguments)["MetricName"]
        defined = [definition["Name"] for definition in metric_definitions(request)]
        if metric not in defined:  # an AWS image may have it built in, and the program that runs here has not
            yield UNREADABLE_METRIC.error(
                f"step '{step}' is tuned for the metric '{metric}', which has no definition",
                fix=did_you_mean(metric, defined, what="metrics in MetricDefinitions"),
                place=Place(field=f"{step}.HyperParameterTuningJobObjective"),
            )
        # The values differ from job to job, but not in what is limited.
        request = training_request(arguments, chosen_points(arguments["HyperParameterTuningJobConfig"])[0])
    yield from training_limits(step, request)


def search_limits(step: str, arguments: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What CreateHyperParameterTuningJob would refuse about the search, given its resolved configuration.

    The rules are those of the definition: here they see the values that parameters and steps gave.
    """
    definition = Definition({"Steps": [{"Name": step, "Type": "Tuning", "Arguments": dict(arguments)}]})
    place = Place(field=f"{step}.HyperParameterTuningJobConfig")
    for found in check_model(definition):
        # A quota may have been raised for the account; the rest of the request is not the search.
        if found.path[: len(CONFIG)] == CONFIG and found.rule is not OVER_QUOTA:
            yield found.diagnostic(place)
