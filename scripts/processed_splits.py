"""The splits that preprocessing wrote: their shards, columns and rows, streamed in record batches."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Iterator, Mapping, NamedTuple, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from contract_runtime import ScriptError
from model_files import CATEGORICAL, NUMERIC

# Memory is bounded by a batch: 131,072 rows of 40 features are 20 MB.
BATCH_ROWS = 131_072
EMPTY = "empty"
RECORD_FILE = "preprocessing.json"


class Split(NamedTuple):
    """One split of the processed data: its name and its shards, in canonical order."""

    name: str
    shards: tuple[Path, ...]

    def columns(self) -> dict[str, set[str]]:
        """Column name -> the kinds that its shards hold: numeric, categorical, empty, or the Arrow type.

        Raises:
            ScriptError: (PC744) a column is missing from some shards; (PC723) a shard cannot be read.
        """
        kinds: dict[str, set[str]] = {}
        schemas = {shard: open_shard(shard).schema_arrow for shard in self.shards}
        for schema in schemas.values():
            for field in schema:
                kinds.setdefault(field.name, set()).add(column_kind(field.type))
        for shard, schema in schemas.items():
            require_columns(f"{self.name}/{shard.name}", list(kinds), schema.names)
        return kinds

    def rows(self) -> int:
        """How many rows the split has.

        Raises:
            ScriptError: (PC723) a shard cannot be read.
        """
        return sum(open_shard(shard).metadata.num_rows for shard in self.shards)

    def batches(
        self, columns: Sequence[str], plain: Sequence[str] = (), rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """The rows of some columns, shard after shard, at most `rows` at a time.

        Text among `columns` comes dictionary encoded, which is faster to look up; among `plain` as it is.

        Raises:
            ScriptError: (PC723) a shard cannot be read.
        """
        for shard in self.shards:
            file = open_shard(shard, columns)
            try:
                yield from file.iter_batches(rows, columns=[*columns, *plain])
            except (pa.ArrowInvalid, OSError) as error:
                raise _corrupt(shard, error) from error


class Record(NamedTuple):
    """What the steps before say of processed data, as far as they say anything.

    Attributes:
        label_mapping: label value -> 0 or 1.
        risk_tables: the fingerprint of the tables that mapped the data.
    """

    label_mapping: Mapping[str, int] | None = None
    risk_tables: str | None = None


def read_record(data: Path) -> Record:
    """The record beside the splits of processed data; an empty one where there is none."""
    path = data / RECORD_FILE
    if not path.is_file():
        return Record()
    record = json.loads(path.read_text(encoding="utf-8"))
    return Record(record.get("label_mapping"), record.get("risk_tables", {}).get("fingerprint"))


def require_same_tables(wanted: str | None, data: Path) -> None:
    """Check that data were mapped as a model's training data were, as far as there is a record.

    Arguments:
        wanted: the fingerprint of the tables that mapped the training data; None if none did.

    Raises:
        ScriptError: (PC766) other risk tables mapped them, or none did, or some where none should have.
    """
    found = read_record(data).risk_tables
    if found != wanted and (data / RECORD_FILE).is_file():
        ours, theirs = (each[:12] if each else "none" for each in (found, wanted))
        raise ScriptError(
            "PC766",
            f"the risk tables that mapped the data are {ours}, those of the model's training data {theirs}",
            "map both by the tables of one RiskTableMapping step, in one execution",
        )


def find_split(directory: Path, name: str) -> Split:
    """The split `name` of a processed data folder; one that does not exist has no shards."""
    return Split(name, tuple(sorted((directory / name).glob("*.parquet"))))


def open_shard(shard: Path, text_columns: Sequence[str] = ()) -> pq.ParquetFile:
    """Open a Parquet file; text columns among `text_columns` come dictionary encoded, which is faster.

    Raises:
        ScriptError: (PC723) it is not a readable Parquet file.
    """
    try:
        return pq.ParquetFile(shard, read_dictionary=list(text_columns))
    except (pa.ArrowInvalid, OSError) as error:
        raise _corrupt(shard, error) from error


def _corrupt(shard: Path, error: Exception) -> ScriptError:
    return ScriptError(
        "PC723",
        f"{shard.parent.name}/{shard.name} ({shard.stat().st_size} bytes) is not readable Parquet: {error}",
        "run the step that wrote it again",
    )


def require_rows(split: Split, data: Path) -> None:
    """Check that a split has something to work on.

    Raises:
        ScriptError: (PC742) the split has no rows; the message names the splits that exist.
    """
    if not split.rows():
        found = ", ".join(sorted(p.name for p in data.iterdir() if p.is_dir())) or "none"
        raise ScriptError(
            "PC742",
            f"the split '{split.name}' has no rows; splits in the data: {found}",
            "wire preprocessed data of the same job type, or check train_ratio and test_val_ratio",
        )


def require_columns(where: str, wanted: Sequence[str], present: Sequence[str]) -> None:
    """Check that columns exist.

    Raises:
        ScriptError: (PC744) naming every missing column, with the closest one that exists.
    """
    missing = [name for name in wanted if name not in present]
    if missing:
        close = [match for name in missing for match in get_close_matches(name, present, n=1)]
        hint = f"did you mean {', '.join(sorted(set(close)))}? " if close else ""
        raise ScriptError(
            "PC744",
            f"{where} has no column {', '.join(missing)}",
            f"{hint}it has: {', '.join(present)}",
        )


def column_kind(type_: pa.DataType) -> str:
    """What a model can make of an Arrow type: numeric, categorical or empty; else the type's own name."""
    types = pa.types
    if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        return NUMERIC
    if types.is_boolean(type_) or types.is_string(type_) or types.is_large_string(type_):
        return CATEGORICAL
    if types.is_dictionary(type_):
        return CATEGORICAL if column_kind(type_.value_type) in (NUMERIC, CATEGORICAL) else str(type_)
    return EMPTY if types.is_null(type_) else str(type_)
