"""The model that PyTorch trained, as files: an exported program, its tokenizer and its description."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, NamedTuple, Optional

import numpy as np
import pyarrow as pa
import torch
from contract_runtime import ScriptError
from feature_encoding import encode
from model_files import PYTORCH, Feature, read_info, require_files
from pytorch_data import tabular_features, text_names, texts_of
from pytorch_scoring import Scorer

PROGRAM_FILE, TOKENIZER_FILE = PYTORCH.files


class TorchModelInfo(NamedTuple):
    """What inference must know beside the program.

    Attributes:
        best_epoch: counts from 0.
        libraries: the versions that trained the model, for those that serving needs as well.
        risk_tables: the fingerprint of the tables that mapped the training data; None if none did.
    """

    features: tuple[Feature, ...]
    label_field: str
    id_field: str
    label_mapping: Mapping[str, int] | None
    best_epoch: int
    pytorch_version: str
    libraries: Mapping[str, str]
    hyperparameters: Mapping[str, Any]
    risk_tables: Optional[str] = None


class TorchModel(NamedTuple):
    """A loaded model."""

    scorer: Scorer
    info: TorchModelInfo

    def score(self, batch: pa.RecordBatch) -> np.ndarray:
        """The probability of the positive class for each record of a batch.

        Raises:
            ScriptError: (PC749) infinite values.
        """
        features = self.info.features
        texts = texts_of(batch, text_names(features)).tolist()
        return self.scorer.score(encode(batch, tabular_features(features)), texts)


def release(version: str) -> list[str]:
    """The major and minor number of a version of PyTorch, such as 2.6.0+cpu."""
    return version.split("+")[0].split(".")[:2]


def load_model(directory: Path) -> TorchModel:
    """The model and its description.

    Raises:
        ScriptError: (PC755) the model is incomplete; (PC776) another PyTorch release wrote it.
    """
    require_files(directory, PYTORCH.files, PYTORCH.step)
    info = read_info(directory, TorchModelInfo, PYTORCH)
    if release(info.pytorch_version) != release(torch.__version__):
        raise ScriptError(
            "PC776",
            f"PyTorch {info.pytorch_version} exported this model, but PyTorch {torch.__version__} runs here",
            "use the same pytorch_version in every step that touches the model",
        )
    fields = len(text_names(info.features))
    return TorchModel(Scorer(directory / PROGRAM_FILE, directory / TOKENIZER_FILE, fields), info)
