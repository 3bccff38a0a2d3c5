"""The points that a tuning job tries."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline_compiler.local.search_space import draw, grid, read_dimensions, seed_of


def numeric(name: str, low: object, high: object, scale: str | None = None) -> dict[str, Any]:
    scaling = {} if scale is None else {"ScalingType": scale}
    return {"Name": name, "MinValue": str(low), "MaxValue": str(high), **scaling}


def integer(*arguments: Any) -> dict[str, Any]:
    return {"IntegerParameterRanges": [numeric("n", *arguments)]}


def continuous(*arguments: Any) -> dict[str, Any]:
    return {"ContinuousParameterRanges": [numeric("x", *arguments)]}


def categorical(*values: str) -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": "c", "Values": list(values)}]}


def drawn(ranges: dict[str, Any], count: int, seed: int = 1) -> list[dict[str, str]]:
    return draw(read_dimensions(ranges), count, seed)


SCALES = st.sampled_from(["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"])


@st.composite
def spaces(draw_from: st.DrawFn) -> dict[str, Any]:
    """Sound ranges of all kinds, down to single values and up to the largest numbers."""
    whole = st.integers(-(2**62), 2**62) | st.integers(-3, 3)
    real = st.floats(allow_nan=False, allow_infinity=False) | st.floats(0, 0.99)
    found: dict[str, Any] = {"IntegerParameterRanges": [], "ContinuousParameterRanges": []}
    for kind, bounds in (("IntegerParameterRanges", whole), ("ContinuousParameterRanges", real)):
        for index in range(draw_from(st.integers(0, 2))):
            low, high = sorted((draw_from(bounds), draw_from(bounds)))
            scale = draw_from(SCALES)
            if scale == "Logarithmic" and low <= 0:
                scale = "Linear"
            if scale == "ReverseLogarithmic" and not (low >= 0 and high < 1 and kind[0] == "C"):
                scale = "Linear"
            found[kind].append(numeric(f"{kind[0]}{index}", repr(low), repr(high), scale))
    values = draw_from(st.lists(st.text(max_size=3), min_size=1, max_size=4))
    return {**found, "CategoricalParameterRanges": [{"Name": "c", "Values": values}]}


@given(spaces(), st.integers(1, 40), st.integers(0, 2**32))
def test_points_are_different_within_their_ranges_and_the_same_every_time(
    ranges: dict[str, Any], count: int, seed: int
) -> None:
    points = drawn(ranges, count, seed)
    assert points == drawn(ranges, count, seed)
    assert 1 <= len(points) <= count
    assert len({tuple(point.items()) for point in points}) == len(points)
    for point in points:
        assert all(isinstance(value, str) for value in point.values())
        assert point["c"] in ranges["CategoricalParameterRanges"][0]["Values"]
        for entry in ranges["IntegerParameterRanges"]:
            assert int(entry["MinValue"]) <= int(point[entry["Name"]]) <= int(entry["MaxValue"])
        for entry in ranges["ContinuousParameterRanges"]:
            assert float(entry["MinValue"]) <= float(point[entry["Name"]]) <= float(entry["MaxValue"])


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 50), st.integers(0, 100))
def test_a_finite_space_is_used_up_without_repetition(width: int, height: int, count: int, seed: int) -> None:
    ranges = {**integer(1, width), **categorical(*(str(value) for value in range(height)))}
    assert len(drawn(ranges, count, seed)) == min(count, width * height)


def test_values_that_are_rare_on_the_scale_are_found_when_nothing_else_is_left() -> None:
    points = drawn(integer(1, 300, "Logarithmic"), 300)
    assert {int(point["n"]) for point in points} == set(range(1, 301))


def test_every_stratum_has_one_point() -> None:
    values = [float(point["x"]) for point in drawn(continuous(0, 10), 10)]
    assert sorted(int(value) for value in values) == list(range(10))
    assert values != sorted(values)


def test_a_logarithmic_scale_gives_every_order_of_magnitude_its_share() -> None:
    values = [float(point["x"]) for point in drawn(continuous("1e-6", 1, "Logarithmic"), 12)]
    assert sorted(math.floor(math.log10(value)) for value in values) == sorted([*range(-6, 0)] * 2)
    counts = [int(point["n"]) for point in drawn(integer(1, 999_999, "Logarithmic"), 12)]
    assert sorted(math.floor(math.log10(count)) for count in counts) == sorted([*range(6)] * 2)


def test_a_reverse_logarithmic_scale_searches_close_to_one() -> None:
    values = [float(point["x"]) for point in drawn(continuous(0, 0.999, "ReverseLogarithmic"), 9)]
    assert sorted(math.floor(-math.log10(1 - value)) for value in values) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_auto_is_logarithmic_over_orders_of_magnitude_and_linear_else() -> None:
    for low, high, scale in (("1e-4", 1, "Logarithmic"), (0.5, 1, "Linear"), (0, 1000, "Linear")):
        assert drawn(continuous(low, high, "Auto"), 5) == drawn(continuous(low, high, scale), 5)
        assert drawn(continuous(low, high), 5) == drawn(continuous(low, high, scale), 5)


def test_numbers_are_written_as_text() -> None:
    assert {point["n"] for point in drawn(integer(-2, 1), 4)} == {"-2", "-1", "0", "1"}
    assert drawn(continuous(0.1, 0.1), 3) == [{"x": "0.1"}]


def test_another_seed_gives_other_points() -> None:
    ranges = continuous(0, 1)
    assert drawn(ranges, 3, seed=1) != drawn(ranges, 3, seed=2)
    assert seed_of(ranges) == seed_of(continuous(0, 1))
    assert seed_of(ranges) != seed_of(continuous(0, 2))


def test_a_grid_is_every_combination() -> None:
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "a", "Values": ["1", "2"]},
            {"Name": "b", "Values": ["x", "y", "x"]},
        ]
    }
    found = [point["a"] + point["b"] for point in grid(read_dimensions(ranges))]
    assert found == ["1x", "1y", "2x", "2y"]
