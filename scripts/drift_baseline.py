"""Describes the data that a model learned from, and its scores, for monitors to compare with."""

from __future__ import annotations

from typing import Any, List, Sequence, Union

import contract_runtime
import numpy as np
import pyarrow as pa
from calibration_file import read_calibration
from column_statistics import CategoryStatistics, NumericStatistics
from contract_runtime import ScriptError
from feature_columns import check_features
from feature_encoding import encode
from model_files import CATEGORICAL, Feature, opened_model, write_json
from processed_splits import Split, find_split, open_shard, require_same_tables
from score_calibration import calibrated
from xgboost_model import load_model, score

SPLIT, SCORE = "train", "score"
Column = Union[NumericStatistics, CategoryStatistics]


def main(runtime: contract_runtime.Runtime) -> None:
    """Stream the training split through the model, and write statistics.json and constraints.json.

    Raises:
        ScriptError: (PC742-PC749, PC723) data that cannot be scored; (PC755-PC758, PC766) a model that
            cannot be used, or not on these data; (PC753) a feature called like the scores; (PC759) a
            threshold that is none; (PC700) a calibration that is not the model's.
    """
    threshold = read_threshold(runtime.env("COMPARISON_THRESHOLD"))
    data = runtime.input_path("training_data_input")
    split = find_split(data, SPLIT)
    with opened_model(runtime.input_path("model_input")) as directory:
        booster, info = load_model(directory)
        folder = runtime.optional_input_path("calibration_input")
        calibration = None if folder is None else read_calibration(folder, directory)
    require_same_tables(info.risk_tables, data)
    require_usable(split, info.features)

    columns = columns_of(split, info.features)
    rows = 0
    for batch in split.batches([feature.name for feature in info.features]):
        matrix = encode(batch, info.features)
        scores = score(booster, matrix)
        found = scores if calibration is None else calibrated(scores, calibration)
        for index, column in enumerate(columns[:-1]):
            column.add(matrix[:, index])
        columns[-1].add(np.asarray(found, np.float64))
        rows += batch.num_rows
    write_json(
        runtime.output_path("data_statistics") / "statistics.json",
        {
            "version": 0.0,
            "dataset": {"item_count": rows},
            "features": [column.statistics() for column in columns],
        },
    )
    write_json(
        runtime.output_path("data_constraints") / "constraints.json",
        {
            "version": 0.0,
            "features": [column.constraints() for column in columns],
            "monitoring_config": monitoring_config(threshold),
        },
    )
    print(f"{len(columns)} columns, {rows} rows", flush=True)


def read_threshold(text: str) -> float:
    """The distance of two distributions from which on a monitor reports drift.

    Raises:
        ScriptError: (PC759) it is not a number from 0 to 1.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ScriptError("PC759", f"COMPARISON_THRESHOLD is '{text}'", "set a number from 0 to 1")
    return value


def require_usable(split: Split, features: Sequence[Feature]) -> None:
    """Check that the data is the model's, and that the scores get a name of their own.

    Raises:
        ScriptError: (PC742) no rows; (PC744, PC748) other columns than the model's; (PC753) a feature
            called like the scores.
    """
    if not split.rows():
        raise ScriptError(
            "PC742", f"the split '{split.name}' has no rows", "wire the data that the model was trained on"
        )
    check_features(split, features)
    if SCORE in [feature.name for feature in features]:
        raise ScriptError(
            "PC753",
            f"a feature is called '{SCORE}', as the scores are in the statistics",
            "rename the column in the source data",
        )


def columns_of(split: Split, features: Sequence[Feature]) -> List[Column]:
    """What counts each feature in the model's order, and then the scores."""
    schemas = [open_shard(shard).schema_arrow for shard in split.shards]
    columns: List[Column] = []
    for feature in features:
        if feature.type == CATEGORICAL:
            columns.append(CategoryStatistics(feature.name, feature.categories))
        else:
            types = [schema.field(feature.name).type for schema in schemas]
            columns.append(NumericStatistics(feature.name, all(map(pa.types.is_integer, types))))
    return [*columns, NumericStatistics(SCORE, integral=False)]


def monitoring_config(threshold: float) -> dict[str, Any]:
    """How Model Monitor shall compare: its own defaults but for the threshold."""
    return {
        "evaluate_constraints": "Enabled",
        "emit_metrics": "Enabled",
        "datatype_check_threshold": 1.0,
        "domain_content_threshold": 1.0,
        "distribution_constraints": {
            "perform_comparison": "Enabled",
            "comparison_threshold": threshold,
            "comparison_method": "Robust",
        },
    }


if __name__ == "__main__":
    contract_runtime.execute(main)
