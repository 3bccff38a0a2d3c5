"""Small processed data of text and tabular columns, and a model trained on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from tests.scripts.scoring_data import call, write_split

ENCODER = Path(__file__).parents[2] / "examples" / "support_tickets" / "text_encoder"
ENV = {"LABEL_FIELD": "escalated", "ID_FIELD": "ticket_id", "TEXT_FIELDS": "message"}
# Big steps for an encoder without pretrained weights.
FAST = {
    "epochs": "3",
    "batch_size": "64",
    "max_text_tokens": "16",
    "learning_rate": "0.003",
    "encoder_learning_rate": "0.003",
    "hidden_size": "16",
}
CALM = ["thanks in advance", "no hurry at all", "a short answer is enough"]
ANGRY = ["this is unacceptable", "i will contact my lawyer", "i want to speak to your manager now"]


def tickets(rows: int, seed: int) -> pa.Table:
    """Tickets whose escalation depends on the message and the value, with missing values in three columns."""
    random = np.random.default_rng(seed)
    escalated = random.random(rows) < 0.4
    angry = escalated ^ (random.random(rows) < 0.15)
    message = np.where(angry, random.choice(ANGRY, rows), random.choice(CALM, rows)).astype(object)
    value = random.gamma(2, 50, rows) + 30 * escalated
    return pa.table(
        {
            "ticket_id": [f"{seed:02d}{i:06d}" for i in range(rows)],
            "message": pa.array(message, mask=random.random(rows) < 0.05),
            "value": pa.array(value, mask=random.random(rows) < 0.1),
            "channel": pa.array(
                random.choice(["chat", "email", "phone"], rows).astype(object), mask=random.random(rows) < 0.1
            ),
            "escalated": escalated.astype(np.int64),
        }
    )


def write_tickets(data: Path, **replaced: pa.Table) -> Path:
    """Write train, val and calibration splits; a keyword replaces one of them."""
    splits = {"train": (600, 1), "val": (200, 2), "calibration": (300, 3)}
    for name, (rows, seed) in splits.items():
        write_split(data, name, replaced.get(name, tickets(rows, seed)))
    (data / "preprocessing.json").write_text(json.dumps({"label_mapping": {"no": 0, "yes": 1}}))
    return data


def train(root: Path, data: Path, env: Mapping[str, str] = {}, **hyperparameters: str) -> Path:
    """Train in this process; returns the folder that stands for `/opt/ml`."""
    call(
        "pytorch_training",
        root,
        {"processed_data": data, "text_encoder": ENCODER},
        env={**ENV, **env},
        hyperparameters={**FAST, **hyperparameters},
    )
    return root / "opt/ml"
