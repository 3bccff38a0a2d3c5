"""The graph of a pipeline: named nodes and the edges between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import networkx as nx

from pipeline_deps.rules import BAD_EDGE, CYCLE, DUPLICATE_NODE, UNKNOWN_NODE
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, PipelineCompilerError, Place
from script_contracts.core.suggestions import did_you_mean

_END = r"(?P<{0}>[A-Za-z0-9][A-Za-z0-9_-]*)(?:\.(?P<{0}_port>[A-Za-z0-9_]+))?"
_EDGE = re.compile(rf"\s*{_END.format('producer')}\s*->\s*{_END.format('consumer')}\s*")


class GraphError(PipelineCompilerError):
    """A template whose nodes and edges are not a directed acyclic graph."""


@dataclass(frozen=True)
class Edge:
    """One edge: data (or only order) flows from `producer` to `consumer`.

    Attributes:
        output: the producer's port, where the edge names it.
        dependency: the consumer's port, where the edge names it.
    """

    producer: str
    consumer: str
    output: str | None = None
    dependency: str | None = None
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        return " -> ".join(
            f"{node}.{port}" if port else node
            for node, port in ((self.producer, self.output), (self.consumer, self.dependency))
        )


def parse_edge(text: str, place: Place = NOWHERE) -> Edge | Diagnostic:
    """The edge that `A -> B` or `A.OUTPUT -> B.INPUT` denotes, or what is wrong with it."""
    match = _EDGE.fullmatch(text)
    if match is None or match["producer"] == match["consumer"]:
        reason = "joins a step to itself" if match else "is not an edge"
        return BAD_EDGE.error(
            f"'{text}' {reason}", fix="write 'Producer -> Consumer' or 'A.OUTPUT -> B.INPUT'", place=place
        )
    return Edge(match["producer"], match["consumer"], match["producer_port"], match["consumer_port"], place)


@dataclass(frozen=True)
class PipelineDAG:
    """Named nodes and edges, in any order: two DAGs with the same content behave the same."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]

    def problems(self) -> Iterator[Diagnostic]:
        """Everything that keeps this from being a directed acyclic graph."""
        known = set(self.nodes)
        for name in sorted({name for name in self.nodes if self.nodes.count(name) > 1}):
            yield DUPLICATE_NODE.error(f"two nodes are called '{name}'", fix="rename one of them")
        for edge in self.edges:
            for name in (edge.producer, edge.consumer):
                if name not in known:
                    yield UNKNOWN_NODE.error(
                        f"edge '{edge}' names the unknown node '{name}'",
                        fix=did_you_mean(name, known, what="nodes"),
                        place=edge.place,
                    )
        yield from self._cycles()

    def _cycles(self) -> Iterator[Diagnostic]:
        graph = self.graph()
        for component in sorted(map(sorted, nx.strongly_connected_components(graph))):
            if len(component) > 1 or graph.has_edge(component[0], component[0]):
                cycle = nx.find_cycle(graph.subgraph(component), component[0])
                path = [start for start, _ in cycle] + [cycle[0][0]]
                inside = next(e for e in self.edges if (e.producer, e.consumer) == tuple(path[:2]))
                yield CYCLE.error(
                    f"the steps form a cycle: {' -> '.join(path)}",
                    fix="remove one of these edges",
                    place=inside.place,
                )

    def graph(self) -> nx.DiGraph[str]:
        """The graph, built in name order so that every algorithm on it is deterministic."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(sorted(self.nodes))
        graph.add_edges_from(sorted({(edge.producer, edge.consumer) for edge in self.edges}))
        return graph

    def order(self) -> tuple[str, ...]:
        """The nodes so that each follows what it needs; ties are broken by name.

        Raises:
            GraphError: if this is not a directed acyclic graph.
        """
        found = tuple(self.problems())
        if found:
            raise GraphError(*found)
        return tuple(nx.lexicographical_topological_sort(self.graph()))


def edges_from(edges: Iterable[str | Edge]) -> tuple[Edge, ...]:
    """Edges, from their textual form where they have that.

    Raises:
        GraphError: (PC304) naming every text that is no edge.
    """
    parsed = [parse_edge(edge) if isinstance(edge, str) else edge for edge in edges]
    bad = [each for each in parsed if isinstance(each, Diagnostic)]
    if bad:
        raise GraphError(*bad)
    return tuple(each for each in parsed if isinstance(each, Edge))
