"""Tables written as Parquet shards, in memory bounded by a row group."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROW_GROUP_ROWS = 131072
ROW_GROUP_TEXT_BYTES = 256 << 20  # rows with long texts make smaller groups, so that memory stays bounded
_SHARD_ROWS = 8 * ROW_GROUP_ROWS


class ShardWriter:
    """Writes rows as `part-00000.parquet`, ... in a folder, in row groups of equal size.

    Where the rows' batches began leaves no trace: the same rows give the same bytes. A writer that
    got no rows leaves one shard without rows, so that the schema is there. Use it in a `with`
    statement.
    """

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._schema = schema
        self._waiting: list[list[pa.Array]] = [[] for _ in schema]  # by column
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._file: pq.ParquetWriter | None = None
        self._name = ""
        self.shards: dict[str, int] = {}

    @property
    def rows(self) -> int:
        """Rows taken so far."""
        return sum(self.shards.values()) + self._waiting_rows

    def write(self, batch: pa.RecordBatch) -> None:
        """Take the rows of one batch."""
        sizes = _text_bytes(batch)
        start = 0
        while start < batch.num_rows:
            rest = min(batch.num_rows, start + ROW_GROUP_ROWS - self._waiting_rows)
            fits = np.searchsorted(
                sizes, sizes[start] + ROW_GROUP_TEXT_BYTES - self._waiting_bytes, side="right"
            )
            end = max(start, min(rest, int(fits) - 1))
            if end == start and not self._waiting_rows:
                end = start + 1  # a row of its own, however long
            for waiting, column in zip(self._waiting, batch.columns):
                waiting.append(column.slice(start, end - start))
            self._waiting_rows += end - start
            self._waiting_bytes += int(sizes[end] - sizes[start])
            if self._waiting_rows == ROW_GROUP_ROWS or end < batch.num_rows:
                self._flush()
            start = end

    def _flush(self) -> None:
        if not self._waiting_rows:
            return
        columns = []
        for waiting in self._waiting:
            columns.append(pa.concat_arrays(waiting))
            waiting.clear()  # so that no more than one column is in memory twice
        self._waiting_rows = self._waiting_bytes = 0
        self._write_group(pa.Table.from_arrays(columns, schema=self._schema))

    def _write_group(self, group: pa.Table) -> None:
        if self._file is None or self.shards[self._name] >= _SHARD_ROWS:
            self._close_file()
            self._name = f"part-{len(self.shards):05d}.parquet"
            self._file = pq.ParquetWriter(self._folder / self._name, self._schema, compression="zstd")
            self.shards[self._name] = 0
        self._file.write_table(group, row_group_size=ROW_GROUP_ROWS)
        self.shards[self._name] += group.num_rows
        pa.default_memory_pool().release_unused()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
            if not self.shards:
                self._write_group(self._schema.empty_table())
        self._close_file()


def _text_bytes(batch: pa.RecordBatch) -> np.ndarray:
    """How many bytes of text the first rows hold: none of them, one, two, ..."""
    sizes = np.zeros(batch.num_rows + 1, dtype=np.int64)
    for column in batch.columns:
        if pa.types.is_string(column.type):
            sizes[1:] += pc.binary_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    return np.cumsum(sizes)
