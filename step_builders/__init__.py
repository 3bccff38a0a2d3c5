"""Step builders: one module per step, each declaring the config that becomes its SageMaker request."""

from __future__ import annotations

from functools import cache

import step_builders
from script_contracts.core.discovery import discover
from step_builders.core.step import StepDeclaration


@cache
def all_steps() -> dict[str, StepDeclaration]:
    """Every declared step, by step type."""
    declared = discover(step_builders, StepDeclaration, "STEP")
    return {step.spec.step_type: step for step in declared.values()}
