"""What is known of a condition before the script runs.

Deliberately little: only constants decide. Containers never do, for what is appended to a list in one
branch must not make the analyzer believe that the list is never empty.
"""

from __future__ import annotations

import ast

from script_contracts.analyzer.values import (
    Class,
    Const,
    Environ,
    External,
    Function,
    Instance,
    Mapping,
    Parser,
    Runtime,
    Sequence,
    Text,
    Value,
    options,
)

_OBJECTS = (Class, Environ, Function, Instance, Mapping, Parser, Runtime, Sequence, Text)


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    found = {_truth(option) for option in options(value)}
    return found.pop() if len(found) == 1 else None


def _truth(value: Value) -> bool | None:
    if isinstance(value, Const) and isinstance(value.value, (bool, type(None))):
        return bool(value.value)
    if isinstance(value, Text):
        return bool(value.text) or (None if value.hole else False)
    if isinstance(value, (Function, Class, Runtime)):
        return True
    return None


def compare(operator: ast.cmpop, left: Value, right: Value) -> bool | None:
    """The result of a comparison; None where it is not known."""
    found = {_compare(operator, one, other) for one in options(left) for other in options(right)}
    return found.pop() if len(found) == 1 else None


def _compare(operator: ast.cmpop, left: Value, right: Value) -> bool | None:
    if isinstance(operator, (ast.In, ast.NotIn)):
        return None
    if isinstance(operator, (ast.Is, ast.Eq)):
        return _equal(left, right)
    if isinstance(operator, (ast.IsNot, ast.NotEq)):
        equal = _equal(left, right)
        return None if equal is None else not equal
    return None


def _equal(left: Value, right: Value) -> bool | None:
    if isinstance(left, Text) and isinstance(right, Text):
        return None if left.hole or right.hole else left.text == right.text
    if _simple(left) and _simple(right):
        return left == right
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Const) and one.value is None and isinstance(other, (*_OBJECTS, Const)):
            return False
        if isinstance(one, Const) and one.value is None and isinstance(other, External):
            return None
    return None


def _simple(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.value, (bool, type(None)))
