"""Literal single values against their shapes: type, enum, range, length and pattern."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_compiler.conformance.model_rules import (
    BAD_PATTERN,
    NOT_ALLOWED,
    OUT_OF_RANGE,
    OVER_QUOTA,
    WRONG_TYPE,
)
from pipeline_compiler.conformance.patterns import pattern_of
from pipeline_compiler.conformance.quotas import Quotas
from pipeline_compiler.conformance.scope import Problem, shown
from pipeline_compiler.conformance.shape import Shape
from script_contracts.core.suggestions import did_you_mean

_EXPECTED: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a text"),
    "blob": ((str,), "a text"),
    "timestamp": ((str, int, float), "a time"),
    "integer": ((int,), "a whole number"),
    "long": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
    "list": ((list,), "a list"),
    "map": ((dict,), "a mapping"),
    "structure": ((dict,), "a mapping"),
}
_NUMBERS = frozenset({"integer", "long", "float", "double"})


def has_type(value: Any, kind: str) -> bool:
    """Whether a JSON value is of a shape's type; true and false are no numbers."""
    expected, _ = _EXPECTED[kind]
    return isinstance(value, expected) and (kind == "boolean" or not isinstance(value, bool))


def wrong_type(value: Any, kind: str) -> Problem:
    """That a literal has another type than its place."""
    _, wanted = _EXPECTED[kind]
    hint = ""
    if kind == "string" and isinstance(value, (int, float)):
        hint = f': "{str(value).lower() if isinstance(value, bool) else value}"'
    return Problem(
        WRONG_TYPE,
        f"{shown(value)} is a {type(value).__name__}, where AWS expects {wanted}",
        f"give {wanted}{hint}",
    )


def literal_problems(value: Any, shape: Shape, quotas: Quotas) -> Iterator[Problem]:
    """Every way in which a literal single value breaks its shape."""
    kind = shape.type
    if kind == "either":
        option = option_for(value, shape)
        if option is None:
            yield wrong_option(value, shape)
        else:
            yield from literal_problems(value, option, quotas)
    elif kind in ("any", "steps"):
        return
    elif not has_type(value, kind):
        yield wrong_type(value, kind)
    elif kind == "string":
        yield from _text_problems(value, shape, quotas)
    elif kind in _NUMBERS:
        yield from _limit_problems(value, str(value), shape, quotas)


def option_for(value: Any, shape: Shape) -> Shape | None:
    """The shape that an `either` has for values of this type."""
    return next((each for each in shape.options.values() if has_type(value, each.type)), None)


def wrong_option(value: Any, shape: Shape) -> Problem:
    """That a literal has none of the types of an `either`."""
    wanted = " or ".join(sorted({_EXPECTED[each.type][1] for each in shape.options.values()}))
    message = f"{shown(value)} is a {type(value).__name__}, where AWS expects {wanted}"
    return Problem(WRONG_TYPE, message, f"give {wanted}")


def _text_problems(value: str, shape: Shape, quotas: Quotas) -> Iterator[Problem]:
    if shape.allowed:
        if value not in shape.allowed:
            yield Problem(
                NOT_ALLOWED,
                f"{shown(value)} is not a value that AWS allows here ({shape.name})",
                did_you_mean(value, shape.allowed, what="values that it allows"),
            )
        return
    too_long = list(_limit_problems(len(value), shown(value), shape, quotas, "characters"))
    yield from too_long
    source = shape.raw.get("pattern")
    if source and not too_long and not pattern_of(source).matches(value):
        yield Problem(
            BAD_PATTERN,
            f"{shown(value)} does not match the pattern of {shape.name}, {source}",
            "write a text that matches the pattern from its first to its last character",
        )


def size_problems(value: Any, shape: Shape, quotas: Quotas) -> Iterator[Problem]:
    """Whether a list or a map has too few or too many entries."""
    return _limit_problems(len(value), "it", shape, quotas, "entries")


def _limit_problems(
    size: float, what: str, shape: Shape, quotas: Quotas, unit: str = ""
) -> Iterator[Problem]:
    least, most = shape.raw.get("min"), shape.raw.get("max")
    if least is None and most is None:
        return
    has = f"{what} has {size} {unit}" if unit else f"{what} is"
    if least is not None and size < least:
        yield Problem(
            OUT_OF_RANGE,
            f"{has}{'' if unit else ' too small'}; AWS asks for {least} or more ({shape.name})",
            f"give at least {least}{f' {unit}' if unit else ''}",
        )
    if isinstance(most, str):
        if size > quotas[most]:
            yield over_quota(int(size), most, quotas)
    elif most is not None and size > most:
        yield Problem(
            OUT_OF_RANGE,
            f"{has}{'' if unit else ' too large'}; AWS allows {most} at most ({shape.name})",
            f"give at most {most}{f' {unit}' if unit else ''}",
        )


def over_quota(count: int, name: str, quotas: Quotas) -> Problem:
    """That a count exceeds a quota."""
    quota = quotas.quota(name)
    return Problem(
        OVER_QUOTA,
        f"{count} {quota.what}; the quota is {quota.value} ({quota.source})",
        f"use at most {quota.value}; where AWS has granted you more, set the quota '{name}'",
    )
