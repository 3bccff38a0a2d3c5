"""The profile of a table in memory, as `scripts/profile_data.py` makes it of files."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pipeline_compiler.contract_tools.tables import Table
from script_contracts.quality.contracts import ColumnType


def profile_of(table: Table) -> dict[str, Any]:
    files = table.files()
    columns = {}
    for name, kind in table.columns.items():
        values = table.values(name)
        columns[name] = {
            "types": ["float" if kind is ColumnType.NUMBER else kind.value],
            "files": len(files),
            "nulls": values.count(None),
            "values": dict(Counter(json.dumps(value) for value in values if value is not None)),
        }
    return {"files": dict.fromkeys(files, table.format), "rows": len(table.rows), "columns": columns}
