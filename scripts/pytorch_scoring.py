"""Scores records with an exported PyTorch program: evaluation and serving use this same code.

Travels with the serving code, so it imports nothing of ours. Columns of numbers and categories come as one
float32 matrix (missing values as NaN, categories as their positions), texts as strings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer

MIN_TOKENS = 2  # an exported program takes no length of 0 or 1
CHUNK_ROWS = 256  # bounds memory: attention over 256 texts of 512 tokens takes about 2 GB


def open_tokenizer(file: Path) -> Tokenizer:
    """The tokenizer as training saved it, with its truncation and padding."""
    return Tokenizer.from_file(str(file))


def tokens(tokenizer: Tokenizer, rows: Sequence[Sequence[str]], fields: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids and attention mask of texts, as int64 arrays [rows, fields, tokens].

    Arguments:
        rows: for each record its texts, one for each text field.
        fields: how many text fields there are.
    """
    encoded = tokenizer.encode_batch([text for row in rows for text in row])
    length = max([MIN_TOKENS, *(len(each.ids) for each in encoded)])
    ids = np.zeros((len(rows) * fields, length), dtype=np.int64)
    mask = np.zeros_like(ids)
    for index, each in enumerate(encoded):
        ids[index, : len(each.ids)] = each.ids
        mask[index, : len(each.ids)] = each.attention_mask
    shape = (len(rows), fields, ids.shape[1])
    return ids.reshape(shape), mask.reshape(shape)


class Scorer:
    """An exported program with its tokenizer.

    The program runs on a GPU where there is one and this PyTorch can move programs to it.
    """

    def __init__(self, program: Path, tokenizer: Path, text_fields: int) -> None:
        exported = torch.export.load(str(program))
        self._device = "cpu"
        # `torch.export.passes` came with PyTorch 2.7: older releases score on the CPU.
        passes = getattr(torch.export, "passes", None)
        if torch.cuda.is_available() and hasattr(passes, "move_to_device_pass"):
            self._device = "cuda"
            exported = passes.move_to_device_pass(exported, self._device)
        self._module = exported.module()
        self._tokenizer = open_tokenizer(tokenizer)
        self._text_fields = text_fields

    def score(self, tabular: np.ndarray, texts: Sequence[Sequence[str]]) -> np.ndarray:
        """The probability of the positive class for each record, as float32.

        Arguments:
            tabular: one row for each record, one column for each feature that is not text.
            texts: for each record its texts, one for each text field.
        """
        parts = [
            self._chunk(tabular[start : start + CHUNK_ROWS], texts[start : start + CHUNK_ROWS])
            for start in range(0, len(texts), CHUNK_ROWS)
        ]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)

    def _chunk(self, tabular: np.ndarray, texts: Sequence[Sequence[str]]) -> np.ndarray:
        ids, mask = tokens(self._tokenizer, texts, self._text_fields)
        arguments = [torch.from_numpy(np.ascontiguousarray(each)) for each in (tabular, ids, mask)]
        with torch.inference_mode():
            scores = self._module(*[each.to(self._device) for each in arguments])
        return scores.float().cpu().numpy()
