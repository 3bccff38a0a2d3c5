"""The answer of the dependency resolver, as data: what feeds which input, and everything considered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline_deps.scoring import Score
from pipeline_deps.specification import StepSpecification
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, PipelineCompilerError, Place


class WiringError(PipelineCompilerError):
    """Inputs that cannot be wired, or not without guessing."""


@dataclass(frozen=True)
class Candidate:
    """One output that was considered for one input.

    Attributes:
        failures: the gates that it failed; empty for one that was in the running.
        score: how well it fits; None where a gate failed.
    """

    producer: str
    output: str
    failures: tuple[str, ...]
    score: Score | None

    def __str__(self) -> str:
        verdict = f"score {self.score.total:.2f}" if self.score else "; ".join(self.failures)
        return f"{self.producer}.{self.output}: {verdict}"


@dataclass(frozen=True)
class Binding:
    """One wired input and everything that was considered for it."""

    consumer: str
    dependency: str
    producer: str
    output: str
    explicit: bool
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Wiring:
    """The answer of the resolver.

    Attributes:
        bindings: every wired input, in order of consumer and declaration.
        order_only: edges that carry no data, as (producer, consumer).
        unwired: optional inputs that stay empty, as (consumer, dependency) -> what was considered.
        diagnostics: notes, such as edges that carry no data.
    """

    bindings: tuple[Binding, ...]
    order_only: tuple[tuple[str, str], ...]
    unwired: Mapping[tuple[str, str], tuple[Candidate, ...]]
    diagnostics: tuple[Diagnostic, ...]

    def inputs_of(self, consumer: str) -> dict[str, Binding]:
        """The bindings of one node, by dependency."""
        return {each.dependency: each for each in self.bindings if each.consumer == consumer}


@dataclass(frozen=True)
class ResolvableNode:
    """A node as the resolver sees it.

    Attributes:
        provided: dependencies that the config supplies, which no edge may supply too.
    """

    name: str
    spec: StepSpecification
    provided: Collection[str] = ()
    place: Place = NOWHERE
