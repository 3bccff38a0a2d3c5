"""How config values reach a script: the environment variables and arguments of its contract.

A variable is fed by the config field of its name in lower case; fields of nested settings are joined
with '_', so that `SOURCE_FORMAT` is `source.format`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from pipeline_deps.expressions import Expression, as_text
from script_contracts.core.contract import ScriptContract
from step_builders.core.config import is_unused
from step_builders.core.request import BuildContext

JOB_TYPE = "job_type"  # fed by the specification's variant, not by a field


@cache
def field_paths(model: type[BaseModel]) -> dict[str, str]:
    """Every value that a config can hold: joined name -> dotted path."""
    paths: dict[str, str] = {}
    for name, info in model.model_fields.items():
        nested = nested_model(info.annotation)
        if nested is None:
            paths[name] = name
        else:
            paths.update({f"{name}_{key}": f"{name}.{path}" for key, path in field_paths(nested).items()})
    return paths


def environment(context: BuildContext) -> dict[str, str | Expression]:
    """The environment variables of a job, in name order; without optional ones that are unset or unused."""
    contract, variant = _contract(context), context.spec.job_type
    used = (
        each
        for each in contract.optional_env_vars
        if not is_unused(type(context.config), each.lower(), variant)
    )
    names = (*contract.required_env_vars, *used)
    found = {name: _text(context, name.lower()) for name in names}
    return {name: value for name, value in sorted(found.items()) if value is not None}


def settings_of(contract: ScriptContract, config: BaseModel) -> dict[str, str]:
    """The settings that a script gets, as text: environment variables and hyperparameters, by name.

    Where a pipeline parameter sets one, this is the parameter's default.
    """
    paths = field_paths(type(config))
    names = {name: name.lower() for name in (*contract.required_env_vars, *contract.optional_env_vars)}
    inner = type(config).model_fields.get("hyperparameters")
    model = nested_model(inner.annotation) if inner else None
    if model is not None:
        names.update({i.alias or n: f"hyperparameters_{n}" for n, i in model.model_fields.items()})
    found = {}
    for name, joined in names.items():
        value = value_text(field_value(config, paths[joined])) if joined in paths else None
        if isinstance(value, str):
            found[name] = value
    return found


def field_value(config: BaseModel, path: str) -> Any:
    """The value at a dotted path; None where a part of the path is not set."""
    found: Any = config
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def arguments(context: BuildContext) -> list[str | Expression]:
    """The command line of a job, `--name value` for each argument that has a value."""
    line: list[str | Expression] = []
    for name in _contract(context).expected_arguments:
        if name == JOB_TYPE and context.spec.job_type is not None:
            line += [f"--{name}", context.spec.job_type.value]
        elif (value := _text(context, name)) is not None:
            line += [f"--{name}", value]
    return line


def fed_names(contract: ScriptContract) -> Iterator[str]:
    """The joined field names that the contract's variables and arguments take their values from."""
    for name in (*contract.required_env_vars, *contract.optional_env_vars):
        yield name.lower()
    yield from contract.expected_arguments


def _text(context: BuildContext, name: str) -> str | Expression | None:
    path = field_paths(type(context.config)).get(name)
    return None if path is None else value_text(context.value(path))


def value_text(value: Any) -> str | Expression | None:
    """A config value as a script receives it; None where it is not set."""
    if value is None or value == () or value == {}:
        return None
    if isinstance(value, (tuple, list)):
        return ",".join(value)
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True)
    return as_text(value)


def _contract(context: BuildContext) -> ScriptContract:
    assert context.spec.script_contract is not None, "only steps with a script have an environment"
    return context.spec.script_contract


def nested_model(annotation: Any) -> type[BaseModel] | None:
    """The config model inside a field's annotation, such as `Source | None`; None for a plain value."""
    return None if get_origin(annotation) in (tuple, dict) else _model_in(annotation)


def entry_model(annotation: Any) -> type[BaseModel] | None:
    """The config model of the entries of a list, such as `tuple[RetryPolicy, ...]`; None for any other."""
    return _model_in(annotation) if get_origin(annotation) is tuple else None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
