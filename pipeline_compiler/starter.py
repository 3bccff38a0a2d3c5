"""The starter config that `init` writes: every required field open, every optional one explained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline_compiler.template import Template
from step_builders import all_steps
from step_builders.core.config import PipelineSettings
from step_builders.core.contract_values import nested_model
from step_specs import registry

Fields = Mapping[str, FieldInfo]


def starter_config(template: Template) -> str:
    """A commented YAML config for `template`; it compiles once its empty fields are filled in.

    Raises:
        SpecificationError: if the template names an unknown step.
    """
    models = {
        step.name: all_steps()[registry().for_node(step.step).step_type].config for step in template.steps
    }
    shared = _shared(models.values())
    lines = [
        f"# {template.summary}" if template.summary else f"# {template.name}",
        "# Fill in the empty fields. Lines that begin with '#' show optional fields and their defaults.",
        f"template: {template.name}",
        "",
        "pipeline:",
        *_lines(PipelineSettings.model_fields, "  "),
        "",
        "# Inherited by every step that has the field; a step's own section overrides it.",
        *_block("defaults:", list(_lines(shared, "  "))),
        "",
        "# Values that can be changed each time the pipeline is started.",
        "# parameters:",
        "#   ParameterName: {default: VALUE, sets: StepName.field}",
        "",
        "steps:",
    ]
    for name, model in models.items():
        own = {field: info for field, info in model.model_fields.items() if field not in shared}
        lines += [f"  {line}" for line in _block(f"{name}:", list(_lines(own, "  ")))]
    return "\n".join(lines) + "\n"


def _shared(models: Iterable[type[BaseModel]]) -> dict[str, FieldInfo]:
    """The fields with plain values that more than one kind of step has."""
    distinct = list(dict.fromkeys(models))
    found: dict[str, FieldInfo] = {}
    for model in distinct:
        for name, info in model.model_fields.items():
            others = [other for other in distinct if other is not model and name in other.model_fields]
            if others and nested_model(info.annotation) is None:
                found.setdefault(name, info)
    return found


def _block(head: str, lines: list[str]) -> list[str]:
    """A mapping whose head is commented out with its content if all of that is."""
    if all(line.lstrip().startswith("#") for line in lines):
        return [head if head[0] != "d" else f"# {head}", *lines]
    return [head, *lines]


def _lines(fields: Fields, indent: str) -> Iterator[str]:
    """One line per field, required ones first."""
    for name, info in sorted(fields.items(), key=lambda each: not _is_open(each[1])):
        key, note = info.alias or name, f"  # {info.description}" if info.description else ""
        nested = nested_model(info.annotation)
        if nested is not None:
            inner = list(_lines(nested.model_fields, "  "))
            mark = "" if _is_open(info) else "# "
            yield f"{indent}{mark}{key}:{note}"
            yield from (f"{indent}{mark}{line}" if mark else f"{indent}{line}" for line in inner)
        elif info.is_required():
            yield f"{indent}{key}:{note}"
        else:
            yield f"{indent}# {key}: {_scalar(info.default)}{note}"


def _is_open(info: FieldInfo) -> bool:
    return info.is_required()


def _scalar(value: object) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(plain, default_flow_style=True, width=1000)
    return text.removesuffix("\n").removesuffix("\n...")
