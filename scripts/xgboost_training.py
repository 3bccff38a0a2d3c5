"""Trains a binary classifier with XGBoost on streamed Parquet splits, and saves its best iteration."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any, Mapping, Sequence

import contract_runtime
import xgboost as xgb
from contract_runtime import ScriptError
from feature_columns import check_features, choose_features, with_categories
from label_data import check_counts, count_labels
from model_files import MODEL_FILE, Feature, ModelInfo, write_json, write_model_info
from processed_splits import find_split, read_record
from xgboost_fit import Trained, fit
from xgboost_hyperparameters import parse_hyperparameters
from xgboost_model import booster_names, booster_types, feature_importance, quantile_matrix


def main(runtime: contract_runtime.Runtime) -> None:
    """Train on `train`, watch `val`, and write the model and its reports.

    Raises:
        ScriptError, CollectedError: (PC740-PC752) hyperparameters or data that cannot be trained on.
    """
    require_single_host(os.environ.get("SM_HOSTS", "[]"))
    parameters = parse_hyperparameters(runtime.hyperparameters)
    data = runtime.input_path("processed_data")
    label_field, id_field = runtime.env("LABEL_FIELD"), runtime.env("ID_FIELD")
    train, val = find_split(data, "train"), find_split(data, "val")
    wanted = [name.strip() for name in runtime.env("FEATURE_FIELDS").split(",") if name.strip()]
    counts = {"train": count_labels(train, label_field), "val": count_labels(val, label_field)}
    check_counts(counts, label_field, "early_stopping_rounds" in parameters)
    features = with_categories(train, choose_features(train, label_field, id_field, wanted))
    categorical = sum(bool(feature.categories) for feature in features)
    print(f"{len(features)} features, {categorical} of them categorical")
    for name, (negative, positive) in counts.items():
        print(f"{name}: {negative + positive} rows, {positive} positive", flush=True)

    matrices = [(quantile_matrix(train, features, label_field, parameters), "train")]
    if sum(counts["val"]):
        check_features(val, features)
        matrices.append((quantile_matrix(val, features, label_field, parameters, ref=matrices[0][0]), "val"))
    trained = fit(matrices, parameters)
    trained.booster.feature_names = booster_names(features)
    trained.booster.feature_types = booster_types(features)
    record = read_record(data)
    info = ModelInfo(
        features=features,
        label_field=label_field,
        id_field=id_field,
        label_mapping=record.label_mapping,
        best_iteration=trained.best_iteration,
        xgboost_version=xgb.__version__,
        hyperparameters=parameters,
        risk_tables=record.risk_tables,
    )
    write_model(runtime.output_path("model_output"), trained.booster, info)
    write_reports(runtime, trained, features, counts)


def require_single_host(hosts: str) -> None:
    """Refuse to train on one host's part of the data while other hosts train on theirs.

    Arguments:
        hosts: the job's host names as a JSON list, as the training image puts them into SM_HOSTS.

    Raises:
        ScriptError: (PC750) the job has more than one host.
    """
    names = json.loads(hosts)
    if len(names) > 1:
        raise ScriptError(
            "PC750",
            f"the training job has {len(names)} hosts: {', '.join(names)}",
            "set instance_count to 1 and take a larger instance type: data is streamed, "
            "so one host trains on tens of millions of rows",
        )


def write_model(directory: Path, booster: xgb.Booster, info: ModelInfo) -> None:
    """Write what inference needs."""
    booster.save_model(str(directory / MODEL_FILE))
    write_model_info(directory, info)


def write_reports(
    runtime: contract_runtime.Runtime,
    trained: Trained,
    features: Sequence[Feature],
    counts: Mapping[str, tuple[int, int]],
) -> None:
    """Write feature importance and training metrics, beside the model and as the job's own output."""
    best = trained.best_iteration
    metrics: dict[str, Any] = {"best_iteration": best}
    for split, found in trained.history.items():
        metrics[f"{split}_rows"], metrics[f"{split}_positives"] = sum(counts[split]), counts[split][1]
        metrics.update({f"{split}_{name}": number(values[best]) for name, values in found.items()})
    metrics["history"] = {
        split: {name: [number(value) for value in values] for name, values in found.items()}
        for split, found in trained.history.items()
    }
    importance = feature_importance(trained.booster, features)
    for output, name in (("model_output", "training_metrics.json"), ("evaluation_output", "metrics.json")):
        write_json(runtime.output_path(output) / name, metrics)
        write_json(runtime.output_path(output) / "feature_importance.json", importance)


def number(value: float) -> float | None:
    """A metric as JSON has it: None where it is undefined, as the AUC of a single class is."""
    return value if math.isfinite(value) else None


if __name__ == "__main__":
    contract_runtime.execute(main)
