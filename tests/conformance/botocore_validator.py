"""What botocore's own `ParamValidator` says of the requests in a definition.

Put as fairly as it can be: each request gets the job name that Pipelines fills in; a parameter is replaced by
its default, whatever its type; what only the run could tell is replaced by a value that suits its place.
"""

from __future__ import annotations

from typing import Any

from botocore.model import Shape
from botocore.validate import ParamValidator

from .places import OPERATIONS, all_steps, input_shape, is_expression, places


def refused(document: dict[str, Any]) -> bool:
    """Whether the validator reports anything; a value that it cannot even walk counts as reported."""
    defaults = {each.get("Name"): each.get("DefaultValue") for each in document.get("Parameters", [])}
    for place in list(places(document)):
        if is_expression(place.value):
            place.container[place.key] = _value(place.value, place.shape, defaults)
    for step in all_steps(document):
        if step["Type"] not in OPERATIONS:
            continue
        operation, job_name = OPERATIONS[step["Type"]]
        request = {**step["Arguments"], **({job_name: "a-job"} if job_name else {})}
        if ParamValidator().validate(_without_nulls(request), input_shape(operation)).has_errors():
            return True
    return False


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _value(expression: dict[str, Any], shape: Shape, defaults: dict[Any, Any]) -> Any:
    path = expression.get("Get")
    if isinstance(path, str) and path.startswith("Parameters."):
        default = defaults.get(path.removeprefix("Parameters."))
        if default is not None:
            return default
    if "Std:Join" in expression or (isinstance(path, str) and path.startswith("Execution.")):
        return "text"
    least = shape.metadata.get("min", 1)
    suitable: dict[str, Any] = {
        "string": "x" * max(least, 1),
        "integer": least,
        "long": least,
        "float": float(least),
        "double": float(least),
        "boolean": True,
        "list": [],
        "map": {},
        "structure": {},
    }
    return suitable.get(shape.type_name, "x")
