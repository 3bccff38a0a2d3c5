"""The hyperparameters that a tuning job searches, and the points of that space that it tries.

A local run draws points at random, in a Latin hypercube: each range is cut into as many strata of equal
weight, on the range's scale, as there are points, and every stratum has one point. So a few points cover
every range, and equal spaces, counts and seeds give equal points.

Source of the ranges' meaning: "Define Hyperparameter Ranges", SageMaker developer guide,
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html, read 2026-11.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

Scale = Literal["Linear", "Logarithmic", "ReverseLogarithmic"]
Point = dict[str, str]

_AUTO_LOGARITHMIC = 100  # from this ratio of a range's ends on, Auto searches orders of magnitude
_REDRAWS = 1000  # attempts to replace points that came up twice
_NUMBERED = 2**31  # the points of a larger space are not numbered to find the last ones


@dataclass(frozen=True)
class Integers:
    """Whole numbers, both ends included."""

    name: str
    low: int
    high: int
    scale: Scale

    def at(self, share: float) -> str:
        """The value at a share of the range's weight, from 0 to below 1."""
        value = math.floor(_between(self.low, self.high + 1, self.scale, share))
        return str(min(max(value, self.low), self.high))

    def nth(self, index: int) -> str:
        """One of its values by number."""
        return str(self.low + index)

    @property
    def size(self) -> float:
        """How many values there are."""
        return self.high - self.low + 1


@dataclass(frozen=True)
class Floats:
    """Numbers, both ends included."""

    name: str
    low: float
    high: float
    scale: Scale

    def at(self, share: float) -> str:
        """The value at a share of the range's weight, from 0 to below 1."""
        value = _between(self.low, self.high, self.scale, share)
        return repr(min(max(value, self.low), self.high))

    def nth(self, index: int) -> str:
        """Its only value, where it has but one."""
        return repr(self.low)

    @property
    def size(self) -> float:
        """How many values there are."""
        return math.inf if self.low < self.high else 1


@dataclass(frozen=True)
class Choices:
    """Texts to choose from."""

    name: str
    values: Sequence[str]

    def at(self, share: float) -> str:
        """The value at a share of the choices, from 0 to below 1."""
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    def nth(self, index: int) -> str:
        """One of its values by number."""
        return self.values[index]

    @property
    def size(self) -> float:
        """How many values there are."""
        return len(self.values)


Dimension = Integers | Floats | Choices


def read_dimensions(ranges: Mapping[str, Any]) -> list[Dimension]:
    """The dimensions in the ParameterRanges of a request that AWS would accept."""
    return [
        *(_integers(entry) for entry in ranges.get("IntegerParameterRanges", [])),
        *(_floats(entry) for entry in ranges.get("ContinuousParameterRanges", [])),
        *(
            Choices(entry["Name"], tuple(dict.fromkeys(entry["Values"])))
            for entry in ranges.get("CategoricalParameterRanges", [])
        ),
    ]


def draw(dimensions: Sequence[Dimension], count: int, seed: int) -> list[Point]:
    """Different points of the space: `count` of them, or all where it has fewer."""
    random = Random(seed)
    columns = []
    for dimension in dimensions:
        strata = list(range(count))
        random.shuffle(strata)
        columns.append([dimension.at((stratum + random.random()) / count) for stratum in strata])
    names = [dimension.name for dimension in dimensions]
    points = dict.fromkeys(zip(*columns, strict=True))
    size = math.prod(dimension.size for dimension in dimensions)
    for _ in range(_REDRAWS):  # equal ones are replaced, on the ranges' scales as long as that works
        if len(points) < min(count, size):
            points[tuple(dimension.at(random.random()) for dimension in dimensions)] = None
    if len(points) < count and size <= _NUMBERED:
        # As many different ones as are wanted: those that are known already leave enough others.
        numbers = random.sample(range(int(size)), min(count, int(size)))
        points.update(dict.fromkeys(_numbered(dimensions, number) for number in numbers))
    return [dict(zip(names, point, strict=True)) for point in itertools.islice(points, count)]


def grid(dimensions: Sequence[Dimension]) -> list[Point]:
    """Every point of a space whose dimensions can be listed."""
    columns = [[dimension.nth(index) for index in range(int(dimension.size))] for dimension in dimensions]
    names = [dimension.name for dimension in dimensions]
    return [dict(zip(names, point, strict=True)) for point in itertools.product(*columns)]


def seed_of(ranges: Mapping[str, Any]) -> int:
    """The seed where a request gives none: the same ranges are always searched in the same way."""
    return int(hashlib.sha256(json.dumps(ranges, sort_keys=True).encode()).hexdigest()[:12], 16)


def _numbered(dimensions: Sequence[Dimension], number: int) -> tuple[str, ...]:
    point = []
    for dimension in dimensions:
        number, index = divmod(number, int(dimension.size))
        point.append(dimension.nth(index))
    return tuple(point)


def _between(low: float, high: float, scale: Scale, share: float) -> float:
    if scale == "Logarithmic":
        return math.exp(_between(math.log(low), math.log(high), "Linear", share))
    if scale == "ReverseLogarithmic":
        return 1 - math.exp(_between(math.log1p(-low), math.log1p(-high), "Linear", share))
    return low * (1 - share) + high * share  # high - low may be more than a float holds


def _integers(entry: Mapping[str, Any]) -> Integers:
    low, high = int(entry["MinValue"]), int(entry["MaxValue"])
    return Integers(entry["Name"], low, high, _scale(entry, low, high))


def _floats(entry: Mapping[str, Any]) -> Floats:
    low, high = float(entry["MinValue"]), float(entry["MaxValue"])
    return Floats(entry["Name"], low, high, _scale(entry, low, high))


def _scale(entry: Mapping[str, Any], low: float, high: float) -> Scale:
    scale: Literal["Auto"] | Scale = entry.get("ScalingType", "Auto")
    if scale != "Auto":
        return scale
    return "Logarithmic" if low > 0 and high / low >= _AUTO_LOGARITHMIC else "Linear"
