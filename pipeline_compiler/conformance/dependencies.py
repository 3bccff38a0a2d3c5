"""What waits for what: the names in DependsOn, and cycles through them, references and conditions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.model_rules import DEPENDENCY_CYCLE
from pipeline_compiler.conformance.references import referenced_steps, target_problem
from pipeline_compiler.conformance.scope import Problem, Scope


def depends_on(step: Step) -> Iterator[tuple[int, str]]:
    """The names in a step's DependsOn, each with its index."""
    entries = step.entry.get("DependsOn")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        name: Any = entry.get("Step") if isinstance(entry, dict) else entry
        if isinstance(name, str):
            yield index, name


def waits_for(step: Step) -> Iterator[str]:
    """The names of all steps that a step waits for: those it reads, names, or lies behind."""
    yield from referenced_steps(step)
    for _, name in depends_on(step):
        yield name
    if step.branches:
        yield step.branches[-1][0]


def depends_on_findings(step: Step, scope: Scope) -> Iterator[Finding]:
    """Names in a step's DependsOn that it cannot wait for."""
    for index, name in depends_on(step):
        problem = target_problem(name, step, scope.definition)
        if problem:
            yield scope.finding(problem, ("DependsOn", index))


def cycle_findings(definition: Definition, scope: Scope) -> Iterator[Finding]:
    """One finding for each group of steps that wait for each other, at its first step."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, step in definition.by_name.items():
        graph.add_edges_from((name, other) for other in waits_for(step) if other in definition.by_name)
    order = {name: index for index, name in enumerate(definition.by_name)}
    for group in nx.strongly_connected_components(graph):
        first = min(group, key=order.__getitem__)
        if len(group) == 1 and not graph.has_edge(first, first):
            continue
        edges = nx.find_cycle(graph.subgraph(group), first)
        names = [edge[0] for edge in edges]
        chain = " -> ".join([*names, names[0]])
        problem = Problem(
            DEPENDENCY_CYCLE,
            f"it waits for itself: {chain}",
            "take one of these references, or a name in DependsOn, away",
        )
        yield Scope(definition, scope.quotas, definition.by_name[first]).finding(problem, ("Name",))
