"""Which steps can be executed by themselves, as AWS demands it of a selective execution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import networkx as nx

from pipeline_compiler.executions.rules import BAD_SELECTION
from pipeline_compiler.local.plan import plan_steps
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean

_MOST = 50  # botocore sagemaker service model, SelectedStepList


def step_graph(document: Mapping[str, Any]) -> nx.DiGraph[str]:
    """The steps of a definition, those in branches included; an edge leads to a step that needs another."""
    steps, _ = plan_steps(document)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(steps))
    graph.add_edges_from((needed, step.name) for step in steps.values() for needed in step.depends_on)
    return graph


def selection_problems(graph: nx.DiGraph[str], selected: Sequence[str]) -> Iterator[Diagnostic]:
    """Everything because of which AWS would not execute just these steps.

    Sources: the API reference of SelectiveExecutionConfig ("all steps in all paths between two selected
    steps should be included"), and the developer guide, where steps must be connected in the graph.
    """
    unknown = [name for name in selected if name not in graph]
    for name in unknown:
        yield BAD_SELECTION.error(
            f"the deployed pipeline has no step '{name}'",
            fix=did_you_mean(name, graph.nodes, what="steps"),
            place=Place(field="--only"),
        )
    if unknown or not selected:
        return
    chosen = set(selected)
    if len(chosen) > _MOST:
        yield BAD_SELECTION.error(
            f"{len(chosen)} steps are selected; AWS allows {_MOST}", fix="select fewer, or run them all"
        )
    between = sorted(_between(graph, chosen) - chosen)
    if between:
        yield BAD_SELECTION.error(
            f"{', '.join(between)} lie between the selected steps {', '.join(sorted(chosen))}",
            fix=f"select them too: {' '.join(f'--only {name}' for name in between)}",
            place=Place(field="--only"),
        )
        return
    parts = sorted(sorted(part) for part in nx.weakly_connected_components(graph.subgraph(chosen)))
    if len(parts) > 1:
        yield BAD_SELECTION.error(
            f"the selected steps are not connected: {' | '.join(', '.join(part) for part in parts)}",
            fix="start one execution for each of them, or select steps that join them",
            place=Place(field="--only"),
        )


def needs_source(graph: nx.DiGraph[str], selected: Sequence[str]) -> list[str]:
    """The steps that are not selected, and whose results the selected ones need."""
    return sorted({each for name in selected for each in graph.predecessors(name)} - set(selected))


def _between(graph: nx.DiGraph[str], chosen: set[str]) -> set[str]:
    after = {each for name in chosen for each in nx.descendants(graph, name)}
    before = {each for name in chosen for each in nx.ancestors(graph, name)}
    return after & before
