"""The ranges that a tuning job searches."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_compiler.conformance.definition import Definition, is_expression
from pipeline_compiler.conformance.findings import Path
from pipeline_compiler.conformance.jobs import Job, entries
from pipeline_compiler.conformance.scope import Problem, shown
from pipeline_compiler.conformance.tuning_rules import BAD_RANGE, BAD_SCALE, GIVEN_TWICE
from pipeline_compiler.conformance.values import known_text

CONFIG: Path = ("Arguments", "HyperParameterTuningJobConfig")  # in a step's entry
INTEGER, CONTINUOUS, CATEGORICAL = (
    f"{kind}ParameterRanges" for kind in ("Integer", "Continuous", "Categorical")
)
_WHOLE = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Range:
    """One range.

    Attributes:
        kind: the list that it stands in: INTEGER, CONTINUOUS or CATEGORICAL.
        path: where it stands, from the step's entry.
    """

    kind: str
    entry: Mapping[str, Any]
    path: Path

    @property
    def name(self) -> Any:
        """The hyperparameter, which may be an expression."""
        return self.entry.get("Name")

    @property
    def is_categorical(self) -> bool:
        """Whether it lists its values."""
        return self.kind == CATEGORICAL

    def bound(self, key: str, definition: Definition) -> float | None:
        """Its MinValue or MaxValue as a number; None where it is not known, or none of the range's kind."""
        return _number(known_text(definition, self.entry.get(key)), self.kind)


def ranges_of(holder: Any, path: Path) -> Iterator[Range]:
    """The ranges in a ParameterRanges."""
    if isinstance(holder, Mapping):
        for kind in (INTEGER, CONTINUOUS, CATEGORICAL):
            for index, entry in entries(holder.get(kind)):
                yield Range(kind, entry, (*path, kind, index))


def range_problems(job: Job, ranges: Sequence[Range], definition: Definition) -> Iterator[Problem]:
    """Bounds and scales that do not fit, and hyperparameters that are given twice."""
    names: set[str] = set()
    for each in ranges:
        if not each.is_categorical:
            yield from _bound_problems(each, definition)
            yield from _scale_problems(each, definition)
        name = known_text(definition, each.name)
        static = name in job.hyperparameters
        if name is not None and (static or name in names):
            yield Problem(
                GIVEN_TWICE,
                f"the hyperparameter {shown(name)} has a range and "
                + ("a value in StaticHyperParameters" if static else "another range"),
                "give it once: a range to search, or a value that stays the same",
                path=(*each.path, "Name"),
            )
        names |= {name} if name else set()


def size_of(ranges: Sequence[Range], definition: Definition) -> int | None:
    """How many combinations of values the ranges have; None for infinitely many, or where it is not known."""
    size = 1
    for each in ranges:
        if each.is_categorical:
            values = each.entry.get("Values")
            if not isinstance(values, list) or any(map(is_expression, values)):
                return None
            size *= len({str(value) for value in values})
            continue
        low, high = (each.bound(key, definition) for key in ("MinValue", "MaxValue"))
        if each.kind == CONTINUOUS or low is None or high is None or low > high:
            return None
        size *= int(high - low) + 1
    return size


def _bound_problems(each: Range, definition: Definition) -> Iterator[Problem]:
    whole = "whole " if each.kind == INTEGER else ""
    for key in ("MinValue", "MaxValue"):
        text = known_text(definition, each.entry.get(key))
        if text is not None and _number(text, each.kind) is None:
            message = f"{key} is {shown(text)}, which is no {whole}number"
            yield Problem(BAD_RANGE, message, f"give a {whole}number, as text", path=(*each.path, key))
    low, high = (each.bound(key, definition) for key in ("MinValue", "MaxValue"))
    if low is not None and high is not None and low > high:
        message = f"MinValue {each.entry['MinValue']} is above MaxValue {each.entry['MaxValue']}"
        if is_expression(each.entry["MinValue"]) or is_expression(each.entry["MaxValue"]):
            message = f"MinValue {low:g} is above MaxValue {high:g}, with the parameters' defaults"
        yield Problem(BAD_RANGE, message, "exchange them", path=(*each.path, "MinValue"))


def _scale_problems(each: Range, definition: Definition) -> Iterator[Problem]:
    scale = known_text(definition, each.entry.get("ScalingType"))
    low, high = (each.bound(key, definition) for key in ("MinValue", "MaxValue"))
    path = (*each.path, "ScalingType")
    linear = "choose the scale Linear or Auto, or another range"
    if scale == "Logarithmic" and low is not None and low <= 0:
        yield Problem(BAD_SCALE, f"the scale is Logarithmic, and MinValue is {low:g}", linear, path=path)
    if scale == "ReverseLogarithmic" and each.kind == INTEGER:
        message = "the scale ReverseLogarithmic is for continuous ranges, and this one is of whole numbers"
        yield Problem(BAD_SCALE, message, linear, path=path)
    elif scale == "ReverseLogarithmic" and (
        (low is not None and low < 0) or (high is not None and high >= 1)
    ):
        shown_low, shown_high = ("?" if bound is None else f"{bound:g}" for bound in (low, high))
        message = f"the scale is ReverseLogarithmic, and {shown_low} to {shown_high} is not within 0 <= x < 1"
        yield Problem(BAD_SCALE, message, linear, path=path)


def _number(text: str | None, kind: str) -> float | None:
    if text is None or (kind == INTEGER and not _WHOLE.fullmatch(text.strip())):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
