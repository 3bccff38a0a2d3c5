"""The trained network as programs that run without this code: torch.export, and ONNX where it is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from contract_runtime import ScriptError
from pytorch_network import Probability, TextTabularNetwork
from pytorch_scoring import MIN_TOKENS

TOLERANCE = 1e-4


def sample(network: TextTabularNetwork, text_fields: int, rows: int, length: int) -> tuple[torch.Tensor, ...]:
    """Inputs of the right types and shapes, with missing values among them."""
    columns = network.numeric + len(network.embeddings)
    tabular = torch.zeros(rows, columns)
    tabular[:1] = float("nan")
    ids = torch.arange(rows * text_fields * length).reshape(rows, text_fields, length) % 4
    return tabular, ids, torch.ones_like(ids)


def export_program(network: TextTabularNetwork, text_fields: int, max_tokens: int, file: Path) -> None:
    """Write the program and prove that it computes what the network computes.

    Arguments:
        max_tokens: the length at which texts are cut.

    Raises:
        ScriptError: (PC779) PyTorch cannot export this encoder, or the program gives other scores.
    """
    module = Probability(network).eval()
    inputs = sample(network, text_fields, 2, max_tokens - 1)
    try:
        program = torch.export.export(module, inputs, dynamic_shapes=_dynamic(max_tokens), strict=False)
        torch.export.save(program, str(file))
    # What export refuses, it refuses with exceptions of its own, all of which are RuntimeErrors or these.
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise _not_exported(f"torch.export: {type(error).__name__}: {str(error)[:300]}") from error
    loaded = torch.export.load(str(file)).module()
    for rows, length in ((1, MIN_TOKENS), (3, max_tokens)):
        inputs = sample(network, text_fields, rows, length)
        with torch.inference_mode():
            expected, found = module(*inputs).numpy(), loaded(*inputs).numpy()
        if not np.allclose(expected, found, atol=TOLERANCE):
            raise _not_exported(
                f"its scores differ by {np.abs(expected - found).max():.2g} from the network's"
            )


def export_onnx(network: TextTabularNetwork, text_fields: int, max_tokens: int, file: Path) -> None:
    """Write the network as ONNX, for runtimes other than PyTorch.

    Arguments:
        max_tokens: the length at which texts are cut.

    Raises:
        ScriptError: (PC779) PyTorch cannot export this encoder.
    """
    try:
        torch.onnx.export(
            Probability(network).eval(),
            sample(network, text_fields, 2, max_tokens - 1),
            str(file),
            input_names=["tabular", "ids", "mask"],
            output_names=["score"],
            dynamic_shapes=_dynamic(max_tokens),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    except RuntimeError as error:  # torch.onnx.OnnxExporterError is one
        raise _not_exported(f"ONNX: {str(error)[:300]}") from error


def _dynamic(max_tokens: int) -> tuple[dict[int, torch.export.Dim], ...]:
    rows, length = torch.export.Dim("rows"), torch.export.Dim("tokens", min=MIN_TOKENS, max=max_tokens)
    return {0: rows}, {0: rows, 2: length}, {0: rows, 2: length}


def _not_exported(problem: str) -> ScriptError:
    return ScriptError(
        "PC779",
        f"the trained network cannot be exported: {problem}",
        "use another text encoder, such as one of the BERT family, or another pytorch_version",
    )
