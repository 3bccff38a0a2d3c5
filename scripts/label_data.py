"""The label column of processed data: 0 or 1, with both classes where a model learns or is judged."""

from __future__ import annotations

from typing import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from contract_runtime import ScriptError
from feature_encoding import numbers
from model_files import NUMERIC
from processed_splits import Split, column_kind, require_columns


def labels(batch: pa.RecordBatch, label_field: str) -> np.ndarray:
    """The labels of a batch as float32.

    Raises:
        ScriptError: (PC745) the label is missing somewhere, or has values other than 0 and 1.
    """
    column = batch.column(label_field)
    if column_kind(column.type) == NUMERIC or pa.types.is_boolean(column.type):
        found = numbers(column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column)
        if np.isin(found, (0, 1)).all():
            return found.astype(np.float32)
    examples = [value for value in pc.unique(column).to_pylist() if value not in (0, 1)][:5]
    raise ScriptError(
        "PC745",
        f"label '{label_field}' ({column.type}) holds {', '.join(map(repr, examples))}",
        "labels are 0 and 1 after TabularPreprocessing: name the right label_field, or map its values there",
    )


def count_labels(split: Split, label_field: str) -> tuple[int, int]:
    """The rows of a split with label 0 and with label 1.

    Raises:
        ScriptError: (PC744) no such column; (PC745) other labels than 0 and 1.
    """
    require_columns(split.name, [label_field] if split.shards else [], list(split.columns()))
    rows = positive = 0
    for batch in split.batches([label_field]):
        found = labels(batch, label_field)
        rows += len(found)
        positive += int(np.count_nonzero(found))
    return rows - positive, positive


def check_counts(counts: Mapping[str, tuple[int, int]], label_field: str, early_stopping: bool) -> None:
    """Check that the splits can be learned from.

    Raises:
        ScriptError: (PC742) an empty split; (PC746) a split with one class only.
    """
    for name in ["train", "val"] if early_stopping else ["train"]:
        negative, positive = counts[name]
        if not negative + positive:
            why = "" if name == "train" else ", but early_stopping_rounds is set"
            raise ScriptError(
                "PC742",
                f"the split '{name}' has no rows{why}",
                "check train_ratio and test_val_ratio of TabularPreprocessing and the amount of data",
            )
        if not negative or not positive:
            only = 0 if negative else 1
            raise ScriptError(
                "PC746",
                f"all {negative + positive} rows of the split '{name}' have {label_field} = {only}",
                "both classes are needed: check the label mapping, or load more data",
            )
