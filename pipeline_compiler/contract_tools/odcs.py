"""Data contracts as documents of the Open Data Contract Standard, version 3.0.

Source: https://github.com/bitol-io/open-data-contract-standard, JSON schema of v3.0.2.
"""

from __future__ import annotations

import uuid
from typing import Any

from pipeline_compiler.contract_tools.wording import check_words, format_name
from pipeline_deps.specification import StepSpecification
from script_contracts.core.contract import ScriptContract
from script_contracts.quality.checks import AllowedValues, Check, InRange, NoMissingValues, RowCount, Unique
from script_contracts.quality.contracts import Column, ColumnType, DataContract, StepContract

_API_VERSION = "v3.0.1"  # the newest version that every published schema of the 3.0 line accepts
# The names under which documents of this project have ids, the same ones in every export.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/bitol-io/open-data-contract-standard")
_LOGICAL_TYPES = {
    ColumnType.INTEGER: "integer",
    ColumnType.FLOAT: "number",
    ColumnType.NUMBER: "number",
    ColumnType.STRING: "string",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.TIMESTAMP: "date",  # the standard's word for points in time, too
}


def odcs_documents(spec: StepSpecification) -> dict[str, dict[str, Any]]:
    """One document for each table that a step reads or writes: `inputs.NAME` or `outputs.NAME` -> document.

    What a step requires is exported as status `proposed`, what it promises as `active`.
    """
    contract = spec.script_contract
    if contract is None:
        return {}
    return {
        f"{side}.{name}": _document(spec, contract, side, name, port)
        for side in ("inputs", "outputs")
        for name, port in getattr(contract.quality, side).items()
        if isinstance(port, DataContract)
    }


def _document(
    spec: StepSpecification, contract: ScriptContract, side: str, name: str, table: DataContract
) -> dict[str, Any]:
    title = f"{spec.step_type}.{name}"
    verb = "requires of" if side == "inputs" else "promises about"
    return {
        "apiVersion": _API_VERSION,
        "kind": "DataContract",
        "id": str(uuid.uuid5(_NAMESPACE, f"{spec.step_type}/{side}/{name}")),
        "name": title,
        "version": f"{contract.quality.version}.0",
        "status": "proposed" if side == "inputs" else "active",
        "description": {
            "purpose": f"What the pipeline step {spec.step_type} {verb} its {side[:-1]} '{name}'.",
            "usage": contract.description,
        },
        "schema": [_table(name, table)],
        **_agreements(contract.quality),
        "customProperties": [
            {"property": "stepType", "value": spec.step_type},
            {"property": "direction", "value": side[:-1]},
            {"property": "formats", "value": list(table.formats)},
            {"property": "oneFolderPerSplit", "value": table.splits},
            {"property": "closed", "value": table.closed},
        ],
    }


def _table(name: str, table: DataContract) -> dict[str, Any]:
    whole = [_quality(check) for check in table.checks if isinstance(check, RowCount)]
    return {
        "name": name,
        "logicalType": "object",
        "physicalType": "file",
        "description": f"{' or '.join(map(format_name, table.formats))} files",
        "properties": [_property(column, table) for column in _columns(table)],
        **({"quality": whole} if whole else {}),
    }


def _columns(table: DataContract) -> list[Column]:
    """The declared columns, then those that only checks speak of."""
    names = [column.name for column in table.columns]
    checked = dict.fromkeys(getattr(check, "column", "") for check in table.checks)
    return [*table.columns, *(Column(name=name) for name in checked if name and name not in names)]


def _property(column: Column, table: DataContract) -> dict[str, Any]:
    checks = [check for check in table.checks if getattr(check, "column", None) == column.name]
    never_missing = column.nullable is False or any(isinstance(each, NoMissingValues) for each in checks)
    found: dict[str, Any] = {"name": column.name, "required": never_missing}
    if column.type is not None:
        found |= {"logicalType": _LOGICAL_TYPES[column.type], "physicalType": column.type.value}
    if column.description:
        found["description"] = column.description
    if any(isinstance(each, Unique) for each in checks):
        found["unique"] = True
    if checks:
        found["quality"] = [_quality(check) for check in checks]
    return found


def _quality(check: Check) -> dict[str, Any]:
    """A check as a rule of the standard's library; in words where the library has none."""
    rule: dict[str, Any] = {"name": check.kind, "description": check_words(check), **_rule(check)}
    return {**rule, "severity": "error" if check.on_violation == "fail" else "warning"}


def _rule(check: Check) -> dict[str, Any]:
    if isinstance(check, RowCount):
        low, high = check.minimum, check.maximum
        if high is None:
            return {"type": "library", "rule": "rowCount", "mustBeGreaterOrEqualTo": low}
        if low == high:
            return {"type": "library", "rule": "rowCount", "mustBe": low}
        return {"type": "library", "rule": "rowCount", "mustBeBetween": [low, high]}
    if isinstance(check, NoMissingValues):
        return {"type": "library", "rule": "nullCheck", "mustBe": 0, "dimension": "completeness"}
    if isinstance(check, Unique):
        return {"type": "library", "rule": "duplicateCount", "mustBe": 0, "dimension": "uniqueness"}
    if isinstance(check, AllowedValues):
        values = [{"property": "validValues", "value": list(check.values)}]
        return {
            "type": "library",
            "rule": "validValues",
            "dimension": "conformity",
            "customProperties": values,
        }
    dimension = "conformity" if isinstance(check, InRange) else "accuracy"
    terms = check.model_dump(exclude={"kind", "column", "on_violation"}, exclude_none=True)
    values = [{"property": name, "value": value} for name, value in terms.items()]
    return {"type": "text", "dimension": dimension, "customProperties": values}


def _agreements(contract: StepContract) -> dict[str, Any]:
    limits = contract.performance
    found = [
        {"property": name, "value": value, "unit": unit}
        for name, value, unit in (
            ("maximumRunTime", limits.max_seconds, "s"),
            ("maximumMemory", limits.max_memory_mb, "MiB"),
        )
        if value is not None
    ]
    return {"slaProperties": found} if found else {}
