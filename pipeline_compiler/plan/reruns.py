"""Which steps lose their cached results when a pipeline is deployed, and so run at its next start. Pure.

SageMaker compares attributes after it has filled in parameters and the outputs of earlier steps. So a step
also runs again if a step that feeds it does, wherever that one writes to a place of its own in each
execution, as every compiled step does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import networkx as nx

from pipeline_compiler.plan.cache_keys import cache_key, can_have_cache, has_cache
from pipeline_compiler.plan.definitions import PlacedStep, is_expression, placed_steps, references
from pipeline_compiler.plan.differences import field_changes
from pipeline_compiler.plan.facts import Path, facts
from pipeline_compiler.plan.labels import label

_STEP = re.compile(r"Steps\.([^.\[]+)")
_OUTPUT = re.compile(r"Steps\.[^.\[]+\.ProcessingOutputConfig\.Outputs\['([^']+)'\]\.S3Output\.S3Uri")
_NO_JOBS = ("Condition", "Fail")  # decided at once, and free
_SAME_EVERY_TIME = ("Execution.PipelineName", "Execution.PipelineArn")


class Outcome(str, Enum):
    """What the next start does with a step."""

    RUNS_AGAIN = "runs again"
    ALWAYS_RUNS = "always runs"
    REUSED = "reused"


@dataclass(frozen=True)
class NextRun:
    """What the next start, with the parameters' defaults, does with a step.

    Attributes:
        why: the reason, in words.
        loses_cache: whether it would have been reused, had nothing been deployed.
    """

    step: str
    outcome: Outcome
    why: str
    loses_cache: bool


def next_runs(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[NextRun, ...]:
    """What the next start does with each job of a definition, in the order in which they run.

    That the deployed pipeline has run before, successfully and recently, is taken for granted.

    Args:
        before: the definition that is deployed; None where there is none.
        after: the definition that will be.
    """
    outcomes = _outcomes(before, after)
    undisturbed = _outcomes(before, before) if before is not None else {}
    return tuple(
        NextRun(name, outcome, why, outcome is not Outcome.REUSED and _was_reused(undisturbed, name))
        for name, (outcome, why) in outcomes.items()
    )


def _was_reused(undisturbed: Mapping[str, tuple[Outcome, str]], name: str) -> bool:
    return name not in undisturbed or undisturbed[name][0] is Outcome.REUSED


def _outcomes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[str, tuple[Outcome, str]]:
    old = placed_steps(_with_defaults(before)) if before is not None else {}
    new = placed_steps(_with_defaults(after))
    found: dict[str, tuple[Outcome, str]] = {}
    for name in _in_order(new):
        if new[name].type not in _NO_JOBS:
            found[name] = _outcome(old.get(name), new[name], new, found)
    return found


def _outcome(
    old: PlacedStep | None,
    new: PlacedStep,
    steps: Mapping[str, PlacedStep],
    found: Mapping[str, tuple[Outcome, str]],
) -> tuple[Outcome, str]:
    if not can_have_cache(new.type):
        return Outcome.ALWAYS_RUNS, f"SageMaker has no cache for {new.type} steps"
    if not has_cache(new):
        return Outcome.ALWAYS_RUNS, "its cache is off"
    key = cache_key(new)
    feeding = list(_feeding(key, steps, found))
    for path, producer, outcome in feeding:
        if outcome is Outcome.ALWAYS_RUNS:
            source = f"comes from {producer}, which always runs" if producer else "differs in each execution"
            return Outcome.ALWAYS_RUNS, f"{label(path)} {source}"
    if old is None:
        return Outcome.RUNS_AGAIN, "it is new"
    if not has_cache(old):
        return Outcome.RUNS_AGAIN, "its cache was off until now"
    if changed := field_changes(cache_key(old), key):
        verb = "changes" if len(changed) == 1 else "change"
        return Outcome.RUNS_AGAIN, f"{', '.join(each.field for each in changed)} {verb}"
    for path, producer, outcome in feeding:
        if outcome is Outcome.RUNS_AGAIN:
            return outcome, f"{label(path)} comes from {producer}, which runs again"
    return Outcome.REUSED, "nothing that it reads has changed"


def _feeding(
    key: Mapping[Path, Any], steps: Mapping[str, PlacedStep], found: Mapping[str, tuple[Outcome, str]]
) -> Iterator[tuple[Path, str, Outcome]]:
    """The settings whose values other steps, or the execution, decide: with the step and what it does."""
    for path, value in key.items():
        for reference in references(value):
            step = _STEP.match(reference)
            if reference.startswith("Execution.") and reference not in _SAME_EVERY_TIME:
                yield path, "", Outcome.ALWAYS_RUNS
            elif step and step[1] in found and _is_new_each_time(reference, steps[step[1]]):
                yield path, step[1], found[step[1]][0]


def _is_new_each_time(reference: str, producer: PlacedStep) -> bool:
    """Whether a result is another value whenever the step runs; outputs may be at a place that stays."""
    output = _OUTPUT.fullmatch(reference)
    if output is None:
        return True
    path = ("Arguments", "ProcessingOutputConfig", "Outputs", output[1], "S3Output", "S3Uri")
    address = facts(producer.request).get(path)
    return any(name not in _SAME_EVERY_TIME for name in references(address))


def _in_order(steps: Mapping[str, PlacedStep]) -> list[str]:
    """The steps, each after those that it refers to."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(steps)
    for name, step in steps.items():
        for reference in references(step.request["Arguments"]):
            producer = _STEP.match(reference)
            if producer and producer[1] in steps:
                graph.add_edge(producer[1], name)
    numbers = {name: number for number, name in enumerate(steps)}
    return list(nx.lexicographical_topological_sort(graph, key=numbers.__getitem__))


def _with_defaults(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition with every parameter's default in its place."""
    defaults = {
        f"Parameters.{each['Name']}": each["DefaultValue"]
        for each in document.get("Parameters", ())
        if "DefaultValue" in each
    }
    filled: Mapping[str, Any] = _filled({"Steps": document.get("Steps", [])}, defaults)
    return filled


def _filled(value: Any, defaults: Mapping[str, Any]) -> Any:
    if is_expression(value):
        if value.get("Get") in defaults:
            return defaults[value["Get"]]
        if "Std:Join" in value:
            join = value["Std:Join"]
            parts = [_filled(each, defaults) for each in join["Values"]]
            if not any(is_expression(each) for each in parts):
                return str(join["On"]).join(map(_text, parts))
            return {"Std:Join": {"On": join["On"], "Values": parts}}
        return value
    if isinstance(value, Mapping):
        return {key: _filled(each, defaults) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, defaults) for each in value]
    return value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
