"""Splits as streams of training batches: shuffled in a bounded buffer, shared among processes and workers.

Every consumer reads the same record batches and keeps its own rows of them: tokenising and learning take far
longer than decoding Parquet, and rows are shared evenly whatever the sizes of the shards.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Sequence

import numpy as np
import pyarrow as pa
import torch
from contract_runtime import ScriptError
from feature_encoding import as_text, encode
from label_data import labels
from model_files import NUMERIC, TEXT, Feature
from processed_splits import Split, column_kind
from pytorch_scoring import open_tokenizer, tokens
from torch.utils.data import IterableDataset, get_worker_info

READ_ROWS = 4096  # texts take more memory than numbers


class Share(NamedTuple):
    """Which rows are read: those of process `rank` among `world` processes."""

    rank: int = 0
    world: int = 1


class Shuffle(NamedTuple):
    """How rows are mixed: shards in random order, and rows within a buffer."""

    seed: int
    epoch: int
    buffer_rows: int


class Rows(NamedTuple):
    """Some rows of a split as arrays."""

    tabular: np.ndarray
    labels: np.ndarray
    texts: np.ndarray

    def take(self, positions: np.ndarray) -> Rows:
        """The rows at some positions."""
        return Rows(*(array[positions] for array in self))


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows, one after another."""
    return Rows(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def tabular_features(features: Sequence[Feature]) -> list[Feature]:
    """The features of the tabular input, in its order: numbers first, then categories."""
    return sorted((f for f in features if f.type != TEXT), key=lambda f: f.type != NUMERIC)


def text_names(features: Sequence[Feature]) -> list[str]:
    """The text fields, in the model's order."""
    return [feature.name for feature in features if feature.type == TEXT]


def texts_of(batch: pa.RecordBatch, names: Sequence[str]) -> np.ndarray:
    """The texts of a batch as an array of strings [rows, fields]; a missing text is empty."""
    columns = []
    for name in names:
        column = batch.column(name)
        column = pa.array([""] * len(column)) if pa.types.is_null(column.type) else as_text(column)
        columns.append(column.fill_null("").to_numpy(zero_copy_only=False))
    return np.stack(columns, axis=1).astype(object)


def check_text_fields(split: Split, names: Sequence[str], taken: Sequence[str]) -> None:
    """Check that the text fields are text, and nothing else as well.

    Raises:
        ScriptError: (PC772) a text field that is missing, no text, or already the label or the id.
    """
    kinds = split.columns()
    wrong = [f"{name} (the label or the id)" for name in names if name in taken]
    wrong += [f"{name} (no such column)" for name in names if name not in kinds]
    wrong += [
        f"{name} ({' and '.join(sorted(kinds[name]))})"
        for name in names
        if name in kinds and not kinds[name] <= {column_kind(pa.string()), column_kind(pa.null())}
    ]
    if wrong or not names:
        raise ScriptError(
            "PC772",
            f"TEXT_FIELDS in {split.name}: {', '.join(wrong) or 'none named'}",
            f"name columns of text; {split.name} has: {', '.join(kinds)}",
        )


def moments(split: Split, features: Sequence[Feature]) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of numeric features over the rows where they are known.

    A feature that is never known has mean 0; one that never varies has deviation 1.

    Raises:
        ScriptError: (PC749) infinite values; (PC723) an unreadable shard.
    """
    count, total, square = (np.zeros(len(features)) for _ in range(3))
    shift: np.ndarray | None = None
    for batch in split.batches([feature.name for feature in features]) if features else ():
        matrix = encode(batch, features).astype(np.float64)
        if not len(matrix):
            continue
        if shift is None:  # sums of squares around a typical value lose no digits
            shift = np.nan_to_num(matrix[0])
        known = ~np.isnan(matrix)
        centred = np.where(known, matrix - shift, 0.0)
        count += known.sum(axis=0)
        total += centred.sum(axis=0)
        square += (centred**2).sum(axis=0)
    rows = np.maximum(count, 1)
    variance = np.maximum(square / rows - (total / rows) ** 2, 0)
    means = total / rows + (0.0 if shift is None else shift)
    deviations = np.where(variance > 0, np.sqrt(variance), 1.0)
    return np.where(count > 0, means, 0.0).tolist(), deviations.tolist()


class BatchStream(IterableDataset):
    """The batches of one epoch: dictionaries of tensors `tabular`, `ids`, `mask` and `labels`.

    While training (`shuffle` is given), every process gets the same number of rows, or the processes would
    wait for each other for ever: up to `world` - 1 rows are left out, others in each epoch.
    """

    def __init__(
        self,
        split: Split,
        features: Sequence[Feature],
        label_field: str,
        tokenizer: Path,
        batch_size: int,
        share: Share,
        shuffle: Shuffle | None = None,
    ) -> None:
        super().__init__()
        self._split, self._label_field, self._tokenizer = split, label_field, tokenizer
        self._tabular, self._texts = tabular_features(features), text_names(features)
        self._batch_size, self._share, self._shuffle = batch_size, share, shuffle

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        tokenizer = open_tokenizer(self._tokenizer)
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        for rows in self._batches(worker, workers):
            ids, mask = tokens(tokenizer, rows.texts.tolist(), len(self._texts))
            arrays = {"tabular": rows.tabular, "ids": ids, "mask": mask, "labels": rows.labels}
            yield {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}

    def _batches(self, worker: int, workers: int) -> Iterator[Rows]:
        """This consumer's rows, mixed within the buffer, as batches; only the last one may be smaller."""
        shuffle, held, random = self._shuffle, [], None
        wanted = self._batch_size
        if shuffle is not None:
            wanted = max(shuffle.buffer_rows, wanted)
            random = np.random.default_rng([shuffle.seed, shuffle.epoch, self._share.rank, worker])
        for rows in self._own_rows(worker, workers):
            held.append(rows)
            if sum(len(each.labels) for each in held) >= wanted:
                mixed = _mixed(joined(held), random)
                whole = len(mixed.labels) // self._batch_size * self._batch_size
                yield from self._sliced(mixed, whole)
                held = [mixed.take(np.arange(whole, len(mixed.labels)))]
        if held:
            rest = _mixed(joined(held), random)
            yield from self._sliced(rest, len(rest.labels))

    def _sliced(self, rows: Rows, end: int) -> Iterator[Rows]:
        for start in range(0, end, self._batch_size):
            yield rows.take(np.arange(start, min(start + self._batch_size, end)))

    def _own_rows(self, worker: int, workers: int) -> Iterator[Rows]:
        rank, world = self._share
        split, end = self._split, self._split.rows()
        if self._shuffle is not None:
            end -= end % world
            order = np.random.default_rng([self._shuffle.seed, self._shuffle.epoch])
            split = split._replace(
                shards=tuple(split.shards[i] for i in order.permutation(len(split.shards)))
            )
        start = 0
        columns = [*(feature.name for feature in self._tabular), self._label_field]
        for batch in split.batches(columns, plain=self._texts, rows=READ_ROWS):
            position = np.arange(start, start + batch.num_rows)
            start += batch.num_rows
            own = (position < end) & (position % world == rank) & (position // world % workers == worker)
            if own.any():
                yield self._arrays(batch.filter(pa.array(own)))

    def _arrays(self, batch: pa.RecordBatch) -> Rows:
        return Rows(
            encode(batch, self._tabular), labels(batch, self._label_field), texts_of(batch, self._texts)
        )


def _mixed(rows: Rows, random: Any) -> Rows:
    return rows if random is None else rows.take(random.permutation(len(rows.labels)))


def batches_per_epoch(rows: int, share: Share, workers: int, batch_size: int) -> int:
    """How many training batches each process gets in an epoch."""
    own, workers = rows // share.world, max(workers, 1)
    return sum(
        math.ceil((own // workers + (worker < own % workers)) / batch_size) for worker in range(workers)
    )
