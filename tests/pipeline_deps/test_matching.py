"""The assignment, held against every assignment that there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline_deps.matching import TIE_MARGIN, Output, assign
from tests.strategies import offers

Rows = Mapping[str, Mapping[Output, float]]
A, B, C = ("P", "a"), ("P", "b"), ("P", "c")


def everything(rows: Rows) -> Iterator[dict[str, Output]]:
    """Every assignment of outputs to inputs in which no output is used twice."""
    if not rows:
        yield {}
        return
    name, *rest = sorted(rows)
    for tail in everything({each: rows[each] for each in rest}):
        yield tail
        for output in rows[name]:
            if output not in tail.values():
                yield {name: output, **tail}


def worth(rows: Rows, assignment: Mapping[str, Output], required: frozenset[str]) -> tuple[int, float]:
    """Required inputs served, then the total score."""
    return (
        len(required & assignment.keys()),
        sum(rows[name][output] for name, output in assignment.items()),
    )


@given(offers())
@example(({"x": {A: 1.0, B: 0.5}, "y": {A: 0.4}}, frozenset("x")))
@example(({"x": {A: 0.9, B: 0.05}, "y": {A: 0.05}}, frozenset()))
@settings(max_examples=150)
def test_the_assignment_has_the_greatest_total_score(drawn: tuple[Rows, frozenset[str]]) -> None:
    rows, required = drawn
    chosen = assign(rows, required).chosen
    assert len(set(chosen.values())) == len(chosen), "one output feeds one input"
    assert all(output in rows[name] for name, output in chosen.items())
    served, value = worth(rows, chosen, required)
    best_served, best_value = max(worth(rows, each, required) for each in everything(rows))
    assert served == best_served
    assert value > best_value - 0.01


@given(offers())
@settings(max_examples=150)
def test_what_is_not_reported_as_undecided_is_decided_clearly(drawn: tuple[Rows, frozenset[str]]) -> None:
    """Where nothing is undecided, no other assignment of as many inputs comes within the margin."""
    rows, required = drawn
    result = assign(rows, required)
    if result.rivals or result.contested or required - result.chosen.keys():
        return
    served, value = worth(rows, result.chosen, required)
    for other in everything(rows):
        if other == result.chosen or len(other) < len(result.chosen):
            continue
        other_served, other_value = worth(rows, other, required)
        assert other_served < served or other_value < value - TIE_MARGIN + 0.01


@given(offers(), st.randoms(use_true_random=False))
def test_the_order_of_inputs_and_outputs_decides_nothing(
    drawn: tuple[Rows, frozenset[str]], random: object
) -> None:
    rows, required = drawn
    turned = {name: dict(reversed(row.items())) for name, row in reversed(rows.items())}
    one, other = assign(rows, required), assign(turned, required)
    if not (one.rivals or one.contested or required - one.chosen.keys()):
        assert one == other


def test_an_exact_name_is_not_given_up_to_fill_an_optional_input() -> None:
    result = assign({"x": {A: 1.0, B: 0.5}, "y": {A: 0.4}}, frozenset("x"))
    assert result.chosen == {"x": A}


def test_a_required_input_is_served_first() -> None:
    result = assign({"optional": {A: 1.0}, "required": {A: 0.1}}, {"required"})
    assert result.chosen == {"required": A}
    assert not result.contested


def test_near_ties_are_found_best_first() -> None:
    assert assign({"x": {A: 0.70, B: 0.66}}, ()).rivals == {"x": (A, B)}
    assert assign({"x": {A: 0.70, B: 0.60}}, ()).rivals == {}


def test_a_swap_of_two_inputs_is_a_tie() -> None:
    row = {A: 0.5, B: 0.5}
    assert set(assign({"x": row, "y": row}, ()).rivals) == {"x", "y"}


def test_two_inputs_that_want_one_output_are_a_tie() -> None:
    ((name, others),) = assign({"x": {A: 0.5}, "y": {A: 0.5}}, ()).contested.items()
    assert {name, *others} == {"x", "y"}


def test_even_an_output_that_scores_nothing_is_better_than_none() -> None:
    assert assign({"x": {A: 0.0, B: 0.0}, "y": {B: 0.9}}, {"x"}).chosen == {"x": A, "y": B}


def test_no_offers() -> None:
    assert assign({"x": {}}, {"x"}).chosen == {}
    assert assign({}, ()).chosen == {}


def test_rivals_do_not_hide_behind_a_third_output() -> None:
    result = assign({"x": {A: 0.9, B: 0.88, C: 0.1}}, {"x"})
    assert result.rivals == {"x": (A, B)}
