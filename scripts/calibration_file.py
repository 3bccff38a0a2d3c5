"""calibration.json: written for one model, and used with no other. Standard library only."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from contract_runtime import ScriptError
from model_files import model_kind

CALIBRATION_FILE = "calibration.json"
MODEL_DIGEST = "model_sha256"


def digest_of_model(directory: Path) -> str:
    """The fingerprint of what a model has learned."""
    learned = directory / model_kind(directory).files[0]
    return hashlib.sha256(learned.read_bytes()).hexdigest()


def read_calibration(folder: Path, model: Path) -> dict[str, Any]:
    """The calibration in a folder, which must be the one of the model in another.

    Raises:
        ScriptError: (PC700) it is not there, is not one that ModelCalibration writes, or is of another model.
    """
    path = folder / CALIBRATION_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        made_for = found[MODEL_DIGEST]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ScriptError(
            "PC700",
            f"{CALIBRATION_FILE} is not one that ModelCalibration writes: {type(error).__name__} {error}",
            "wire the calibration output of a ModelCalibration step",
        ) from error
    if made_for != digest_of_model(model):
        raise ScriptError(
            "PC700",
            f"{CALIBRATION_FILE} was made for another model: for {made_for}, not {digest_of_model(model)}",
            "wire one and the same model to ModelCalibration and to this step",
        )
    return found
