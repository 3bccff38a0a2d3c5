"""Learning risk tables: one pass over the training split counts, the tables follow from the counts."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

import numeric_imputation
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tabular_data
import tabular_hash
from contract_runtime import ScriptError, raise_all
from label_data import labels
from risk_table_counts import (
    CategoryCounts,
    OutOfFold,
    category_texts,
    category_type,
    category_values,
    prior_of,
)
from risk_table_settings import CONSTANT, MEAN, PRIOR, Settings
from risk_tables import EVIDENCE, NUMBER, RISK, TABLES_FILE

_FOLD_SALT = np.uint64(0x9E3779B97F4A7C15)  # the split uses the same hash: another salt, other parts


class Learned(NamedTuple):
    """What was learned.

    Attributes:
        document: the content of `risk_tables.json`.
        out_of_fold: field -> its categories with, for each fold, their values outside of it; empty where
            training rows are encoded in sample.
    """

    document: Mapping[str, Any]
    out_of_fold: Mapping[str, OutOfFold]


def fold_numbers(batch: pa.RecordBatch, settings: Settings) -> np.ndarray:
    """The fold of each row, by its id, or its whole content where it has none; equal rows share one."""
    if settings.folds == 1:
        return np.zeros(batch.num_rows, dtype=np.int64)
    if settings.id_field:
        hashes = tabular_hash.hash_ids(batch.column(batch.schema.get_field_index(settings.id_field)))
    else:
        hashes = tabular_hash.hash_rows(batch)
    position = tabular_hash.unit_interval(tabular_hash.mixed(hashes ^ _FOLD_SALT), 0)
    return (position * settings.folds).astype(np.int64)


def choose_fields(settings: Settings, schema: pa.Schema) -> dict[str, str]:
    """The fields that are mapped, in the order of the data, and how.

    Raises:
        ScriptError, CollectedError: (PC728) columns that do not exist; (PC763) columns whose values can be
            neither categories nor imputed; (PC769) nothing to do.
    """
    raise_all(
        [
            error
            for setting, names in settings.columns.items()
            for error in tabular_data.unknown_columns(setting, names, schema.names)
        ]
    )
    types = {field.name: category_type(field.type) for field in schema}
    others = {settings.label_field, settings.id_field, *settings.evidence_fields, *settings.impute_fields}
    free = [name for name, kind in types.items() if kind not in (None, NUMBER) and name not in others]
    chosen = dict.fromkeys(settings.risk_fields or free, RISK)
    chosen.update(dict.fromkeys(settings.evidence_fields, EVIDENCE))
    wrong = [f"'{name}' ({schema.field(name).type}) as a category" for name in chosen if types[name] is None]
    wrong += [
        f"'{name}' ({schema.field(name).type}) as a number"
        for name in settings.impute_fields
        if types[name] != NUMBER
    ]
    if wrong:
        raise ScriptError(
            "PC763",
            f"columns of a type that cannot be used: {', '.join(wrong)}",
            "name other columns, or turn them into text or numbers before",
        )
    if not chosen and not settings.impute_fields:
        listed = ", ".join(f"{field.name} ({field.type})" for field in schema)
        raise ScriptError(
            "PC769",
            f"no column is text or Boolean, and no field is named; the columns are: {listed}",
            "name risk_fields, or leave the step out",
        )
    return {name: chosen[name] for name in schema.names if name in chosen}


def learn(train: tabular_data.Dataset, settings: Settings) -> Learned:
    """Learn all tables from the training split.

    Raises:
        ScriptError, CollectedError: (PC745) bad labels; (PC747) too many categories; (PC768) one class
            only; (PC728, PC749, PC763, PC769) fields that cannot be mapped or imputed.
    """
    fields = choose_fields(settings, train.schema)
    by_fold = np.zeros((settings.folds, 2), dtype=np.int64)
    counts = {name: CategoryCounts(name, settings.folds) for name in fields}
    for batch in train.batches(_needed(settings, fields, train.schema)):
        positive = labels(batch, settings.label_field).astype(np.int64)
        cells = 2 * fold_numbers(batch, settings) + positive
        by_fold += np.bincount(cells, minlength=2 * settings.folds).reshape(-1, 2)
        for name, counted in counts.items():
            counted.add(category_texts(batch.column(batch.schema.get_field_index(name))), cells)
    total = by_fold.sum(axis=0)
    prior = prior_of(total, "the train split")
    document = {
        "label_field": settings.label_field,
        "rows": int(total.sum()),
        "positives": int(total[1]),
        "prior": prior,
        "smoothing": settings.smoothing,
        "missing_category": settings.missing_category,
        "out_of_fold": settings.folds if settings.folds > 1 else None,
        "fields": {
            name: _table(encoding, counts[name], train.schema.field(name).type, settings, prior)
            for name, encoding in fields.items()
        },
        "imputation": _imputation(train, settings),
    }
    out_of_fold = {}
    if settings.folds > 1:
        priors = [prior_of(total - part, f"the rows outside fold {i + 1}") for i, part in enumerate(by_fold)]
        out_of_fold = {
            name: _outside(encoding, counts[name], settings, priors) for name, encoding in fields.items()
        }
    return Learned(document, out_of_fold)


def write_tables(folder: Path, document: Mapping[str, Any]) -> None:
    """Write the tables for programs and people: as JSON, and as a Parquet table with a row per category."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / TABLES_FILE).write_text(text + "\n", encoding="utf-8")
    rows = list(_rows(document["fields"]))
    types = {
        "field": pa.string(),
        "encoding": pa.string(),
        "category": pa.string(),  # null for a missing one
        "rows": pa.int64(),
        "positives": pa.int64(),
        "value": pa.float64(),
    }
    arrays = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(types.values())]
    pq.write_table(pa.table(dict(zip(types, arrays))), folder / "risk_tables.parquet")


def _rows(fields: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for name, field in fields.items():
        for category, entry in (*field["categories"].items(), (None, field["missing"])):
            yield name, field["encoding"], category, entry["rows"], entry["positives"], entry["value"]


def _needed(settings: Settings, fields: Mapping[str, str], schema: pa.Schema) -> list[str]:
    """The columns that counting reads: all of them where a row's fold depends on its whole content."""
    if settings.folds > 1 and not settings.id_field:
        return schema.names
    wanted = {settings.label_field, settings.id_field, *fields}
    return [name for name in schema.names if name in wanted]


def _table(
    encoding: str, counted: CategoryCounts, kind: pa.DataType, settings: Settings, prior: float
) -> Mapping[str, Any]:
    counts = counted.counts.sum(axis=1)
    values = category_values(counts, encoding, settings.smoothing, prior)
    entries = [
        {"rows": int(cell.sum()), "positives": int(cell[1]), "value": float(value)}
        for cell, value in zip(counts, values)
    ]
    unseen = 0.0 if encoding == EVIDENCE else prior
    missing, *others = entries
    if settings.missing_category == PRIOR:
        missing = {**missing, "value": unseen}
    texts = counted.texts[1:]
    return {
        "encoding": encoding,
        "type": category_type(kind),
        "missing": missing,
        "unseen": {"value": unseen},
        "categories": dict(sorted(zip(texts, others))),
    }


def _outside(
    encoding: str, counted: CategoryCounts, settings: Settings, priors: Sequence[float]
) -> OutOfFold:
    total = counted.counts.sum(axis=1)
    values = np.array(
        [
            category_values(total - counted.counts[:, fold], encoding, settings.smoothing, prior)
            for fold, prior in enumerate(priors)
        ]
    )
    missing = values[:, 0]
    if settings.missing_category == PRIOR:
        missing = np.zeros(len(priors)) if encoding == EVIDENCE else np.array(priors)
    return OutOfFold(counted.texts[1:], values[:, 1:], missing)


def _imputation(train: tabular_data.Dataset, settings: Settings) -> Mapping[str, Any]:
    names = list(settings.impute_fields)
    if not names:
        return {}
    if settings.imputation == CONSTANT:
        return {name: {"by": CONSTANT, "value": settings.impute_value} for name in names}

    def read() -> Iterator[pa.RecordBatch]:
        return train.batches(names)

    numeric_imputation.require_finite(read, names)
    find = numeric_imputation.means if settings.imputation == MEAN else numeric_imputation.medians
    found = find(read, names)
    empty = [name for name, value in found.items() if math.isnan(value)]
    if empty:
        raise ScriptError(
            "PC763",
            f"no {settings.imputation} of columns without a value in the train split: {', '.join(empty)}",
            "leave them out of impute_fields, or set imputation: constant",
        )
    return {name: {"by": settings.imputation, "value": value} for name, value in found.items()}
