"""Scores a processed data set with a model of any kind: predictions, metrics and plots."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

import contract_runtime
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from contract_runtime import ScriptError
from evaluation_plots import write_plots
from feature_columns import check_features
from label_data import labels
from model_files import TEXT, Feature, opened_model, write_json
from processed_splits import BATCH_ROWS, Split, find_split, require_columns, require_rows, require_same_tables
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

PART_ROWS = 1_048_576
SCORE, PREDICTED = "score", "predicted"


class Model(NamedTuple):
    """A loaded model: the columns that it reads, and how it scores a batch of them.

    Attributes:
        score: gives the probability of the positive class for each record.
        batch_rows: how many records it takes at a time.
        risk_tables: the fingerprint of the tables that mapped its training data; None if none did.
    """

    features: tuple[Feature, ...]
    score: Callable[[pa.RecordBatch], np.ndarray]
    batch_rows: int = BATCH_ROWS
    risk_tables: str | None = None


class Scored(NamedTuple):
    """The labels (0 or 1) and scores of a whole data set, and the decision at the threshold."""

    labels: np.ndarray
    scores: np.ndarray
    predicted: np.ndarray


def evaluate(runtime: contract_runtime.Runtime, load: Callable[[Path], Model]) -> None:
    """Score the split of the job type, and write predictions, metrics and plots.

    Arguments:
        load: reads the model from its folder; the folder is there until the evaluation is done.

    Raises:
        ScriptError: (PC742-PC749, PC723) data that cannot be scored; (PC755-PC757, PC766) a model
            that cannot be used, or not on these data, and whatever `load` raises; (PC759) a threshold that
            is none.
    """
    job_type = runtime.argument("job_type")
    label_field, id_field = runtime.env("LABEL_FIELD"), runtime.env("ID_FIELD")
    threshold = read_threshold(runtime.env("DECISION_THRESHOLD"))
    data = runtime.input_path("eval_data_input")
    split = find_split(data, "test" if job_type == "training" else job_type)
    require_rows(split, data)
    require_free_names(label_field, id_field)
    with opened_model(runtime.input_path("model_input")) as directory:
        model = load(directory)
    require_same_tables(model.risk_tables, data)
    check_features(split, model.features)
    keys = [label_field, *([id_field] if id_field else [])]
    require_columns(split.name, keys, list(split.columns()))

    eval_output = runtime.output_path("eval_output")
    tables = score_split(split, model, label_field, id_field, threshold)
    scored = write_predictions(tables, eval_output / "predictions", label_field)
    require_both_classes(scored, split, label_field)
    metrics = compute_metrics(scored, threshold)
    write_json(runtime.output_path("metrics_output") / "metrics.json", metrics)
    write_plots(eval_output, scored.labels, scored.scores, title=f"{split.name}, {len(scored.labels):,} rows")
    print("\n".join(f"{name}: {value}" for name, value in metrics.items()), flush=True)


def read_threshold(text: str) -> float:
    """The score from which on a record is predicted positive.

    Raises:
        ScriptError: (PC759) it is not a number from 0 to 1.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ScriptError("PC759", f"DECISION_THRESHOLD is '{text}'", "set a number from 0 to 1")
    return value


def require_free_names(label_field: str, id_field: str) -> None:
    """Check that the data's own columns leave the names of the predictions free.

    Raises:
        ScriptError: (PC753) the label or the id is called like a column of the predictions.
    """
    taken = {label_field, id_field} & {SCORE, PREDICTED}
    if taken:
        raise ScriptError(
            "PC753",
            f"'{taken.pop()}' is the name of the label or the id, and of a column of the predictions",
            "rename the column in the source data",
        )


def score_split(
    split: Split, model: Model, label_field: str, id_field: str, threshold: float
) -> Iterator[pa.Table]:
    """Score batch by batch: id (if any), label, score, and predicted at the threshold.

    Raises:
        ScriptError: (PC745) bad labels; (PC749) infinite values; (PC723) an unreadable shard.
    """
    keys = [id_field, label_field] if id_field else [label_field]
    texts = [feature.name for feature in model.features if feature.type == TEXT]
    columns = [feature.name for feature in model.features if feature.type != TEXT]
    for batch in split.batches(columns, plain=[*texts, *keys], rows=model.batch_rows):
        scores = model.score(batch).astype(np.float64)
        written: dict[str, Any] = {key: batch.column(key) for key in keys}
        written[label_field] = labels(batch, label_field).astype(np.int8)
        written[SCORE] = scores
        written[PREDICTED] = (scores >= threshold).astype(np.int8)
        yield pa.table(written)


def write_predictions(tables: Iterator[pa.Table], directory: Path, label_field: str) -> Scored:
    """Write the predictions as Parquet parts; only labels, scores and decisions stay in memory."""
    directory.mkdir(parents=True, exist_ok=True)
    kept: dict[str, list[np.ndarray]] = {label_field: [], SCORE: [], PREDICTED: []}
    writer, part, rows = None, 0, PART_ROWS
    for table in tables:
        if writer is None or rows >= PART_ROWS or table.schema != writer.schema:
            if writer is not None:
                writer.close()
            writer = pq.ParquetWriter(str(directory / f"part-{part:05d}.parquet"), table.schema)
            part, rows = part + 1, 0
        writer.write_table(table)
        rows += table.num_rows
        for name, arrays in kept.items():
            arrays.append(table.column(name).to_numpy())
    if writer is not None:
        writer.close()
    return Scored(*(np.concatenate(arrays) for arrays in kept.values()))


def require_both_classes(scored: Scored, split: Split, label_field: str) -> None:
    """Check that the metrics are defined.

    Raises:
        ScriptError: (PC746) all records have the same label.
    """
    classes = np.unique(scored.labels)
    if len(classes) < 2:
        raise ScriptError(
            "PC746",
            f"all {len(scored.labels)} rows of the split '{split.name}' have {label_field} = {classes[0]}",
            "AUC needs both classes: check the label mapping, or load more data",
        )


def compute_metrics(scored: Scored, threshold: float) -> dict[str, float]:
    """Exact metrics of the scores, and of the decisions at the threshold (0 where one is undefined)."""
    actual, predicted = scored.labels == 1, scored.predicted == 1
    hits, chosen, positives = (int(x.sum()) for x in (actual & predicted, predicted, actual))
    return {
        "auc": float(roc_auc_score(scored.labels, scored.scores)),
        "average_precision": float(average_precision_score(scored.labels, scored.scores)),
        "log_loss": float(log_loss(scored.labels, scored.scores)),
        "f1": 2 * hits / (chosen + positives),
        "precision": hits / chosen if chosen else 0.0,
        "recall": hits / positives,
        "accuracy": float((actual == predicted).mean()),
        "threshold": threshold,
        "rows": len(actual),
        "positives": positives,
    }
