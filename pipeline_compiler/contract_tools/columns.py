"""What a contract says about one column, all its clauses together, and values that satisfy it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, floor
from random import Random
from typing import Any

from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality.checks import (
    AllowedValues,
    InRange,
    LabelBalance,
    NoMissingValues,
    Unique,
    Value,
)
from script_contracts.quality.contracts import ColumnType, DataContract
from script_contracts.quality.rules import UNSATISFIABLE

_SPAN = 100  # the width of a range that is open at one end
_EVERY = 10  # where values may be missing, one in so many is
_WORDS = ("alpha", "beta", "gamma")


@dataclass(frozen=True)
class ColumnRules:
    """The clauses about one column.

    Attributes:
        kind: the type that the contract states.
        nullable: whether values may be missing, and no check forbids it.
        allowed: the only values; None for any.
        low, high: the bounds of the values.
        balance: the least and greatest share of ones; None where nothing is said.
    """

    kind: ColumnType | None = None
    nullable: bool | None = None
    allowed: tuple[Value, ...] | None = None
    low: float | None = None
    high: float | None = None
    unique: bool = False
    balance: tuple[float, float] | None = None

    @staticmethod
    def of(contract: DataContract, name: str) -> ColumnRules:
        """The rules for one column of a contract."""
        column = contract.column(name)
        rules = ColumnRules(column.type, column.nullable) if column else ColumnRules()
        for check in contract.checks:
            if getattr(check, "column", None) != name:
                continue
            if isinstance(check, NoMissingValues):
                rules = replace(rules, nullable=False)
            elif isinstance(check, AllowedValues):
                known = rules.allowed if rules.allowed is not None else check.values
                rules = replace(rules, allowed=tuple(value for value in check.values if value in known))
            elif isinstance(check, InRange):
                lows = [each for each in (rules.low, check.minimum) if each is not None]
                highs = [each for each in (rules.high, check.maximum) if each is not None]
                rules = replace(rules, low=max(lows, default=None), high=min(highs, default=None))
            elif isinstance(check, Unique):
                rules = replace(rules, unique=True)
            elif isinstance(check, LabelBalance):
                rules = replace(rules, balance=(check.minimum, check.maximum))
        return rules

    def completed_by(self, other: ColumnRules) -> ColumnRules:
        """These rules, with what they leave open decided by others."""
        open_values = self.allowed is None and self.low is None and self.high is None
        fits = self.kind in (None, other.kind)
        return replace(
            self,
            kind=self.kind or other.kind,
            allowed=other.allowed if open_values and fits else self.allowed,
            low=other.low if open_values and fits else self.low,
            high=other.high if open_values and fits else self.high,
            balance=self.balance or other.balance,
        )

    @property
    def column_type(self) -> ColumnType:
        """The stated type, or the one that the values have."""
        if self.kind is not None and self.kind is not ColumnType.NUMBER:
            return self.kind
        sample = self.allowed[0] if self.allowed else None
        if isinstance(sample, bool):
            return ColumnType.BOOLEAN
        if isinstance(sample, str):
            return ColumnType.STRING
        floats = isinstance(sample, float) or (self.low is not None and not float(self.low).is_integer())
        return ColumnType.FLOAT if floats or self.kind is ColumnType.NUMBER else ColumnType.INTEGER

    @property
    def is_binary(self) -> bool:
        """Whether the values are 0 and 1."""
        return self.balance is not None or (self.allowed is not None and set(self.allowed) == {0, 1})

    @property
    def distinct_limit(self) -> int | None:
        """How many different values there can be, where all must differ; None for enough."""
        if not self.unique:
            return None
        if self.allowed is not None:
            return len([value for value in self.allowed if self._inside(value)])
        if self.column_type is ColumnType.BOOLEAN:
            return 2
        if self.column_type is ColumnType.INTEGER and self.low is not None and self.high is not None:
            return max(0, floor(self.high) - ceil(self.low) + 1)
        return None

    @property
    def is_empty(self) -> bool:
        """Whether no value at all satisfies the rules."""
        if self.allowed is not None:
            return not self.choices
        whole = self.column_type is ColumnType.INTEGER
        if self.low is None or self.high is None:
            return False
        return ceil(self.low) > floor(self.high) if whole else self.low > self.high

    def _inside(self, value: Value) -> bool:
        if isinstance(value, str):
            return True
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def choices(self) -> list[Value] | None:
        """The allowed values within the bounds; None for any."""
        return None if self.allowed is None else [value for value in self.allowed if self._inside(value)]


def fill(name: str, rules: ColumnRules, count: int, random: Random) -> list[Any]:
    """`count` values that satisfy the rules.

    Raises:
        PipelineCompilerError: (PC136) where no value can.
    """
    choices = rules.choices
    if rules.is_empty:
        raise PipelineCompilerError(
            UNSATISFIABLE.error(
                f"no value of column '{name}' satisfies all its clauses",
                fix="correct the allowed values and ranges of the column",
            )
        )
    if rules.balance is not None:
        share = sum(rules.balance) / 2
        values: list[Any] = [int((i + 1) * share) - int(i * share) for i in range(count)]
    elif choices is not None:
        values = _cycle(choices, count)
    else:
        values = _free(name, rules, count, random)
    if rules.nullable and not rules.unique and rules.balance is None:
        values = [None if i % _EVERY == _EVERY - 1 else value for i, value in enumerate(values)]
    return values


def _cycle(choices: Sequence[Any], count: int) -> list[Any]:
    """Every value equally often in every part of the rows, so that each split has all of them."""
    return [choices[i % len(choices)] for i in range(count)]


def _free(name: str, rules: ColumnRules, count: int, random: Random) -> list[Any]:
    low = rules.low if rules.low is not None else (rules.high - _SPAN if rules.high is not None else 0)
    high = rules.high if rules.high is not None else low + max(_SPAN, count)
    kind = rules.column_type
    if kind is ColumnType.STRING:
        return [f"{name}-{i}" for i in range(count)] if rules.unique else _cycle(_WORDS, count)
    if kind is ColumnType.BOOLEAN:
        return _cycle((False, True), count)
    if kind is ColumnType.TIMESTAMP:
        start = datetime(2024, 1, 1)
        return [(start + timedelta(minutes=i)).isoformat() for i in range(count)]
    if kind is ColumnType.FLOAT:
        if rules.unique:
            return [low + (high - low) * (i + 1) / (count + 1) for i in range(count)]
        return [random.uniform(low, high) for _ in range(count)]
    # Of whole numbers about which nothing is said, all are different: they may be identifiers.
    if rules.unique or (rules.low is None and rules.high is None):
        return [ceil(low) + i for i in range(count)]
    return [random.randint(ceil(low), floor(high)) for _ in range(count)]
