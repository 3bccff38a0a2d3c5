"""Whether what a job wrote satisfies the step's contract, found out independently of the job's own runtime.

A script of a user may not use the contract runtime, and a test that asks the program under test for the
answer would prove nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline_compiler.contract_tools.tables import run_program
from script_contracts.quality.checks import AllowedValues, Check, InRange, LabelBalance, RowCount, Unique
from script_contracts.quality.contracts import (
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    MetricsContract,
    ModelContract,
    PortContract,
)


def violations(contracts: Mapping[str, PortContract], folders: Mapping[str, Path]) -> Iterator[str]:
    """Every clause that is violated, as `output 'NAME': clause: what was found`."""
    tables = {name: each for name, each in contracts.items() if isinstance(each, DataContract)}
    request = [{"folder": str(folders[n]), "formats": each.formats} for n, each in tables.items()]
    profiles = json.loads(run_program("profile_data.py", request)) if request else []
    for (name, table), profile in zip(tables.items(), profiles, strict=True):
        yield from (f"output '{name}': {each}" for each in table_violations(table, profile))
    for name, contract in contracts.items():
        if name not in tables:
            yield from (f"output '{name}': {each}" for each in _files(contract, folders[name]))


def table_violations(contract: DataContract, profile: Mapping[str, Any]) -> Iterator[str]:
    """The clauses that a table does not satisfy, each with what was found.

    Args:
        profile: what is in the table's files, as `scripts/profile_data.py` describes it.
    """
    files = {name: kind for name, kind in profile["files"].items() if kind in contract.formats}
    if not files:
        found = ", ".join(profile["files"]) or "nothing"
        yield f"format: no file is {' or '.join(contract.formats)}; found {found}"
        return
    for name in files:
        if ("/" in name) is not contract.splits:
            yield f"layout: {name} is {'not ' if contract.splits else ''}in a folder of its split"
    for column in contract.columns:
        yield from _column(column, profile["columns"].get(column.name), len(files))
    if contract.closed:
        known = {column.name for column in contract.columns}
        yield from (
            f"column '{name}': is not in the contract" for name in profile["columns"] if name not in known
        )
    for check in contract.checks:
        if check.on_violation == "fail":
            yield from _check(check, profile)


def _column(column: Column, found: Mapping[str, Any] | None, files: int) -> Iterator[str]:
    where = f"column '{column.name}'"
    if found is None or found["files"] < files:
        yield f"{where}: is missing{'' if found is None else ' in some files'}"
        return
    if column.type is not None:
        accepted = {"integer", "float"} if column.type is ColumnType.NUMBER else {column.type.value}
        other = [kind for kind in found["types"] if kind not in accepted]
        if other:
            yield f"{where} type: {' and '.join(other)}, not {column.type.value}"
    if column.nullable is False and found["nulls"]:
        yield f"{where} nullability: {found['nulls']} values are missing"


def _check(check: Check, profile: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(check, RowCount):
        if _outside(profile["rows"], check.minimum, check.maximum):
            yield f"rows row_count: {profile['rows']}"
        return
    found = profile["columns"].get(check.column)
    if found is None:
        return  # a missing column is reported as such
    values = {json.loads(text): count for text, count in found["values"].items()}
    wrong: list[object] = []
    if isinstance(check, AllowedValues):
        wrong = [value for value in values if value not in check.values]
    elif isinstance(check, InRange):
        numbers = [value for value in values if isinstance(value, (int, float))]
        wrong = [value for value in numbers if _outside(value, check.minimum, check.maximum)]
    elif isinstance(check, Unique):
        wrong = [value for value, count in values.items() if count > 1]
    elif isinstance(check, LabelBalance):
        share = values.get(1, 0) / max(profile["rows"], 1)
        wrong = [share] if _outside(share, check.minimum, check.maximum) else []
    elif found["nulls"]:
        wrong = [None]
    if wrong:
        yield f"column '{check.column}' {check.kind}: {', '.join(map(repr, wrong[:5]))}"


def _outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _files(contract: PortContract, folder: Path) -> Iterator[str]:
    if isinstance(contract, (FilesContract, ModelContract)):
        for name in contract.files:
            if not (folder / name).is_file() or not (folder / name).stat().st_size:
                yield f"file '{name}': is missing or empty"
    if isinstance(contract, ModelContract) and contract.metadata_file:
        document = _document(folder / contract.metadata_file)
        if document is None:
            yield f"file '{contract.metadata_file}': is missing or no JSON object"
            return
        for key in contract.metadata_includes:
            if key not in document:
                yield f"metadata '{key}': is missing"
    if isinstance(contract, MetricsContract):
        document = _document(folder / contract.file)
        if document is None:
            yield f"file '{contract.file}': is missing or no JSON object"
        else:
            yield from _metrics(contract, document)


def _metrics(contract: MetricsContract, document: Mapping[str, Any]) -> Iterator[str]:
    for name in contract.required_metrics:
        value = document.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            yield f"metric '{name}': {'is missing' if value is None else f'is {value!r}, not a number'}"
    for name, bounds in contract.thresholds.items():
        value = document.get(name)
        if contract.on_violation == "fail" and isinstance(value, (int, float)) and bounds.excludes(value):
            yield f"metric '{name}' threshold: is {value}"


def _document(path: Path) -> Mapping[str, Any] | None:
    """A JSON object; None where there is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None
