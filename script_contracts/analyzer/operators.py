"""Operators and subscripts on abstract values."""

from __future__ import annotations

import ast

from script_contracts.analyzer.text import as_hole, concat, format_percent, join_paths, to_text, within
from script_contracts.analyzer.values import (
    Const,
    External,
    Mapping,
    Sequence,
    Text,
    Unknown,
    Value,
    join,
    parts,
)


def binary(operator: type[ast.operator], left: Value, right: Value, otherwise: Unknown) -> Value:
    """`left operator right`; `otherwise` where nothing is known of it."""
    if operator is ast.Add:
        return _add(left, right, otherwise)
    if operator is ast.Div:
        return _divide(left, right, otherwise)
    if operator is ast.Mod and isinstance(left, Text):
        return _percent(left, right)
    if operator is ast.BitOr and isinstance(left, Mapping) and isinstance(right, Mapping):
        return Mapping({**left.entries, **right.entries}, left.rest or right.rest)
    if operator is ast.Mult and isinstance(left, Sequence):
        return Sequence([], join(parts(left)))
    return _unknown_of(left, right, otherwise)


def _add(left: Value, right: Value, otherwise: Unknown) -> Value:
    if isinstance(left, Text) and not isinstance(right, (Sequence, Mapping)):
        return concat(Text(left.text, left.hole, listing=left.listing), to_text(right))
    if isinstance(right, Text) and isinstance(left, External) and left.texts:
        return within(left.texts[0])
    if isinstance(left, Sequence):
        more = right if isinstance(right, Sequence) else Sequence([], right)
        rests = [rest for rest in (left.rest, more.rest) if rest]
        return Sequence(left.items + more.items, join(rests) if rests else None)
    numbers = [each.value for each in (left, right) if isinstance(each, Const)]
    if len(numbers) == 2 and all(isinstance(number, (int, float)) for number in numbers):
        return Const(sum(numbers))  # type: ignore[arg-type]  # numbers, as just checked
    return _unknown_of(left, right, otherwise)


def _divide(left: Value, right: Value, otherwise: Unknown) -> Value:
    if isinstance(left, Text):
        return join_paths(left, to_text(right), path=True)
    if isinstance(right, Text):
        if isinstance(left, External) and left.texts:
            return join_paths(left.texts[0], right, path=True)
        return join_paths(Text("", as_hole(left)), right, path=True)
    return _unknown_of(left, right, otherwise)


def _percent(left: Text, right: Value) -> Value:
    if left.hole:
        return left
    if isinstance(right, Mapping):
        named = {key.text: value for key, value in right.entries.items() if isinstance(key, Text)}
        return format_percent(left.text, [], named)
    arguments: list[Value] = right.items if isinstance(right, Sequence) else [right]
    return format_percent(left.text, arguments, None)


def _unknown_of(left: Value, right: Value, otherwise: Unknown) -> Value:
    """Unknown, for the reason that either side already has."""
    return next((each for each in (left, right) if isinstance(each, Unknown)), otherwise)


def subscript(value: Value, key: slice | int | None, otherwise: Unknown) -> Value:
    """`value[key]` for a text or a sequence, with a known slice or index, or None for an unknown one."""
    if isinstance(value, Text):
        if value.hole is None and key is not None:
            try:
                return Text(value.text[key])
            except IndexError:
                return otherwise
        return Text("", as_hole(value), listing=value.listing)
    if isinstance(value, Sequence):
        if key is None or (value.rest and not isinstance(key, slice)):
            found = join(parts(value))
            return found if parts(value) else otherwise
        if isinstance(key, slice):
            return (
                Sequence(value.items[key], value.rest) if not value.rest else Sequence([], join(parts(value)))
            )
        return value.items[key] if -len(value.items) <= key < len(value.items) else otherwise
    if isinstance(value, External):
        return External(value.name + "[]", value.texts)
    return value if isinstance(value, Unknown) else otherwise
