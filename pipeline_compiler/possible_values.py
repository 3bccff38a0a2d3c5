"""The values that an expression of a definition can have, as far as the definition says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Definition

ANY = "*"  # stands for a part of a text that only the running pipeline knows


def parameter_name(value: Any) -> str | None:
    """The pipeline parameter that a value refers to; None for anything else."""
    reference = value.get("Get") if isinstance(value, Mapping) else None
    if isinstance(reference, str) and reference.startswith("Parameters."):
        return reference.removeprefix("Parameters.")
    return None


def possible_values(value: Any, definition: Definition) -> tuple[Any, ...]:
    """A plain value; all that a parameter may be, its default first; none for other expressions.

    For a parameter without a list of allowed values this is its default.
    """
    name = parameter_name(value)
    if name is None:
        return () if isinstance(value, Mapping) else (value,)
    declared = definition.parameters.get(name, {})
    default = [declared["DefaultValue"]] if "DefaultValue" in declared else []
    return tuple(dict.fromkeys([*default, *declared.get("EnumValues", ())]))


def open_parameters(value: Any, definition: Definition) -> Iterator[str]:
    """The parameters in a value that accept more than what the definition lists."""
    if isinstance(value, Mapping):
        name = parameter_name(value)
        if name is not None and not definition.parameters.get(name, {}).get("EnumValues"):
            yield name
        for inner in value.values():
            yield from open_parameters(inner, definition)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from open_parameters(inner, definition)


def possible_texts(value: Any, definition: Definition) -> tuple[str, ...]:
    """Every text that a value may be, with ANY in place of each part that is not known before the run.

    What refers to another step gives none: that step's own request says where its results lie.
    """
    if not isinstance(value, Mapping):
        return (str(value),)
    if "Std:Join" in value:
        return _joined(value["Std:Join"], definition)
    if str(value.get("Get", "")).startswith("Steps."):
        return ()
    return tuple(map(str, possible_values(value, definition))) or (ANY,)


def _joined(join: Mapping[str, Any], definition: Definition) -> tuple[str, ...]:
    texts: tuple[str, ...] = ("",)
    for index, part in enumerate(join["Values"]):
        known = possible_texts(part, definition)
        if not known and index == 0:
            return ()  # below what another step wrote
        separator = str(join["On"]) if index else ""
        texts = tuple(f"{text}{separator}{each}" for text in texts for each in known or (ANY,))
    return texts
