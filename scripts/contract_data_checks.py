"""Data contracts at run time: format, columns, types and quality checks of a table, streamed.

Parquet footers answer most clauses without reading a row. What they leave open is decided in one pass over
the columns that are needed, in bounded memory (a uniqueness check keeps eight bytes per row).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import tabular_data
import tabular_hash
from contract_checks import Violation
from contract_runtime import CollectedError, ScriptError

Clause = Mapping[str, Any]
NO_ROWS = "PC724"  # what tabular_data says of files without a row
_SAMPLES = 5  # values named in a message


def violations(contract: Clause, folder: Path, environment: Mapping[str, str]) -> Iterator[Violation]:
    """The clauses of a data contract that a folder of files does not satisfy."""
    folders = [folder]
    if contract["splits"]:
        folders = sorted(each for each in folder.iterdir() if each.is_dir())
        if not folders:
            yield Violation("layout", "there is no folder per split")
            return
    parts = []
    for each in folders:
        try:
            parts.append(tabular_data.open_dataset(each))
        except (ScriptError, CollectedError) as error:
            # One split may be empty; whether all together are is for the row count to say.
            if not (contract["splits"] and isinstance(error, ScriptError) and error.code == NO_ROWS):
                yield Violation("format", str(error).splitlines()[0])
                return
    if not parts:
        yield Violation("rows row_count", "0 rows")
        return
    formats = sorted({shard.format for part in parts for shard in part.shards} - set(contract["formats"]))
    if formats:
        yield Violation("format", f"{', '.join(formats)} files, not {' or '.join(contract['formats'])}")
    columns = [{**each, "name": name} for each in contract["columns"] if (name := _name(each, environment))]
    checks = [_bound(each, environment) for each in contract["checks"]]
    known = [each for each in checks if each is not None]
    yield from _schema_violations(parts, columns, contract["closed"])
    yield from _value_violations(parts, columns, known)


def _name(column: Clause, environment: Mapping[str, str]) -> str:
    name: str = column["name"]
    return environment.get(name[1:], "") if name.startswith("$") else name


def _bound(check: Clause, environment: Mapping[str, str]) -> Optional[Clause]:
    """The check on its actual column; None where the variable that names the column is unset."""
    if "column" not in check:
        return check
    name = _name({"name": check["column"]}, environment)
    return {**check, "column": name} if name else None


def _schema_violations(
    parts: Sequence[tabular_data.Dataset], columns: Sequence[Clause], closed: bool
) -> Iterator[Violation]:
    for part in parts:
        present = part.schema.names
        for column in columns:
            name = column["name"]
            if name not in present:
                yield Violation(f"column '{name}'", f"is missing; found: {tabular_data.shown(present)}")
            elif column["type"] and not _is_type(part.schema.field(name).type, column["type"]):
                kind = part.schema.field(name).type
                yield Violation(f"column '{name}' type", f"is {kind}, not {column['type']}")
        if closed:
            extra = sorted(set(present) - {column["name"] for column in columns})
            if extra:
                yield Violation("columns", f"not in the contract: {tabular_data.shown(extra)}")


def _is_type(kind: pa.DataType, family: str) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    integer, floating = pa.types.is_integer(kind), pa.types.is_floating(kind)
    if pa.types.is_null(kind):
        return True  # a column without a single value has no type yet; nullability decides
    return bool(
        {
            "integer": integer,
            "float": floating,
            "number": integer or floating or pa.types.is_decimal(kind),
            "string": pa.types.is_string(kind) or pa.types.is_large_string(kind),
            "boolean": pa.types.is_boolean(kind),
            "timestamp": pa.types.is_timestamp(kind) or pa.types.is_date(kind),
        }[family]
    )


def _value_violations(
    parts: Sequence[tabular_data.Dataset], columns: Sequence[Clause], checks: Sequence[Clause]
) -> Iterator[Violation]:
    not_null = [
        {"kind": "no_missing_values", "column": column["name"], "on_violation": "fail"}
        for column in columns
        if column["nullable"] is False
    ]
    everywhere = set.intersection(*(set(part.schema.names) for part in parts))
    watchers: List[_Watcher] = []
    for check in [*not_null, *checks]:
        if check["kind"] == "row_count":
            yield from _row_count(check, sum(part.num_rows for part in parts))
        elif check["column"] in everywhere:
            watcher = _WATCHERS[check["kind"]](check)
            if not watcher.settled_by(parts):
                watchers.append(watcher)
        elif check["column"] not in {column["name"] for column in columns}:
            yield Violation(_clause(check), "the column is missing", check["on_violation"])
    needed = sorted({watcher.column for watcher in watchers})
    for part in parts if needed else ():
        for batch in part.batches(needed):
            for watcher in watchers:
                watcher.see(batch.column(needed.index(watcher.column)))
    for watcher in watchers:
        message = watcher.verdict()
        if message:
            yield Violation(_clause(watcher.check), message, watcher.check["on_violation"])


def _clause(check: Clause) -> str:
    return f"column '{check['column']}' {check['kind']}"


def _row_count(check: Clause, rows: int) -> Iterator[Violation]:
    if rows < check["minimum"] or (check["maximum"] is not None and rows > check["maximum"]):
        most = "" if check["maximum"] is None else f" and at most {check['maximum']}"
        message = f"{rows} rows, not at least {check['minimum']}{most}"
        yield Violation("rows row_count", message, check["on_violation"])


class _Watcher:
    """One check on one column, fed batch by batch."""

    def __init__(self, check: Clause) -> None:
        self.check = check
        self.column: str = check["column"]
        self.bad = 0
        self.rows = 0
        self.samples: Dict[str, None] = {}

    def settled_by(self, parts: Sequence[tabular_data.Dataset]) -> bool:
        """Whether Parquet footers prove the check, so that no row need be read."""
        return all(
            shard.format == "parquet" and self._settled_by(group)
            for part in parts
            for shard in part.shards
            for group in _statistics(shard.path, self.column)
        )

    def _settled_by(self, statistics: Any) -> bool:
        return False

    def see(self, values: pa.Array) -> None:
        """Take in the column's values of one batch."""
        self.rows += len(values)
        wrong = self.wrong(values)
        if wrong is None:
            return
        wrong = pc.fill_null(wrong, False)
        count = pc.sum(wrong).as_py() or 0
        if count and len(self.samples) < _SAMPLES:
            found = pc.unique(values.filter(wrong)).slice(0, _SAMPLES).to_pylist()
            self.samples.update((repr(value), None) for value in found)
        self.bad += count

    def wrong(self, values: pa.Array) -> Optional[pa.Array]:
        """Which of the values break the check, as booleans."""
        return None

    def verdict(self) -> str:
        """What is wrong with the whole column; empty where nothing is."""
        if not self.bad:
            return ""
        return f"{self.bad} of {self.rows} rows, such as {', '.join(list(self.samples)[:_SAMPLES])}"


def _statistics(path: Path, column: str) -> Iterator[Any]:
    """A column's statistics in each row group; None where the file has none."""
    footer = pq.read_metadata(path)
    index = {footer.schema.column(i).path: i for i in range(footer.num_columns)}.get(column)
    for group in range(footer.num_row_groups):
        yield None if index is None else footer.row_group(group).column(index).statistics


class _NoMissingValues(_Watcher):
    def _settled_by(self, statistics: Any) -> bool:
        exact = statistics is not None and statistics.has_null_count and statistics.null_count == 0
        # NaN counts as missing, and only reading tells
        return bool(exact) and statistics.physical_type not in ("FLOAT", "DOUBLE")

    def wrong(self, values: pa.Array) -> Optional[pa.Array]:
        return values.is_null(nan_is_null=True)

    def verdict(self) -> str:
        return f"{self.bad} of {self.rows} rows have no value" if self.bad else ""


class _InRange(_Watcher):
    def _settled_by(self, statistics: Any) -> bool:
        if (
            statistics is None
            or not statistics.has_min_max
            or statistics.physical_type in ("FLOAT", "DOUBLE")
        ):
            return False
        return self._holds(statistics.min) and self._holds(statistics.max)

    def _holds(self, value: Any) -> bool:
        low, high = self.check["minimum"], self.check["maximum"]
        if not isinstance(value, (int, float)):
            return False
        return (low is None or value >= low) and (high is None or value <= high)

    def wrong(self, values: pa.Array) -> Optional[pa.Array]:
        low, high = self.check["minimum"], self.check["maximum"]
        if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            return values.is_valid()
        wrong = pa.array(np.zeros(len(values), dtype=bool))
        if low is not None:
            wrong = pc.or_kleene(wrong, pc.less(values, low))
        if high is not None:
            wrong = pc.or_kleene(wrong, pc.greater(values, high))
        return wrong


class _AllowedValues(_Watcher):
    def _settled_by(self, statistics: Any) -> bool:
        if statistics is None or not statistics.has_min_max or statistics.min != statistics.max:
            # between two neighbouring integers there is nothing else
            whole = statistics is not None and statistics.has_min_max and isinstance(statistics.min, int)
            span = range(statistics.min, statistics.max + 1) if whole else ()
            return 0 < len(span) <= len(self.check["values"]) and set(span) <= set(self.check["values"])
        return statistics.min in self.check["values"]

    def wrong(self, values: pa.Array) -> Optional[pa.Array]:
        allowed = {_key(value) for value in self.check["values"]}
        distinct = pc.unique(values.drop_null())
        if pa.types.is_dictionary(distinct.type):
            distinct = distinct.dictionary_decode()
            values = values.dictionary_decode()
        foreign = [value for value in distinct.to_pylist() if _key(value) not in allowed]
        return pc.is_in(values, value_set=pa.array(foreign, type=distinct.type)) if foreign else None


def _key(value: Any) -> Any:
    """A value as it is compared: true is not 1, and 1.0 is 1."""
    return ("bool", value) if isinstance(value, bool) else value


class _Unique(_Watcher):
    def __init__(self, check: Clause) -> None:
        super().__init__(check)
        self._hashes: List[np.ndarray] = []

    def see(self, values: pa.Array) -> None:
        self.rows += len(values)
        present = values.drop_null()
        if len(present):
            self._hashes.append(tabular_hash.hash_ids(present))

    def verdict(self) -> str:
        if not self._hashes:
            return ""
        hashes = np.concatenate(self._hashes)
        hashes.sort()
        repeated = int((hashes[1:] == hashes[:-1]).sum())
        return f"{repeated} of {self.rows} rows repeat an earlier value" if repeated else ""


class _LabelBalance(_Watcher):
    def see(self, values: pa.Array) -> None:
        self.rows += len(values)
        self.bad += pc.sum(pc.fill_null(pc.equal(values, 1), False)).as_py() or 0

    def verdict(self) -> str:
        share = self.bad / self.rows if self.rows else 0.0
        low, high = self.check["minimum"], self.check["maximum"]
        if low <= share <= high:
            return ""
        return f"{share:.4f} of the rows are 1 ({self.bad} of {self.rows}), not {low} to {high}"


_WATCHERS = {
    "no_missing_values": _NoMissingValues,
    "in_range": _InRange,
    "allowed_values": _AllowedValues,
    "unique": _Unique,
    "label_balance": _LabelBalance,
}
