"""The assemble pass: step requests -> one pipeline definition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import networkx as nx

from pipeline_compiler.rules import ENTANGLED_GATES, TOO_MANY_GATED
from pipeline_deps.dag import PipelineDAG
from pipeline_deps.expressions import (
    PIPELINE_EXECUTION_ID,
    PIPELINE_NAME,
    Join,
    Parameter,
    as_text,
    to_definition,
)
from script_contracts.core.diagnostics import Diagnostic, Place
from step_builders.core.pipeline_settings import ExperimentSettings
from step_builders.core.request import StepRequest

_VERSION = "2020-12-01"


def assemble(
    requests: Mapping[str, StepRequest],
    parameters: Iterable[Parameter],
    dag: PipelineDAG,
    order_only: Iterable[tuple[str, str]],
    gates: Mapping[str, str | None],
    experiment: ExperimentSettings | None = None,
) -> str:
    """The definition, as JSON text that depends on nothing but its arguments' content.

    Args:
        requests: node -> its request.
        order_only: edges that carry no data; they become DependsOn.
        gates: node -> the innermost gate that it lies behind, from `gate_of_each`.
        experiment: the experiment of every execution; none if not given.
    """
    waits: dict[str, list[str]] = {}
    for producer, consumer in sorted(order_only):
        if producer not in _around(consumer, gates):  # a gate's branch waits for the gate by itself
            waits.setdefault(consumer, []).append(producer)
    order = dag.order()

    def steps_behind(gate: str | None) -> list[dict[str, Any]]:
        return [document(name) for name in order if gates[name] == gate]

    def document(name: str) -> dict[str, Any]:
        request = requests[name]
        entry: dict[str, Any] = {"Name": name, "Type": request.type}
        entry["Arguments"] = to_definition(dict(request.arguments))
        if request.type == "Condition":
            entry["Arguments"]["IfSteps"] = steps_behind(name)
            entry["Arguments"]["ElseSteps"] = [_fail_step(request)] if request.gate_fails else []
        if name in waits:
            entry["DependsOn"] = waits[name]
        if request.cache_expire_after:
            entry["CacheConfig"] = {"Enabled": True, "ExpireAfter": request.cache_expire_after}
        if request.retry_policies:
            entry["RetryPolicies"] = [dict(each) for each in request.retry_policies]
        if request.property_files:
            entry["PropertyFiles"] = [dict(each) for each in request.property_files]
        return entry

    definition = {
        "Version": _VERSION,
        "Metadata": {},
        "Parameters": [parameter.declaration() for parameter in parameters],
        **({"PipelineExperimentConfig": _experiment(experiment)} if experiment else {}),
        "Steps": steps_behind(None),
    }
    return json.dumps(definition)


def _around(name: str, gates: Mapping[str, str | None]) -> set[str]:
    """Every gate that a node lies behind."""
    found: set[str] = set()
    gate = gates[name]
    while gate is not None:
        found.add(gate)
        gate = gates[gate]
    return found


def _experiment(experiment: ExperimentSettings) -> dict[str, Any]:
    """With the execution variables that both lines of the SDK use where no name is given."""
    return {
        "ExperimentName": experiment.name or to_definition(PIPELINE_NAME),
        "TrialName": experiment.trial or to_definition(PIPELINE_EXECUTION_ID),
    }


_SYMBOLS = {
    "GreaterThanOrEqualTo": ">=",
    "GreaterThan": ">",
    "LessThanOrEqualTo": "<=",
    "LessThan": "<",
}


def fail_step_name(gate: str) -> str:
    """The name of the step that fails the execution where `gate` stays shut."""
    return f"{gate}-Failed"


def _fail_step(request: StepRequest) -> dict[str, Any]:
    condition = request.arguments["Conditions"][0]
    metric = condition["LeftValue"]
    text = f"{request.name}: '{metric.path}' of {metric.step} is not {_SYMBOLS[condition['Type']]} "
    message = Join("", (text, as_text(condition["RightValue"])))
    return {
        "Name": fail_step_name(request.name),
        "Type": "Fail",
        "Arguments": {"ErrorMessage": to_definition(message)},
    }


def gate_of_each(dag: PipelineDAG, gates: Iterable[str]) -> dict[str, str | None]:
    """The innermost gate that each node lies behind; None for nodes that always run."""
    graph = dag.graph()
    behind = {gate: nx.descendants(graph, gate) for gate in sorted(gates)}
    return {
        name: max(
            (gate for gate, nodes in behind.items() if name in nodes),
            key=lambda gate: sum(gate in nodes for nodes in behind.values()),
            default=None,
        )
        for name in dag.nodes
    }


def gate_problems(
    dag: PipelineDAG,
    conditions: Iterable[str],
    gates: Mapping[str, str | None],
    places: Mapping[str, Place],
    guards: Mapping[str, str],
    most: int,
) -> Iterator[Diagnostic]:
    """Steps whose gates are not nested, and gates with too many steps behind them.

    Args:
        conditions: every gate, also one that is nobody's innermost.
        gates: node -> the innermost gate that it lies behind, from `gate_of_each`.
        places: node -> where the template lists it.
        guards: gate that the compiler added -> a node whose `run_if` it is, for edges that users can write.
        most: the quota of steps in one branch of a condition.
    """
    graph = dag.graph()
    behind = {gate: nx.descendants(graph, gate) for gate in conditions}
    for name, inner in sorted(gates.items()):
        outer = {gate for gate, nodes in behind.items() if name in nodes} - {inner}
        for gate in sorted(gate for gate in outer if inner not in behind[gate]):
            yield ENTANGLED_GATES.error(
                f"{name} lies behind the gates {inner} and {gate}, of which neither follows the other",
                fix=f"add an edge '{guards.get(gate, gate)} -> {guards.get(str(inner), inner)}', "
                f"or let one gate guard {name}",
                place=places[name],
            )
    for gate in sorted(behind):
        count = sum(inner == gate for inner in gates.values())
        if count > most:
            yield TOO_MANY_GATED.error(
                f"{count} steps lie behind {gate}; AWS allows {most}",
                fix="split them between two gates, one behind the other",
                place=places[gate],
            )
