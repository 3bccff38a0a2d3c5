"""The contract runtime, as scripts use it: `runtime.input_path("DATA")` and its sisters."""

from __future__ import annotations

import ast

from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.facts import Direction, PathUse, PortUse
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.values import (
    NONE,
    Mapping,
    Runtime,
    Text,
    Unknown,
    Value,
    join,
    options,
)

HYPERPARAMETERS = "hyperparameters"
_KINDS = {
    "input_path": "inputs",
    "optional_input_path": "inputs",
    "output_path": "outputs",
    "env": "variables",
    "argument": "arguments",
}


def call_runtime(call: Call, method: str) -> Value:
    """A method of the runtime; those that name nothing of the contract are harmless."""
    kind = _KINDS.get(method)
    if kind is None:
        return call.unknown(f"what Runtime.{method} returns")
    found: list[Value] = [NONE] if method == "optional_input_path" else []
    for name in options(call.argument(0, "name") or NONE):
        if isinstance(name, Text) and name.hole is None:
            _use(call.machine, call.frame, kind, name.text, call.node)
            found.append(_value(call, kind, name.text))
        else:
            why = name.hole if isinstance(name, Text) else name
            reason = why.reason if isinstance(why, Unknown) else "the name is only known at run time"
            call.machine.unresolved("port", reason, call.frame, call.node, _direction(kind))
            found.append(call.unknown("the contract name is only known at run time"))
    return join(found)


def _direction(kind: str) -> Direction:
    return {"inputs": Direction.READ, "outputs": Direction.WRITE}.get(kind, Direction.UNKNOWN)


def _value(call: Call, kind: str, name: str) -> Value:
    if kind in ("inputs", "outputs"):
        return Text(f"<{kind[:-1]} {name}>", path=True)
    declared = call.machine.container.variables if kind == "variables" else call.machine.container.arguments
    given = call.unknown(f"the pipeline sets {name}")
    default = declared.get(name)
    return join([Text(default), given]) if default else given


def _use(machine: Machine, frame: Frame, kind: str, name: str, node: ast.AST) -> None:
    span = machine.span(frame, node)
    if machine.note("port", (kind, name, span)):
        machine.facts.ports.append(PortUse(kind, name, span))


def hyperparameters(machine: Machine, frame: Frame, node: ast.AST) -> Value:
    """`runtime.hyperparameters`, which reads the input of that name."""
    _use(machine, frame, "inputs", HYPERPARAMETERS, node)
    span = machine.span(frame, node)
    machine.use_path(PathUse(f"<input {HYPERPARAMETERS}>", True, False, Direction.READ, False, span))
    return Mapping({}, machine.unknown("hyperparameters are given at run time", frame, node))


RUNTIME = Runtime()
