"""A definition against AWS's service model, the quotas of Pipelines, and itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.dependencies import cycle_findings, depends_on_findings
from pipeline_compiler.conformance.document_checks import (
    or_findings,
    parameter_findings,
    total_findings,
    unique_name_findings,
)
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.model_rules import MISSING_MEMBER, UNKNOWN_STEP_TYPE
from pipeline_compiler.conformance.property_files import property_file_problems
from pipeline_compiler.conformance.quotas import Quotas, shipped_quotas
from pipeline_compiler.conformance.scope import Problem, Scope, shown
from pipeline_compiler.conformance.shape import shape_of
from pipeline_compiler.conformance.shapes import check_members, check_value
from pipeline_compiler.conformance.step_types import STEP_TYPES, StepType
from pipeline_compiler.conformance.tuning import tuning_problems
from script_contracts.core.suggestions import did_you_mean


def check_model(definition: Definition, quotas: Quotas | None = None) -> Iterator[Finding]:
    """Everything that AWS's own documents say against a definition.

    That is: its shape and that of every request in it, with types, required and unknown members, enums,
    ranges, lengths and patterns (botocore's `service-2.json` of the installed version); every expression's
    type and target; names, cycles and quotas; what a tuning job needs.

    Args:
        quotas: the quotas that hold for the account; those of `quotas.yaml` unless given.

    Raises:
        PipelineCompilerError: botocore is not installed, or has no model of SageMaker.
    """
    scope = Scope(definition, quotas or shipped_quotas())
    yield from check_value(dict(definition.document), shape_of("pipelines:Definition"), (), scope)
    yield from parameter_findings(scope)
    for step in definition.steps:
        yield from _step_findings(step, Scope(definition, scope.quotas, step))
    yield from unique_name_findings(definition, scope)
    yield from cycle_findings(definition, scope)
    yield from total_findings(definition, scope)


def _step_findings(step: Step, scope: Scope) -> Iterator[Finding]:
    kind = STEP_TYPES.get(step.type)
    if kind is None:
        yield scope.finding(
            Problem(
                UNKNOWN_STEP_TYPE,
                f"{shown(step.entry.get('Type'))} is no type of step",
                did_you_mean(step.type, STEP_TYPES, what="types"),
            ),
            ("Type",),
        )
        return
    yield from _entry_findings(step.entry, kind, scope)
    for problem in property_file_problems(step):
        yield scope.finding(problem, ())
    for problem in tuning_problems(step, scope):
        yield scope.finding(problem, ())
    yield from depends_on_findings(step, scope)
    yield from or_findings(step, scope)


def _entry_findings(entry: Mapping[str, Any], kind: StepType, scope: Scope) -> Iterator[Finding]:
    """The keys of a step's entry, and its Arguments."""
    members = {**kind.entry, "Arguments": kind.arguments}
    settings = {key: value for key, value in entry.items() if key != "Arguments"}
    required = ("Name", "Type", *(name for name in kind.required if name != "Arguments"))
    yield from check_members(settings, members, required, (), scope)
    arguments = entry.get("Arguments")
    if arguments is None:
        if "Arguments" in kind.required:
            yield scope.finding(
                Problem(MISSING_MEMBER, "'Arguments' is missing", "give the step's request"), ("Arguments",)
            )
    elif kind.arguments.type == "structure" and isinstance(arguments, Mapping):
        required = tuple(name for name in kind.arguments.required if name not in kind.filled_in)
        yield from check_members(arguments, kind.arguments.members, required, ("Arguments",), scope)
    else:
        yield from check_value(arguments, kind.arguments, ("Arguments",), scope)
