"""Describes the tables in folders: what a tested job wrote. Run by the contract tools.

Reads a JSON list of `{"folder", "formats"}` from standard input and prints a list of profiles:
`{"files": {name: format}, "rows", "columns": {name: {"types", "files", "nulls", "values": {text: count}}}}`.
The data are those of a test, small enough to be counted value by value.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Mapping, Sequence

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.json as arrow_json
import pyarrow.parquet as pq

READERS = {"parquet": pq.read_table, "csv": arrow_csv.read_csv, "json": arrow_json.read_json}
SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".jsonl": "json"}


def profile(folder: Path, formats: Sequence[str]) -> dict[str, Any]:
    """What the files of these formats hold, all together."""
    names = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    files = {name: SUFFIXES.get(path.suffix, "") for name, path in names.items()}
    rows = 0
    columns: dict[str, dict[str, Any]] = {}
    for name, path in names.items():
        if files[name] not in formats:
            continue
        table = READERS[files[name]](path)
        rows += table.num_rows
        for field in table.schema:
            known = columns.setdefault(
                field.name, {"types": set(), "files": 0, "nulls": 0, "values": Counter()}
            )
            column = table.column(field.name)
            known["types"].add(family(field.type))
            known["files"] += 1
            known["nulls"] += column.null_count
            known["values"].update(json.dumps(v, default=str) for v in column.to_pylist() if v is not None)
    return {"files": files, "rows": rows, "columns": columns}


def family(kind: pa.DataType) -> str:
    """The family of an Arrow type, by the names that contracts use; the type's own name for others."""
    types = pa.types
    if types.is_dictionary(kind):
        return family(kind.value_type)
    for name, belongs in (
        ("integer", types.is_integer),
        ("float", types.is_floating),
        ("float", types.is_decimal),
        ("boolean", types.is_boolean),
        ("timestamp", types.is_temporal),
        ("string", types.is_string),
        ("string", types.is_large_string),
    ):
        if belongs(kind):
            return name
    return str(kind)


def main(requests: Sequence[Mapping[str, Any]]) -> None:
    """Print the profile of every folder."""
    found = [profile(Path(each["folder"]), each["formats"]) for each in requests]
    json.dump(found, sys.stdout, default=sorted)  # sets become lists


if __name__ == "__main__":
    main(json.load(sys.stdin))
