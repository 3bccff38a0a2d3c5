"""The starter config that `init` writes: every required field open, every optional one explained."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline_compiler.step_library import complete_library
from pipeline_compiler.template import Template
from pipeline_deps.vocabulary import DependencyType
from step_builders.core.config import StepConfig, is_usual
from step_builders.core.contract_values import nested_model
from step_builders.core.hyperparameter_ranges import HyperparameterRanges
from step_builders.core.images import FRAMEWORKS
from step_builders.core.pipeline_settings import PipelineSettings
from step_builders.core.step import StepDeclaration

Fields = Mapping[str, FieldInfo]


def starter_config(
    template: Template, reference: str | None = None, libraries: Iterable[Path] = (), folder: Path = Path()
) -> str:
    """A commented YAML config for `template`; it compiles once its empty fields are filled in.

    Args:
        template: the template.
        reference: how the config names the template, where that is a file; its name if not given.
        libraries: folders with steps that the config names, beside those of the template.
        folder: where the config will lie.

    Raises:
        PipelineCompilerError: if the template names an unknown step, or a library cannot be used.
    """
    given = tuple(libraries)
    known = complete_library((*template.step_libraries, *given))
    steps = {node.name: known.steps[known.for_node(node.step).step_type] for node in template.steps}
    models = {name: step.config for name, step in steps.items()}
    idle = _idle_versions(steps.values())
    shared = _shared(models.values())
    lines = [
        f"# {template.summary}" if template.summary else f"# {template.name}",
        "# Fill in the empty fields. Lines that begin with '#' show optional fields and their defaults.",
        f"template: {reference or template.name}",
        *(["step_libraries:"] if given else []),
        *(f"  - {os.path.relpath(library, folder)}" for library in given),
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
        "#   Retrain: {default: true}  # for a step with 'run_if: {parameter: Retrain, equals: true}'",
        "",
        "steps:",
    ]
    for name, model in models.items():
        elsewhere = {*shared, *StepConfig.model_fields, *(idle if len(_versions(model)) > 1 else ())}
        own = {f: info for f, info in model.model_fields.items() if f not in elsewhere}
        lines += [f"  {line}" for line in _block(f"{name}:", list(_lines(own, "  ")))]
    return "\n".join(lines) + "\n"


def _shared(models: Iterable[type[BaseModel]]) -> dict[str, FieldInfo]:
    """The plain fields that more than one node has, and that mean the same in all of them."""
    seen: dict[str, list[FieldInfo]] = {}
    for model in models:
        for name, info in model.model_fields.items():
            if nested_model(info.annotation) is None:
                seen.setdefault(name, []).append(info)
    return {
        name: infos[0]
        for name, infos in seen.items()
        if len(infos) > 1 and len({info.description for info in infos}) == 1
    }


def _versions(model: type[BaseModel]) -> set[str]:
    """The fields that choose versions of frameworks: several where models of any of them can be served."""
    return {each.version_field for each in FRAMEWORKS} & set(model.model_fields)


def _idle_versions(steps: Iterable[StepDeclaration]) -> set[str]:
    """The version fields of the frameworks in which no step of the template makes a model."""
    makers = (each for each in steps if any(o.type is DependencyType.MODEL for o in each.spec.outputs))
    used = set().union(*(_versions(each.config) for each in makers))
    return {each.version_field for each in FRAMEWORKS} - used if used else set()


def _block(head: str, lines: list[str]) -> list[str]:
    """A mapping; the defaults are commented out where no steps share a field."""
    return [f"# {head}" if head == "defaults:" and not lines else head, *lines]


def _lines(fields: Fields, indent: str) -> Iterator[str]:
    """One line per field, required ones first."""
    for name, info in sorted(fields.items(), key=lambda each: not _is_open(each[1])):
        key, note = info.alias or name, f"  # {info.description}" if info.description else ""
        nested = nested_model(info.annotation)
        if nested is not None and not issubclass(nested, HyperparameterRanges):
            inner = list(_lines(nested.model_fields, "  "))
            if _is_open(info):
                yield f"{indent}{key}:{note}"
                yield from (f"{indent}{line}" for line in inner)
            else:
                yield f"{indent}# {key}:{note}"
                yield from (f"{indent}#   {line.strip().removeprefix('# ')}" for line in inner)
        elif _is_open(info):
            yield f"{indent}{key}:{note}"
        else:
            yield f"{indent}# {key}: {_scalar(info.default)}{note}"


def _is_open(info: FieldInfo) -> bool:
    """Whether the field is left for the user to fill in."""
    return info.is_required() or is_usual(info)


def _scalar(value: object) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(plain, default_flow_style=True, width=1000)
    return text.removesuffix("\n").removesuffix("\n...")
