"""Data loading: whatever files a source has, one table of Parquet shards comes out.

Writes DATA (the shards), METADATA (`metadata.json`: columns with types and null counts, rows, shards)
and SIGNATURE (`signature`: the column names in order, one line of CSV).
"""

from __future__ import annotations

from collections import Counter
from typing import Sequence

import contract_runtime
import data_description
import pyarrow as pa
import tabular_data


def main(runtime: contract_runtime.Runtime) -> None:
    """Read the source, write it again in canonical form, and describe it."""
    data = tabular_data.open_dataset(runtime.input_path("source"), runtime.env("SOURCE_FORMAT").strip())
    columns = _projection(runtime.env("COLUMNS"), data.schema.names)
    schema = pa.schema([data.schema.field(name) for name in columns])
    nulls: Counter[str] = Counter()
    with tabular_data.ShardWriter(runtime.output_path("DATA"), schema) as writer:
        for batch in data.batches(columns):
            nulls.update({name: batch.column(name).null_count for name in columns})
            writer.write(batch)
    metadata = {
        "job_type": runtime.argument("job_type"),
        "rows": writer.rows,
        "columns": [
            {"name": field.name, "type": str(field.type), "nulls": nulls[field.name]} for field in schema
        ],
        "shards": [{"name": name, "rows": rows} for name, rows in writer.shards.items()],
        "sources": [
            {"name": shard.name, "format": shard.format, "rows": data.rows[shard.name]}
            for shard in data.shards
        ],
    }
    data_description.write(runtime.output_path("METADATA"), runtime.output_path("SIGNATURE"), metadata)
    print(f"{writer.rows} rows x {len(columns)} columns from {len(data.shards)} files")


def _projection(setting: str, known: Sequence[str]) -> list[str]:
    chosen = list(dict.fromkeys(tabular_data.column_list(setting))) or list(known)
    contract_runtime.raise_all(tabular_data.unknown_columns("COLUMNS", chosen, known))
    return chosen


if __name__ == "__main__":
    contract_runtime.execute(main)
