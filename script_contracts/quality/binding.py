"""Binding a step contract to a config: `$VARIABLE` becomes the column that the variable names."""

from __future__ import annotations

from collections.abc import Mapping

from script_contracts.quality.checks import Check, RowCount
from script_contracts.quality.contracts import DataContract, PortContract


def bind(contract: PortContract, values: Mapping[str, str]) -> PortContract:
    """`contract` with every `$VARIABLE` replaced by its value.

    Args:
        values: environment variable -> value. A clause about a variable that is unset or empty is dropped.
    """
    if not isinstance(contract, DataContract):
        return contract
    columns = [
        column.model_copy(update={"name": name})
        for column in contract.columns
        if (name := _column(column.name, values))
    ]
    checks: list[Check] = []
    for check in contract.checks:
        if isinstance(check, RowCount):
            checks.append(check)
        elif name := _column(check.column, values):
            checks.append(check.model_copy(update={"column": name}))
    return contract.model_copy(update={"columns": tuple(columns), "checks": tuple(checks)})


def _column(name: str, values: Mapping[str, str]) -> str:
    return values.get(name[1:], "") if name.startswith("$") else name
