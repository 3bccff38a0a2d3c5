"""Holding a pipeline to the budget of its config."""

from __future__ import annotations

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.cost.bound import CostBound, cost_bound
from pipeline_compiler.cost.prices import CostError, price_table
from pipeline_compiler.cost.rules import OVER_BUDGET
from script_contracts.core.diagnostics import Diagnostic

_SHOWN = 5  # steps in the message; `cost` shows all


def bound_of(compiled: CompiledPipeline) -> CostBound:
    """The bound of a compiled pipeline's cost, at the prices that its config names.

    Raises:
        CostError: (PC574, PC576, PC578) with everything that has no price or no bound.
    """
    definition = Definition(compiled.document, compiled.region)
    return cost_bound(definition, compiled.region, price_table(compiled.costs.prices), compiled.costs.place)


def check_budget(compiled: CompiledPipeline) -> tuple[Diagnostic, ...]:
    """Hold a pipeline to its budget; without one no price is looked up.

    Returns:
        Warnings where a parameter can lift the bound.

    Raises:
        CostError: (PC575) above the budget, with the steps that cost most; or as `bound_of`.
    """
    budget = compiled.costs.budget
    if budget is None:
        return ()
    bound = bound_of(compiled)
    if bound.total <= budget:
        return bound.diagnostics
    dearest = sorted(bound.charges, key=lambda each: -each.total)
    width = max(len(each.step) for each in dearest[:_SHOWN])
    details = [
        f"{each.step:<{width}}  {each.instances} for {each.hours:g} h: {each.total:.2f}"
        for each in dearest[:_SHOWN]
    ]
    if rest := dearest[_SHOWN:]:
        details.append(f"{'others':<{width}}  {len(rest)} steps: {sum(each.total for each in rest):.2f}")
    raise CostError(
        OVER_BUDGET.error(
            f"one execution may cost {bound.total:.2f} {bound.currency}, and the budget is {budget:.2f}",
            fix="lower max_runtime_seconds or the number of training jobs of a tuning step, choose smaller "
            "instances, or raise the budget",
            place=compiled.costs.place,
            details=details,
        )
    )
