"""Library functions whose results the analyzer knows: which model serves which name."""

from __future__ import annotations

from collections.abc import Callable

from script_contracts.analyzer import commands, models_builtin, models_os, models_process, parsers
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.values import Value

Model = Callable[[Call, str], Value]

_MODELS: dict[str, Model] = {
    **models_builtin.MODELS,
    **models_os.MODELS,
    **models_process.MODELS,
    **parsers.MODELS,
    **commands.MODELS,
}


def find(name: str) -> Model | None:
    """The model of a function by its dotted name, or None."""
    return _MODELS.get(name.removeprefix("builtins."))
