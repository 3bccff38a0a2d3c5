"""Executing simple statements on abstract values: assignments, definitions and imports."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from script_contracts.analyzer import (
    attributes,
    calls,
    classes,
    commands,
    expressions,
    flow,
    functions,
    modules,
)
from script_contracts.analyzer.conditions import truth
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.operators import binary
from script_contracts.analyzer.values import (
    Const,
    Environ,
    External,
    Function,
    Instance,
    Mapping,
    Parser,
    Sequence,
    Unknown,
    Value,
    elements,
    join,
    options,
    parts,
)

_ENDS = frozenset({"sys.exit", "exit", "quit", "os._exit", "os.abort", "SystemExit"})
_LAST_WORDS = frozenset({"exit", "quit", "_exit", "abort", "error"})


def execute(machine: Machine, frame: Frame, body: list[ast.stmt]) -> bool:
    """Execute statements. False if the end is never reached: they return, raise or leave a loop."""
    for statement in body:
        if not machine.step(frame, statement):
            return False
        handler = _HANDLERS.get(type(statement))
        if handler is not None and not handler(machine, frame, statement):
            return False
    return True


def bind(machine: Machine, frame: Frame, target: ast.expr, value: Value) -> None:
    """Assign to a name, an attribute, an item, or several at once."""
    if isinstance(target, ast.Name):
        frame.assign(target.id, value)
    elif isinstance(target, ast.Starred):
        bind(machine, frame, target.value, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(machine, frame, target, value)
    elif isinstance(target, ast.Attribute):
        holder = expressions.evaluate(machine, frame, target.value)
        attributes.set_attribute(machine, frame, holder, target.attr, value)
    elif isinstance(target, ast.Subscript):
        container = expressions.evaluate(machine, frame, target.value)
        key = expressions.evaluate(machine, frame, target.slice)
        for option in options(container):
            if isinstance(option, Mapping):
                for each in options(key):
                    attributes.set_entry(option, each, value, weak=bool(frame.branches))
            elif isinstance(option, Sequence):
                option.rest = join([option.rest, value]) if option.rest else value


def _unpack(machine: Machine, frame: Frame, target: ast.Tuple | ast.List, value: Value) -> None:
    several = [_iterated(machine, frame, option, target) for option in options(value)]
    starred = next((i for i, each in enumerate(target.elts) if isinstance(each, ast.Starred)), None)
    for index, each in enumerate(target.elts):
        if index == starred:
            bind(machine, frame, each, Sequence([], join([p for s in several for p in parts(s)])))
            continue
        position = index if starred is None or index < starred else index - len(target.elts)
        bind(machine, frame, each, join(_nth(one, position) for one in several))


def _iterated(machine: Machine, frame: Frame, value: Value, node: ast.expr) -> Sequence:
    if isinstance(value, Instance) and value.of is not None and value.of.fields:
        return Sequence([value.attributes.get(name, Unknown("an unset field")) for name in value.of.fields])
    return calls.iterate(machine, frame, value, node)


def _nth(sequence: Sequence, position: int) -> Value:
    if not sequence.rest and -len(sequence.items) <= position < len(sequence.items):
        return sequence.items[position]
    if sequence.rest and 0 <= position < len(sequence.items):
        return sequence.items[position]
    return join(parts(sequence)) if parts(sequence) else Unknown("a part of something unknown")


def _expression(machine: Machine, frame: Frame, node: ast.Expr) -> bool:
    expressions.evaluate(machine, frame, node.value)
    return not (isinstance(node.value, ast.Call) and _ends(machine, frame, node.value))


def _ends(machine: Machine, frame: Frame, node: ast.Call) -> bool:
    """Whether a call ends the program: sys.exit(), or a parser's error()."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in _LAST_WORDS:
        return False
    if isinstance(node.func, ast.Attribute) and name == "error":
        receiver = expressions.evaluate(machine, frame, node.func.value)
        return all(isinstance(option, Parser) for option in options(receiver))
    callee = expressions.evaluate(machine, frame, node.func)
    return isinstance(callee, External) and callee.name in _ENDS


def _assign(machine: Machine, frame: Frame, node: ast.Assign) -> bool:
    value = expressions.evaluate(machine, frame, node.value)
    for target in node.targets:
        bind(machine, frame, target, value)
    return True


def _annotated(machine: Machine, frame: Frame, node: ast.AnnAssign) -> bool:
    if node.value is not None:
        bind(machine, frame, node.target, expressions.evaluate(machine, frame, node.value))
    return True


def _augmented(machine: Machine, frame: Frame, node: ast.AugAssign) -> bool:
    left = expressions.evaluate(machine, frame, node.target)
    right = expressions.evaluate(machine, frame, node.value)
    for option in options(left):
        if isinstance(option, Sequence) and isinstance(node.op, ast.Add):
            more = elements(right)
            option.items += more.items
            if more.rest:
                option.rest = join([option.rest, more.rest]) if option.rest else more.rest
            return True
    unknown = machine.unknown("it is only known at run time", frame, node.target)
    result = join(binary(type(node.op), a, b, unknown) for a in options(left) for b in options(right))
    bind(machine, frame, node.target, result)
    return True


def _return(machine: Machine, frame: Frame, node: ast.Return) -> bool:
    value = expressions.evaluate(machine, frame, node.value) if node.value else Const(None)
    frame.returned.append(value)
    return False


def _raise(machine: Machine, frame: Frame, node: ast.Raise) -> bool:
    if node.exc is not None:
        expressions.evaluate(machine, frame, node.exc)
    return False


def _function(machine: Machine, frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = tuple(ast.unparse(each).split("(")[0] for each in node.decorator_list)
    home = frame.parent if frame.class_body and frame.parent else frame
    function = Function(node, home, functions.evaluate_defaults(machine, frame, node.args), decorators=names)
    frame.assign(node.name, commands.decorated(machine, frame, node, function))
    return True


def _class(machine: Machine, frame: Frame, node: ast.ClassDef) -> bool:
    frame.assign(node.name, classes.define_class(machine, frame, node))
    return True


def _share(machine: Machine, frame: Frame, node: ast.Global | ast.Nonlocal) -> bool:
    machine.remembers = False
    for name in node.names:
        home = frame.module.names
        parent = frame.parent
        while isinstance(node, ast.Nonlocal) and parent is not None:
            if name in parent.names:
                home = parent.names
                break
            parent = parent.parent
        frame.shared[name] = home
    return True


def _import(machine: Machine, frame: Frame, node: ast.Import) -> bool:
    modules.import_modules(machine, frame, node)
    return True


def _import_from(machine: Machine, frame: Frame, node: ast.ImportFrom) -> bool:
    modules.import_names(machine, frame, node)
    return True


def _assert(machine: Machine, frame: Frame, node: ast.Assert) -> bool:
    return truth(expressions.evaluate(machine, frame, node.test)) is not False


def _delete(machine: Machine, frame: Frame, node: ast.Delete) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Subscript):
            value = expressions.evaluate(machine, frame, target.value)
            if not isinstance(value, Environ):
                expressions.evaluate(machine, frame, target.slice)
    return True


_Handler = Callable[[Machine, Frame, Any], bool]  # each takes the node of its own kind
_KINDS: tuple[tuple[tuple[type[ast.stmt], ...], _Handler], ...] = (
    ((ast.Expr,), _expression),
    ((ast.Assign,), _assign),
    ((ast.AnnAssign,), _annotated),
    ((ast.AugAssign,), _augmented),
    ((ast.Return,), _return),
    ((ast.Raise,), _raise),
    ((ast.Break, ast.Continue), flow.run_leave_loop),
    ((ast.If,), flow.run_if),
    ((ast.For, ast.AsyncFor), flow.run_for),
    ((ast.While,), flow.run_while),
    ((ast.Try, *([ast.TryStar] if hasattr(ast, "TryStar") else [])), flow.run_try),
    ((ast.With, ast.AsyncWith), flow.run_with),
    ((ast.FunctionDef, ast.AsyncFunctionDef), _function),
    ((ast.ClassDef,), _class),
    ((ast.Global, ast.Nonlocal), _share),
    ((ast.Import,), _import),
    ((ast.ImportFrom,), _import_from),
    ((ast.Match,), flow.run_match),
    ((ast.Assert,), _assert),
    ((ast.Delete,), _delete),
)
_HANDLERS = {kind: handler for kinds, handler in _KINDS for kind in kinds}
