"""Data loading: whatever the source is, one table of Parquet shards comes out.

Writes DATA (the shards), METADATA (`metadata.json`: columns with types and null counts, rows, shards)
and SIGNATURE (`signature`: the column names in order, one line of CSV).
"""

from __future__ import annotations

from collections import Counter
from typing import Sequence

import contract_runtime
import data_description
import pyarrow as pa
import row_selection
import shard_writer
import table_source
import tabular_data


def main(runtime: contract_runtime.Runtime) -> None:
    """Read the source, write it again in canonical form, and describe it."""
    settings = table_source.bundled_settings()
    with table_source.source_folder(runtime, settings) as source:
        data = tabular_data.open_dataset(
            source.folder,
            source.format,
            tabular_data.column_list(runtime.env("SOURCE_INCLUDE")),
            runtime.env("SOURCE_PARTITIONS") == "hive",
            tabular_data.column_list(runtime.env("SOURCE_TEXT_COLUMNS")),
        )
        selection = row_selection.selection(
            settings.get("where", []),
            runtime.env("SOURCE_DATES_COLUMN"),
            runtime.env("SOURCE_DATES_START"),
            runtime.env("SOURCE_DATES_END"),
        )
        _load(runtime, data, selection)


def _load(
    runtime: contract_runtime.Runtime, data: tabular_data.Dataset, selection: row_selection.RowSelection
) -> None:
    columns = _projection(runtime.env("COLUMNS"), data.schema.names)
    selection.check(data.schema)
    schema = pa.schema([data.schema.field(name) for name in columns])
    needed = list(dict.fromkeys((*columns, *selection.columns)))
    nulls: Counter[str] = Counter()
    with shard_writer.ShardWriter(runtime.output_path("DATA"), schema) as writer:
        for batch in data.batches(needed):
            kept = selection.apply(batch).select(columns)
            nulls.update({name: kept.column(name).null_count for name in columns})
            writer.write(kept)
        if not writer.rows:
            raise contract_runtime.ScriptError(
                "PC724",
                f"the row filters keep none of the {data.num_rows} rows",
                "correct 'where' or 'dates' of the source",
            )
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
