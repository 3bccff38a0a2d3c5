"""Steps that run only for some values of a parameter: the config's `run_if`, as gates of the graph.

Such a step, and all that follows it, lies in a branch of a Condition step that the compiler adds. Steps with
one condition share it, so that a step which follows several of them lies behind one gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import networkx as nx

from pipeline_compiler.names import NAME
from pipeline_compiler.parameters import DeclaredParameter, parameter_type
from pipeline_compiler.rules import BAD_PARAMETER, BAD_RUN_CONDITION, NAME_TOO_LONG
from pipeline_compiler.validation import Section
from pipeline_deps.dag import Edge, PipelineDAG
from pipeline_deps.expressions import Parameter, Primitive
from pipeline_deps.rules import DUPLICATE_NODE
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean
from step_builders.core.config import RunCondition
from step_builders.core.request import StepRequest


@dataclass(frozen=True)
class Conditioned:
    """A node with a `run_if`: its condition, and where that stands."""

    name: str
    condition: RunCondition
    place: Place

    @staticmethod
    def of(name: str, condition: RunCondition, section: Section) -> Conditioned:
        """The node's condition, at its line."""
        return Conditioned(name, condition, section.where(("run_if",)))


@dataclass(frozen=True)
class RunGate:
    """A Condition step that the compiler adds.

    Attributes:
        name: the step's name.
        parameter: what it compares.
        equals: the value that opens it.
        guards: the nodes whose `run_if` it is; what follows them lies behind it too.
        outer: the gates that it lies behind itself.
        place: where its first `run_if` stands.
    """

    name: str
    parameter: Parameter
    equals: Primitive
    guards: tuple[str, ...]
    outer: tuple[str, ...]
    place: Place

    @property
    def request(self) -> StepRequest:
        """The Condition step, without the steps in its branch."""
        condition = {"Type": "Equals", "LeftValue": self.parameter, "RightValue": self.equals}
        return StepRequest(self.name, "Condition", {"Conditions": [condition]})


def bind_conditions(
    nodes: Iterable[Conditioned], declared: Iterable[DeclaredParameter], bound: Mapping[str, Parameter]
) -> tuple[dict[str, Parameter], list[Diagnostic]]:
    """The parameters, those that only conditions ask for included, and all that is wrong with conditions.

    Args:
        bound: the parameters that set a field, and so have its type.
    """
    known = {each.name: each for each in declared}
    parameters, problems = dict(bound), []
    asked = set()
    for node in nodes:
        name = node.condition.parameter
        asked.add(name)
        if name not in known:
            problems.append(
                BAD_RUN_CONDITION.error(
                    f"{node.name} runs if '{name}' is {node.condition.equals!r}, but there is no parameter "
                    "of that name",
                    fix=did_you_mean(name, known, what="parameters")
                    if known
                    else f"declare it: 'parameters: {{{name}: {{default: {node.condition.equals!r}}}}}'",
                    place=node.place,
                )
            )
            continue
        if name not in parameters:
            parameter = _untargeted(known[name])
            if parameter is None:
                continue  # of no type that a parameter can have, which is reported below
            parameters[name] = parameter
        problems += _value_problems(node, parameters[name])
    misspelt = bool(asked - set(known))  # then an unused parameter may be the one that was meant
    problems += [
        problem
        for each in known.values()
        for problem in _declaration_problems(each, misspelt or each.name in asked)
    ]
    return parameters, problems


def _untargeted(declared: DeclaredParameter) -> Parameter | None:
    kind = parameter_type(declared.default)
    if kind is None:
        return None
    allowed = tuple(
        float(each) if kind == "Float" and _fits(each, kind) else each for each in declared.allowed
    )
    return Parameter(declared.name, kind, declared.default, allowed)


def _declaration_problems(declared: DeclaredParameter, asked: bool) -> Iterator[Diagnostic]:
    """What is wrong with a parameter that sets no field, whose type is that of its default."""
    if declared.targets:
        return
    if not asked:
        yield BAD_PARAMETER.error(
            f"parameter '{declared.name}' sets nothing, and no step's run_if asks for it",
            fix="add 'sets: Step.field', or remove the parameter",
            place=declared.place,
        )
    kind = parameter_type(declared.default)
    for value in (declared.default, *declared.allowed):
        if parameter_type(value) is None or not _fits(value, kind):
            wanted = f"values of type {kind}" if kind else "text, a number, or true or false"
            yield BAD_PARAMETER.error(
                f"parameter '{declared.name}' holds {value!r}, a {type(value).__name__}",
                fix=f"use {wanted}",
                place=declared.place,
            )


def _value_problems(node: Conditioned, parameter: Parameter) -> Iterator[Diagnostic]:
    value = node.condition.equals
    if not _fits(value, parameter.type):
        yield BAD_RUN_CONDITION.error(
            f"{node.name} runs if '{parameter.name}' is {value!r}, which it never is: its type is "
            f"{parameter.type}",
            fix=f"compare it with a value of type {parameter.type}, such as {parameter.default!r}",
            place=node.place,
        )
    elif parameter.allowed and value not in parameter.allowed:
        yield BAD_RUN_CONDITION.error(
            f"{node.name} runs if '{parameter.name}' is {value!r}, which it never is",
            fix=f"{did_you_mean(str(value), map(str, parameter.allowed), what='allowed values')}",
            place=node.place,
        )


def _fits(value: object, kind: str | None) -> bool:
    found = parameter_type(value)
    return found == kind or (found, kind) == ("Integer", "Float")


def run_gates(
    dag: PipelineDAG,
    nodes: Mapping[str, Conditioned],
    parameters: Mapping[str, Parameter],
    conditions: Iterable[str],
) -> tuple[RunGate, ...]:
    """The gates that the nodes' conditions need, outer ones first.

    Nodes with one condition share a gate where they lie behind the same other gates. A node that lies behind
    its own condition already, since it follows a node that has it, needs none.

    Args:
        conditions: the nodes that are Condition steps themselves.
    """
    graph = dag.graph()
    before = {name: nx.ancestors(graph, name) for name in nodes}
    own_gates = set(conditions)
    found: list[RunGate] = []
    for name in dag.order():
        if name not in nodes:
            continue
        condition = nodes[name].condition
        around = [gate for gate in found if before[name] & set(gate.guards)]
        if any((gate.parameter.name, gate.equals) == _key(condition) for gate in around):
            continue
        outer = (*sorted(before[name] & own_gates), *(gate.name for gate in around))
        same = [each for each in found if (each.parameter.name, each.equals) == _key(condition)]
        shared = next((each for each in same if each.outer == outer), None)
        if shared is not None:
            found[found.index(shared)] = _guarding(shared, name)
            continue
        parameter = parameters[condition.parameter]
        equals = float(condition.equals) if parameter.type == "Float" else condition.equals
        found.append(
            RunGate(_name(condition, len(same)), parameter, equals, (name,), outer, nodes[name].place)
        )
    return tuple(found)


def _key(condition: RunCondition) -> tuple[str, Primitive]:
    return condition.parameter, condition.equals


def _guarding(gate: RunGate, node: str) -> RunGate:
    return RunGate(gate.name, gate.parameter, gate.equals, (*gate.guards, node), gate.outer, gate.place)


def _name(condition: RunCondition, earlier: int) -> str:
    """Such as `RunIf-Retrain-true`; numbered where the condition needs more than one gate."""
    value = condition.equals
    text = str(value).lower() if isinstance(value, bool) else str(value)
    number = f"-{earlier + 1}" if earlier else ""
    return f"RunIf-{condition.parameter}-{re.sub('[^A-Za-z0-9_-]', '-', text)}{number}"


def with_run_gates(dag: PipelineDAG, gates: Iterable[RunGate]) -> PipelineDAG:
    """The graph with the gates in it: each before what it guards, and behind its outer gates."""
    added = tuple(gates)
    edges = [Edge(gate.name, node) for gate in added for node in gate.guards]
    edges += [Edge(outer, gate.name) for gate in added for outer in gate.outer]
    return PipelineDAG((*dag.nodes, *(gate.name for gate in added)), (*dag.edges, *edges))


def name_problems(dag: PipelineDAG, gates: Iterable[RunGate]) -> Iterator[Diagnostic]:
    """Whether each gate can have its name."""
    taken = set(dag.nodes)
    for gate in gates:
        if not NAME.fullmatch(gate.name):
            yield NAME_TOO_LONG.error(
                f"step name '{gate.name}' of a run_if has more than 64 characters",
                fix="shorten the parameter's name or the value",
                place=gate.place,
            )
        if gate.name in taken:
            yield DUPLICATE_NODE.error(
                f"two steps are called '{gate.name}', which is what guards {', '.join(gate.guards)}",
                fix="rename the node, or use other values",
                place=gate.place,
            )
        taken.add(gate.name)
