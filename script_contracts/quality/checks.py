"""Quality checks: clauses about the values in a table."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from script_contracts.core.declaration import Declaration

Value: TypeAlias = bool | int | float | str


class _Check(Declaration):
    """One clause.

    Attributes:
        on_violation: `fail` stops the step, `warn` reports and goes on.
    """

    on_violation: Literal["fail", "warn"] = "fail"


class NoMissingValues(_Check):
    """No value of the column is missing."""

    kind: Literal["no_missing_values"] = "no_missing_values"
    column: str


class InRange(_Check):
    """Every value of the column that is present lies between the bounds, both included."""

    kind: Literal["in_range"] = "in_range"
    column: str
    minimum: float | None = None
    maximum: float | None = None


class AllowedValues(_Check):
    """Every value of the column that is present is one of these."""

    kind: Literal["allowed_values"] = "allowed_values"
    column: str
    values: tuple[Value, ...] = Field(min_length=1)


class Unique(_Check):
    """No value of the column that is present occurs twice."""

    kind: Literal["unique"] = "unique"
    column: str


class RowCount(_Check):
    """The table has this many rows, both bounds included."""

    kind: Literal["row_count"] = "row_count"
    minimum: int = 0
    maximum: int | None = None


class LabelBalance(_Check):
    """The share of rows in which the column is 1 lies between the bounds, both included."""

    kind: Literal["label_balance"] = "label_balance"
    column: str
    minimum: float = Field(0.0, ge=0, le=1)
    maximum: float = Field(1.0, ge=0, le=1)


Check: TypeAlias = Annotated[
    NoMissingValues | InRange | AllowedValues | Unique | RowCount | LabelBalance, Field(discriminator="kind")
]
