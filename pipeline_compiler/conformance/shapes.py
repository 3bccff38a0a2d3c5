"""The shape-directed walk: a value of a definition against the shape of its place, all the way down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.accidental import accidental
from pipeline_compiler.conformance.definition import is_expression
from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.conformance.fitting import expression_problems
from pipeline_compiler.conformance.literals import (
    has_type,
    literal_problems,
    option_for,
    size_problems,
    wrong_option,
    wrong_type,
)
from pipeline_compiler.conformance.model_rules import (
    MISSING_MEMBER,
    OUT_OF_RANGE,
    UNKNOWN_MEMBER,
    WRONG_EXPRESSION,
    WRONG_TYPE,
)
from pipeline_compiler.conformance.scope import Problem, Scope
from pipeline_compiler.conformance.shape import Shape
from script_contracts.core.suggestions import closest, did_you_mean

_ALMOST = frozenset({"get", "std:join", "std:jsonget", "join", "jsonget"})


def check_value(value: Any, shape: Shape, path: Path, scope: Scope) -> Iterator[Finding]:
    """Every finding at a value and within it. A null counts as absent, as it does for AWS."""
    if value is None:
        return
    if is_expression(value):
        for problem in expression_problems(value, shape, scope):
            yield scope.finding(problem, path)
        return
    walk = _WALKS.get(shape.type)
    if walk is not None:
        yield from walk(value, shape, path, scope)
        return
    for problem in literal_problems(value, shape, scope.quotas):
        yield scope.finding(_with_hint(problem, value), path)
    if shape.type == "string":
        for problem in accidental(value, scope, argument=isinstance(path[-1], int)):
            yield scope.finding(problem, path)


def check_members(
    value: Mapping[str, Any],
    members: Mapping[str, Shape],
    required: tuple[str, ...],
    path: Path,
    scope: Scope,
) -> Iterator[Finding]:
    """A mapping with fixed keys: unknown and missing ones, and every value."""
    missing = {name for name in required if value.get(name) is None}
    for key in value:
        if key in members:
            continue
        meant = closest(str(key), missing)  # one mistake: what is there by another name is not missing
        missing.discard(meant or "")
        fix = f"did you mean '{meant}'?" if meant else did_you_mean(str(key), members, what="members there")
        yield scope.finding(Problem(UNKNOWN_MEMBER, f"AWS knows no '{key}' here", fix), (*path, str(key)))
    for name in sorted(missing):
        yield scope.finding(Problem(MISSING_MEMBER, f"'{name}' is missing", f"give '{name}'"), (*path, name))
    for key, inner in value.items():
        if key in members:
            yield from check_value(inner, members[key], (*path, key), scope)


def _structure(value: Any, shape: Shape, path: Path, scope: Scope) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield scope.finding(wrong_type(value, shape.type), path)
        return
    if not shape.members and not shape.raw.get("members"):
        return
    if _looks_like_expression(value, shape):
        yield scope.finding(_unknown_function(value), path)
        return
    yield from check_members(value, shape.members, shape.required, path, scope)
    given = [name for name in shape.members if value.get(name) is not None]
    if shape.raw.get("union") and len(given) != 1:
        names = ", ".join(shape.members)
        problem = Problem(
            OUT_OF_RANGE, f"it has {len(given)} of the members {names}", f"give exactly one of {names}"
        )
        yield scope.finding(problem, path)


def _list(value: Any, shape: Shape, path: Path, scope: Scope) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield scope.finding(_with_hint(wrong_type(value, "list"), value), path)
        return
    for problem in size_problems(value, shape, scope.quotas):
        yield scope.finding(problem, path)
    for index, inner in enumerate(value):
        yield from check_value(inner, shape.member, (*path, index), scope)


def _map(value: Any, shape: Shape, path: Path, scope: Scope) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield scope.finding(wrong_type(value, "map"), path)
        return
    if _looks_like_expression(value, shape):
        yield scope.finding(_unknown_function(value), path)
        return
    for problem in size_problems(value, shape, scope.quotas):
        yield scope.finding(problem, path)
    for key, inner in value.items():
        for problem in literal_problems(key, shape.key, scope.quotas):
            yield scope.finding(problem._replace(message=f"the key {problem.message}"), (*path, key))
        yield from check_value(inner, shape.value, (*path, key), scope)


def _either(value: Any, shape: Shape, path: Path, scope: Scope) -> Iterator[Finding]:
    option = option_for(value, shape)
    if option is None:
        yield scope.finding(_with_hint(wrong_option(value, shape), value), path)
    else:
        yield from check_value(value, option, path, scope)


def _any(value: Any, shape: Shape, path: Path, scope: Scope) -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from check_value(inner, shape, (*path, key), scope)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from check_value(inner, shape, (*path, index), scope)
    else:
        for problem in accidental(value, scope, argument=isinstance(path[-1], int)):
            yield scope.finding(problem, path)


def _steps(value: Any, shape: Shape, path: Path, scope: Scope) -> Iterator[Finding]:
    """The list itself; each step in it is walked on its own."""
    if not isinstance(value, list):
        yield scope.finding(wrong_type(value, "list"), path)
        return
    for problem in size_problems(value, shape, scope.quotas):
        yield scope.finding(problem, path)
    for index, inner in enumerate(value):
        if not has_type(inner, "structure"):
            yield scope.finding(wrong_type(inner, "structure"), (*path, index))


_WALKS: Mapping[str, Callable[[Any, Shape, Path, Scope], Iterator[Finding]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "either": _either,
    "any": _any,
    "steps": _steps,
}


def _looks_like_expression(value: Mapping[str, Any], shape: Shape) -> bool:
    """Whether a mapping is a mistyped expression: `{"get": ...}`, `{"Std:Concat": ...}`."""
    if len(value) != 1:
        return False
    key = str(next(iter(value)))
    return key.startswith("Std:") or (shape.type == "structure" and key.lower() in _ALMOST)


def _unknown_function(value: Any) -> Problem:
    name = str(next(iter(value)))
    functions = ("Get", "Std:Join", "Std:JsonGet")
    return Problem(
        WRONG_EXPRESSION,
        f"there is no function '{name}'",
        did_you_mean(name, functions, what="functions of Pipelines"),
    )


def _with_hint(problem: Problem, value: Any) -> Problem:
    """Of a mapping where a single value belongs: that it may be a mistyped expression."""
    if problem.rule is WRONG_TYPE and isinstance(value, Mapping) and len(value) == 1:
        key = str(next(iter(value)))
        if key.startswith("Std:") or key.lower() in _ALMOST:
            return _unknown_function(value)
    return problem
