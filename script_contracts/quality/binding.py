"""Binding a step contract to a config: `$VARIABLE` becomes the columns that the variable names."""

from __future__ import annotations

from collections.abc import Mapping

from script_contracts.quality.checks import Check, RowCount
from script_contracts.quality.contracts import DataContract, PortContract


def bind(contract: PortContract, values: Mapping[str, str]) -> PortContract:
    """`contract` with every `$VARIABLE` replaced by its value.

    Args:
        values: environment variable -> value: a column, or several with commas between them. A clause about
            several columns holds for each; one about a variable that is unset or empty is dropped.
    """
    if not isinstance(contract, DataContract):
        return contract
    columns = [
        column.model_copy(update={"name": name})
        for column in contract.columns
        for name in _columns(column.name, values)
    ]
    checks: list[Check] = []
    for check in contract.checks:
        if isinstance(check, RowCount):
            checks.append(check)
        else:
            names = _columns(check.column, values)
            checks += [check.model_copy(update={"column": name}) for name in names]
    example = tuple(
        {name: value for key, value in row.items() for name in _columns(key, values)}
        for row in contract.example
    )
    return contract.model_copy(
        update={"columns": tuple(columns), "checks": tuple(checks), "example": example}
    )


def _columns(name: str, values: Mapping[str, str]) -> list[str]:
    if not name.startswith("$"):
        return [name]
    return [each.strip() for each in values.get(name[1:], "").split(",") if each.strip()]
