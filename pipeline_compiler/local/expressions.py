"""The expressions of a pipeline definition: finding what they refer to, and evaluating them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_compiler.local.jsonpath import look_up
from pipeline_compiler.local.rules import NO_VALUE
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place

EXECUTION_VARIABLES = (
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "PipelineName",
    "PipelineArn",
    "StartDateTime",
    "CurrentDateTime",
    "TrainingJobName",
    "ProcessingJobName",
)


@dataclass(frozen=True)
class Scope:
    """What expressions see.

    Attributes:
        step: the step being evaluated, for messages.
        parameters: parameter -> value.
        variables: execution variable (without `Execution.`) -> value.
        properties: finished step -> its properties, shaped as the service describes the job.
        read_property_file: (step, property file, JSON path) -> the value in it.
        read_object: (S3 URI, JSON path) -> the value in that JSON object.
    """

    step: str
    parameters: Mapping[str, object]
    variables: Mapping[str, str]
    properties: Mapping[str, Mapping[str, Any]]
    read_property_file: Callable[[str, str, str], Any]
    read_object: Callable[[str, str], Any]


def references(node: Any) -> Iterator[str]:
    """Every `Get` target in a part of a definition, such as `Steps.Train.ModelArtifacts`."""
    if isinstance(node, dict):
        target = _get_target(node)
        if target is not None:
            yield target
        else:
            for value in node.values():
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def evaluate(node: Any, scope: Scope) -> Any:
    """The part of a definition with every expression replaced by its value.

    Raises:
        PipelineCompilerError: (PC787, PC799) where an expression has no value.
    """
    if isinstance(node, list):
        return [evaluate(value, scope) for value in node]
    if not isinstance(node, dict):
        return node
    target = _get_target(node)
    if target is not None:
        return _get(target, scope)
    if node.keys() == {"Std:Join"}:
        join = node["Std:Join"]
        return join["On"].join(as_text(evaluate(value, scope)) for value in join["Values"])
    if node.keys() == {"Std:JsonGet"}:
        return _json_get(node["Std:JsonGet"], scope)
    return {key: evaluate(value, scope) for key, value in node.items()}


def with_parameters(node: Any, parameters: Mapping[str, object]) -> Any | None:
    """The part of a definition with its parameters' values; None where it needs to know more than those."""
    known = {f"Parameters.{name}" for name in parameters}
    if not known.issuperset(references(node)):
        return None
    return evaluate(node, Scope("", parameters, {}, {}, _no_steps, _no_steps))


def _no_steps(*_: str) -> Any:
    raise AssertionError("what reads files refers to a step")


def as_text(value: object) -> str:
    """A parameter's or property's value as the text that Join and messages show."""
    return value if isinstance(value, str) else json.dumps(value)


def split_step_reference(target: str) -> tuple[str, str]:
    """The step and the property path of `Steps.<step>.<path>`."""
    step, _, path = target.removeprefix("Steps.").partition(".")
    return step, path


def _get_target(node: dict[str, Any]) -> str | None:
    target = node.get("Get")
    return target if isinstance(target, str) and len(node) == 1 else None


def _get(target: str, scope: Scope) -> Any:
    root, _, rest = target.partition(".")
    if root == "Parameters":
        return scope.parameters[rest]
    if root == "Execution":
        if rest in scope.variables:
            return scope.variables[rest]
        raise PipelineCompilerError(
            NO_VALUE.error(
                f"'{target}' has no value in this step",
                fix="use it in a step of that kind of job only",
                place=Place(field=scope.step),
            )
        )
    step, path = split_step_reference(target)
    try:
        return look_up(scope.properties[step], path)
    except (LookupError, ValueError) as error:
        raise PipelineCompilerError(_no_property(target, step, error, scope)) from None


def _no_property(target: str, step: str, error: Exception, scope: Scope) -> Diagnostic:
    return NO_VALUE.error(
        f"'{target}' does not exist: {error.args[0]}",
        fix=f"refer to a property that step '{step}' has once it is finished",
        place=Place(field=scope.step),
    )


def _json_get(arguments: Mapping[str, Any], scope: Scope) -> Any:
    path = as_text(evaluate(arguments["Path"], scope))
    if "S3Uri" in arguments:
        return scope.read_object(as_text(evaluate(arguments["S3Uri"], scope)), path)
    step, rest = split_step_reference(arguments["PropertyFile"]["Get"])
    return scope.read_property_file(step, rest.removeprefix("PropertyFiles."), path)
