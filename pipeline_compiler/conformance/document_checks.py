"""What concerns a definition as a whole: parameters, unique names, and totals against quotas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.conformance.literals import has_type, over_quota
from pipeline_compiler.conformance.model_rules import BAD_PARAMETER_VALUE, DUPLICATE_NAME, OUT_OF_RANGE
from pipeline_compiler.conformance.property_files import listed_files
from pipeline_compiler.conformance.scope import Problem, Scope, shown
from pipeline_compiler.conformance.shape import DECLARED_TYPES, shape_of


def parameter_findings(scope: Scope) -> Iterator[Finding]:
    """Defaults and EnumValues that do not suit their parameter, and names that are given twice."""
    declared = scope.definition.document.get("Parameters")
    entries = declared if isinstance(declared, list) else []
    named = [(index, each) for index, each in enumerate(entries) if isinstance(each, Mapping)]
    names = ((("Parameters", index, "Name"), each.get("Name")) for index, each in named)
    yield from _duplicates(names, "parameters", scope)
    for index, entry in named:
        for problem in _parameter_problems(entry, scope):
            yield scope.finding(problem, ("Parameters", index))


def _parameter_problems(entry: Mapping[str, Any], scope: Scope) -> Iterator[Problem]:
    kind = DECLARED_TYPES.get(str(entry.get("Type")))
    default, allowed = entry.get("DefaultValue"), entry.get("EnumValues")
    choices = allowed if isinstance(allowed, list) else []
    places: list[tuple[Path, Any, str]] = [
        (("EnumValues", index), each, "enum_value_length") for index, each in enumerate(choices)
    ]
    if default is not None:
        places.append((("DefaultValue",), default, "parameter_default_length"))
    for path, value, longest in places:
        if kind and not has_type(value, kind):
            yield Problem(
                BAD_PARAMETER_VALUE,
                f"{shown(value)} is no {entry['Type']}, the type of parameter '{entry.get('Name')}'",
                f"give a value of that type, or declare it as the type of {shown(value)}",
                path=path,
            )
        elif isinstance(value, str) and len(value) > scope.quotas[longest]:
            yield over_quota(len(value), longest, scope.quotas)._replace(path=path)
    if choices and default is not None and default not in choices:
        yield Problem(
            BAD_PARAMETER_VALUE,
            f"the default {shown(default)} of parameter '{entry.get('Name')}' is not among its EnumValues",
            "list it there, or take one of them as the default",
            path=("DefaultValue",),
        )


def _duplicates(named: Iterable[tuple[Path, Any]], what: str, scope: Scope) -> Iterator[Finding]:
    """Names that occur more than once, at every place but the first."""
    seen: set[str] = set()
    for path, name in named:
        if isinstance(name, str):
            if name in seen:
                yield scope.finding(_duplicate(name, what), path)
            seen.add(name)


def _duplicate(name: str, what: str) -> Problem:
    return Problem(DUPLICATE_NAME, f"several {what} are named '{name}'", "give each a name of its own")


def unique_name_findings(definition: Definition, scope: Scope) -> Iterator[Finding]:
    """Steps of one name, and property files of one step with one name."""
    seen: set[str] = set()
    for step in definition.steps:
        inside = Scope(definition, scope.quotas, step)
        if step.name in seen:
            yield inside.finding(_duplicate(step.name, "steps"), ("Name",))
        seen.add(step.name)
        files = (
            (("PropertyFiles", index, "PropertyFileName"), each.get("PropertyFileName"))
            for index, each in enumerate(listed_files(step))
        )
        yield from _duplicates(files, "property files", inside)


def total_findings(definition: Definition, scope: Scope) -> Iterator[Finding]:
    """Totals over all steps that exceed a quota, and the length of the whole definition."""
    steps = definition.steps
    totals = {
        "steps": len(steps),
        "property_files": sum(len(listed_files(step)) for step in steps),
        "json_gets": sum(function == "Std:JsonGet" for step in steps for function, _ in step.expressions),
    }
    for name, count in totals.items():
        if count > scope.quotas[name]:
            yield scope.finding(over_quota(count, name, scope.quotas), ("Steps",))
    most = shape_of("sagemaker:PipelineDefinition").raw["max"]
    length = len(json.dumps(definition.document))
    if length > most:
        problem = Problem(
            OUT_OF_RANGE,
            f"the definition has {length:,} characters; AWS allows {most:,}",
            "split the pipeline in two",
        )
        yield scope.finding(problem, ())


def or_findings(step: Step, scope: Scope) -> Iterator[Finding]:
    """Lists within an Or that are longer than the quota."""
    if step.type == "Condition":
        yield from _long_ors(step.arguments.get("Conditions"), ("Arguments", "Conditions"), scope)


def _long_ors(value: Any, path: Path, scope: Scope) -> Iterator[Finding]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _long_ors(each, (*path, index), scope)
    elif isinstance(value, Mapping):
        inner = value.get("Conditions")
        if isinstance(inner, list) and len(inner) > scope.quotas["or_conditions"]:
            problem = over_quota(len(inner), "or_conditions", scope.quotas)
            yield scope.finding(problem, (*path, "Conditions"))
        for key in ("Condition", "Conditions"):
            yield from _long_ors(value.get(key), (*path, key), scope)
