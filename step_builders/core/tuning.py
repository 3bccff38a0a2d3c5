"""Tuning steps: a training job run many times over, with hyperparameters that a search chooses."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from string import Formatter
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from script_contracts.core.contract import TrainingScriptContract
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.core.metrics import MetricDefinition
from script_contracts.core.suggestions import did_you_mean
from step_builders.core.config import FIXED, Config, StepConfig, TrainingJobConfig
from step_builders.core.contract_values import nested_model, value_text
from step_builders.core.hyperparameter_ranges import (
    HyperparameterRange,
    HyperparameterRanges,
    NumberRange,
    config_class,
    field_like,
    ranges_of,
)
from step_builders.core.request import BuildContext, StepRequest
from step_builders.core.rules import UNKNOWN_METRIC
from step_builders.core.training import training_job


class TuningSettings(Config):
    """How hyperparameters are searched for."""

    ranges: HyperparameterRanges
    strategy: Literal["bayesian", "random", "grid"] = Field(
        "bayesian",
        description="how values are chosen: led by the results so far, at random, or all combinations; local "
        "runs choose at random in place of bayesian",
        json_schema_extra=FIXED,
    )
    max_jobs: int = Field(
        20, ge=1, description="training jobs in all; not for strategy grid, which runs every combination"
    )
    max_parallel_jobs: int = Field(1, ge=1, description="training jobs at once")
    stop_early: bool = Field(
        False,
        description="whether SageMaker stops training jobs that fall behind; local runs do not",
        json_schema_extra=FIXED,
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="seed of the search")

    @property
    def combinations(self) -> int | None:
        """How many training jobs strategy grid runs; None for any other, which runs up to `max_jobs`."""
        if self.strategy != "grid":
            return None
        return prod(len(each.values) for each in self.ranges.given.values())

    @model_validator(mode="after")
    def _jobs(self) -> TuningSettings:
        if self.strategy == "grid":
            ranges = self.ranges.given.items()
            if endless := [name for name, each in ranges if not each.values]:
                raise ValueError(
                    f"strategy grid needs values, not min and max, for {', '.join(endless)}; "
                    "list values, or choose another strategy"
                )
            if "max_jobs" in self.model_fields_set:
                raise ValueError(f"strategy grid runs all {self.combinations} combinations; remove max_jobs")
        jobs = self.combinations or self.max_jobs
        if self.max_parallel_jobs > jobs:
            raise ValueError(
                f"max_parallel_jobs is {self.max_parallel_jobs}, and there are {jobs} jobs; "
                f"let at most {jobs} run at once"
            )
        return self


class TuningJobConfig(TrainingJobConfig):
    """Settings of a search, beside those of the training step that it is around; see `tuning_config`."""

    metric: ClassVar[str]
    needed: ClassVar[frozenset[str]]  # the hyperparameters that have no default

    hyperparameters: Config
    tuning: TuningSettings

    @property
    def objective(self) -> str:
        """The metric of the script contract that the search improves."""
        return self.metric.format(**dict(self.hyperparameters))

    @model_validator(mode="after")
    def _set_or_varied(self) -> TuningJobConfig:
        fixed, varied = self.hyperparameters.model_fields_set, self.tuning.ranges.given.keys()
        fields = type(self.hyperparameters).model_fields
        if missing := sorted(self.needed - fixed - varied):
            raise ValueError(f"{', '.join(missing)}: neither set under hyperparameters nor varied")
        both = [info.alias or name for name, info in fields.items() if name in fixed & varied]
        if both:
            raise ValueError(
                f"{', '.join(both)}: set under hyperparameters or by a parameter, and varied as well; "
                "leave it out of one of the two"
            )
        return self


def tuning_config(training: type[StepConfig], objective: str) -> type[TuningJobConfig]:
    """The config class of a search for the hyperparameters of a training step.

    Args:
        training: the config of the training step, with a field `hyperparameters`.
        objective: the metric to improve, such as `validation:{eval_metric}`; hyperparameters in braces
            decide which it is, and so are not varied.
    """
    plain = nested_model(training.model_fields["hyperparameters"].annotation)
    assert plain is not None, "a search is for hyperparameters"
    deciding = {name for _, name, _, _ in Formatter().parse(objective) if name}
    needed = {name for name, info in plain.model_fields.items() if info.is_required()}
    changed = {name: field_like(plain.model_fields[name], json_schema_extra=FIXED) for name in deciding}
    changed |= {name: field_like(plain.model_fields[name], default=None) for name in needed - deciding}
    fixed = config_class(plain.__name__, plain, **changed)
    default: Any = ... if needed & deciding else fixed()
    ranges = ranges_of(plain, without=deciding)
    names = ", ".join(info.alias or name for name, info in ranges.model_fields.items())
    described = Field(
        description="what is varied, such as 'NAME: {min: 1, max: 100, scale: logarithmic}' or "
        f"'NAME: {{values: [1, 10]}}'; NAME is one of {names}"
    )
    settings = config_class(TuningSettings.__name__, TuningSettings, ranges=(ranges, described))
    fields: dict[str, Any] = {
        "metric": (ClassVar[str], objective),
        "needed": (ClassVar[frozenset[str]], frozenset(needed)),
        "hyperparameters": (fixed, Field(default, description="hyperparameters that are not varied")),
        "tuning": (settings, Field(description="the search")),
    }
    both: Any = (training, TuningJobConfig)  # whose hyperparameters are those of the training step
    name = training.__name__.replace("Training", "Tuning")
    return config_class(name, both, **fields)


def searched(config: StepConfig) -> dict[str, list[tuple[str, tuple[str | int, ...]]]]:
    """The ends of each range, or its values, as a script would get them, and where the config has them.

    Returns:
        hyperparameter -> (text, path in the step's section); empty for a step that searches nothing.
    """
    if not isinstance(config, TuningJobConfig):
        return {}
    found: dict[str, list[tuple[str, tuple[str | int, ...]]]] = {}
    for name, (_, each) in _named(config.tuning.ranges).items():
        ends = {"min": each.min, "max": each.max} if isinstance(each, NumberRange) else {}
        listed = {("values", index): value for index, value in enumerate(each.values)}
        points = {(end,): value for end, value in ends.items() if value is not None} or listed
        start = ("tuning", "ranges", name)
        found[name] = [(str(value_text(value)), (*start, *path)) for path, value in points.items()]
    return found


def build_tuning(context: BuildContext) -> StepRequest:
    """One tuning step: the training step's own job, without the hyperparameters that are varied.

    Raises:
        PipelineCompilerError: (PC443) if the objective is no metric of the script contract.
    """
    assert isinstance(context.config, TuningJobConfig)
    tuning = context.config.tuning
    job = training_job(context)
    ranges = _ranges(context)
    varied = {each["Name"] for entries in ranges.values() for each in entries}
    static = {name: value for name, value in job.pop("HyperParameters").items() if name not in varied}
    search = {
        "Strategy": tuning.strategy.title(),
        "HyperParameterTuningJobObjective": _objective(context, context.config.objective),
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": tuning.combinations or context.value("tuning.max_jobs"),
            "MaxParallelTrainingJobs": context.value("tuning.max_parallel_jobs"),
        },
        "ParameterRanges": ranges,
        "TrainingJobEarlyStoppingType": "Auto" if tuning.stop_early else "Off",
        "RandomSeed": context.value("tuning.seed"),
    }
    return StepRequest(
        name=context.name,
        type="Tuning",
        arguments={
            "HyperParameterTuningJobConfig": search,
            "TrainingJobDefinition": {"StaticHyperParameters": static, **job},
            **context.tags(),
        },
        cache_expire_after=context.value("cache_expire_after"),
    )


def _named(ranges: HyperparameterRanges) -> dict[str, tuple[str, HyperparameterRange]]:
    """The ranges by the hyperparameters' own names, each with its field."""
    fields = type(ranges).model_fields
    return {fields[field].alias or field: (field, each) for field, each in ranges.given.items()}


def _objective(context: BuildContext, metric: str) -> dict[str, str]:
    contract = context.spec.script_contract
    assert isinstance(contract, TrainingScriptContract)
    known: Mapping[str, MetricDefinition] = contract.metric_definitions
    if metric not in known:
        raise PipelineCompilerError(
            UNKNOWN_METRIC.error(
                f"{context.name} follows the metric '{metric}', which {contract.program} does not log",
                fix=did_you_mean(metric, known, what="metrics of the contract")
                if known
                else f"declare it in metric_definitions in the contract of {contract.program}",
                place=context.place,
            )
        )
    return {"Type": known[metric].goal.value, "MetricName": metric}


def _ranges(context: BuildContext) -> dict[str, list[dict[str, Any]]]:
    """The ParameterRanges of the request, by the hyperparameters' own names."""
    assert isinstance(context.config, TuningJobConfig)
    ranges = context.config.tuning.ranges
    kinds: dict[str, list[dict[str, Any]]] = {}
    for name, (field, each) in _named(ranges).items():
        if each.values:
            entry: dict[str, Any] = {"Name": name, "Values": [value_text(value) for value in each.values]}
            kinds.setdefault("CategoricalParameterRanges", []).append(entry)
        else:
            assert isinstance(each, NumberRange)
            path = f"tuning.ranges.{field}"
            entry = {
                "Name": name,
                "MinValue": value_text(context.value(f"{path}.min")),
                "MaxValue": value_text(context.value(f"{path}.max")),
                "ScalingType": each.scale.title().replace("_", ""),
            }
            kinds.setdefault(f"{'Integer' if each.whole else 'Continuous'}ParameterRanges", []).append(entry)
    return kinds
