"""The abstract machine: what is known while a script is followed from its first line to its last."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from script_contracts.analyzer.facts import Direction, PathUse, ScriptFacts, Span, Unresolved
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.values import Module, Unknown, Value

_MOST_STEPS = 200_000  # far beyond any real script; an end to what would never end


@dataclass(frozen=True)
class Container:
    """What the analyzer may take for granted of the container.

    Attributes:
        training: the job is a training job, whose image sets the SM_* variables.
        channels: channel name as in SM_CHANNEL_<NAME> -> channel.
        variables: declared variable -> its default in the contract; None where it is required.
        arguments: declared command-line option -> its default in the contract.
    """

    training: bool = True
    channels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str | None] = field(default_factory=dict)
    arguments: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(eq=False)
class Machine:
    """The state of one analysis. The functions of the other modules act on it.

    Attributes:
        memory: what remembered calls returned.
        remembers: whether calls are remembered; not in a script that changes names of its modules.
        touches_shared: whether the call that is followed has to do with objects that outlive it.
    """

    container: Container
    folder: Path
    facts: ScriptFacts
    modules: dict[str, Module | None] = field(default_factory=dict)
    stack: list[object] = field(default_factory=list)
    escaped: set[object] = field(default_factory=set)
    steps: int = 0
    memory: dict[object, Value] = field(default_factory=dict)
    remembers: bool = True
    touches_shared: bool = False
    _seen: set[object] = field(default_factory=set)

    def step(self, frame: Frame, node: ast.AST) -> bool:
        """Count one step; False once the script has taken too many to go on."""
        self.steps += 1
        if self.steps == _MOST_STEPS:
            self.unresolved("code", "the script takes too many steps to follow to its end", frame, node)
        return self.steps < _MOST_STEPS

    def span(self, frame: Frame, node: ast.AST) -> Span:
        """Where a node stands."""
        return frame.module.source.span(node)

    def unknown(self, reason: str, frame: Frame, node: ast.AST) -> Unknown:
        """A value that cannot be known, with the expression that makes it so."""
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
            span = self.span(frame, node)
            return Unknown(reason, span.expression, span.file, span.line)
        return Unknown(reason, "", str(frame.module.source.path), getattr(node, "lineno", 0))

    def note(self, kind: str, key: object) -> bool:
        """Whether this fact is new."""
        new = (kind, key) not in self._seen
        self._seen.add((kind, key))
        return new

    def unresolved(
        self,
        kind: str,
        reason: str,
        frame: Frame,
        node: ast.AST,
        direction: Direction = Direction.UNKNOWN,
    ) -> None:
        """Record what cannot be known here."""
        span = self.span(frame, node)
        if self.note("unresolved", (kind, reason, span.file, span.line, direction)):
            self.facts.unresolved.append(Unresolved(kind, reason, span, direction))

    def use_path(self, use: PathUse) -> None:
        """Record that a path is used."""
        key = (use.path, use.complete, use.listing, use.direction, use.as_file, use.span.file, use.span.line)
        if self.note("path", key):
            self.facts.paths.append(use)
