"""Validating one section of a config against its model, with each message at its file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from pipeline_compiler.conformance.scope import shown
from pipeline_compiler.documents import Document
from pipeline_compiler.parameters import DeclaredParameter
from pipeline_compiler.rules import INVALID_VALUE, MISSING_FIELD, SET_TWICE, UNKNOWN_FIELD
from pipeline_deps.expressions import ExpressionError
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean
from step_builders.core.contract_values import entry_model, nested_model

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Section:
    """The raw settings of one node (or of the pipeline) and where each came from.

    Attributes:
        name: what the section configures, for messages.
        data: the settings, defaults included.
        origins: top-level field -> the path in the document that its value stands at.
        place: where the section stands.
        inherited: fields that came from 'defaults'.
        parameters: dotted field -> the declared parameter that sets it.
    """

    name: str
    data: Mapping[str, Any]
    document: Document
    origins: Mapping[str, tuple[object, ...]]
    place: Place = NOWHERE
    inherited: frozenset[str] = frozenset()
    parameters: Mapping[str, DeclaredParameter] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()

    @staticmethod
    def of_pipeline(document: Document) -> Section:
        """The section 'pipeline'."""
        data = document.data.get("pipeline")
        data = data if isinstance(data, Mapping) else {}
        origins = {name: ("pipeline", name) for name in data}
        return Section("pipeline", data, document, origins, document.place("pipeline"))

    @staticmethod
    def of_step(document: Document, name: str, model: type[BaseModel]) -> Section:
        """The section of a step, with the defaults that it has fields for."""
        steps, defaults = document.data.get("steps"), document.data.get("defaults")
        own = steps.get(name) if isinstance(steps, Mapping) else None
        problems: tuple[Diagnostic, ...] = ()
        if own is not None and not isinstance(own, Mapping):
            problems = (
                INVALID_VALUE.error(
                    f"{name}: settings must be 'name: value' lines, got {own!r}",
                    fix="write the step's settings below its name, or nothing",
                    place=document.place("steps", name),
                ),
            )
            own = None
        own = {key: value for key, value in (own or {}).items() if key != "job_type"}
        usable = defaults if isinstance(defaults, Mapping) else {}
        inherited = {
            key: value for key, value in usable.items() if key in model.model_fields and key not in own
        }
        origins: dict[str, tuple[object, ...]] = {key: ("defaults", key) for key in inherited}
        origins.update({key: ("steps", name, key) for key in own})
        place = document.place("steps", name)
        return Section(
            name, {**inherited, **own}, document, origins, place, frozenset(inherited), problems=problems
        )

    def where(self, location: tuple[object, ...]) -> Place:
        """The place of the value at `location` within the section."""
        dotted = ".".join(str(part) for part in location)
        for target, parameter in self.parameters.items():
            if dotted == target:
                return parameter.place
        if location and location[0] in self.origins:
            return self.document.place(*self.origins[str(location[0])], *location[1:])
        return replace(self.place, field=".".join(filter(None, (self.place.field, dotted))))

    def with_value(self, target: str, value: object) -> dict[str, Any]:
        """The settings with the value at a dotted field replaced."""
        return _with(self.data, target.split("."), value)

    def with_parameters(self, declared: tuple[DeclaredParameter, ...]) -> tuple[Section, list[Diagnostic]]:
        """The section with the default of every parameter that sets one of its fields."""
        problems = list(self.problems)
        data: dict[str, Any] = dict(self.data)
        bound: dict[str, DeclaredParameter] = {}
        for parameter in declared:
            for node, target in parameter.targets:
                if node != self.name:
                    continue
                path = target.split(".")
                if target in bound:
                    problems.append(
                        SET_TWICE.error(
                            f"{self.name}.{target} is set by the parameters '{bound[target].name}' "
                            f"and '{parameter.name}'",
                            fix="let one parameter set it",
                            place=parameter.place,
                        )
                    )
                elif _has(data, path) and path[0] not in self.inherited:
                    problems.append(
                        SET_TWICE.error(
                            f"{self.name}.{target} is set by the parameter '{parameter.name}' "
                            "and in the step's section",
                            fix="remove one of the two",
                            place=self.where(tuple(path)),
                        )
                    )
                else:
                    data = _with(data, path, parameter.default)
                    bound[target] = parameter
        return replace(self, data=data, parameters=bound), problems


def validate_section(model: type[Model], section: Section) -> tuple[Model | None, list[Diagnostic]]:
    """The typed settings of a section, or None and every problem with them."""
    try:
        config = model.model_validate(dict(section.data))
        mistaken = [_wrong_kind(section, *each) for each in _mistaken(config, section.data)]
        return (None if mistaken else config), mistaken
    except ValidationError as error:
        return None, [_diagnostic(model, section, entry) for entry in error.errors(include_url=False)]
    except ExpressionError as error:
        return None, [each.at(section.place) for each in error.diagnostics]


def _mistaken(
    value: object, given: object, location: tuple[object, ...] = ()
) -> Iterator[tuple[tuple[object, ...], str | bool, object]]:
    """Where text was taken for a number or a truth value, or that for a number: location, given, value."""
    wrong = isinstance(value, (int, float)) and type(given) is not type(value)
    if wrong and isinstance(given, (str, bool)):
        yield location, given, value
    elif isinstance(value, BaseModel) and isinstance(given, Mapping):
        for name, info in type(value).model_fields.items():
            for key in {name, info.alias} & given.keys():
                yield from _mistaken(getattr(value, name), given[key], (*location, key))
    elif isinstance(value, Mapping) and isinstance(given, Mapping):
        for key in value.keys() & given.keys():
            yield from _mistaken(value[key], given[key], (*location, key))
    elif isinstance(value, tuple) and isinstance(given, (tuple, list)) and len(value) == len(given):
        for index, (entry, text) in enumerate(zip(value, given, strict=True)):
            yield from _mistaken(entry, text, (*location, index))


def _wrong_kind(
    section: Section, location: tuple[object, ...], text: str | bool, value: object
) -> Diagnostic:
    dotted = ".".join(str(part) for part in location)
    if isinstance(text, bool):
        return INVALID_VALUE.error(
            f"'{dotted}' must be a number, got {str(text).lower()}",
            fix="write a number",
            place=section.where(location),
        )
    wanted, plain = ("true or false", str(value).lower()) if isinstance(value, bool) else ("a number", value)
    return INVALID_VALUE.error(
        f"'{dotted}' must be {wanted}, got the text {text!r}",
        fix=f"write it without quotes: {plain}",
        place=section.where(location),
    )


def _diagnostic(model: type[BaseModel], section: Section, entry: Any) -> Diagnostic:
    location = entry["loc"]
    name, place = str(location[-1]) if location else section.name, section.where(location)
    dotted = ".".join(str(part) for part in location)
    if entry["type"] == "extra_forbidden":
        known = _fields_at(model, location[:-1])
        return UNKNOWN_FIELD.error(
            f"unknown field '{name}'", fix=did_you_mean(name, known, what="fields"), place=place
        )
    if entry["type"] == "missing" or (entry["input"] is None and _is_required(model, location)):
        return MISSING_FIELD.error(
            f"'{dotted}' ({_description(model, location)}) is missing",
            fix=f"add '{name}:' {_where_to_add(section, location)}"
            if entry["type"] == "missing"
            else f"give '{name}:' a value",
            place=place,
            details=[] if section.name == "pipeline" else [section.name],
        )
    if entry["type"] == "value_error":  # one of our own, about several fields together
        message, _, remedy = entry["msg"].removeprefix("Value error, ").partition("; ")
        where = f"{section.name}.{dotted}" if dotted else section.name
        return INVALID_VALUE.error(f"{where}: {message}", fix=remedy or "change one of them", place=place)
    return INVALID_VALUE.error(
        f"'{dotted}' {_complaint(entry)}, got {_given(entry['input'])}",
        fix=_remedy(_field(model, location), entry),
        place=place,
    )


def _where_to_add(section: Section, location: tuple[object, ...]) -> str:
    parent = ".".join(str(part) for part in location[:-1])
    if section.name == "pipeline" or parent:
        return f"under '{parent or section.name}'"
    return "to the step's section, or under 'defaults' for all steps"


def _given(value: object) -> str:
    """A value as the user wrote it; for a mapping of which nothing is filled in, its fields."""
    if isinstance(value, Mapping) and value and all(each is None for each in value.values()):
        return f"{', '.join(map(repr, value))} without a value"
    return shown(value)


def _remedy(info: FieldInfo | None, entry: Any) -> str:
    given = entry["input"]
    if entry["type"] == "string_type" and isinstance(given, (int, float)) and not isinstance(given, bool):
        return f"write it in quotes: '{given}'"
    if info is None or not info.description:
        return "correct the value"
    example = f", such as {info.examples[0]}" if info.examples else ""
    return f"correct it: {info.description}{example}"


# pydantic's words for these speak of Python types, which a config file does not have
_COMPLAINTS = {
    "tuple_type": "must be a list",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "dict_type": "must be 'name: value' lines",
    "model_type": "must be 'name: value' lines",
    "string_type": "must be text (in quotes, if it looks like a number, a date or yes and no)",
    "string_pattern_mismatch": "is not written as it must be",
}


def _complaint(entry: Any) -> str:
    if entry["type"] in ("too_long", "too_short"):
        bounds = entry["ctx"]
        wanted = (
            f"at most {bounds['max_length']}"
            if "max_length" in bounds
            else f"at least {bounds['min_length']}"
        )
        return f"must have {wanted} entries, and has {bounds['actual_length']}"
    words: str = entry["msg"][0].lower() + entry["msg"][1:]
    return _COMPLAINTS.get(
        entry["type"], words.replace("input should", "should", 1).replace("string should", "should", 1)
    )


def _fields_at(model: type[BaseModel], location: tuple[object, ...]) -> list[str]:
    """The field names (aliases first) that the model at `location` accepts."""
    current = _model_at(model, location)
    fields = current.model_fields if current else {}
    return [info.alias or name for name, info in fields.items()]


def _model_at(model: type[BaseModel], location: tuple[object, ...]) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int):
            continue  # one entry of a list, whose entries `current` describes
        info = current.model_fields.get(str(part)) if current else None
        current = (nested_model(info.annotation) or entry_model(info.annotation)) if info else None
    return current


def _field(model: type[BaseModel], location: tuple[object, ...]) -> FieldInfo | None:
    parent = _model_at(model, location[:-1])
    if parent is None or not location:
        return None
    fields = parent.model_fields.items()
    return next((info for name, info in fields if location[-1] in (name, info.alias)), None)


def _description(model: type[BaseModel], location: tuple[object, ...]) -> str:
    info = _field(model, location)
    return (info.description if info else None) or ""


def _is_required(model: type[BaseModel], location: tuple[object, ...]) -> bool:
    info = _field(model, location)
    return info is not None and info.is_required()


def _has(data: Mapping[str, Any], path: list[str]) -> bool:
    found: Any = data
    for part in path:
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return True


def _with(data: Mapping[str, Any], path: list[str], value: object) -> dict[str, Any]:
    """A copy of `data` with the value at `path` set; nothing shared is changed."""
    head, *rest = path
    inner = data.get(head)
    if rest and inner is not None and not isinstance(inner, Mapping):
        return dict(data)  # what stands there is wrong, and the model says so
    return {**data, head: _with(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}
