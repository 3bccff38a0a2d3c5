"""Trains a binary classifier of text and tabular columns with PyTorch Lightning, and exports its best epoch.

A job that was interrupted goes on after the last finished epoch: the service brings the checkpoints back.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

import contract_runtime
import lightning.pytorch as lightning
import torch
from feature_columns import check_features, choose_features, with_categories
from label_data import check_counts, count_labels
from model_files import NUMERIC, PYTORCH, TEXT, Feature, write_json, write_model_info
from processed_splits import Split, find_split, read_record
from pytorch_data import (
    BatchStream,
    Share,
    Shuffle,
    batches_per_epoch,
    check_text_fields,
    moments,
    tabular_features,
)
from pytorch_encoder import load_encoder, load_tokenizer
from pytorch_export import export_onnx, export_program
from pytorch_hyperparameters import parse_hyperparameters
from pytorch_model import PROGRAM_FILE, TOKENIZER_FILE, TorchModelInfo
from pytorch_module import Classifier, metrics_text
from pytorch_network import Layout, TextTabularNetwork
from pytorch_trainer import LAST, Cluster, announce, make_trainer, read_cluster
from torch.utils.data import DataLoader


class Data(NamedTuple):
    """What is learned from."""

    train: Split
    val: Split
    features: tuple[Feature, ...]
    counts: Mapping[str, tuple[int, int]]


class Loaders(lightning.LightningDataModule):
    """The batches of train and val; train anew for each epoch."""

    def __init__(
        self, data: Data, label_field: str, tokenizer: Path, parameters: Mapping[str, Any], share: Share
    ) -> None:
        super().__init__()
        self._data, self._settings = data, parameters
        self._common = (data.features, label_field, tokenizer, parameters["batch_size"], share)

    def train_dataloader(self) -> DataLoader:
        """Rows in an order that depends on the seed and the epoch."""
        epoch = self.trainer.current_epoch
        shuffle = Shuffle(self._settings["seed"], epoch, self._settings["shuffle_rows"])
        return self._loader(BatchStream(self._data.train, *self._common, shuffle))

    def val_dataloader(self) -> DataLoader | list[DataLoader]:
        """Rows as they are; nothing where there is no val split."""
        return (
            self._loader(BatchStream(self._data.val, *self._common)) if sum(self._data.counts["val"]) else []
        )

    def _loader(self, stream: BatchStream) -> DataLoader:
        return DataLoader(stream, batch_size=None, num_workers=self._settings["loader_workers"])


def main(runtime: contract_runtime.Runtime) -> None:
    """Train on `train`, choose the best epoch by `val`, and write the model and its reports.

    Raises:
        ScriptError, CollectedError: (PC740-PC752, PC771-PC779) settings, data or an encoder that cannot be
            used; (PC774) checkpoints of another run.
    """
    parameters = parse_hyperparameters(runtime.hyperparameters)
    label_field, id_field = runtime.env("LABEL_FIELD"), runtime.env("ID_FIELD")
    folder = runtime.input_path("processed_data")
    data = read_data(runtime, folder, parameters)
    lightning.seed_everything(parameters["seed"], workers=True, verbose=False)
    encoder = load_encoder(runtime.input_path("text_encoder"))
    tokenizer = load_tokenizer(runtime.input_path("text_encoder"), parameters["max_text_tokens"], encoder)
    encoder.requires_grad_(not parameters["freeze_encoder"])
    network = TextTabularNetwork(encoder, layout_of(data), parameters["hidden_size"], parameters["dropout"])
    network.train()  # a loaded encoder is not in training mode
    encoder.train(not parameters["freeze_encoder"])
    cluster = read_cluster(os.environ, torch.cuda.device_count())
    with tempfile.TemporaryDirectory(prefix="tokenizer-") as scratch:
        tokenizer_file = Path(scratch) / TOKENIZER_FILE
        tokenizer.save(str(tokenizer_file))
        loaders = Loaders(data, label_field, tokenizer_file, parameters, cluster.share)
        checkpoints = runtime.output_path("checkpoints")
        best, history, leads = fit(network, loaders, data, parameters, cluster, checkpoints)
    if not leads:
        return
    record = read_record(folder)
    info = TorchModelInfo(
        features=data.features,
        label_field=label_field,
        id_field=id_field,
        label_mapping=record.label_mapping,
        best_epoch=best,
        pytorch_version=torch.__version__,
        libraries={name: version(name) for name in PYTORCH.libraries},
        hyperparameters=parameters,
        risk_tables=record.risk_tables,
    )
    model = runtime.output_path("model_output")
    tokenizer.save(str(model / TOKENIZER_FILE))
    write_model_info(model, info)
    fields = sum(feature.type == TEXT for feature in data.features)
    export_program(network, fields, parameters["max_text_tokens"], model / PROGRAM_FILE)
    if parameters["export_onnx"]:
        export_onnx(network, fields, parameters["max_text_tokens"], model / "model.onnx")
    write_reports(runtime, best, history, data.counts)


def read_data(runtime: contract_runtime.Runtime, folder: Path, parameters: Mapping[str, Any]) -> Data:
    """The splits and the features, with categories learned from train alone.

    Raises:
        ScriptError, CollectedError: (PC742-PC752, PC772) data that cannot be trained on.
    """
    label_field, id_field = runtime.env("LABEL_FIELD"), runtime.env("ID_FIELD")
    train, val = find_split(folder, "train"), find_split(folder, "val")
    texts, wanted = (
        [name.strip() for name in runtime.env(variable).split(",") if name.strip()]
        for variable in ("TEXT_FIELDS", "FEATURE_FIELDS")
    )
    counts = {"train": count_labels(train, label_field), "val": count_labels(val, label_field)}
    chooses = bool(sum(counts["val"])) or "early_stopping_patience" in parameters
    check_counts(counts, label_field, chooses)
    check_text_fields(train, texts, [label_field, id_field])
    features = with_categories(train, choose_features(train, label_field, id_field, wanted, texts))
    features = (*tabular_features(features), *(Feature(name, TEXT) for name in texts))
    if sum(counts["val"]):
        check_features(val, features)
    for name, (negative, positive) in counts.items():
        print(f"{name}: {negative + positive} rows, {positive} positive")
    print(f"{len(features) - len(texts)} tabular features, {len(texts)} text fields", flush=True)
    return Data(train, val, features, counts)


def layout_of(data: Data) -> Layout:
    """What the network reads, with the numbers' moments over the training rows."""
    tabular = tabular_features(data.features)
    means, deviations = moments(data.train, [feature for feature in tabular if feature.type == NUMERIC])
    categories = [len(feature.categories) for feature in tabular if feature.type != NUMERIC]
    return Layout(means, deviations, categories, len(data.features) - len(tabular))


def fit(
    network: TextTabularNetwork,
    loaders: Loaders,
    data: Data,
    parameters: Mapping[str, Any],
    cluster: Cluster,
    checkpoints: Path,
) -> tuple[int, Sequence[Mapping[str, Any]], bool]:
    """Train from the last checkpoint if there is one, and leave the best epoch's weights in the network.

    Returns:
        The best epoch, counted from 0; the metrics of every epoch; whether this process leads.
    """
    announce(cluster)
    batches = batches_per_epoch(
        sum(data.counts["train"]), cluster.share, parameters["loader_workers"], parameters["batch_size"]
    )
    updates = parameters["epochs"] * math.ceil(batches / parameters["accumulate_batches"])
    module = Classifier(network, parameters, updates, run_of(data, parameters))
    trainer = make_trainer(cluster, parameters, checkpoints, bool(sum(data.counts["val"])))
    last = checkpoints / f"{LAST}.ckpt"
    if last.is_file():
        print(f"going on from {last.name}", flush=True)
    trainer.fit(module, loaders, ckpt_path=str(last) if last.is_file() else None)
    module.cpu()
    if not trainer.is_global_zero:
        return 0, module.history, False
    best = trainer.checkpoint_callback.best_model_path or str(last)
    saved = torch.load(best, map_location="cpu", weights_only=False)
    module.load_state_dict(saved["state_dict"])
    epoch = len(saved["history"]) - 1
    # Last, as the last value that SageMaker reads is the job's own.
    metrics = metrics_text(saved["history"][epoch])
    print(f"best epoch {epoch + 1} of {len(module.history)}  {metrics}", flush=True)
    return epoch, module.history, True


def run_of(data: Data, parameters: Mapping[str, Any]) -> str:
    """Identifies what is trained on what: a checkpoint of anything else must not be gone on from."""
    described = [parameters, [list(feature) for feature in data.features], dict(data.counts)]
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def write_reports(
    runtime: contract_runtime.Runtime,
    best: int,
    history: Sequence[Mapping[str, Any]],
    counts: Mapping[str, tuple[int, int]],
) -> None:
    """Write training metrics, beside the model and as the job's own output, and the log of the epochs."""
    metrics: dict[str, Any] = {"best_epoch": best, "epochs": len(history)}
    for split, (negative, positive) in counts.items():
        metrics[f"{split}_rows"], metrics[f"{split}_positives"] = negative + positive, positive
    metrics.update({name: value for name, value in history[best].items() if name != "epoch"})
    metrics["history"] = list(history)
    write_json(runtime.output_path("model_output") / "training_metrics.json", metrics)
    evaluation = runtime.output_path("evaluation_output")
    write_json(evaluation / "metrics.json", metrics)
    lines = "".join(json.dumps(entry) + "\n" for entry in history)
    (evaluation / "epochs.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    contract_runtime.execute(main)
