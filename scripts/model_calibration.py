"""Learns what a model's scores are worth as probabilities, on data that the model was not trained on."""

from __future__ import annotations

from typing import Any

import contract_runtime
import numpy as np
import xgboost as xgb
from calibration_file import CALIBRATION_FILE, MODEL_DIGEST, digest_of_model
from calibration_fit import fit, judge, require_rising
from contract_runtime import ScriptError
from feature_columns import check_features
from feature_encoding import encode
from label_data import labels
from model_files import ModelInfo, opened_model, write_json
from processed_splits import Split, find_split, require_columns, require_same_tables
from score_calibration import calibrated
from score_counts import NONE, ScoreCounts, count, merged
from xgboost_model import load_model, score

SPLIT = "calibration"


def main(runtime: contract_runtime.Runtime) -> None:
    """Count the scores, fit the calibration, and write it with its metrics.

    What the calibration does for rows that it has not seen is estimated by fitting on every other row and
    applying it to the rest, both ways; the calibration itself is fitted on all rows.

    Raises:
        ScriptError: (PC742-PC749, PC723) data that cannot be scored; (PC755-PC758, PC766) a model
            that cannot be used, or not on these data; (PC700) a calibration that cannot be made.
    """
    method, label_field = runtime.env("CALIBRATION_METHOD"), runtime.env("LABEL_FIELD")
    data = runtime.input_path("calibration_data_input")
    split = find_split(data, SPLIT)
    with opened_model(runtime.input_path("model_input")) as directory:
        booster, info = load_model(directory)
        digest = digest_of_model(directory)
    require_rows(split)
    require_same_tables(info.risk_tables, data)
    require_columns(split.name, [label_field], list(split.columns()))
    check_features(split, info.features)
    halves = count_scores(split, booster, info, label_field)
    everything = merged(*halves)
    require_both_classes(everything, label_field)

    calibration = fit(everything, method)
    require_rising(calibration)
    before = judge(everything, everything.scores.astype(np.float64))
    after = judge(*cross_fitted(halves, method))
    size = {"rows": int(everything.rows.sum()), "positives": int(everything.positives.sum())}
    write_json(
        runtime.output_path("calibration") / CALIBRATION_FILE,
        {**calibration, MODEL_DIGEST: digest, **size, "before": before, "after": after},
    )
    metrics = flat_metrics(before, after, size)
    write_json(runtime.output_path("metrics_output") / "metrics.json", metrics)
    print("\n".join(f"{name}: {value}" for name, value in metrics.items()), flush=True)


def count_scores(
    split: Split, booster: xgb.Booster, info: ModelInfo, label_field: str
) -> tuple[ScoreCounts, ScoreCounts]:
    """Score batch by batch; the counts of every other row, and of the rest.

    Raises:
        ScriptError: (PC745) bad labels; (PC749) infinite values; (PC723) an unreadable shard.
    """
    even, odd, first = NONE, NONE, 0
    for batch in split.batches([feature.name for feature in info.features], plain=[label_field]):
        found, actual = score(booster, encode(batch, info.features)), labels(batch, label_field)
        even = merged(even, count(found[first::2], actual[first::2]))
        odd = merged(odd, count(found[1 - first :: 2], actual[1 - first :: 2]))
        first = (first + batch.num_rows) % 2
    return even, odd


def require_rows(split: Split) -> None:
    """Check that there is something to score.

    Raises:
        ScriptError: (PC742) the split has no rows.
    """
    if not split.rows():
        raise ScriptError(
            "PC742",
            f"the split '{split.name}' has no rows",
            "wire processed data of the calibration job type",
        )


def require_both_classes(counts: ScoreCounts, label_field: str) -> None:
    """Check that there is something to learn from.

    Raises:
        ScriptError: (PC746) all rows have the same label.
    """
    rows, positives = int(counts.rows.sum()), int(counts.positives.sum())
    if positives in (0, rows):
        raise ScriptError(
            "PC746",
            f"all {rows} rows of the split '{SPLIT}' have {label_field} = {1 if positives else 0}",
            "both classes are needed: check the label mapping, or load more data",
        )


def cross_fitted(halves: tuple[ScoreCounts, ScoreCounts], method: str) -> tuple[ScoreCounts, np.ndarray]:
    """All rows with the probability that the other half's calibration gives them.

    Neither half is empty, since both classes are there.
    """
    even, odd = halves
    found = [calibrated(even.scores, fit(odd, method)), calibrated(odd.scores, fit(even, method))]
    return ScoreCounts(*(np.concatenate(pair) for pair in zip(even, odd))), np.concatenate(found)


def flat_metrics(before: dict[str, Any], after: dict[str, Any], size: dict[str, int]) -> dict[str, Any]:
    """The metrics for the property file, by name and when."""
    names = [name for name in before if name != "bins"]
    return {
        **{f"{name}_before": before[name] for name in names},
        **{f"{name}_after": after[name] for name in names},
        **size,
    }


if __name__ == "__main__":
    contract_runtime.execute(main)
