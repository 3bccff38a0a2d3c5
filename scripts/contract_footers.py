"""What the footers of Parquet files prove about a column: exact facts only, for whole row groups."""

from __future__ import annotations

from typing import Any, Collection, Dict, List, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import tabular_shards


class RowGroup(NamedTuple):
    """What a footer proves about a column in one row group.

    Attributes:
        rows: how many there are.
        is_complete: whether each of them is certain to have a value, which NaN is not.
        low: the least value; None where it is not known for certain.
        high: the greatest one; None where it is not known for certain.
    """

    rows: int
    is_complete: bool
    low: Any
    high: Any


def row_groups(shard: tabular_shards.Shard, columns: Collection[str]) -> Dict[str, List[RowGroup]]:
    """Column -> what the footer of a Parquet file proves; a column that it says nothing about is absent."""
    if shard.format != "parquet" or not columns:
        return {}
    footer = pq.read_metadata(shard.path)
    types = footer.schema.to_arrow_schema()
    found: Dict[str, List[RowGroup]] = {}
    for index in range(footer.num_columns):
        leaf = footer.schema.column(index)
        # The path of a field within a structure may look like the name of a column.
        if leaf.path in columns and leaf.name == leaf.path and leaf.max_repetition_level == 0:
            # Bounds are exact for whole numbers and booleans; those of texts may be cut, those of
            # decimals are in another unit, those of floats were wrong in some writers beside NaN.
            kind = types.field(leaf.path).type
            is_exact = pa.types.is_integer(kind) or pa.types.is_boolean(kind)
            has_nan = leaf.physical_type in ("FLOAT", "DOUBLE") or pa.types.is_float16(kind)
            is_required = leaf.max_definition_level == 0
            for group in range(footer.num_row_groups):
                proved = _row_group(footer.row_group(group), index, is_exact, is_required)
                found.setdefault(leaf.path, []).append(
                    proved._replace(is_complete=proved.is_complete and not has_nan)
                )
    return found


def _row_group(group: Any, index: int, is_exact: bool, is_required: bool) -> RowGroup:
    statistics = group.column(index).statistics
    if statistics is None:
        return RowGroup(group.num_rows, is_required, None, None)
    is_complete = is_required or (statistics.has_null_count and statistics.null_count == 0)
    if not (is_exact and statistics.has_min_max):
        return RowGroup(group.num_rows, is_complete, None, None)
    return RowGroup(group.num_rows, is_complete, statistics.min, statistics.max)
