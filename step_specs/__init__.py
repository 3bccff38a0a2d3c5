"""Step specifications: one module per step, each declaring what it depends on and produces."""

from __future__ import annotations

from functools import cache

import step_specs
from pipeline_deps.registry import SpecificationRegistry
from pipeline_deps.specification import StepSpecification
from script_contracts.core.discovery import discover


@cache
def all_specs() -> dict[str, StepSpecification]:
    """Every declared specification, by module name."""
    return discover(step_specs, StepSpecification, "SPEC")


@cache
def registry() -> SpecificationRegistry:
    """The closed world of step types."""
    return SpecificationRegistry(all_specs().values())
