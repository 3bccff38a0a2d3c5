"""Partitions as Hive, Spark and Athena lay them out: folders named `column=value` hold a column's values."""

from __future__ import annotations

from typing import Mapping, Sequence
from urllib.parse import unquote

import pyarrow as pa
import tabular_types
from contract_runtime import ScriptError, raise_all
from tabular_shards import Shard

_NULL = "__HIVE_DEFAULT_PARTITION__"


def partition_values(
    shards: Sequence[Shard], text_columns: Sequence[str] = ()
) -> dict[str, dict[str, pa.Scalar]]:
    """Shard name -> partition column -> the value that all of its rows have, of one type per column.

    Arguments:
        text_columns: columns that are text, whatever their values look like.

    Raises:
        ScriptError, CollectedError: (PC725) shards that are partitioned by different columns.
    """
    texts = {shard.name: _texts(shard.name) for shard in shards}
    columns = list(next(iter(texts.values())))
    raise_all(
        [
            ScriptError(
                "PC725",
                f"'{name}' is partitioned by {list(found) or 'nothing'}, '{shards[0].name}' by {columns}",
                "lay all files out by the same columns, or set 'partitions' to false",
            )
            for name, found in texts.items()
            if list(found) != columns
        ]
    )
    typed: dict[str, pa.Array] = {}
    for column in columns:
        values = pa.array([found[column] for found in texts.values()], pa.string())
        known = pa.string() if column in text_columns else pa.null()
        typed[column] = tabular_types.from_text(values, tabular_types.text_type(values, known))
    return {name: {column: typed[column][row] for column in columns} for row, name in enumerate(texts)}


def with_partitions(batch: pa.RecordBatch, values: Mapping[str, pa.Scalar]) -> pa.RecordBatch:
    """The batch with a column for each partition value, after its own."""
    arrays = [pa.repeat(value, batch.num_rows) for value in values.values()]
    return pa.RecordBatch.from_arrays([*batch.columns, *arrays], [*batch.schema.names, *values])


def clashes(name: str, values: Mapping[str, object], columns: Mapping[str, object]) -> list[ScriptError]:
    """An error (PC727) for each partition column that the file itself has as well."""
    return [
        ScriptError(
            "PC727",
            f"'{name}' has a column '{column}', which its folder names as well",
            "set 'partitions' to false, or leave the column out of the files",
        )
        for column in values
        if column in columns
    ]


def _texts(name: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for part in name.split("/")[:-1]:
        column, separator, value = part.partition("=")
        if column and separator:
            found[unquote(column)] = None if value == _NULL else unquote(value)
    return found
