"""Scores a processed data set with a trained PyTorch model: predictions, metrics and plots."""

from __future__ import annotations

from pathlib import Path

import contract_runtime
from model_evaluation import Model, evaluate
from pytorch_data import READ_ROWS
from pytorch_model import load_model


def main(runtime: contract_runtime.Runtime) -> None:
    """Score the split of the job type, and write predictions, metrics and plots.

    Raises:
        ScriptError: whatever `evaluate` raises; (PC776) another PyTorch release exported the model.
    """
    evaluate(runtime, load)


def load(directory: Path) -> Model:
    """The exported program and its features.

    Raises:
        ScriptError: (PC755) the model is incomplete; (PC776) another PyTorch release exported it.
    """
    model = load_model(directory)
    return Model(model.info.features, model.score, READ_ROWS, model.info.risk_tables)


if __name__ == "__main__":
    contract_runtime.execute(main)
