"""The score: among outputs that passed every gate, how well one fits an input.

One function computes it, and the breakdown it returns is what people are shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from pipeline_deps.specification import DependencySpec, OutputSpec

_NAME_WEIGHT, _KEYWORD_WEIGHT = 0.75, 0.25
_ALIAS_MATCH, _SIMILAR_MATCH = 0.9, 0.8  # an exact name is 1.0


@dataclass(frozen=True)
class Score:
    """How well an output fits an input, from 0 to 1.

    Attributes:
        name: 1.0 for equal logical names, 0.9 for an alias, at most 0.8 for similar words.
        name_reason: which of these it was.
        keywords: the share of the dependency's keywords that the output has too.
        total: the weighted sum.
    """

    name: float
    name_reason: str
    keywords: float

    @property
    def total(self) -> float:
        """The weighted sum of the parts, rounded so that equal fits compare equal."""
        return round(_NAME_WEIGHT * self.name + _KEYWORD_WEIGHT * self.keywords, 4)


@cache
def score(output: OutputSpec, dependency: DependencySpec) -> Score:
    """How well `output` fits `dependency`; both have passed every gate."""
    name, reason = _name_score(output, dependency)
    wanted = {word.lower() for word in dependency.semantic_keywords}
    offered = {word.lower() for word in output.semantic_keywords}
    shared = len(wanted & offered) / len(wanted) if wanted else 0.0
    return Score(round(name, 4), reason, round(shared, 4))


def _name_score(output: OutputSpec, dependency: DependencySpec) -> tuple[float, str]:
    if output.logical_name == dependency.logical_name:
        return 1.0, "same name"
    if set(output.names) & set(dependency.names):
        return _ALIAS_MATCH, "alias"
    best = max(fuzz.token_set_ratio(_words(a), _words(b)) for a in output.names for b in dependency.names)
    return _SIMILAR_MATCH * best / 100, "similar words"


def _words(name: str) -> str:
    return " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)).lower()
