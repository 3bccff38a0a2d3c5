"""A step's request, flattened: one entry per setting, without the order of lists that carry no meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline_compiler.plan.definitions import is_expression

Path = tuple[str, ...]

# Lists whose entries have a name, and the member that holds it.
_NAMED = {
    "ProcessingInputs": "InputName",
    "Outputs": "OutputName",
    "InputDataConfig": "ChannelName",
    "Tags": "Key",
    "PropertyFiles": "PropertyFileName",
    "MetricDefinitions": "Name",
    "DebugRuleConfigurations": "RuleConfigurationName",
    "IntegerParameterRanges": "Name",
    "ContinuousParameterRanges": "Name",
    "CategoricalParameterRanges": "Name",
    "AutoParameters": "Name",
    "TrainingJobDefinitions": "DefinitionName",
}
# Lists that are sets: SageMaker does the same whatever their order.
_SETS = {
    "Conditions",
    "DependsOn",
    "RetryPolicies",
    "EnumValues",
    "SecurityGroupIds",
    "Subnets",
    "SupportedContentTypes",
    "SupportedResponseMIMETypes",
    "SupportedRealtimeInferenceInstanceTypes",
    "SupportedTransformInstanceTypes",
    "ExceptionType",
}


def facts(value: Mapping[str, Any]) -> dict[Path, Any]:
    """Path -> value of every setting below a mapping; equal for what means the same.

    An expression is one value. Entries of lists are addressed by name where they have one. What is empty is
    left out, which is what SageMaker takes it for.
    """
    return dict(_flat(value, ()))


def _flat(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    key = path[-1] if path else ""
    if is_expression(value):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, (*path, name))
    elif not isinstance(value, (list, tuple)):
        if value is not None:
            yield path, value
    elif key in _SETS:
        if value:
            yield path, sorted((_sorted_sets(each) for each in value), key=_order)
    elif key == "ContainerArguments" and (options := _options(value)):
        for name, given in options.items():
            yield (*path, name), given
    elif all(isinstance(each, Mapping) and not is_expression(each) for each in value):
        for name, entry in _named(key, value).items():
            rest = dict(_flat(entry, (*path, name)))
            yield from rest.items() if rest else [((*path, name), name)]
    else:
        yield path, list(value)


def _order(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _sorted_sets(value: Any) -> Any:
    """An entry of a set with the sets inside it sorted."""
    if not isinstance(value, Mapping):
        return value
    return {
        key: sorted(inner, key=_order) if key in _SETS and isinstance(inner, list) else _sorted_sets(inner)
        for key, inner in value.items()
    }


def _named(key: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The entries by name, or by number where they have none or share one."""
    member = _NAMED.get(key)
    names = [entry.get(member) if member else None for entry in entries]
    if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
        return {
            str(name): {inner: value for inner, value in entry.items() if inner != member}
            for name, entry in zip(names, entries, strict=True)
        }
    return {str(number): entry for number, entry in enumerate(entries)}


def _options(arguments: Sequence[Any]) -> dict[str, Any]:
    """The arguments as option -> value, where that is what they are; else nothing."""
    names, values = arguments[::2], arguments[1::2]
    fits = len(names) == len(values) and all(isinstance(n, str) and n.startswith("--") for n in names)
    return dict(zip(names, values, strict=True)) if fits and len(set(names)) == len(names) else {}
