"""The text encoder and its tokenizer: a Hugging Face model folder, read without any network."""

from __future__ import annotations

from pathlib import Path

from contract_runtime import ScriptError
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

PAD_MULTIPLE = 8  # few different lengths, and shapes that tensor cores like


def load_encoder(folder: Path) -> nn.Module:
    """The encoder with its pretrained weights.

    Raises:
        ScriptError: (PC771) the folder holds no model that transformers can load.
    """
    disable_progress_bar()
    try:
        encoder = AutoModel.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise _unusable(folder, f"no loadable encoder: {error}") from error
    if not hasattr(encoder.config, "hidden_size") or getattr(encoder.config, "is_encoder_decoder", False):
        raise _unusable(folder, f"{type(encoder).__name__} is not a text encoder such as BERT")
    # The pooled state is not used; weights without a gradient would stop distributed training.
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    return encoder


def load_tokenizer(folder: Path, max_tokens: int, encoder: nn.Module) -> Tokenizer:
    """The tokenizer, cutting texts after `max_tokens` and padding them to a common length.

    Raises:
        ScriptError: (PC771) the folder holds no fast tokenizer, or its texts are longer than the encoder
            can read.
    """
    try:
        fast = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, use_fast=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise _unusable(folder, f"no loadable tokenizer: {error}") from error
    if not getattr(fast, "is_fast", False):
        raise _unusable(folder, f"{type(fast).__name__} is not a fast tokenizer (tokenizer.json)")
    # RoBERTa reads fewer tokens than it has positions; its tokenizer knows.
    positions = min(fast.model_max_length, getattr(encoder.config, "max_position_embeddings", max_tokens))
    if max_tokens > positions:
        raise ScriptError(
            "PC771",
            f"max_text_tokens is {max_tokens}, but the text encoder reads at most {positions} tokens",
            f"set max_text_tokens to {positions} or less",
        )
    tokenizer = fast.backend_tokenizer
    tokenizer.enable_truncation(max_tokens)
    pad = fast.pad_token or fast.eos_token
    if pad is None:
        raise _unusable(folder, "the tokenizer has no padding token")
    tokenizer.enable_padding(
        pad_id=fast.convert_tokens_to_ids(pad),
        pad_token=pad,
        pad_to_multiple_of=PAD_MULTIPLE if max_tokens % PAD_MULTIPLE == 0 else None,
    )
    return tokenizer


def _unusable(folder: Path, problem: str) -> ScriptError:
    found = ", ".join(sorted(path.name for path in folder.iterdir()))
    return ScriptError(
        "PC771",
        f"the text encoder cannot be used: {problem}; its folder holds: {found}",
        "pass a folder with config.json, model.safetensors and tokenizer.json, as save_pretrained() leaves",
    )
