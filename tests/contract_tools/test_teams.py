"""Two teams and one contract: the consumer is developed with neither the producer's script nor its data."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipeline_compiler.contract_tools.synthetic import Request, synthesize
from pipeline_compiler.contract_tools.tables import write_tables
from script_contracts.quality import (
    AllowedValues,
    Column,
    ColumnType,
    DataContract,
    InRange,
    RowCount,
    StepContract,
)
from script_contracts.quality.compatibility import is_compatible
from script_contracts.quality.versions import diff_contracts

# What the data team promises. It has written no script yet.
PROMISE = DataContract(
    formats=("json",),
    columns=(
        Column(name="order_id", type=ColumnType.INTEGER, nullable=False),
        Column(name="amount", type=ColumnType.FLOAT, nullable=False),
        Column(name="country", type=ColumnType.STRING, nullable=True),
    ),
    checks=(
        InRange(column="amount", minimum=0),
        AllowedValues(column="country", values=("DE", "FR")),
        RowCount(minimum=100),
    ),
)


def total_by_country(folder: Path) -> dict[str, float]:
    """The model team's program, under development."""
    totals: dict[str, float] = {}
    for file in sorted(folder.glob("*.json")):
        for line in file.read_text().splitlines():
            row = json.loads(line)
            country = row["country"] or "unknown"
            totals[country] = totals.get(country, 0.0) + row["amount"]
    return totals


def test_a_consumer_is_developed_against_a_promise(tmp_path: Path) -> None:
    demand = DataContract(
        formats=("json", "csv"),
        columns=(
            Column(name="amount", type=ColumnType.NUMBER, nullable=False),
            Column(name="country", type=ColumnType.STRING),
        ),
        checks=(InRange(column="amount", minimum=0), RowCount(minimum=10)),
    )
    assert is_compatible(PROMISE, demand).findings == ()

    write_tables({tmp_path: synthesize(Request(PROMISE))})
    totals = total_by_country(tmp_path)
    assert set(totals) == {
        "DE",
        "FR",
        "unknown",
    }  # the promise allows missing countries, so the rows have them
    assert all(total >= 0 for total in totals.values())


def test_a_misunderstanding_shows_before_either_team_has_code() -> None:
    demand = DataContract(formats=("json",), columns=(Column(name="country", nullable=False),))
    answer = is_compatible(PROMISE, demand)
    assert not answer
    assert "column 'country' nullability: may not be null" in str(answer.violations[0])


def test_a_later_promise_that_breaks_the_consumer_needs_a_major_version() -> None:
    cents = PROMISE.model_copy(
        update={"columns": tuple(c for c in PROMISE.columns if c.name != "country"), "checks": ()}
    )
    diff = diff_contracts(
        StepContract(outputs={"orders": PROMISE}), StepContract(outputs={"orders": cents}, version="1.1")
    )
    assert diff.bump == "major"
    assert "output 'orders': column 'country'" in [each.clause for each in diff.breaking]


def test_the_documented_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/contracts.md", "exec"), {})
    rows = [json.loads(line) for line in (tmp_path / "orders" / "part-00000.json").read_text().splitlines()]
    assert len(rows) >= 100
    assert all(row["amount"] >= 0 for row in rows)
