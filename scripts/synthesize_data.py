"""Writes tables as Parquet files: what a job to be tested will read. Run by the contract tools.

Reads a JSON list of tables from standard input, each `{"path", "columns": [{"name", "type"}], "rows"}`,
where rows are lists of values in the order of the columns, timestamps as ISO 8601.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

TYPES = {
    "integer": pa.int64(),
    "float": pa.float64(),
    "number": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}


def main(tables: Sequence[Mapping[str, Any]]) -> None:
    """Write every table."""
    for table in tables:
        path = Path(table["path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = [_array(table["rows"], i, c["type"]) for i, c in enumerate(table["columns"])]
        pq.write_table(pa.table(arrays, names=[c["name"] for c in table["columns"]]), path)


def _array(rows: Sequence[Sequence[Any]], index: int, kind: str) -> pa.Array:
    values = [row[index] for row in rows]
    if kind == "timestamp":
        values = [None if value is None else datetime.fromisoformat(value) for value in values]
    return pa.array(values, TYPES[kind])


if __name__ == "__main__":
    main(json.load(sys.stdin))
