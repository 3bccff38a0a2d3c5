"""From a definition to the steps of a run: flattened, linked, and checked before anything starts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pipeline_compiler.local.expressions import references, split_step_reference
from pipeline_compiler.local.rules import BROKEN_DEFINITION, UNKNOWN_STEP
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean

JOB_TYPES = ("Processing", "Training", "Tuning", "RegisterModel", "Model", "Transform")


@dataclass(frozen=True)
class PlannedStep:
    """One step of a run.

    Attributes:
        name: the step's name in the definition.
        type: the step's type in the definition, such as `Processing`.
        arguments: the request, with expressions.
        depends_on: the steps that must have succeeded, in the definition's order.
        branch: the Condition step that decides about this step and the outcome under which it runs;
            None for a step outside all branches.
        property_files: property file -> (output name, path of the file inside that output).
    """

    name: str
    type: str
    arguments: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    branch: tuple[str, bool] | None = None
    property_files: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def plan_steps(definition: Mapping[str, Any]) -> tuple[dict[str, PlannedStep], list[Diagnostic]]:
    """Every step of the definition in an order in which they can run, and what is wrong with it."""
    found = list(_flatten(definition["Steps"], None))
    steps = {step.name: step for step in found}
    problems = [
        BROKEN_DEFINITION.error(
            f"two steps are named '{name}'", fix="give every step its own name", place=Place(field=name)
        )
        for name in sorted({step.name for step in found if [s.name for s in found].count(step.name) > 1})
    ]
    for step in found:
        for dependency in step.depends_on:
            if dependency not in steps:
                problems.append(_unknown_step(step.name, dependency, steps))
    if problems:
        return steps, problems
    try:
        order = list(TopologicalSorter({s.name: s.depends_on for s in found}).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        problem = BROKEN_DEFINITION.error(
            f"these steps wait for each other: {circle}", fix="remove one of these references"
        )
        return steps, [problem]
    return {name: steps[name] for name in order}, []


def select_steps(
    steps: Mapping[str, PlannedStep], only: Collection[str]
) -> tuple[dict[str, PlannedStep], list[Diagnostic]]:
    """The steps named in `only` and all that they need; every step where `only` is empty."""
    problems = [
        UNKNOWN_STEP.error(
            f"the pipeline has no step '{name}'",
            fix=did_you_mean(name, steps, what="steps"),
            place=Place(field=name),
        )
        for name in only
        if name not in steps
    ]
    if problems or not only:
        return dict(steps), problems
    needed: set[str] = set()
    for name in reversed(list(steps)):  # dependents come after what they depend on
        if name in only or name in needed:
            needed |= {name, *steps[name].depends_on}
    return {name: step for name, step in steps.items() if name in needed}, []


def _flatten(steps: Sequence[Mapping[str, Any]], branch: tuple[str, bool] | None) -> Iterator[PlannedStep]:
    for step in steps:
        arguments = dict(step.get("Arguments", {}))
        branches = {
            outcome: arguments.pop(key, None) or []
            for outcome, key in ((True, "IfSteps"), (False, "ElseSteps"))
            if step["Type"] == "Condition"
        }
        referenced = [split_step_reference(ref)[0] for ref in references(arguments) if _is_step(ref)]
        declared = [
            entry["Step"] if isinstance(entry, dict) else entry for entry in step.get("DependsOn", [])
        ]
        gate = [branch[0]] if branch else []
        yield PlannedStep(
            name=step["Name"],
            type=step["Type"],
            arguments=arguments,
            depends_on=tuple(dict.fromkeys(gate + declared + referenced)),
            branch=branch,
            property_files={
                file["PropertyFileName"]: (file["OutputName"], file["FilePath"])
                for file in step.get("PropertyFiles", [])
            },
        )
        for outcome, inner in branches.items():
            yield from _flatten(inner, (step["Name"], outcome))


def _is_step(reference: str) -> bool:
    return reference.startswith("Steps.")


def _unknown_step(step: str, dependency: str, steps: Mapping[str, PlannedStep]) -> Diagnostic:
    return BROKEN_DEFINITION.error(
        f"step '{step}' refers to step '{dependency}', which does not exist",
        fix=did_you_mean(dependency, steps, what="steps"),
        place=Place(field=step),
    )
