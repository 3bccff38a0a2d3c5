"""Expressions: what each yields, and whether that fits the place where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_compiler.conformance.literals import literal_problems
from pipeline_compiler.conformance.model_rules import (
    ACCIDENTAL_EXPRESSION,
    BAD_PARAMETER_VALUE,
    OUT_OF_RANGE,
    UNKNOWN_REFERENCE,
    WRONG_EXPRESSION,
)
from pipeline_compiler.conformance.property_files import json_get_problems
from pipeline_compiler.conformance.references import (
    Property,
    parse_reference,
    property_of,
    target_problem,
)
from pipeline_compiler.conformance.scope import Problem, Scope, is_expression, shown
from pipeline_compiler.conformance.shape import Shape
from pipeline_compiler.conformance.values import known
from script_contracts.core.diagnostics import Severity
from script_contracts.core.suggestions import did_you_mean

# Both lines of the SageMaker Python SDK list these.
_VARIABLES = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)
_EXPERIMENT = ("ExperimentName", "TrialName")
_NAMESPACES = ("Parameters", "Execution", "Steps", "PipelineExperimentConfig", "ForEach", "IterationOutput")
_PARAMETER_TYPES = {"String": "string", "Integer": "integer", "Float": "float", "Boolean": "boolean"}
_SINGLE = frozenset({"string", "integer", "long", "float", "double", "boolean", "timestamp", "blob"})
# What a place takes: the types of values that AWS assigns to it.
_TAKES = {
    "string": {"string", "timestamp", "blob"},
    "blob": {"string", "blob"},
    "timestamp": {"timestamp", "string"},
    "integer": {"integer", "long"},
    "long": {"integer", "long"},
    "float": {"integer", "long", "float", "double"},
    "double": {"integer", "long", "float", "double"},
    "boolean": {"boolean"},
}
_JSON_TYPES = {list: "list", dict: "structure", type(None): "null"}
_NOTATION = re.compile(
    r"""\{\s*['"](Get|Std:Join|Std:JsonGet)['"]\s*:|<sagemaker\.[\w.]+ object at 0x|"""
    r"""\b(ParameterString|ParameterInteger|ParameterFloat|ParameterBoolean|ExecutionVariable)\("""
)


@dataclass(frozen=True)
class Yielded:
    """What an expression yields, and the problems with it.

    Attributes:
        type: a shape's type; `any` where only the run will tell, `single` for any single value.
        shape: the shape of a step's property.
    """

    type: str
    problems: tuple[Problem, ...] = ()
    shape: Shape | None = None


def expression_problems(value: Mapping[str, Any], shape: Shape, scope: Scope) -> Iterator[Problem]:
    """Every problem with an expression at a place of a shape."""
    yielded = read(value, scope)
    yield from yielded.problems
    if shape.raw.get("literal"):
        yield Problem(
            WRONG_EXPRESSION,
            f"{shown(value)} stands where AWS takes no expression",
            "write the value itself",
        )
    elif not yielded.problems:
        if not _fits(yielded, shape):
            yield _misfit(value, yielded.type, shape)
        else:
            yield from _value_problems(value, shape, scope)


def read(value: Mapping[str, Any], scope: Scope) -> Yielded:
    """What an expression yields."""
    function, argument = next(iter(value.items()))
    if function == "Get":
        return _read_get(argument, scope)
    if function == "Std:Join":
        return Yielded("string", tuple(_join_problems(argument, scope)))
    problems = tuple(json_get_problems(argument, scope))
    inner = argument.get("S3Uri") if isinstance(argument, Mapping) else None
    nested = read(inner, scope).problems if isinstance(inner, Mapping) and is_expression(inner) else ()
    return Yielded("single", (*problems, *nested))


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
        return Yielded(_PARAMETER_TYPES.get(str(declared.get("Type")), "any"))
    if namespace == "Execution":
        if rest not in _VARIABLES:
            return _unknown_name(f"there is no execution variable '{rest}'", rest, _VARIABLES)
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
    found = property_of(scope.definition.by_name[reference.step], reference.parts)
    if isinstance(found, Property):
        return Yielded(found.type, (), found.shape)
    return Yielded("any", (found,))


def _join_problems(argument: Any, scope: Scope) -> Iterator[Problem]:
    if not isinstance(argument, Mapping) or not isinstance(argument.get("Values"), list):
        yield Problem(
            WRONG_EXPRESSION,
            f"Std:Join has {shown(argument)} instead of 'Values', a list, and 'On', a text",
            'write {"Std:Join": {"On": "/", "Values": [...]}}',
        )
        return
    for key in argument.keys() - {"On", "Values"}:
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
    if kind not in _SINGLE and kind not in ("single", "any"):
        yield Problem(
            WRONG_EXPRESSION,
            f"Std:Join cannot join {shown(value)}, {_WORDS.get(kind, kind)}",
            "join texts, numbers and expressions that yield one value",
        )


def _fits(yielded: Yielded, shape: Shape) -> bool:
    if yielded.type == "any" or shape.type == "any":
        return True
    if shape.type == "either":
        return any(_fits(yielded, each) for each in shape.options.values())
    if yielded.type == "single":
        return shape.type in _SINGLE
    if shape.type in _TAKES:
        return yielded.type in _TAKES[shape.type]
    return yielded.type == shape.type


_WORDS = {
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


def _misfit(value: Mapping[str, Any], kind: str, shape: Shape) -> Problem:
    place = _WORDS[shape.type]
    fix = f"use an expression that yields {place}"
    if shape.type == "string" and kind in _SINGLE:
        fix = f'make a text of it: {{"Std:Join": {{"On": "", "Values": [{json.dumps(value)}]}}}}'
    elif str(value.get("Get", "")).startswith("Parameters."):
        fix = f"declare the parameter with a type that yields {place}"
    message = f"{shown(value)} yields {_WORDS[kind]}, where AWS expects {place}"
    return Problem(WRONG_EXPRESSION, message, fix)


def _value_problems(value: Mapping[str, Any], shape: Shape, scope: Scope) -> Iterator[Problem]:
    """Values that an expression certainly can have, and its place cannot take.

    How long joined texts are is not looked at here: `known_lengths.py` also judges those known in part.
    """
    path = value.get("Get")
    if isinstance(path, str) and path.startswith("Parameters."):
        name = path.removeprefix("Parameters.")
        for label, each in _parameter_values(scope.definition.parameters[name]):
            for problem in literal_problems(each, shape, scope.quotas):
                yield Problem(
                    BAD_PARAMETER_VALUE,
                    f"{label} of parameter '{name}', which is used here: {problem.message}",
                    problem.fix,
                )
    elif "Std:Join" in value:
        text = known(scope.definition, value)
        problems = literal_problems(text, shape, scope.quotas) if isinstance(text, str) else ()
        yield from (problem for problem in problems if problem.rule is not OUT_OF_RANGE)


def _parameter_values(declared: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    default, allowed = declared.get("DefaultValue"), declared.get("EnumValues")
    if default is not None:
        yield "the default", default
    for each in allowed if isinstance(allowed, list) else ():
        if each != default:
            yield "one of the EnumValues", each


def accidental(value: Any, scope: Scope, *, argument: bool = False) -> Iterator[Problem]:
    """Whether a literal text is the notation of an expression.

    Args:
        argument: it stands in a list, where a program may be given the name of what follows: the SDK's
            function steps are started with 'Parameters.Count' and then that parameter's value.
    """
    if not isinstance(value, str) or not value:
        return
    if _NOTATION.search(value) or (not argument and _names_something(value, scope)):
        yield Problem(
            ACCIDENTAL_EXPRESSION,
            f"{shown(value)} is a plain text, and reads like an expression",
            'write the expression itself as the value, or as one of the values of a {"Std:Join": ...}',
            Severity.WARNING,
        )


def _names_something(text: str, scope: Scope) -> bool:
    """Whether a text is the path of a Get that would find something."""
    namespace, dot, rest = text.partition(".")
    if not dot:
        return False
    if namespace == "Parameters":
        return rest in scope.definition.parameters
    if namespace == "Execution":
        return rest in _VARIABLES
    return namespace == "Steps" and rest.partition(".")[0] in scope.definition.by_name and "." in rest


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
