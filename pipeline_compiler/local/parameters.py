"""The values of a pipeline's parameters in one run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.local.rules import BAD_PARAMETER_VALUE, UNKNOWN_PARAMETER
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean

_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (float, int),
    "Boolean": (bool,),
}
_BOOLEANS = {"true": True, "false": False}


def bind_parameters(
    declared: list[dict[str, Any]], given: Mapping[str, object]
) -> tuple[dict[str, object], list[Diagnostic]]:
    """Every parameter's value, from `given` or its default, and all that is wrong with them."""
    known = {parameter["Name"]: parameter for parameter in declared}
    problems = [
        UNKNOWN_PARAMETER.error(
            f"the pipeline has no parameter '{name}'",
            fix=did_you_mean(name, known, what="parameters"),
            place=Place(field=f"parameters.{name}"),
        )
        for name in given
        if name not in known
    ]
    values: dict[str, object] = {}
    for name, parameter in known.items():
        if name not in given and "DefaultValue" not in parameter:
            problems.append(_problem(parameter, f"parameter '{name}' has no default and no value"))
            continue
        value = _typed(parameter["Type"], given.get(name, parameter.get("DefaultValue")))
        problems.extend(_value_problems(parameter, value))
        values[name] = value
    return values, problems


def _typed(kind: str, value: object) -> object:
    """Text from a command line as the declared type; anything else as it is."""
    if not isinstance(value, str) or kind == "String":
        return value
    if kind == "Boolean":
        return _BOOLEANS.get(value.lower(), value)
    try:
        return int(value) if kind == "Integer" else float(value)
    except ValueError:
        return value


def _value_problems(parameter: Mapping[str, Any], value: object) -> Iterator[Diagnostic]:
    kind = parameter["Type"]
    if not isinstance(value, _PYTHON_TYPES[kind]) or (isinstance(value, bool) and kind != "Boolean"):
        yield _problem(parameter, f"parameter '{parameter['Name']}' is {value!r}, not of type {kind}")
    elif "EnumValues" in parameter and value not in parameter["EnumValues"]:
        choices = ", ".join(map(repr, parameter["EnumValues"]))
        yield _problem(parameter, f"parameter '{parameter['Name']}' is {value!r}, not one of {choices}")


def _problem(parameter: Mapping[str, Any], message: str) -> Diagnostic:
    choices = parameter.get("EnumValues")
    wanted = f"one of {', '.join(map(repr, choices))}" if choices else f"a value of type {parameter['Type']}"
    return BAD_PARAMETER_VALUE.error(
        message, fix=f"give it {wanted}", place=Place(field=f"parameters.{parameter['Name']}")
    )
