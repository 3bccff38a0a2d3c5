"""Pipeline parameters: which config fields may be changed each time the pipeline is started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from pipeline_compiler.documents import Document
from pipeline_compiler.names import IN_WORDS, NAME
from pipeline_compiler.rules import BAD_PARAMETER, NAME_TOO_LONG
from pipeline_deps.expressions import Parameter, Primitive
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean
from step_builders.core.config import is_fixed

if TYPE_CHECKING:
    from pipeline_compiler.template import Template
    from pipeline_compiler.validation import Section

_FIELDS = ("default", "sets", "allowed")


@dataclass(frozen=True)
class DeclaredParameter:
    """A parameter as the config declares it.

    Attributes:
        targets: the fields that it sets, as (node, dotted field); none where only a `run_if` asks for it.
    """

    name: str
    default: Primitive
    targets: tuple[tuple[str, str], ...]
    allowed: tuple[Primitive, ...]
    place: Place


def read_parameters(
    document: Document, template: Template
) -> tuple[tuple[DeclaredParameter, ...], list[Diagnostic]]:
    """The section 'parameters', and every problem with it."""
    section = document.data.get("parameters")
    declared, problems = [], []
    nodes = [step.name for step in template.steps]
    for name, entry in section.items() if isinstance(section, Mapping) else ():
        found = list(_problems(str(name), entry, nodes, document))
        problems += found
        if not found:
            declared.append(
                DeclaredParameter(
                    name,
                    entry["default"],
                    tuple(_split(target) for target in _targets(entry)),
                    tuple(entry.get("allowed") or ()),
                    document.place("parameters", name),
                )
            )
    return tuple(declared), problems


def _targets(entry: Mapping[str, Any]) -> list[str]:
    sets = entry.get("sets", [])
    return [sets] if isinstance(sets, str) else list(sets)


def _are_targets(sets: Any) -> bool:
    listed = [sets] if isinstance(sets, str) else sets
    return isinstance(listed, (list, tuple)) and bool(listed) and all(isinstance(e, str) for e in listed)


def _split(target: str) -> tuple[str, str]:
    node, _, field = target.partition(".")
    return node, field


def _problems(name: str, entry: Any, nodes: list[str], document: Document) -> Iterator[Diagnostic]:
    place = document.place("parameters", name)
    if not NAME.fullmatch(name):
        yield NAME_TOO_LONG.error(
            f"parameter name '{name}' is not {IN_WORDS}",
            fix="rename the parameter",
            place=place,
        )
    if (
        not isinstance(entry, Mapping)
        or entry.get("default") is None
        or ("sets" in entry and not _are_targets(entry["sets"]))
    ):
        yield BAD_PARAMETER.error(
            f"parameter '{name}' must have 'default' and 'sets', got {entry!r}",
            fix=f"write '{name}: {{default: VALUE, sets: Step.field}}'; only a run_if's needs no 'sets'",
            place=place,
        )
        return
    for key in entry:
        if key not in _FIELDS:
            yield BAD_PARAMETER.error(
                f"parameter '{name}' has no field '{key}'",
                fix=did_you_mean(str(key), _FIELDS, what="fields"),
                place=document.place("parameters", name, key),
            )
    allowed = entry.get("allowed")
    if allowed is not None and (not isinstance(allowed, (list, tuple)) or entry["default"] not in allowed):
        yield BAD_PARAMETER.error(
            f"the default of parameter '{name}', {entry['default']!r}, is not among its allowed values "
            f"{allowed!r}",
            fix="list it under 'allowed'",
            place=document.place("parameters", name, "allowed"),
        )
    for target in _targets(entry):
        node, field = _split(target)
        if node in nodes and not field:
            yield BAD_PARAMETER.error(
                f"parameter '{name}' sets '{target}', which names a step and no field of it",
                fix=f"write '{target}.<field>'",
                place=document.place("parameters", name, "sets"),
            )
        elif node not in nodes:
            yield BAD_PARAMETER.error(
                f"parameter '{name}' sets '{target}', but there is no such step",
                fix=did_you_mean(node, nodes, what="template's steps") + " (as Step.field)",
                place=document.place("parameters", name, "sets"),
            )


def bind_parameters(section: Section, config: BaseModel) -> tuple[dict[str, Parameter], list[Diagnostic]]:
    """The typed parameters of a validated section, by dotted field.

    A parameter's type is the type of the field that it sets.
    """
    bound, problems = {}, []
    for target, declared in section.parameters.items():
        path, value, fixed = _follow(config, target)
        kind = parameter_type(value)
        if fixed or kind is None or len(path) < len(target.split(".")):
            kept = f"is not one value ('{'.'.join(path)}' holds a {type(value).__name__})"
            reason = "decides what is compiled" if fixed else kept
            problems.append(
                BAD_PARAMETER.error(
                    f"parameter '{declared.name}' cannot set {section.name}.{target}, which {reason}",
                    fix="set the field in the step's section",
                    place=declared.place,
                )
            )
            continue
        allowed = []
        for each in declared.allowed:
            try:
                other = type(config).model_validate(section.with_value(target, each))
            except ValidationError as error:
                problems.append(
                    BAD_PARAMETER.error(
                        f"parameter '{declared.name}' allows {each!r}, which {section.name}.{target} "
                        f"does not: {error.errors(include_url=False)[0]['msg']}",
                        fix="list only values that the field accepts",
                        place=declared.place,
                    )
                )
            else:
                allowed.append(_follow(other, target)[1])
        bound[".".join(path)] = Parameter(declared.name, kind, value, tuple(allowed))
    return bound, problems


def _follow(config: BaseModel, target: str) -> tuple[list[str], Any, bool]:
    """The attributes that lead to a dotted field, its value, and whether it decides what is compiled.

    The path is shorter than the target where that reaches into what is not a group of settings.
    """
    value: Any = config
    path: list[str] = []
    fixed = False
    for part in target.split("."):
        if not isinstance(value, BaseModel):
            break
        path.append(_field_name(type(value), part))
        fixed = fixed or is_fixed(type(value), path[-1])
        value = getattr(value, path[-1])
    return path, value, fixed


def parameter_type(value: object) -> str | None:
    """The type of a pipeline parameter that holds `value`; None where there is none."""
    return _TYPES.get(type(value))


_TYPES: dict[type, str] = {str: "String", bool: "Boolean", int: "Integer", float: "Float"}


def _field_name(model: type[BaseModel], given: str) -> str:
    """The attribute behind a field's name or alias."""
    return next(name for name, info in model.model_fields.items() if given in (name, info.alias))
