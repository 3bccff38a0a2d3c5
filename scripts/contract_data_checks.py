"""Data contracts at run time: the layout, format, columns and types of a table, and the checks on its values.

Parquet footers answer most clauses without reading a row. What they leave open is decided in one pass over
the columns, of the files, that are needed: in bounded memory, only a uniqueness check keeps eight bytes per
row.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Sequence

import contract_value_checks
import pyarrow as pa
import tabular_data
import tabular_types
from contract_checks import Violation
from contract_runtime import CollectedError, ScriptError

Clause = Mapping[str, Any]
Parts = Mapping[str, tabular_data.Dataset]  # by split; one, named "", where there are none
NO_ROWS = "PC724"  # what tabular_data says of files without a row


def violations(contract: Clause, folder: Path, environment: Mapping[str, str]) -> Iterator[Violation]:
    """The clauses of a data contract that a folder of files does not satisfy.

    Arguments:
        contract: the data contract, as in `contract.json`.
        folder: where the files, or the folders of the splits, lie.
        environment: the variables that name columns.
    """
    folders = {"": folder}
    if contract["splits"]:
        folders = _splits(folder)
        if not folders:
            yield Violation("layout", "there is no folder per split")
            return
    parts: Dict[str, tabular_data.Dataset] = {}
    unreadable = []
    for split, place in folders.items():
        try:
            parts[split] = tabular_data.open_dataset(place)
        except (ScriptError, CollectedError) as error:
            # Whether there are rows enough, in all splits together, is for a row count to say.
            if not (isinstance(error, ScriptError) and error.code == NO_ROWS):
                unreadable.append(Violation("format", str(error).splitlines()[0]))
    yield from unreadable
    if unreadable:
        return
    formats = sorted({shard.format for part in parts.values() for shard in part.shards})
    foreign = [each for each in formats if each not in contract["formats"]]
    if foreign:
        yield Violation("format", f"{', '.join(foreign)} files, not {' or '.join(contract['formats'])}")
    columns = [
        {**each, "name": name} for each in contract["columns"] for name in _names(each["name"], environment)
    ]
    checks = [bound for each in contract["checks"] for bound in _bound(each, environment)]
    yield from _row_counts(checks, sum(part.num_rows for part in parts.values()))
    if parts:  # without a row there is neither a schema nor a value
        yield from _schema_violations(parts, columns, contract["closed"])
        yield from _value_violations(parts, columns, checks)


def _splits(folder: Path) -> Dict[str, Path]:
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    return {each.name: each for each in entries if each.is_dir() and each.name[0] not in "._"}


def _names(name: str, environment: Mapping[str, str]) -> List[str]:
    """The columns that a clause speaks of: one by its name, or those that a variable names."""
    if not name.startswith("$"):
        return [name]
    return [each.strip() for each in environment.get(name[1:], "").split(",") if each.strip()]


def _bound(check: Clause, environment: Mapping[str, str]) -> List[Clause]:
    """The check, once for each actual column; none where the variable that names it is unset."""
    if "column" not in check:
        return [check]
    return [{**check, "column": name} for name in _names(check["column"], environment)]


def _schema_violations(parts: Parts, columns: Sequence[Clause], closed: bool) -> Iterator[Violation]:
    found: Dict[Violation, List[str]] = {}
    for split, part in parts.items():
        for violation in _schema_problems(part, columns, closed):
            found.setdefault(violation, []).append(split)
    for violation, splits in found.items():
        place = f" (in {', '.join(splits)})" if len(splits) < len(parts) else ""
        yield violation._replace(message=violation.message + place)


def _schema_problems(
    part: tabular_data.Dataset, columns: Sequence[Clause], closed: bool
) -> Iterator[Violation]:
    present = part.schema.names
    # Text does not tell 5 from 5.0.
    is_text = any(shard.format != "parquet" for shard in part.shards)
    for column in columns:
        name = column["name"]
        if name not in present:
            lower = {each.lower(): each for each in present}
            similar = difflib.get_close_matches(name.lower(), lower, 1)
            hint = f"did you mean '{lower[similar[0]]}'? " if similar else ""
            yield Violation(f"column '{name}'", f"is missing; {hint}found: {tabular_data.shown(present)}")
            continue
        kind, family = part.schema.field(name).type, column["type"]
        if family and not (_is_type(kind, family, is_text) or _has_no_values(part, name, kind)):
            yield Violation(f"column '{name}' type", f"is {kind}, not {family}")
    if closed:
        extra = sorted(set(present) - {column["name"] for column in columns})
        if extra:
            yield Violation("columns", f"not in the contract: {tabular_data.shown(extra)}")


def _is_type(kind: pa.DataType, family: str, is_text: bool) -> bool:
    integer, floating = pa.types.is_integer(kind), pa.types.is_floating(kind)
    return bool(
        {
            "integer": integer,
            "float": floating or (is_text and integer),
            "number": integer or floating,
            "string": pa.types.is_string(kind),
            "boolean": pa.types.is_boolean(kind),
            "timestamp": pa.types.is_timestamp(kind) or pa.types.is_date(kind),
        }[family]
    )


def _has_no_values(part: tabular_data.Dataset, name: str, kind: pa.DataType) -> bool:
    """Whether a column is all missing, which reads as floats: it has no type; nullability decides."""
    if not pa.types.is_float64(kind):
        return False
    return all(batch.column(0).null_count == batch.num_rows for batch in part.batches([name]))


def _row_counts(checks: Sequence[Clause], rows: int) -> Iterator[Violation]:
    for check in checks:
        if check["kind"] != "row_count":
            continue
        if rows < check["minimum"] or (check["maximum"] is not None and rows > check["maximum"]):
            most = "" if check["maximum"] is None else f" and at most {check['maximum']}"
            message = f"{rows} rows, not at least {check['minimum']}{most}"
            yield Violation("rows row_count", message, check["on_violation"])


def _value_violations(
    parts: Parts, columns: Sequence[Clause], checks: Sequence[Clause]
) -> Iterator[Violation]:
    spoken_of = {column["name"] for column in columns}
    not_null = [
        {"kind": "no_missing_values", "column": column["name"], "on_violation": "fail"}
        for column in columns
        if column["nullable"] is False
    ]
    explicit = [check for check in checks if check["kind"] != "row_count" and check not in not_null]
    watchers = []
    for check in [*not_null, *explicit]:
        column, clause = check["column"], f"column '{check['column']}' {check['kind']}"
        kinds = [part.schema.field(column).type for part in parts.values() if column in part.schema.names]
        nested = [kind for kind in kinds if tabular_types.plain(kind) is None]
        if len(kinds) < len(parts):
            if column not in spoken_of:  # else the schema has said so
                yield Violation(clause, "the column is missing", check["on_violation"])
        elif nested:
            yield Violation(clause, f"is {nested[0]}, not plain values", check["on_violation"])
        else:
            watchers.append(contract_value_checks.WATCHERS[check["kind"]](check, clause))
    yield from contract_value_checks.run(watchers, list(parts.values()))
