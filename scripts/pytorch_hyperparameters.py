"""The hyperparameters that training with PyTorch accepts: names, types, ranges and defaults.

Standard library only.
"""

from __future__ import annotations

from typing import Any, Mapping

from hyperparameter_parsing import choice, flag, not_negative, parse_table, positive, whole

KNOWN = {
    "epochs": whole(1),
    "early_stopping_patience": whole(1),
    "monitor": choice("auc", "loss"),
    "batch_size": whole(1),
    "accumulate_batches": whole(1),
    "learning_rate": positive(1),
    "encoder_learning_rate": positive(1),
    "weight_decay": not_negative(),
    "warmup_ratio": not_negative(below=1),
    "gradient_clip": positive(),
    "dropout": not_negative(below=1),
    "hidden_size": whole(1),
    "max_text_tokens": whole(4),
    "freeze_encoder": flag(),
    "positive_weight": positive(),
    "precision": choice("auto", "32-true", "16-mixed", "bf16-mixed"),
    "shuffle_rows": whole(1),
    "loader_workers": whole(0),
    "export_onnx": flag(),
    "seed": whole(0),
}
# `early_stopping_patience` has no default: training without it runs for all epochs.
DEFAULTS: Mapping[str, Any] = {
    "epochs": 5,
    "monitor": "auc",
    "batch_size": 32,
    "accumulate_batches": 1,
    "learning_rate": 1e-3,
    "encoder_learning_rate": 2e-5,
    "weight_decay": 0.01,
    "warmup_ratio": 0.1,
    "gradient_clip": 1.0,
    "dropout": 0.1,
    "hidden_size": 128,
    "max_text_tokens": 128,
    "freeze_encoder": False,
    "positive_weight": 1.0,
    "precision": "auto",
    "shuffle_rows": 10_000,
    "loader_workers": 0,
    "export_onnx": False,
    "seed": 0,
}


def parse_hyperparameters(texts: Mapping[str, str]) -> dict[str, Any]:
    """The hyperparameters as values, with a default for each but `early_stopping_patience`.

    Raises:
        ScriptError, CollectedError: (PC740) unknown names, (PC741) values that do not fit; all at once.
    """
    return parse_table(texts, KNOWN, DEFAULTS)
