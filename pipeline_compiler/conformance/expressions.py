"""Expressions: what each yields, whatever its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_compiler.conformance.accidental import accidental
from pipeline_compiler.conformance.definition import is_expression
from pipeline_compiler.conformance.model_rules import UNKNOWN_REFERENCE, WRONG_EXPRESSION
from pipeline_compiler.conformance.property_files import json_get_problems
from pipeline_compiler.conformance.references import parse_reference, target_problem, type_of_property
from pipeline_compiler.conformance.scope import VARIABLES, Problem, Scope, shown
from pipeline_compiler.conformance.shape import DECLARED_TYPES
from script_contracts.core.suggestions import did_you_mean

_EXPERIMENT = ("ExperimentName", "TrialName")
_NAMESPACES = ("Parameters", "Execution", "Steps", "PipelineExperimentConfig", "ForEach", "IterationOutput")
SINGLE = frozenset({"string", "integer", "long", "float", "double", "boolean", "timestamp", "blob"})
# A type of shape, in words.
WORDS = {
    "string": "a text",
    "blob": "a text",
    "timestamp": "a time",
    "integer": "an integer",
    "long": "an integer",
    "float": "a float",
    "double": "a float",
    "boolean": "a boolean",
    "single": "a single value",
    "either": "a single value",
    "list": "a list",
    "map": "a map",
    "structure": "a structure",
}
_JSON_TYPES = {list: "list", dict: "structure", type(None): "null"}


@dataclass(frozen=True)
class Yielded:
    """What an expression yields, and the problems with it.

    Attributes:
        type: a shape's type; `any` where only the run will tell, `single` for any single value.
    """

    type: str
    problems: tuple[Problem, ...] = ()


def read(value: Mapping[str, Any], scope: Scope) -> Yielded:
    """What an expression yields."""
    function, argument = next(iter(value.items()))
    if function == "Get":
        return _read_get(argument, scope)
    if function == "Std:Join":
        return Yielded("string", tuple(_join_problems(argument, scope)))
    return Yielded("single", (*json_get_problems(argument, scope), *_uri_problems(argument, scope)))


def _uri_problems(argument: Any, scope: Scope) -> Iterator[Problem]:
    """What is wrong with an expression that a Std:JsonGet has as its S3Uri."""
    uri = argument.get("S3Uri") if isinstance(argument, Mapping) else None
    if isinstance(uri, Mapping) and is_expression(uri):
        for problem in read(uri, scope).problems:
            yield problem._replace(path=("Std:JsonGet", "S3Uri", *problem.path))


def _read_get(path: Any, scope: Scope) -> Yielded:
    if not isinstance(path, str):
        return Yielded("any", (_bad_get(path),))
    namespace, dot, rest = path.partition(".")
    if namespace not in _NAMESPACES or not dot or not rest:
        return Yielded("any", (_bad_get(path),))
    if namespace == "Steps":
        return _read_step(path, scope)
    if namespace == "Parameters":
        declared = scope.definition.parameters.get(rest)
        if declared is None:
            return _unknown_name(f"there is no parameter '{rest}'", rest, scope.definition.parameters)
        return Yielded(DECLARED_TYPES.get(str(declared.get("Type")), "any"))
    if namespace == "Execution":
        if rest not in VARIABLES:
            return _unknown_name(f"there is no execution variable '{rest}'", rest, VARIABLES)
        return Yielded("timestamp" if rest.endswith("DateTime") else "string")
    if namespace == "PipelineExperimentConfig":
        if rest not in _EXPERIMENT:
            return _unknown_name(f"PipelineExperimentConfig has no '{rest}'", rest, _EXPERIMENT)
        return Yielded("string")
    inside = any(branch == "ForEachBody" for _, branch in scope.step.branches) if scope.step else False
    if namespace == "ForEach" and not inside:
        return _unknown_name("ForEach.CurrentItem is read outside of a ForEach step's body", rest, ())
    return Yielded("any")


def _read_step(path: str, scope: Scope) -> Yielded:
    reference = parse_reference(path)
    if reference is None:
        return Yielded("any", (_bad_get(path),))
    unreachable = target_problem(reference.step, scope.step, scope.definition)
    if unreachable:
        return Yielded("any", (unreachable,))
    found = type_of_property(scope.definition.by_name[reference.step], reference.parts)
    return Yielded(found) if isinstance(found, str) else Yielded("any", (found,))


def _join_problems(argument: Any, scope: Scope) -> Iterator[Problem]:
    if not isinstance(argument, Mapping) or not isinstance(argument.get("Values"), list):
        yield Problem(
            WRONG_EXPRESSION,
            f"Std:Join has {shown(argument)} instead of 'Values', a list, and 'On', a text",
            'write {"Std:Join": {"On": "/", "Values": [...]}}',
        )
        return
    for key in sorted(argument.keys() - {"On", "Values"}):
        yield Problem(
            WRONG_EXPRESSION,
            f"Std:Join has no '{key}'",
            did_you_mean(key, ("On", "Values"), what="members of Std:Join"),
        )
    if not isinstance(argument.get("On", ""), str):
        yield Problem(
            WRONG_EXPRESSION, f"'On' of Std:Join is {shown(argument['On'])}, not a text", "write it as a text"
        )
    for index, each in enumerate(argument["Values"]):
        for problem in _joined_problems(each, scope):
            yield problem._replace(path=("Std:Join", "Values", index, *problem.path))


def _joined_problems(value: Any, scope: Scope) -> Iterator[Problem]:
    if is_expression(value):
        yielded = read(value, scope)
        yield from yielded.problems
        kind = yielded.type
    else:
        yield from accidental(value, scope)
        kind = _JSON_TYPES.get(type(value), "single")
    if kind not in SINGLE and kind not in ("single", "any"):
        yield Problem(
            WRONG_EXPRESSION,
            f"Std:Join cannot join {shown(value)}, {WORDS.get(kind, kind)}",
            "join texts, numbers and expressions that yield one value",
        )


def _bad_get(path: Any) -> Problem:
    return Problem(
        UNKNOWN_REFERENCE,
        f"Get cannot read {shown(path)}",
        "write Parameters.<name>, Execution.<variable> or Steps.<step>.<property>, with names in "
        "brackets as ['name']",
    )


def _unknown_name(message: str, name: str, candidates: Any) -> Yielded:
    fix = did_you_mean(name, candidates, what="names") if candidates else "read something that exists there"
    return Yielded("any", (Problem(UNKNOWN_REFERENCE, message, fix),))
