"""A folder of data files as one table: found, agreed on one schema, and streamed.

Memory is bounded by the batch.
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import tabular_partitions
import tabular_shards
import tabular_types
from contract_runtime import ScriptError, raise_all
from tabular_shards import Shard

FORMATS = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".json": "json",
    ".json.gz": "json",
    ".jsonl": "json",
    ".jsonl.gz": "json",
}
_PLACES = 5  # rows named in a message


@dataclass(frozen=True)
class Dataset:
    """All shards of a folder, in the order of their names, and the one schema they agree on.

    Attributes:
        partitions: shard -> column -> the value that its folder's name gives all of its rows.
    """

    shards: tuple[Shard, ...]
    rows: Mapping[str, int]
    schema: pa.Schema
    partitions: Mapping[str, Mapping[str, pa.Scalar]] = field(default_factory=dict)

    @property
    def num_rows(self) -> int:
        """Rows of all shards together."""
        return sum(self.rows.values())

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All rows in canonical order, as batches of the columns named (default: all).

        Raises:
            ScriptError: (PC723) a file turns out unreadable; (PC726) a column is not tabular.
        """
        for _, _, batch in self.located_batches(columns):
            yield batch

    def located_batches(
        self, columns: Sequence[str] | None = None
    ) -> Iterator[tuple[Shard, int, pa.RecordBatch]]:
        """Like `batches`, each with its shard and the number of its first row there."""
        names = self.schema.names if columns is None else columns
        types = {name: self.schema.field(name).type for name in names}
        self._check_tabular(types)
        for shard in self.shards:
            row = 0
            constants = {
                name: value.cast(types[name])
                for name, value in self.partitions.get(shard.name, {}).items()
                if name in types
            }
            stored = {name: kind for name, kind in types.items() if name not in constants}
            if not stored:  # a batch without columns would not know how many rows it has
                yield from _constant_batches(shard, self.rows[shard.name], constants)
                continue
            for batch in tabular_shards.batches(shard, stored):
                if constants:
                    batch = tabular_partitions.with_partitions(batch, constants).select(list(types))
                yield shard, row, batch
                row += batch.num_rows

    def null_rows(self, column: str) -> tuple[int, str]:
        """How many rows have no value in a column, and where the first of them are."""
        nulls = 0
        places: list[str] = []
        for shard, row, batch in self.located_batches([column]):
            missing = batch.column(0).is_null(nan_is_null=True)
            found = pc.indices_nonzero(missing).to_pylist()
            nulls += len(found)
            places += [f"{shard.name} row {row + index + 1}" for index in found[: _PLACES - len(places)]]
        return nulls, ", ".join(places) + (" ..." if nulls > len(places) else "")

    def _check_tabular(self, types: Mapping[str, pa.DataType]) -> None:
        nested = [f"'{name}' ({kind})" for name, kind in types.items() if tabular_types.plain(kind) is None]
        if nested:
            raise ScriptError(
                "PC726",
                f"columns that are not plain values: {shown(nested)}",
                "leave them out, or flatten them at the source",
            )


def open_dataset(
    folder: Path,
    source_format: str = "",
    include: Sequence[str] = (),
    partitioned: bool = False,
    text_columns: Sequence[str] = (),
) -> Dataset:
    """Find a folder's data files and agree on one schema for them.

    Files may lie in sub-folders; names that begin with `.` or `_` are ignored, as Spark and Hive do.
    Text formats are read once, to their end: types are those of the whole data set.

    Arguments:
        folder: where the files lie.
        source_format: parquet, csv or json (lines) for all files; "" tells by each file's name.
        include: patterns of the files to read; all if not given.
        partitioned: whether folders named `column=value` are columns.
        text_columns: columns of CSV files and of folders that are text, whatever their values look like.

    Raises:
        ScriptError, CollectedError: (PC720-PC725, PC727, PC728) with every problem of all files.
    """
    shards = find_shards(folder, source_format, include)
    partitions = tabular_partitions.partition_values(shards, text_columns) if partitioned else {}
    schemas: dict[str, tabular_shards.ShardSchema] = {}
    text_types: dict[str, pa.DataType] = dict.fromkeys(text_columns, pa.string())
    errors = []
    for shard in shards:
        try:
            schemas[shard.name] = tabular_shards.schema(shard, text_types)
        except ScriptError as error:
            errors.append(error)
    raise_all(errors)
    rows = {name: schema.rows for name, schema in schemas.items()}
    if not sum(rows.values()):
        raise ScriptError(
            "PC724",
            f"the data has no rows: {len(rows)} files, all empty",
            "check the step before, or the source",
        )
    formats = {shard.name: shard.format for shard in shards}
    fields = [
        (name, column, text_types[column] if formats[name] == "csv" else kind)
        for name, schema in schemas.items()
        for column, kind in schema.types.items()
    ]
    for name, values in partitions.items():
        raise_all(tabular_partitions.clashes(name, values, schemas[name].types))
        fields += [(name, column, value.type) for column, value in values.items()]
    columns = list(dict.fromkeys(column for _, column, _ in fields))
    raise_all(unknown_columns("SOURCE_TEXT_COLUMNS", text_columns, columns))
    if not columns:
        raise ScriptError("PC724", f"the data has no columns: {len(rows)} files", "check the source")
    # Last, so that the message names the file where a column has another type of its own.
    fields += [("text_columns", name, pa.string()) for name in text_columns]
    return Dataset(shards, rows, _unified(fields), partitions)


def find_shards(folder: Path, source_format: str = "", include: Sequence[str] = ()) -> tuple[Shard, ...]:
    """The data files of a folder, ordered by their path within it.

    Patterns are the shell's, matched against the path within the folder; `*` crosses folders, so that
    `2026-06-*/*.csv` and `*.csv` do what one expects.

    Raises:
        ScriptError: (PC720) there are none; (PC721) a file's format is not known; (PC722)
            `source_format` is no format.
    """
    known = sorted(set(FORMATS.values()))
    if source_format and source_format not in known:
        raise ScriptError("PC722", f"'{source_format}' is not a data format", f"use {', '.join(known)}")
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    names = [name for name in sorted(files) if not any(part[0] in "._" for part in name.split("/"))]
    if not names:
        raise ScriptError(
            "PC720",
            f"no data files in '{folder.name}' (of {len(files)} files, none is a data file)",
            "check the location of the data, and that the step before wrote any",
        )
    if include:
        found = names
        names = [name for name in found if any(fnmatchcase(name, pattern) for pattern in include)]
        if not names:
            raise ScriptError(
                "PC720",
                f"none of {len(found)} files matches {', '.join(include)}: {shown(found, 3)}",
                "correct 'include': patterns are matched against the path below the source",
            )
    formats = {name: source_format or _format(name) for name in names}
    unknown = [name for name, kind in formats.items() if not kind]
    if unknown:
        raise ScriptError(
            "PC721",
            f"files of unknown format: {shown(unknown)}",
            f"state the source's format, remove them, or name them *{', *'.join(FORMATS)}",
        )
    return tuple(Shard(files[name], name, kind) for name, kind in formats.items())


def column_list(text: str) -> list[str]:
    """The column names in a comma-separated setting; one that has a comma is quoted as in CSV."""
    row = next(csv.reader([text], skipinitialspace=True), [])
    return [name.strip() for name in row if name.strip()]


def unknown_columns(setting: str, names: Iterable[str], known: Sequence[str]) -> list[ScriptError]:
    """An error (PC728) for each name of a setting that is no column, with the most similar column."""
    errors = []
    for name in names:
        if name not in known:
            lower = {column.lower(): column for column in known}
            similar = difflib.get_close_matches(name.lower(), lower, n=1)
            fix = f"did you mean '{lower[similar[0]]}'?" if similar else f"the columns are: {shown(known)}"
            errors.append(ScriptError("PC728", f"{setting}: the data has no column '{name}'", fix))
    return errors


def shown(items: Iterable[object], limit: int = 10) -> str:
    """A list for a message: its first items, and how many more there are."""
    texts = [str(item) for item in items]
    more = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + more


def _constant_batches(
    shard: Shard, rows: int, values: Mapping[str, pa.Scalar]
) -> Iterator[tuple[Shard, int, pa.RecordBatch]]:
    for row in range(0, rows, tabular_shards.BATCH_ROWS):
        count = min(tabular_shards.BATCH_ROWS, rows - row)
        arrays = [pa.repeat(value, count) for value in values.values()]
        yield shard, row, pa.RecordBatch.from_arrays(arrays, list(values))


def _format(name: str) -> str:
    suffix = next((s for s in sorted(FORMATS, key=len, reverse=True) if name.lower().endswith(s)), "")
    return FORMATS.get(suffix, "")


def _unified(fields: Iterable[tuple[str, str, pa.DataType]]) -> pa.Schema:
    """One schema for (shard, column, type) triples; columns in order of their first appearance."""
    agreed: dict[str, pa.DataType] = {}
    first: dict[str, str] = {}
    errors = []
    for shard, column, kind in fields:
        plain = tabular_types.plain(kind)
        kind = kind if plain is None else plain  # a nested type matters only once it is read
        known = agreed.setdefault(column, kind)
        if column not in first or pa.types.is_null(known):
            first[column] = shard
        both = tabular_types.unify(known, kind)
        if both is None:
            errors.append(
                ScriptError(
                    "PC725",
                    f"column '{column}' is {known} in '{first[column]}' but {kind} in '{shard}'",
                    "write the column with one type in all files",
                )
            )
        else:
            agreed[column] = both
    raise_all(errors)
    # A column without any value is a missing number: Parquet's null type is rarely understood.
    empty = {name for name, kind in agreed.items() if pa.types.is_null(kind)}
    return pa.schema([(n, pa.float64() if n in empty else kind) for n, kind in agreed.items()])
