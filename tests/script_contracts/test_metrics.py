"""Metric definitions: what SageMaker could not read is refused."""

from __future__ import annotations

import pytest

from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.core.metrics import Goal, MetricDefinition


@pytest.mark.parametrize(
    ("regex", "says"),
    [
        ("loss=(", "is none"),
        ("loss=[0-9.]+", "has 0 groups"),
        ("(train|val) loss=([0-9.]+)", "has 2 groups"),
        (f"{'x' * 500}([0-9.]+)", "has 509 characters, 500 are allowed"),
    ],
)
def test_a_regular_expression_that_finds_no_value(regex: str, says: str) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        MetricDefinition(regex=regex, goal=Goal.MINIMIZE)
    assert caught.value.codes == ("PC109",)
    assert says in str(caught.value)


def test_a_group_that_keeps_nothing_is_none() -> None:
    assert MetricDefinition(regex="(?:train|val) loss=([0-9.]+)", goal=Goal.MINIMIZE)
