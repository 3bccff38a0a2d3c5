"""One call: where it stands and what it passes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.values import Unknown, Value


@dataclass(frozen=True)
class Call:
    """A call with evaluated arguments.

    Attributes:
        rest: what further arguments may be, where `*args` or `**kwargs` are not known in full.
    """

    machine: Machine
    frame: Frame
    node: ast.AST
    positional: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    rest: Value | None = None

    def argument(self, index: int | None, *names: str) -> Value | None:
        """The argument at a position, or under one of these keywords."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        if index is not None and index < len(self.positional):
            return self.positional[index]
        return self.rest if index is not None else None

    def values(self) -> Iterator[Value]:
        """Every argument."""
        yield from self.positional
        yield from self.keywords.values()
        if self.rest is not None:
            yield self.rest

    def unknown(self, reason: str) -> Unknown:
        """A value that this call makes unknown."""
        return self.machine.unknown(reason, self.frame, self.node)

    def shifted(self, count: int = 1) -> Call:
        """The call without its first arguments."""
        return replace(self, positional=self.positional[count:])

    def with_first(self, *values: Value) -> Call:
        """The call with arguments put before its own."""
        return replace(self, positional=[*values, *self.positional])
