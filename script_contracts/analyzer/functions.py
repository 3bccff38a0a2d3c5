"""Calling the script's own functions: arguments are bound at every call site."""

from __future__ import annotations

import ast
from dataclasses import replace

from script_contracts.analyzer import expressions, memory, statements
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.ports import RUNTIME
from script_contracts.analyzer.values import (
    NONE,
    Function,
    Mapping,
    Sequence,
    Text,
    Unknown,
    Value,
    join,
    parts,
)

_DEEPEST = 40
_RECURSIONS = 2  # the second round sees what the first one passes on


def bound(function: Function, instance: Value) -> Function:
    """The function as a method of an object."""
    return replace(function, bound=instance)


def evaluate_defaults(machine: Machine, frame: Frame, arguments: ast.arguments) -> dict[str, Value]:
    """The default values of parameters, which are evaluated where the function is defined."""
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    positional = dict(zip(reversed(names), reversed(arguments.defaults), strict=False))
    keyword = {
        each.arg: default
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    return {
        name: expressions.evaluate(machine, frame, default)
        for name, default in {**positional, **keyword}.items()
    }


def call_function(call: Call, function: Function) -> Value:
    """What a function of the script returns for these arguments; its body is followed."""
    machine, node = call.machine, function.node
    if machine.stack.count(node) >= _RECURSIONS or len(machine.stack) >= _DEEPEST:
        machine.touches_shared = True  # elsewhere, the same call may be followed
        return call.unknown(f"'{function.name}' calls itself too often to follow")
    if call.frame.function is None:
        machine.memory.clear()  # between calls from its top, a module binds its names anew
    if function.bound is not None:
        call = call.with_first(function.bound)
    names = bind_arguments(call, function)
    values = list(names.values())
    key = memory.contents(call, function, values)
    if key is not None and key in machine.memory:
        return memory.copied(machine.memory[key])
    before, machine.touches_shared = machine.touches_shared, False
    result = _follow(call, function, names)
    if not machine.touches_shared and key is not None and key == memory.contents(call, function, values):
        kept = memory.fresh(result, values)
        if kept is not None:
            machine.memory[key] = kept
    machine.touches_shared |= before
    return result


def _follow(call: Call, function: Function, names: dict[str, Value]) -> Value:
    machine, node = call.machine, function.node
    frame = Frame(function.frame.module, names, function.frame)
    frame.branches, frame.function = call.frame.branches, function
    parameters = [*node.args.posonlyargs, *node.args.args]
    frame.self_value = frame.names.get(parameters[0].arg) if parameters else None
    machine.stack.append(node)
    if isinstance(node, ast.Lambda):
        frame.returned.append(expressions.evaluate(machine, frame, node.body))
    else:
        statements.execute(machine, frame, node.body)
    machine.stack.pop()
    if frame.yielded:
        several = join(frame.yielded)
        manager = any(name.endswith("contextmanager") for name in function.decorators)
        return several if manager else Sequence([], several)
    return join(frame.returned) if frame.returned else NONE


def bind_arguments(call: Call, function: Function) -> dict[str, Value]:
    """The parameters of a function as one call sets them."""
    arguments = function.node.args
    names: dict[str, Value] = {}
    keywords = dict(call.keywords)
    positional = [*arguments.posonlyargs, *arguments.args]
    for index, parameter in enumerate(positional):
        if index < len(call.positional):
            value: Value | None = call.positional[index]
        else:
            value = keywords.pop(parameter.arg, None)
        names[parameter.arg] = _parameter(call, function, parameter, value)
    for parameter in arguments.kwonlyargs:
        names[parameter.arg] = _parameter(call, function, parameter, keywords.pop(parameter.arg, None))
    if arguments.vararg:
        names[arguments.vararg.arg] = Sequence(list(call.positional[len(positional) :]), call.rest)
    if arguments.kwarg:
        names[arguments.kwarg.arg] = Mapping({Text(key): each for key, each in keywords.items()}, call.rest)
    return names


def _parameter(call: Call, function: Function, parameter: ast.arg, value: Value | None) -> Value:
    if (value is None or isinstance(value, Unknown)) and _is_runtime(parameter.annotation):
        return RUNTIME
    if value is not None:
        return value
    default = function.defaults.get(parameter.arg)
    if call.rest is not None:
        return join([call.rest, default]) if default is not None else call.rest
    if default is not None:
        return default
    return call.unknown(f"'{function.name}' is called without '{parameter.arg}'")


def _is_runtime(annotation: ast.expr | None) -> bool:
    if isinstance(annotation, ast.Constant):
        return str(annotation.value).split(".")[-1] == "Runtime"
    name = annotation.attr if isinstance(annotation, ast.Attribute) else getattr(annotation, "id", "")
    return bool(name == "Runtime")


def call_with_unknowns(call: Call, function: Function, by: str) -> None:
    """Follow a function that a library calls, with arguments that the script does not show."""
    reason = f"'{function.name}' is called by {by}, with arguments that are not in the script"
    unknown = Unknown(reason, function.name, str(function.frame.module.source.path), function.node.lineno)
    key = (function.node, id(function.bound))
    if key not in call.machine.escaped:
        call.machine.escaped.add(key)
        call_function(Call(call.machine, call.frame, call.node, rest=unknown), function)


def each_argument(values: list[Value]) -> list[Value]:
    """What a function gets that is mapped over these iterables."""
    found = []
    for value in values:
        inner = parts(value) if isinstance(value, (Sequence, Mapping)) else [value]
        found.append(join(inner))
    return found
