"""Whether an expression fits the place where it stands: its type, and the values that it can have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.expressions import SINGLE, WORDS, Yielded, read
from pipeline_compiler.conformance.literals import has_type, literal_problems
from pipeline_compiler.conformance.model_rules import BAD_PARAMETER_VALUE, OUT_OF_RANGE, WRONG_EXPRESSION
from pipeline_compiler.conformance.scope import Problem, Scope, shown
from pipeline_compiler.conformance.shape import DECLARED_TYPES, Shape
from pipeline_compiler.conformance.values import known

# What a place takes: the types of values that AWS assigns to it.
_TAKES = {
    "string": {"string", "timestamp", "blob"},
    "blob": {"string", "blob"},
    "timestamp": {"timestamp", "string"},
    "integer": {"integer", "long"},
    "long": {"integer", "long"},
    "float": {"integer", "long", "float", "double"},
    "double": {"integer", "long", "float", "double"},
    "boolean": {"boolean"},
}


def expression_problems(value: Mapping[str, Any], shape: Shape, scope: Scope) -> Iterator[Problem]:
    """Every problem with an expression at a place of a shape."""
    yielded = read(value, scope)
    yield from yielded.problems
    if shape.raw.get("literal"):
        yield Problem(
            WRONG_EXPRESSION,
            f"{shown(value)} stands where AWS takes no expression",
            "write the value itself",
        )
    elif not yielded.problems:
        if not _fits(yielded, shape):
            yield _misfit(value, yielded.type, shape)
        else:
            yield from _value_problems(value, shape, scope)


def _fits(yielded: Yielded, shape: Shape) -> bool:
    if yielded.type == "any" or shape.type == "any":
        return True
    if shape.type == "either":
        return any(_fits(yielded, each) for each in shape.options.values())
    if yielded.type == "single":
        return shape.type in SINGLE
    if shape.type in _TAKES:
        return yielded.type in _TAKES[shape.type]
    return yielded.type == shape.type


def _misfit(value: Mapping[str, Any], kind: str, shape: Shape) -> Problem:
    place = WORDS[shape.type]
    fix = f"use an expression that yields {place}"
    if shape.type == "string" and kind in SINGLE:
        fix = f'make a text of it: {{"Std:Join": {{"On": "", "Values": [{json.dumps(value)}]}}}}'
    elif str(value.get("Get", "")).startswith("Parameters."):
        fix = f"declare the parameter with a type that yields {place}"
    message = f"{shown(value)} yields {WORDS[kind]}, where AWS expects {place}"
    return Problem(WRONG_EXPRESSION, message, fix)


def _value_problems(value: Mapping[str, Any], shape: Shape, scope: Scope) -> Iterator[Problem]:
    """Values that an expression certainly can have, and its place cannot take.

    How long joined texts are is not looked at here: `known_lengths.py` also judges those known in part.
    """
    path = value.get("Get")
    if isinstance(path, str) and path.startswith("Parameters."):
        name = path.removeprefix("Parameters.")
        for label, each in _parameter_values(scope.definition.parameters[name]):
            for problem in literal_problems(each, shape, scope.quotas):
                yield Problem(
                    BAD_PARAMETER_VALUE,
                    f"{label} of parameter '{name}', which is used here: {problem.message}",
                    problem.fix,
                )
    elif "Std:Join" in value:
        text = known(scope.definition, value)
        problems = literal_problems(text, shape, scope.quotas) if isinstance(text, str) else ()
        yield from (problem for problem in problems if problem.rule is not OUT_OF_RANGE)


def _parameter_values(declared: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The default and the EnumValues, but for those of another type: they are a finding of their own."""
    default, allowed = declared.get("DefaultValue"), declared.get("EnumValues")
    kind = DECLARED_TYPES.get(str(declared.get("Type")))
    if default is not None and kind and has_type(default, kind):
        yield "the default", default
    for each in allowed if isinstance(allowed, list) else ():
        if each != default and kind and has_type(each, kind):
            yield "one of the EnumValues", each
