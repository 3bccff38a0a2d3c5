"""Script contracts: one module per container program, each declaring what it needs and promises."""

from __future__ import annotations

from functools import cache

import script_contracts
from script_contracts.core.container import ContainerContract, TrainingContainerContract
from script_contracts.core.contract import ContractError, JobKind, ScriptContract, TrainingScriptContract
from script_contracts.core.discovery import discover

__all__ = [
    "ContainerContract",
    "ContractError",
    "JobKind",
    "ScriptContract",
    "TrainingContainerContract",
    "TrainingScriptContract",
    "all_contracts",
]


@cache
def all_contracts() -> dict[str, ScriptContract]:
    """Every declared contract, by module name."""
    return discover(script_contracts, ScriptContract, "CONTRACT")
