"""Remembered calls: a function that is called again with the same arguments does the same again.

Loops are followed twice, and loops in functions that loops call multiply. What a call returned is remembered
with the content of its arguments, and its body is not followed again, unless the call changes its arguments,
or has to do with objects that outlive it, such as a list of its module.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.values import (
    Class,
    Const,
    Either,
    Environ,
    External,
    Function,
    Instance,
    Mapping,
    Method,
    Module,
    Runtime,
    Sequence,
    Text,
    Unknown,
    Value,
    parts,
)

_DEEPEST = 6  # containers in containers; beyond it, nothing is remembered
_CHANGING = (Sequence, Mapping, Instance)


class _UntoldError(Exception):
    """A value whose content cannot be compared."""


def note_shared(machine: Machine, value: Value) -> None:
    """Note that a value was found in a module or class; where it changes, calls differ."""
    machine.touches_shared |= not _is_lasting(value)


def contents(call: Call, function: Function, values: Iterable[Value]) -> Hashable | None:
    """What decides what a call with these arguments does; None where it is followed each time."""
    if not call.machine.remembers or function.frame.parent is not None:
        return None
    try:
        told = tuple(_content(value) for value in values)
    except _UntoldError:
        return None
    # Inside a condition, objects are updated weakly.
    return function.node, bool(call.frame.branches), told


def fresh(value: Value, arguments: Iterable[Value]) -> Value | None:
    """A result that nobody else holds: a copy where it can change; None where there can be no copy.

    Arguments:
        arguments: what the call got; a part of one of them must stay that very object.
    """
    if _is_lasting(value):
        return value
    if not isinstance(value, _CHANGING) or not all(map(_is_lasting, parts(value))):
        return None
    if any(each is value for argument in arguments for each in _reachable(argument, _DEEPEST)):
        return None
    return copied(value)


def copied(value: Value) -> Value:
    """Another object with the same content, where it is one that can change."""
    if isinstance(value, Sequence):
        return Sequence(list(value.items), value.rest)
    if isinstance(value, Mapping):
        return Mapping(dict(value.entries), value.rest)
    return Instance(value.of, dict(value.attributes)) if isinstance(value, Instance) else value


def _is_lasting(value: Value) -> bool:
    """Whether a value never changes. Where names of modules and classes do, nothing is remembered."""
    if isinstance(value, Either):
        return all(map(_is_lasting, value.options))
    if isinstance(value, Method):
        return _is_lasting(value.receiver)
    if isinstance(value, Function):
        return value.frame.parent is None and (value.bound is None or _is_lasting(value.bound))
    return isinstance(value, (Unknown, Const, Text, External, Environ, Runtime, Class, Module))


def _content(value: Value, depth: int = _DEEPEST) -> Hashable:
    if not depth:
        raise _UntoldError
    if isinstance(value, Const):
        return Const, type(value.value), value.value  # for Python, 1 is True and 1.0
    if isinstance(value, Either):
        return Either, tuple(_content(each, depth - 1) for each in value.options)
    if isinstance(value, Method):
        return Method, value.name, _content(value.receiver, depth - 1)
    if isinstance(value, Sequence):
        rest = None if value.rest is None else _content(value.rest, depth - 1)
        return Sequence, tuple(_content(each, depth - 1) for each in value.items), rest
    if isinstance(value, Mapping):
        rest = None if value.rest is None else _content(value.rest, depth - 1)
        return Mapping, tuple((key, _content(each, depth - 1)) for key, each in value.entries.items()), rest
    if isinstance(value, Instance):
        attributes = ((key, _content(each, depth - 1)) for key, each in value.attributes.items())
        return Instance, value.of, tuple(attributes)
    if _is_lasting(value):
        return value
    raise _UntoldError


def _reachable(value: Value, depth: int) -> Iterator[Value]:
    yield value
    if depth:
        for part in parts(value):
            yield from _reachable(part, depth - 1)
