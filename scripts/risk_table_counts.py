"""How often each category occurs with each label, over a whole split, and the risks that follow from it."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tabular_labels
from contract_runtime import ScriptError
from risk_tables import BOOLEAN, EVIDENCE, NUMBER, TEXT

# The same limit as for a model's categories: beyond it a column is an id.
MAX_CATEGORIES = 65_536


def category_type(kind: pa.DataType) -> Optional[str]:
    """What kind of categories a column holds; None for one that holds none."""
    if pa.types.is_string(kind):
        return TEXT
    if pa.types.is_boolean(kind):
        return BOOLEAN
    return NUMBER if pa.types.is_integer(kind) or pa.types.is_floating(kind) else None


def category_texts(column: pa.Array) -> pa.Array:
    """Categories as text: true and false, 7 for 7.0; an empty text, like NaN, is missing."""
    texts = tabular_labels.texts(column)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


class CategoryCounts:
    """The rows of each category of one field, by fold and label, counted batch by batch.

    Attributes:
        texts: the categories in order of their first appearance; the first, None, is a missing one.
    """

    def __init__(self, name: str, folds: int) -> None:
        self._name = name
        self._shape = (folds, 2)
        self._positions: dict[Optional[str], int] = {None: 0}
        self._counts = np.zeros((64, folds, 2), dtype=np.int64)

    @property
    def texts(self) -> list[Optional[str]]:
        """The categories; the first, None, is a missing one."""
        return list(self._positions)

    @property
    def counts(self) -> np.ndarray:
        """Rows by category, fold and label."""
        return self._counts[: len(self._positions)]

    def add(self, texts: pa.Array, cells: np.ndarray) -> None:
        """Count the rows of a batch.

        Arguments:
            texts: the categories, as `category_texts` gives them.
            cells: 2 * fold + label of each row.

        Raises:
            ScriptError: (PC747) there are too many categories.
        """
        encoded = texts.dictionary_encode()
        found = encoded.dictionary.to_pylist()
        positions = [self._positions.setdefault(text, len(self._positions)) for text in found]
        if len(self._positions) > MAX_CATEGORIES:
            raise ScriptError(
                "PC747",
                f"more than {MAX_CATEGORIES} different values in: {self._name}",
                "columns like ids have no risk of their own: leave the field out, or group its values",
            )
        while len(self._positions) > len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
        codes = encoded.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)
        width = self._shape[0] * 2
        local = np.bincount(codes * width + cells, minlength=(len(found) + 1) * width)
        self._counts[[*positions, 0]] += local.reshape(-1, *self._shape)


class OutOfFold(NamedTuple):
    """The values of one field's categories by fold: those of a missing one and of each text."""

    texts: Sequence[str]
    values: np.ndarray
    missing: np.ndarray


def category_values(counts: np.ndarray, encoding: str, smoothing: float, prior: float) -> np.ndarray:
    """The value of each category.

    risk = (positives + smoothing * prior) / (rows + smoothing), and weight of evidence = the log odds of the
    risk minus those of the prior. A category without rows has the prior's value.

    Arguments:
        counts: rows by category and label.
        smoothing: how many rows of average risk are added; above 0 for weight of evidence.
        prior: the share of positives among all rows, between 0 and 1.
    """
    negatives, positives = counts[:, 0], counts[:, 1]
    if encoding == EVIDENCE:
        odds = (positives + smoothing * prior) / (negatives + smoothing * (1 - prior))
        return np.log(odds) - np.log(prior / (1 - prior))
    rows = negatives + positives + smoothing
    return np.divide(positives + smoothing * prior, rows, out=np.full(len(rows), prior), where=rows > 0)


def prior_of(counts: np.ndarray, where: str) -> float:
    """The share of positives among rows by label.

    Raises:
        ScriptError: (PC768) all of them have the same label.
    """
    negatives, positives = (int(count) for count in counts)
    if not negatives or not positives:
        raise ScriptError(
            "PC768",
            f"{where}: {negatives} rows have the label 0 and {positives} have 1",
            "load more data, use fewer folds, or set train_encoding to in_sample",
        )
    return positives / (negatives + positives)
