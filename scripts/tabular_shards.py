"""Reading one shard of each file format: its columns and types, and its rows in record batches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Mapping

import contract_runtime
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.json as arrow_json
import pyarrow.parquet as pq
import tabular_types

BATCH_ROWS = 16384
_BLOCK_BYTES = 2 << 20
_COLUMN_BUFFER_BYTES = 256 << 10
_GZIP = b"\x1f\x8b"
_ROW_LABELS = re.compile(r"(__index_level_\d+__)?")  # how pandas names an index without a name: Parquet, CSV
_EXACT_IN_FLOAT = 2**53  # whole numbers up to this survive a trip through float64


@dataclass(frozen=True)
class Shard:
    """One data file: where it lies, its name within its data set, and its format."""

    path: Path
    name: str
    format: str


@dataclass(frozen=True)
class ShardSchema:
    """What one shard holds: column -> type, in order, and the number of rows."""

    types: Mapping[str, pa.DataType]
    rows: int


def corrupt(shard: Shard, reason: object) -> contract_runtime.ScriptError:
    """The failure of a shard that cannot be read."""
    return contract_runtime.ScriptError(
        "PC723",
        f"cannot read {shard.format} file '{shard.name}': {reason}",
        "write the file again, or remove it from the source",
    )


def schema(shard: Shard, text_types: dict[str, pa.DataType]) -> ShardSchema:
    """The columns, types and rows of a shard. Text formats are read to their end for it.

    A CSV file's types are merged into `text_types`, which all CSV shards of a data set share: only
    after the last of them are its types known.

    Raises:
        ScriptError: (PC723) the file is unreadable; (PC725) a column of JSON lines changes its type;
            (PC727) two columns share a name.
    """
    try:
        if shard.path.stat().st_size == 0:
            raise corrupt(shard, "it is empty (0 bytes)")
        if shard.format == "parquet":
            return _parquet_schema(shard)
        return _csv_schema(shard, text_types) if shard.format == "csv" else _json_schema(shard)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise corrupt(shard, error) from error


def batches(shard: Shard, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    """The rows of a shard as record batches of exactly these columns, absent ones being null.

    Raises:
        ScriptError: (PC723) the file is unreadable.
    """
    read = {"parquet": _parquet_batches, "csv": _csv_batches, "json": _json_batches}[shard.format]
    try:
        for batch in read(shard, types):
            columns = [_column(batch, name, kind) for name, kind in types.items()]
            yield pa.RecordBatch.from_arrays(columns, schema=pa.schema(list(types.items())))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise corrupt(shard, error) from error


def _column(batch: pa.RecordBatch, name: str, kind: pa.DataType) -> pa.Array:
    index = batch.schema.get_field_index(name)
    if index < 0:
        return pa.nulls(batch.num_rows, kind)
    column = batch.column(index)
    return column if column.type == kind else column.cast(kind)


def _parquet_schema(shard: Shard) -> ShardSchema:
    with pq.ParquetFile(shard.path) as file:
        fields = file.schema_arrow
        names = _data_columns(shard, fields.names)
        types = {name: fields.field(name).type for name in names}
        wide = [name for name, kind in types.items() if tabular_types.is_wide_integer(kind)]
        # Databases declare any whole number as 38 digits; only the values tell numbers from identifiers.
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wide) if wide else ():
            wide = [name for name in wide if tabular_types.fits_int64(batch.column(name))]
        return ShardSchema({**types, **dict.fromkeys(wide, pa.int64())}, file.metadata.num_rows)


def _parquet_batches(shard: Shard, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    # iter_batches keeps its memory bound; a dataset scanner reads ahead by whole row groups. With
    # pre_buffer, or without buffer_size, every column of a row group would be in memory whole.
    with pq.ParquetFile(shard.path, pre_buffer=False, buffer_size=_COLUMN_BUFFER_BYTES) as file:
        present = [name for name in file.schema_arrow.names if name in types]
        yield from file.iter_batches(batch_size=BATCH_ROWS, columns=present)


def _data_columns(shard: Shard, names: list[str]) -> list[str]:
    """The columns without pandas' row labels, which are no data and would be learned from.

    Raises:
        ScriptError: (PC723) another column than the first has no name, or no column has one; (PC727) two
            columns share a name.
    """
    if "" in names[1:]:
        raise corrupt(shard, f"column {names.index('', 1) + 1} of its header has no name")
    found = [name for name in names if not _ROW_LABELS.fullmatch(name)]
    if names and not found:
        raise corrupt(shard, "it has row labels only, and no column with a name")
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise contract_runtime.ScriptError(
            "PC727",
            f"'{shard.name}' has more than one column named: {', '.join(twice)}",
            "give each column a name of its own",
        )
    return found


def _csv_schema(shard: Shard, text_types: dict[str, pa.DataType]) -> ShardSchema:
    rows = 0
    names = _csv_names(shard)
    for name in names:
        text_types.setdefault(name, pa.null())
    last = ""
    for batch in _csv_texts(shard, names):
        rows += batch.num_rows
        last = batch.column(len(names) - 1)[-1].as_py() or "" if batch.num_rows else last
        for name in names:
            text_types[name] = tabular_types.text_type(batch.column(name), text_types[name])
    if "\n" in last and not _ends_with_quote(shard):
        # Arrow takes the rest of the file for one value.
        raise corrupt(shard, f"a quoted value does not end: {last[:40]!r}")
    return ShardSchema({name: pa.null() for name in names}, rows)


def _ends_with_quote(shard: Shard) -> bool:
    tail = b""
    with _stream(shard) as source:
        while chunk := source.read(_BLOCK_BYTES):
            tail = (tail + chunk)[-16:]
    return tail.rstrip().endswith(b'"')


def _csv_names(shard: Shard) -> list[str]:
    with _stream(shard) as source, arrow_csv.open_csv(source, *_csv_options()) as reader:
        names: list[str] = reader.schema.names
    other = next((each for each in ";\t|" if each in names[0]), "") if len(names) == 1 else ""
    if other:
        raise contract_runtime.ScriptError(
            "PC723",
            f"cannot read csv file '{shard.name}': its header is one column, {names[0]!r}",
            f"write the file with commas in place of {other!r}, or as Parquet",
        )
    return _data_columns(shard, names)


def _csv_batches(shard: Shard, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    present = [name for name in _csv_names(shard) if name in types]
    for texts in _csv_texts(shard, present):
        columns = [tabular_types.from_text(texts.column(name), types[name]) for name in present]
        yield pa.RecordBatch.from_arrays(columns, names=present)


def _csv_texts(shard: Shard, names: list[str]) -> Iterator[pa.RecordBatch]:
    convert = arrow_csv.ConvertOptions(
        column_types={name: pa.string() for name in names},
        include_columns=names,
        null_values=[""],
        strings_can_be_null=True,
    )
    with _stream(shard) as source, arrow_csv.open_csv(source, *_csv_options(), convert) as reader:
        yield from reader


def _csv_options() -> tuple[arrow_csv.ReadOptions, arrow_csv.ParseOptions]:
    return arrow_csv.ReadOptions(block_size=_BLOCK_BYTES), arrow_csv.ParseOptions(newlines_in_values=True)


def _json_schema(shard: Shard) -> ShardSchema:
    types: dict[str, pa.DataType] = {}
    rows = 0
    for block in _json_blocks(shard):
        try:
            table = _parse_json(block, arrow_json.ParseOptions())
        except pa.ArrowInvalid as error:
            change = re.search(r"Column\(/(.+)\) changed from (\w+) to (\w+)", str(error))
            if change:
                raise _mixed(shard, *change.groups()) from error
            raise
        rows += table.num_rows
        for field in table.schema:
            # Arrow takes a text that looks like a date for one; here dates stay text, as in CSV.
            kind = pa.string() if pa.types.is_timestamp(field.type) else field.type
            known = types.get(field.name, pa.null())
            both = tabular_types.unify(known, kind)
            if both is None:
                raise _mixed(shard, field.name, known, kind)
            types[field.name] = both
    return ShardSchema(types, rows)


def _json_batches(shard: Shard, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
    options = arrow_json.ParseOptions(
        explicit_schema=pa.schema(list(types.items())), unexpected_field_behavior="ignore"
    )
    floats = [name for name, kind in types.items() if pa.types.is_floating(kind)]
    for block in _json_blocks(shard):
        for name in floats:
            _check_exact(name, block)
        yield from _parse_json(block, options).combine_chunks().to_batches()


def _parse_json(block: bytes, options: arrow_json.ParseOptions) -> pa.Table:
    read = arrow_json.ReadOptions(block_size=len(block) + 1)
    return arrow_json.read_json(pa.BufferReader(block), read_options=read, parse_options=options)


def _json_blocks(shard: Shard) -> Iterator[bytes]:
    """Whole lines, some megabytes at a time: Arrow's own JSON reader loads a file at once."""
    with _stream(shard) as source:
        rest = b""
        chunk = source.read(_BLOCK_BYTES)
        if chunk.lstrip()[:1] == b"[":
            raise ValueError("it is one JSON array; write JSON lines, one object per line")
        while chunk:
            lines, newline, rest = (rest + chunk).rpartition(b"\n")
            if lines.strip():
                yield lines + newline
            chunk = source.read(_BLOCK_BYTES)
        if rest.strip():
            yield rest


def _check_exact(name: str, block: bytes) -> None:
    """Refuse whole numbers that float64 would round, which are identifiers."""
    key = re.escape(name.encode("utf-8"))
    for found in re.finditer(rb'"' + key + rb'"\s*:\s*(-?[0-9]{16,})\s*[,}]', block):
        if abs(int(found.group(1))) > _EXACT_IN_FLOAT:
            raise ValueError(f"column '{name}' holds {found.group(1).decode()}; write such numbers as text")


def _mixed(shard: Shard, name: str, one: object, other: object) -> contract_runtime.ScriptError:
    return contract_runtime.ScriptError(
        "PC725",
        f"column '{name}' is {one} in some rows of '{shard.name}' and {other} in others",
        "write the column with one type in all rows",
    )


def _stream(shard: Shard) -> pa.NativeFile:
    with shard.path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    return pa.input_stream(str(shard.path), compression="gzip" if packed else None)
