"""Preprocessing: the label becomes 0 and 1, and each row gets its split.

For the job type `training` the splits are train, val and test, by a hash of the row's id, or of its
whole content where there is no id: the same row lands in the same split however the data are ordered,
sharded or named. For any other job type all rows form one split, named after the job type.
`preprocessing.json` beside the splits says what was done.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Mapping

import contract_runtime
import data_description
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shard_writer
import tabular_data
import tabular_hash
import tabular_labels
from contract_runtime import ScriptError
from preprocessing_settings import Settings, read_settings


def main(runtime: contract_runtime.Runtime) -> None:
    """Check settings and data, map the label, split the rows, and describe the result."""
    settings = read_settings(runtime)
    data = tabular_data.open_dataset(runtime.input_path("DATA"))
    data_description.check(
        data, runtime.optional_input_path("METADATA"), runtime.optional_input_path("SIGNATURE")
    )
    _check_columns(settings, data)
    label = data.schema.field(settings.label_field)
    mapping = tabular_labels.choose_mapping(
        label.name,
        label.type,
        tabular_labels.count(data, label.name),
        settings.positive_class,
        settings.label_mapping,
    )
    folder = runtime.output_path("processed_data")
    splits, schema = write_splits(folder, settings, data, mapping)
    description = {
        "job_type": settings.job_type,
        "label_field": settings.label_field,
        "id_field": settings.id_field,
        "label_mapping": mapping,
        "drop_fields": list(settings.drop_fields),
        "train_ratio": settings.train_ratio,
        "test_val_ratio": settings.test_val_ratio,
        "split_seed": settings.split_seed,
        "rows": data.num_rows,
        "splits": splits,
        "columns": [{"name": field.name, "type": str(field.type)} for field in schema],
    }
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    (folder / "preprocessing.json").write_text(text, encoding="utf-8")
    for name, split in splits.items():
        print(f"{name}: {split['rows']} rows, {split['positives']} positive")


def write_splits(
    folder: Path, settings: Settings, data: tabular_data.Dataset, mapping: Mapping[str, int]
) -> tuple[dict[str, dict[str, int]], pa.Schema]:
    """Write every row into its split's folder.

    Returns:
        Split -> its number of rows and of positives; and the schema of all splits.

    Raises:
        ScriptError: (PC770) a split that should have rows got none.
    """
    label = settings.label_field
    fields = [field for field in data.schema if field.name not in settings.drop_fields]
    schema = pa.schema([pa.field(f.name, pa.int64()) if f.name == label else f for f in fields])
    index = schema.get_field_index(label)
    shares = settings.shares
    positives = dict.fromkeys(shares, 0)
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(shard_writer.ShardWriter(folder / name, schema)) for name in shares
        }
        for batch in data.batches(schema.names):
            encoded = tabular_labels.encode(batch.column(index), mapping)
            columns = [*batch.columns[:index], encoded, *batch.columns[index + 1 :]]
            rows = pa.RecordBatch.from_arrays(columns, schema=schema)
            number = split_numbers(batch, settings)
            for position, (name, writer) in enumerate(writers.items()):
                part = rows if len(writers) == 1 else rows.filter(pa.array(number == position))
                writer.write(part)
                positives[name] += pc.sum(part.column(index)).as_py() or 0
    counts = {name: writer.rows for name, writer in writers.items()}
    empty = [name for name, share in shares.items() if share > 0 and not counts[name]]
    if empty:
        raise ScriptError(
            "PC770",
            f"no rows for {' and '.join(empty)}: {data.num_rows} rows were split into {counts}",
            "load more data, or give the split a larger share",
        )
    return {name: {"rows": counts[name], "positives": positives[name]} for name in shares}, schema


def split_numbers(batch: pa.RecordBatch, settings: Settings) -> np.ndarray:
    """The position among `settings.shares` of each row's split; it depends on the row's values only."""
    if len(settings.shares) == 1:
        return np.zeros(batch.num_rows, dtype=np.int64)
    if settings.id_field:
        hashes = tabular_hash.hash_ids(batch.column(batch.schema.get_field_index(settings.id_field)))
    else:
        hashes = tabular_hash.hash_rows(batch)
    # Train takes the beginning of the interval: a row stays in train when train's share grows.
    bounds = np.cumsum(list(settings.shares.values()))[:-1]
    return np.searchsorted(bounds, tabular_hash.unit_interval(hashes, settings.split_seed), side="right")


def _check_columns(settings: Settings, data: tabular_data.Dataset) -> None:
    named = {"LABEL_FIELD": [settings.label_field], "DROP_FIELDS": settings.drop_fields}
    if settings.id_field:
        named["ID_FIELD"] = [settings.id_field]
    contract_runtime.raise_all(
        [
            error
            for setting, names in named.items()
            for error in tabular_data.unknown_columns(setting, names, data.schema.names)
        ]
    )
    if settings.id_field:
        nulls, places = data.null_rows(settings.id_field)
        if nulls:
            raise ScriptError(
                "PC738",
                f"id '{settings.id_field}' is missing in {nulls} of {data.num_rows} rows: {places}",
                "fill these ids at the source, or split by the rows' content: leave id_field unset",
            )


if __name__ == "__main__":
    contract_runtime.execute(main)
