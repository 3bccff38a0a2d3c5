"""Assignment: each input gets at most one output, each output feeds at most one input of a consumer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import networkx as nx

Output = tuple[str, str]
Offers = Mapping[str, Mapping[Output, float]]

TIE_MARGIN = 0.05  # a lead smaller than this is no decision
_REQUIRED_BONUS = 10.0  # a required input is served before any optional one
_SERVED_BONUS = 0.001  # an output that scores 0 is still better than none


@dataclass(frozen=True)
class Assignment:
    """The best assignment, and the inputs for which another one is as good.

    Attributes:
        chosen: input -> output.
        rivals: input -> the outputs between which the scores do not decide, best first.
        contested: input -> other inputs that could as well be served in its place.
    """

    chosen: Mapping[str, Output]
    rivals: Mapping[str, tuple[Output, ...]]
    contested: Mapping[str, tuple[str, ...]]


def assign(offers: Offers, required: Collection[str]) -> Assignment:
    """The assignment of outputs to inputs with the greatest total score.

    Args:
        offers: input -> output -> score; only outputs that passed every gate.
        required: inputs that must be served before others are.
    """
    best = _match(offers, required)
    value = _value(best, offers, required)
    rivals: dict[str, tuple[Output, ...]] = {}
    contested: dict[str, tuple[str, ...]] = {}
    offered = Counter(output for row in offers.values() for output in row)
    for name, output in best.items():
        if len(offers[name]) == 1 and offered[output] == 1:
            continue
        without = {
            key: {o: s for o, s in row.items() if (key, o) != (name, output)} for key, row in offers.items()
        }
        other = _match(without, required)
        if value - _value(other, without, required) >= TIE_MARGIN:
            continue
        if name in other:
            pair = sorted((output, other[name]), key=lambda each: (-offers[name][each], each))
            rivals[name] = tuple(pair)
        elif instead := tuple(sorted(other.keys() - best.keys() - set(required))):
            contested[name] = instead
    return Assignment(best, rivals, contested)


def _match(offers: Offers, required: Collection[str]) -> dict[str, Output]:
    outputs = [output for row in offers.values() for output in row]
    if len(outputs) == len(set(outputs)) and all(len(row) <= 1 for row in offers.values()):
        return {name: output for name, row in offers.items() for output in row}  # nothing competes
    graph: nx.Graph[object] = nx.Graph()
    for name in sorted(offers):
        for output, score in sorted(offers[name].items()):
            graph.add_edge(name, output, weight=_weight(name, score, required))
    pairs = nx.max_weight_matching(graph)
    return dict(pair if isinstance(pair[0], str) else (pair[1], pair[0]) for pair in pairs)


def _value(assignment: Mapping[str, Output], offers: Offers, required: Collection[str]) -> float:
    return sum(_weight(name, offers[name][output], required) for name, output in assignment.items())


def _weight(name: str, score: float, required: Collection[str]) -> float:
    return score + _SERVED_BONUS + _REQUIRED_BONUS * (name in required)
