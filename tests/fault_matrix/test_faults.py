"""The fault matrix: each fault stops its own step, says which clause it breaks, and is over once mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from tests.fault_matrix.plant import (
    LOADING,
    PREPROCESSING,
    TRAINING,
    Fault,
    orders,
)

FAILURE_BYTES = 1024  # what the service keeps of a failure's text


@dataclass(frozen=True)
class Case:
    """A fault, the step that it stops, and the beginning and a part of the step's message."""

    fault: Fault
    step: str
    code: str
    clause: str


def guarantee(**values: float) -> Callable[[dict[str, Any]], None]:
    return lambda contract: contract["quality"]["performance"].update(values)


def ask_for_a_better_model(contract: dict[str, Any]) -> None:
    bounds = {"minimum": 0.999, "maximum": None}
    contract["quality"]["outputs"]["metrics_output"]["thresholds"]["auc"] = bounds


def without_label_field(steps: Mapping[str, Any]) -> None:
    del steps[TRAINING]["Arguments"]["Environment"]["LABEL_FIELD"]


def with_null_labels() -> pa.Table:
    table = orders(600, 1)
    labels = [None if row % 100 == 0 else label for row, label in enumerate(table["is_fraud"].to_pylist())]
    return table.set_column(3, "is_fraud", pa.array(labels))


LOAD, PREPROCESS = "cradle_data_loading.py", "tabular_preprocessing.py"
TRAIN, EVALUATE = "xgboost_training.py", "xgboost_model_evaluation.py"
FOLDER = 'folder = runtime.output_path("processed_data")'
DESCRIBE = (
    'data_description.write(runtime.output_path("METADATA"), runtime.output_path("SIGNATURE"), metadata)'
)
CASES = {
    "missing input": Case(Fault(training_data=None), LOADING, "PC7", "s3://ml-fraud/raw/training"),
    "empty input": Case(
        Fault(training_data=orders(0, 1)),
        LOADING,
        "PC710",
        "input 'source' violates its contract: rows row_count: 0 rows, not at least 1",
    ),
    "missing output": Case(
        Fault(programs={LOAD: (DESCRIBE, "del metadata")}),
        LOADING,
        "PC705",
        "wrote no file to: METADATA (/opt/ml/processing/output/metadata), SIGNATURE",
    ),
    "file where a folder is": Case(
        Fault(programs={PREPROCESS: (FOLDER, f"{FOLDER}\n    folder.rmdir(); folder.touch(); return")}),
        PREPROCESSING,
        "PC709",
        "processed_data (/opt/ml/processing/output)",
    ),
}
