"""Calls: evaluating the arguments and finding what is called."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from script_contracts.analyzer import (
    attributes,
    classes,
    commands,
    expressions,
    functions,
    library,
    methods,
    parsers,
)
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.environment import all_variables, call_environ
from script_contracts.analyzer.facts import Direction
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.paths import escape
from script_contracts.analyzer.ports import call_runtime
from script_contracts.analyzer.values import (
    NONE,
    Class,
    Command,
    Environ,
    External,
    Function,
    Instance,
    Mapping,
    Method,
    Parser,
    Partial,
    Runtime,
    Sequence,
    Super,
    Text,
    Unknown,
    Value,
    elements,
    join,
    options,
    parts,
    present,
)


def call_expression(machine: Machine, frame: Frame, node: ast.Call) -> Value:
    """The value of a call."""
    if isinstance(node.func, ast.Name) and node.func.id == "super" and frame.function is not None:
        owner = frame.function.owner
        return Super(frame.self_value or NONE, owner) if owner else External("object()")
    if isinstance(node.func, ast.Attribute):
        receiver = expressions.evaluate(machine, frame, node.func.value)
        callee = attributes.get_attribute(machine, frame, receiver, node.func.attr, node.func)
        callee = join(
            External(f"?.{node.func.attr}") if isinstance(each, Unknown) else each for each in options(callee)
        )
    else:
        callee = expressions.evaluate(machine, frame, node.func)
    call = evaluate_arguments(machine, frame, node)
    return call_value(call, callee)


def evaluate_arguments(machine: Machine, frame: Frame, node: ast.Call) -> Call:
    """The arguments of a call, with `*` and `**` unfolded where they are known."""
    call = Call(machine, frame, node)
    rest: list[Value] = []
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            more = iterate(machine, frame, expressions.evaluate(machine, frame, argument.value), argument)
            call.positional.extend(more.items)
            rest += [more.rest] if more.rest else []
        else:
            call.positional.append(expressions.evaluate(machine, frame, argument))
    for keyword in node.keywords:
        value = expressions.evaluate(machine, frame, keyword.value)
        if keyword.arg:
            call.keywords[keyword.arg] = value
            continue
        for option in options(value):
            if isinstance(option, Mapping):
                call.keywords.update({k.text: v for k, v in option.entries.items() if isinstance(k, Text)})
                rest += [option.rest] if option.rest else []
            elif isinstance(option, Unknown):
                rest.append(option)
    return Call(machine, frame, node, call.positional, call.keywords, join(rest) if rest else None)


def call_value(call: Call, callee: Value) -> Value:
    """What calling a value returns; each of several possible callees is followed."""
    if callee == NONE:
        return call.unknown("None is called")
    return join(_call(call, option) for option in present(callee))


def _call(call: Call, callee: Value) -> Value:
    handler = _HANDLERS.get(type(callee))
    if handler is not None:
        return handler(call, callee)
    for value in call.values():
        escape(call, value, Direction.UNKNOWN, "a function that is only known at run time")
    return callee if isinstance(callee, Unknown) else call.unknown("it is not known what is called")


def _call_instance(call: Call, callee: Instance) -> Value:
    result = classes.call_special(call, callee, "__call__")
    if result is not None:
        return result
    for value in call.values():
        escape(call, value, Direction.UNKNOWN, "an object of a library")
    base = next(callee.of.external_bases(), None) if callee.of else None
    return External(f"{base.name}()()") if base else call.unknown("it is not known what is called")


def _call_method(call: Call, callee: Method) -> Value:
    receiver, name = callee.receiver, callee.name
    if isinstance(receiver, Environ):
        return call_environ(call, name)
    if isinstance(receiver, Runtime):
        return call_runtime(call, name)
    if isinstance(receiver, Parser):
        return parsers.call_parser(call, receiver, name)
    if isinstance(receiver, Command):
        return commands.call_app(call, receiver, name)
    return methods.call_method(call, receiver, name)


def _call_partial(call: Call, callee: Partial) -> Value:
    merged = Call(
        call.machine,
        call.frame,
        call.node,
        [*callee.arguments, *call.positional],
        {**callee.keywords, **call.keywords},
        call.rest,
    )
    return call_value(merged, callee.function)


# Each handler takes a callee of its own type. The lambdas find modules that are still being imported.
_HANDLERS: dict[type, Callable[[Call, Any], Value]] = {
    Function: lambda call, callee: functions.call_function(call, callee),
    Class: lambda call, callee: classes.instantiate(call, callee),
    External: lambda call, callee: library.call_library(call, callee),
    Command: lambda call, callee: commands.run_command(call, callee),
    Instance: _call_instance,
    Method: _call_method,
    Partial: _call_partial,
}


def iterate(machine: Machine, frame: Frame, value: Value, node: ast.expr) -> Sequence:
    """What iterating over a value gives; an object's own `__iter__` is followed."""
    several = [_iterate(machine, frame, option, node) for option in options(value) if option != NONE]
    if len(several) == 1:
        return several[0]
    found = [part for each in several for part in parts(each)]
    return Sequence([], join(found) if found else None)


def _iterate(machine: Machine, frame: Frame, value: Value, node: ast.expr) -> Sequence:
    if isinstance(value, Environ):
        return elements(all_variables(machine, frame, node))
    if isinstance(value, Instance):
        for name in ("__iter__", "__getitem__"):
            call = Call(machine, frame, node, rest=Unknown("an index"))
            result = classes.call_special(call, value, name)
            if result is not None:
                return elements(result) if name == "__iter__" else Sequence([], result)
    return elements(value)
