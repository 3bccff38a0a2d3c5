"""Record batches as a model reads them: float32 matrices.

Missing values are NaN, and a categorical value is its position among the feature's categories; one that
training never saw is missing.
"""

from __future__ import annotations

from typing import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from contract_runtime import ScriptError
from model_files import CATEGORICAL, Feature


def encode(batch: pa.RecordBatch, features: Sequence[Feature]) -> np.ndarray:
    """The features of a batch as float32, one row per record, one column per feature.

    Raises:
        ScriptError: (PC749) columns with infinite values, or values beyond float32.
    """
    matrix = np.empty((batch.num_rows, len(features)), dtype=np.float32)
    for index, feature in enumerate(features):
        column = batch.column(feature.name)
        if pa.types.is_null(column.type):
            matrix[:, index] = np.nan
        elif feature.type == CATEGORICAL:
            matrix[:, index] = _codes(column, feature.categories)
        else:
            matrix[:, index] = numbers(column)
    infinite = [features[i].name for i in np.flatnonzero(np.isinf(matrix).any(axis=0))]
    if infinite:
        raise ScriptError(
            "PC749",
            f"infinite values, or values beyond 3.4e38, in: {', '.join(infinite)}",
            "replace them with a number or leave them missing",
        )
    return matrix


def numbers(column: pa.Array) -> np.ndarray:
    """A numeric column as an array, missing values as NaN."""
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    return column.to_numpy(zero_copy_only=False)


def as_text(column: pa.Array) -> pa.Array:
    """A categorical column as text: Booleans become true and false, numbers their digits."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string())


def _codes(column: pa.Array, categories: Sequence[str]) -> np.ndarray:
    known = pa.array(categories, pa.string())
    if not pa.types.is_dictionary(column.type):
        return np.asarray(numbers(pc.index_in(as_text(column), value_set=known)), dtype=np.float32)
    # One look-up per different value, then one per row; the last entry stands for a missing value.
    values = pc.index_in(as_text(column.dictionary), value_set=known)
    codes = np.append(numbers(values).astype(np.float32), np.float32(np.nan))
    return codes[column.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False)]
