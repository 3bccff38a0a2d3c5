"""Frames: the names of one running function or module, and how they change along branches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from script_contracts.analyzer.values import Function, Module, Value, join

Names = dict[str, Value]


@dataclass(eq=False)
class Frame:
    """One activation of a function, a class body or a module.

    Attributes:
        parent: the frame in which the function was defined; None at the top of a module.
        shared: names declared `global` or `nonlocal`, and where they live.
        branches: how many conditions enclose what is being executed; inside any, objects that live
            on are updated weakly.
        exits: for each enclosing loop, the names at its `break` and `continue` statements.
    """

    module: Module
    names: Names
    parent: Frame | None = None
    shared: dict[str, Names] = field(default_factory=dict)
    returned: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    branches: int = 0
    exits: list[list[Names]] = field(default_factory=list)
    self_value: Value | None = None
    function: Function | None = None
    class_body: bool = False

    def lookup(self, name: str) -> Value | None:
        """The value of a name, through enclosing functions to the module."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.shared:
                return frame.shared[name].get(name)
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        return self.module.names.get(name)

    def assign(self, name: str, value: Value) -> None:
        """Bind a name."""
        if name in self.shared:
            target = self.shared[name]
            target[name] = join([target[name], value]) if self.branches and name in target else value
        else:
            self.names[name] = value

    def merge(self, states: Iterable[Names]) -> None:
        """Continue with names that are what they are in any one of these states."""
        merged: dict[str, list[Value]] = {}
        for state in states:
            for name, value in state.items():
                merged.setdefault(name, []).append(value)
        self.names.clear()
        self.names.update(
            {name: values[0] if len(values) == 1 else join(values) for name, values in merged.items()}
        )
