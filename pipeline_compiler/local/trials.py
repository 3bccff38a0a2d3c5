"""The training jobs of a tuning job: which is the best, and how they are shown to later steps and people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_compiler.local.job import Finished, arn
from pipeline_compiler.local.rules import STEP_TIMED_OUT
from pipeline_compiler.local.search_space import Point
from pipeline_compiler.local.tuning_request import objective
from script_contracts.core.diagnostics import PipelineCompilerError

SUMMARY = "tuning.json"
_BEST_STATUSES = ("Completed", "Stopped", "Failed")


@dataclass(frozen=True)
class Trial:
    """One training job of a tuning job.

    Attributes:
        name: the training job's name.
        point: the hyperparameters that the tuning job chose for it.
        log: its program's output.
        started, ended: when, as ISO texts.
        finished: what it left behind; None if it failed.
        value: the last value of the metric that is to be the best, if it completed and logged one.
        failure: why it failed.
    """

    name: str
    point: Point
    log: Path
    started: str
    ended: str = ""
    finished: Finished | None = None
    value: float | None = None
    failure: PipelineCompilerError | None = None

    @property
    def status(self) -> str:
        """The training job's status, as the service names it."""
        if self.failure is None:
            return "Completed"
        return "Stopped" if STEP_TIMED_OUT.code in self.failure.codes else "Failed"

    @property
    def reason(self) -> str:
        """Why it failed, in a line; empty if it did not."""
        if self.failure is None:
            return ""
        first = self.failure.diagnostics[0]
        return f"{first.code} {first.message}"

    @property
    def model(self) -> Path | None:
        """Its model archive, if it left one."""
        return None if self.finished is None else self.finished.outputs.get("model")

    def point_text(self) -> str:
        """Its hyperparameters for people, in full."""
        return ", ".join(f"{name}={value}" for name, value in self.point.items())

    def line(self) -> str:
        """The training job in a line of a table."""
        value = "" if self.value is None else f"{self.value:.6g}"
        return f"{self.name}  {self.status:<9}  {value:>12}  {self.point_text()}" + (
            f"  {self.reason}" if self.reason else ""
        )


def best_first(trials: Sequence[Trial], metric: Mapping[str, str]) -> list[Trial]:
    """The training jobs by the metric, those without it last, and equal ones as they were started."""
    sign = -1 if metric["Type"] == "Maximize" else 1
    return sorted(
        trials,
        key=lambda trial: (
            trial.value is None,
            sign * (trial.value or 0),
            _BEST_STATUSES.index(trial.status),
            trial.name,
        ),
    )


def describe(job_name: str, arguments: Mapping[str, Any], trials: Sequence[Trial]) -> dict[str, Any]:
    """The properties of a tuning step, given its training jobs from the best on.

    Shaped as DescribeHyperParameterTuningJob and ListTrainingJobsForHyperParameterTuningJob answer.
    """
    image = arguments["TrainingJobDefinition"]["AlgorithmSpecification"].get("TrainingImage", "")
    statuses = [trial.status for trial in trials]
    logged = sum(trial.value is not None for trial in trials)
    summaries = [_summary(trial, job_name, image, objective(arguments)) for trial in trials]
    return {
        **arguments,
        "HyperParameterTuningJobName": job_name,
        "HyperParameterTuningJobArn": arn("hyper-parameter-tuning-job", job_name, image),
        "HyperParameterTuningJobStatus": "Completed",
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": 0,
            "RetryableError": 0,
            "NonRetryableError": statuses.count("Failed"),
            "Stopped": statuses.count("Stopped"),
        },
        "ObjectiveStatusCounters": {"Succeeded": logged, "Pending": 0, "Failed": len(trials) - logged},
        "BestTrainingJob": summaries[0],
        "TrainingJobSummaries": summaries,
    }


def so_far(arguments: Mapping[str, Any], trials: Sequence[Trial], wanted: int) -> str:
    """How far a tuning job is, in a line, given the training jobs that have ended."""
    best = best_first(trials, objective(arguments))[0]
    text = f"{len(trials)} of {wanted} jobs"
    if best.value is None:
        return text
    return f"{text}, best {objective(arguments)['MetricName']}={best.value:.4g} so far"


def told(arguments: Mapping[str, Any], trials: Sequence[Trial], wanted: int) -> str:
    """What a tuning job came to, in a line, given its training jobs from the best on.

    Args:
        wanted: how many training jobs it was to have.
    """
    best, config = trials[0], arguments["HyperParameterTuningJobConfig"]
    failed = sum(trial.failure is not None for trial in trials)
    silent = sum(trial.value is None for trial in trials) - failed
    notes = [
        *([f"{failed} failed"] if failed else []),
        *([f"{silent} did not log it"] if silent else []),
        *([f"time was over before {wanted - len(trials)} more"] if len(trials) < wanted else []),
    ]
    numbers = {entry["Name"] for entry in config["ParameterRanges"].get("ContinuousParameterRanges", [])}
    point = ", ".join(
        f"{name}={f'{float(value):.4g}' if name in numbers else value}" for name, value in best.point.items()
    )
    aside = f" ({', '.join(notes)})" if notes else ""
    jobs = "1 job" if len(trials) == 1 else f"{len(trials)} jobs"
    text = f"{jobs}{aside}, best {objective(arguments)['MetricName']}={best.value:.4g} with {point}"
    if config["Strategy"] == "Bayesian":
        return f"{text}; chosen at random: local runs have no Bayesian search"
    return text


def write_summary(folder: Path, log: Path, arguments: Mapping[str, Any], trials: Sequence[Trial]) -> Path:
    """Write all training jobs, from the best on, to the end of a log and to a JSON file, which it returns."""
    metric = objective(arguments)
    with log.open("a", encoding="utf-8") as lines:
        lines.write(f"\n{metric['Type']} {metric['MetricName']}, best first; their logs are in {folder}\n")
        lines.writelines(f"{trial.line()}\n" for trial in trials)
    document = {
        "objective": dict(metric),
        "training_jobs": [
            {
                "name": trial.name,
                "status": trial.status,
                "objective": trial.value,
                "hyperparameters": trial.point,
                "started": trial.started,
                "ended": trial.ended,
                "model": str(trial.model) if trial.model else None,
                "log": str(trial.log),
                "failure": trial.reason or None,
            }
            for trial in trials
        ],
    }
    file = folder / SUMMARY
    file.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return file


def named_by_summary(file: Path) -> Iterator[Path]:
    """Where the training jobs of a summary have their logs, and the archives that they left."""
    for job in json.loads(file.read_text(encoding="utf-8"))["training_jobs"]:
        yield Path(job["log"])
        if job["model"]:
            yield Path(job["model"]).parent


def _summary(trial: Trial, tuning_job: str, image: str, metric: Mapping[str, str]) -> dict[str, Any]:
    summary = {
        "TrainingJobName": trial.name,
        "TrainingJobArn": arn("training-job", trial.name, image),
        "TuningJobName": tuning_job,
        "CreationTime": trial.started,
        "TrainingStartTime": trial.started,
        "TrainingEndTime": trial.ended,
        "TrainingJobStatus": trial.status,
        "TunedHyperParameters": dict(trial.point),
        "ObjectiveStatus": "Failed" if trial.value is None else "Succeeded",
    }
    if trial.value is not None:
        summary["FinalHyperParameterTuningJobObjectiveMetric"] = {
            "Type": metric["Type"],
            "MetricName": metric["MetricName"],
            "Value": trial.value,
        }
    if trial.failure is not None:
        summary["FailureReason"] = trial.reason
    return summary
