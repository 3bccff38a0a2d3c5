"""What feeds each place of a step's request: told by its builder, from marks.

No table repeats what the builders do. The builder runs once more, with a mark in place of every config field,
input and pipeline setting that it passes on; where a mark comes out is what it feeds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from pipeline_compiler.conformance.findings import Path
from pipeline_compiler.loading import Node
from pipeline_deps.expressions import Expression, Parameter
from script_contracts.core.contract import JobKind
from step_builders.core.config import IMAGE_FIELDS
from step_builders.core.pipeline_settings import PipelineSettings
from step_builders.core.request import BuildContext

FIELD, INPUT, SETTING = "field", "input", "setting"
_MARK = re.compile(rf"<<({FIELD}|{INPUT}|{SETTING}):([^<>]+)>>")
_TYPES = {str: "String", bool: "Boolean", int: "Integer", float: "Float"}
Mark = tuple[str, str]  # kind, and dotted config field, logical name of an input or name of a setting


def trace(node: Node, context: BuildContext) -> dict[Path, frozenset[Mark]]:
    """Place in the step's entry -> the marks in it, for the places that anything feeds."""
    parameters: dict[str, Parameter] = {}
    # A builder may look a value up that has to be one of a few; those of plain jobs pass all of them on.
    choices = node.step.builder is None and node.spec.job_kind is not JobKind.TUNING
    config = _marked(context.config, "", parameters, choices)
    marked = replace(
        context,
        config=config,
        settings=_marked_settings(context.settings),
        parameters=parameters,
        inputs={name: replace(source, uri=_mark(INPUT, name)) for name, source in context.inputs.items()},
        code_uri=_mark(SETTING, "s3_root") if context.code_uri else None,
    )
    arguments = node.step.build(marked).arguments
    return {place: marks for place, marks in _places(("Arguments",), arguments) if marks}


def _mark(kind: str, name: str) -> str:
    return f"<<{kind}:{name}>>"


def _marked(model: Any, path: str, parameters: dict[str, Parameter], choices: bool) -> Any:
    """The settings with marks in place of texts and lists; single values become marked parameters.

    Any field that may be a pipeline parameter is one here, so that builders must pass it on as it is.
    """
    updates: dict[str, Any] = {}
    for name, info in type(model).model_fields.items():
        value, here = getattr(model, name), f"{path}{name}"
        extra = info.json_schema_extra
        fixed = isinstance(extra, dict) and bool(extra.get("fixed"))
        if isinstance(value, BaseModel):
            updates[name] = _marked(value, f"{here}.", parameters, choices)
        elif type(value) in _TYPES and not fixed:
            parameters[here] = Parameter(_mark(FIELD, here), _TYPES[type(value)])
        elif name == "image_uri":
            updates[name] = _mark(FIELD, here)  # also in place of the AWS image, which a version chooses
        elif name not in IMAGE_FIELDS and (choices or not _is_choice(info.annotation)):
            updates[name] = _marked_value(value, _mark(FIELD, here))
    return model.model_copy(update=updates)


def _marked_value(value: Any, mark: str) -> Any:
    """A text, or a list or mapping with as many entries as before."""
    if isinstance(value, str):
        return mark
    if isinstance(value, tuple):
        return tuple(each if isinstance(each, BaseModel) else mark for each in value)
    return dict.fromkeys(value, mark) if isinstance(value, dict) else value


def _is_choice(annotation: Any) -> bool:
    """Whether a field takes one of a few values, or a collection of such."""
    return get_origin(annotation) is Literal or any(map(_is_choice, get_args(annotation)))


def _marked_settings(settings: PipelineSettings) -> PipelineSettings:
    updates: dict[str, Any] = {"tags": _marked_value(settings.tags, _mark(SETTING, "tags"))}
    for name in ("role", "s3_root", "kms_key", "volume_kms_key"):
        updates[name] = _marked_value(getattr(settings, name), _mark(SETTING, name))
    if settings.vpc is not None:
        vpc = {name: _marked_value(value, _mark(SETTING, "vpc")) for name, value in settings.vpc}
        updates["vpc"] = settings.vpc.model_copy(update=vpc)
    return settings.model_copy(update=updates)


def _places(path: Path, value: Any) -> Iterator[tuple[Path, frozenset[Mark]]]:
    if isinstance(value, Expression):
        value = json.dumps(value.definition())
    if isinstance(value, str):
        found = (match.groups() for match in _MARK.finditer(value))
        yield path, frozenset((kind, name) for kind, name in found)
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _places((*path, key), entry)
    elif isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            yield from _places((*path, index), entry)
