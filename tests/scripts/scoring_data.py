"""Small processed data and a model trained on it, for the programs that train, score and package."""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from contract_runtime import Runtime

from tests.scripts.harness import contract_for, contract_json, inside

ENV = {"LABEL_FIELD": "fraud", "ID_FIELD": "order_id"}
# One thread: the machine that runs the tests runs others at the same time.
FAST = {"num_round": "12", "max_depth": "3", "nthread": "1"}
FEATURES = ["amount", "items", "country", "is_gift"]


def table(rows: int, seed: int) -> pa.Table:
    """Orders whose fraud depends on amount, country and gift, with missing values in two columns."""
    random = np.random.default_rng(seed)
    amount = random.gamma(2, 50, rows).round(2)
    country = np.array(["NL", "DE", "BR", "US"])[random.integers(0, 4, rows)]
    gift = random.random(rows) < 0.3
    risk = amount / 100 + 2.0 * (country == "BR") + 1.5 * gift - 3
    return pa.table(
        {
            "order_id": [f"{seed:02d}{i:06d}" for i in range(rows)],
            "amount": pa.array(amount, mask=random.random(rows) < 0.1),
            "items": random.integers(1, 9, rows),
            "country": pa.array(country, mask=random.random(rows) < 0.1),
            "is_gift": gift,
            "fraud": (random.random(rows) < 1 / (1 + np.exp(-risk))).astype(np.int64),
        }
    )


def write_split(data: Path, name: str, rows: pa.Table, shards: int = 2) -> None:
    """Write a split as part files of about equal size."""
    folder = data / name
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-max(rows.num_rows, 1) // shards)
    for part in range(shards):
        pq.write_table(rows.slice(part * size, size), folder / f"part-{part:05d}.parquet")


def write_data(data: Path, **replaced: pa.Table) -> Path:
    """Write train, val, test and calibration splits; a keyword replaces one of them."""
    splits = {"train": (1500, 1), "val": (400, 2), "test": (300, 3), "calibration": (500, 4)}
    for name, (rows, seed) in splits.items():
        write_split(data, name, replaced.get(name, table(rows, seed)))
    (data / "preprocessing.json").write_text(json.dumps({"label_mapping": {"ok": 0, "fraud": 1}}))
    return data


def call(
    module: str,
    root: Path,
    inputs: Mapping[str, Path],
    *,
    env: Mapping[str, str] = {},
    arguments: Sequence[str] = (),
    hyperparameters: Mapping[str, str] = {},
) -> Runtime:
    """Run a program's checks and `main` in this process, which is faster than `run_script`.

    Raises:
        ScriptError, CollectedError: whatever the program raises.
    """
    contract = contract_for(module, arguments)
    for name, source in inputs.items():
        target = inside(root, contract.expected_input_paths[name])
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    if "hyperparameters" in contract.expected_input_paths:
        path = inside(root, contract.expected_input_paths["hyperparameters"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(hyperparameters)))
    environment = {**os.environ, **env}
    runtime = Runtime(contract_json(module, contract, inputs), environment, arguments, str(root))
    runtime.check_start()
    runtime.create_outputs()
    importlib.import_module(module).main(runtime)
    runtime.check_outputs()
    return runtime


def train(root: Path, data: Path, env: Mapping[str, str] = {}, **hyperparameters: str) -> Path:
    """Train in this process; returns the model directory."""
    runtime = call(
        "xgboost_training",
        root,
        {"processed_data": data},
        env={**ENV, **env},
        hyperparameters={**FAST, **hyperparameters},
    )
    return runtime.output_path("model_output")
