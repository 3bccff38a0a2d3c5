"""The load pass: template + config -> configured nodes, with every problem of both at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_compiler.documents import Document
from pipeline_compiler.model_packages import is_model_package
from pipeline_compiler.parameters import DeclaredParameter, bind_parameters, read_parameters
from pipeline_compiler.rules import (
    BAD_PARAMETER,
    INVALID_VALUE,
    JOB_TYPE_MISMATCH,
    MISSING_FIELD,
    UNKNOWN_FIELD,
    UNKNOWN_SECTION,
)
from pipeline_compiler.run_conditions import Conditioned, bind_conditions
from pipeline_compiler.template import Template
from pipeline_compiler.validation import Section, validate_section
from pipeline_deps.dag import PipelineDAG
from pipeline_deps.expressions import Parameter
from pipeline_deps.rules import UNKNOWN_NODE, UNKNOWN_STEP
from pipeline_deps.specification import StepSpecification
from script_contracts.core.diagnostics import (
    Diagnostic,
    PipelineCompilerError,
    Place,
    has_errors,
)
from script_contracts.core.suggestions import did_you_mean
from step_builders.core.config import StepConfig, is_unused
from step_builders.core.contract_values import settings_of
from step_builders.core.images import frameworks_of
from step_builders.core.pipeline_settings import PipelineSettings
from step_builders.core.rules import UNSUPPORTED_REGION, UNUSED_BY_VARIANT
from step_builders.core.step import StepDeclaration
from step_builders.core.table_sources import TableSource

if TYPE_CHECKING:
    from pipeline_compiler.step_library import StepLibrary

TOP_LEVEL = ("template", "pipeline", "defaults", "parameters", "steps", "local", "step_libraries")


class ConfigError(PipelineCompilerError):
    """A config that does not fit its template, or whose values are invalid."""


@dataclass(frozen=True)
class Node:
    """One configured step of the pipeline.

    Attributes:
        parameters: dotted config field -> the pipeline parameter that sets it.
        section: what the config says about it, and where.
        node_place: where the template lists it; nowhere for a template made in Python.
    """

    name: str
    step: StepDeclaration
    spec: StepSpecification
    config: StepConfig
    parameters: Mapping[str, Parameter]
    section: Section
    node_place: Place

    @property
    def place(self) -> Place:
        """Where its section in the config stands, or would stand."""
        return self.section.place

    @property
    def code_files(self) -> Mapping[str, bytes]:
        """What the config adds to the step's code bundle."""
        return self.step.files(self.config) if self.step.files else {}

    @property
    def inherited(self) -> tuple[str, ...]:
        """The config fields that came from 'defaults'."""
        return tuple(sorted(self.section.inherited))

    @cached_property
    def script_settings(self) -> Mapping[str, str]:
        """The settings that the node's script gets, as text; none for a node without a script."""
        contract = self.spec.script_contract
        return {} if contract is None else settings_of(contract, self.config)

    @property
    def provided(self) -> tuple[str, ...]:
        """The inputs that the config supplies."""
        return tuple(each for each in self.spec.config_inputs if getattr(self.config, each, None) is not None)

    @property
    def unmounted(self) -> tuple[str, ...]:
        """The inputs that the node's program gets by itself, so that its job mounts nothing for them."""
        sources = ((each, getattr(self.config, each)) for each in self.provided)
        return tuple(
            name for name, source in sources if isinstance(source, TableSource) and not source.is_mounted
        )


@dataclass(frozen=True)
class LoadedPipeline:
    """What the load pass hands on.

    Attributes:
        local: S3 prefix -> folder that stands for it in local runs.
        document: the config that it was loaded from.
        warnings: what is wrong, and not with the pipeline.
    """

    template: Template
    document: Document
    settings: PipelineSettings
    nodes: Mapping[str, Node]
    parameters: tuple[Parameter, ...]
    local: Mapping[str, Path]
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def folder(self) -> Path:
        """What relative paths in the config are relative to."""
        return self.document.folder

    @property
    def settings_place(self) -> Place:
        """Where the pipeline's own settings stand; the budget, where there is one."""
        return self.document.place("pipeline", *(("budget",) if self.settings.budget else ()))

    @property
    def dag(self) -> PipelineDAG:
        """The graph of the nodes' names."""
        return self.template.dag


def load(
    template: Template,
    document: Document,
    library: StepLibrary,
) -> LoadedPipeline:
    """Configure every node of `template` from `document`, with the steps of `library`.

    Raises:
        ConfigError: with every problem of the config and the template.
    """
    problems = [*_top_level_problems(document), *template.dag.problems()]
    specs: dict[str, StepSpecification] = {}
    for node in template.steps:
        try:
            specs[node.name] = library.for_node(node.step, node.place)
        except PipelineCompilerError as error:
            problems += error.diagnostics
    problems += _section_problems(document, template, specs)
    settings, found = validate_section(PipelineSettings, Section.of_pipeline(document))
    problems += found
    declared, found = read_parameters(document, template)
    problems += found
    problems += _unused_defaults(document, specs, library.steps)
    problems += stand_in_problems(_mapping(document, "local"), specs, document)
    nodes = {}
    places = {step.name: step.place for step in template.steps}
    for name, spec in specs.items():
        built, found = _node(name, spec, library.steps[spec.step_type], document, declared, places[name])
        problems += found
        if built is not None:
            nodes[name] = built
    problems += [*_type_conflicts(nodes.values()), *_region_problems(settings, nodes.values(), document)]
    parameters = {each.name: each for node in nodes.values() for each in node.parameters.values()}
    if not has_errors(problems):  # a step with errors may be the one whose condition asks for a parameter
        parameters, found = bind_conditions(conditioned_nodes(nodes).values(), declared, parameters)
        problems += found
    problems = _merged(problems)
    if has_errors(problems) or settings is None:
        raise ConfigError(*problems)
    local = {
        prefix: document.folder / folder for prefix, folder in (document.data.get("local") or {}).items()
    }
    ordered = tuple(parameters[name] for name in sorted(parameters))
    return LoadedPipeline(template, document, settings, nodes, ordered, local, library.left_out)


def _node(
    name: str,
    spec: StepSpecification,
    step: StepDeclaration,
    document: Document,
    declared: tuple[DeclaredParameter, ...],
    node_place: Place,
) -> tuple[Node | None, list[Diagnostic]]:
    section = Section.of_step(document, name, step.config)
    section, problems = section.with_parameters(declared)
    given = document.types.get(name, step.config)
    if given is not step.config:
        problems.append(
            INVALID_VALUE.error(
                f"{name} takes a {step.config.__name__}, got a {given.__name__}",
                fix=f"give it a {step.config.__name__}",
                place=section.place,
            )
        )
    config, found = validate_section(step.config, section)
    problems += found
    if config is None:
        return None, problems
    parameters, found = bind_parameters(section, config)
    problems += [*found, *_unused_by_variant(spec, section, step.config)]
    return Node(name, step, spec, config, parameters, section, node_place), problems


def _unused_by_variant(
    spec: StepSpecification, section: Section, config: type[StepConfig]
) -> Iterator[Diagnostic]:
    """Settings of a step's own, or of a parameter, of which its variant makes nothing."""
    for field in section.data:
        inherited = field in section.inherited and field not in section.parameters
        if not inherited and is_unused(config, field, spec.job_type):
            yield UNUSED_BY_VARIANT.error(
                f"{section.name}: only the training variant of {spec.step_type} uses '{field}'",
                fix="set it there, or under 'defaults'",
                place=section.where((field,)),
            )


def conditioned_nodes(nodes: Mapping[str, Node]) -> dict[str, Conditioned]:
    """The nodes that have a `run_if`, by name."""
    return {
        name: Conditioned.of(name, node.config.run_if, node.section)
        for name, node in nodes.items()
        if node.config.run_if is not None
    }


def _type_conflicts(nodes: Iterable[Node]) -> Iterator[Diagnostic]:
    types: dict[str, str] = {}
    for node in nodes:
        for field, parameter in node.parameters.items():
            other = types.setdefault(parameter.name, parameter.type)
            if other != parameter.type:
                yield BAD_PARAMETER.error(
                    f"parameter '{parameter.name}' sets fields of two types, {other} and {parameter.type} "
                    f"({node.name}.{field})",
                    fix="declare one parameter for each type",
                    place=node.place,
                )


def _top_level_problems(document: Document) -> Iterator[Diagnostic]:
    for key, value in document.data.items():
        if key not in TOP_LEVEL:
            yield UNKNOWN_FIELD.error(
                f"unknown section '{key}'",
                fix=did_you_mean(str(key), TOP_LEVEL, what="sections"),
                place=document.place(key),
            )
        elif (
            key not in ("template", "step_libraries") and value is not None and not isinstance(value, Mapping)
        ):
            yield INVALID_VALUE.error(
                f"'{key}' must be a mapping, got {value!r}",
                fix=f"write the settings of '{key}' as 'name: value' lines below it",
                place=document.place(key),
            )
    for prefix, folder in _mapping(document, "local").items():
        if not isinstance(folder, str):
            yield INVALID_VALUE.error(
                f"'local' maps S3 prefixes to folders, got {prefix}: {folder!r}",
                fix="write 's3://bucket/prefix: folder', the folder relative to the config file",
                place=document.place("local", prefix),
            )


def _region_problems(
    settings: PipelineSettings | None, nodes: Iterable[Node], document: Document
) -> Iterator[Diagnostic]:
    """A region without images; builders find the same, but cannot say where it stands."""
    if settings is None:
        return
    needed = {
        each.key: each
        for node in nodes
        if getattr(node.config, "image_uri", "none needed") is None
        for each in frameworks_of(node.config)[:1]  # what serves models of any kind is checked when built
    }
    for _, framework in sorted(needed.items()):
        if settings.region not in framework.accounts:
            yield UNSUPPORTED_REGION.error(
                f"no {framework.title} image is known for the region '{settings.region}'",
                fix=f"{did_you_mean(settings.region, framework.accounts, what='regions')} "
                "(or give every step an image_uri)",
                place=document.place("pipeline", "region"),
            )


def _section_problems(
    document: Document, template: Template, specs: Mapping[str, StepSpecification]
) -> Iterator[Diagnostic]:
    names = [step.name for step in template.steps]
    for name, section in _mapping(document, "steps").items():
        if name not in names:
            yield UNKNOWN_SECTION.error(
                f"the template {template.name} has no step '{name}'",
                fix=did_you_mean(str(name), names, what="template's steps"),
                place=document.place("steps", name),
            )
        elif isinstance(section, Mapping) and "job_type" in section and name in specs:
            own = specs[name].job_type
            if section["job_type"] != (own.value if own else None):
                yield JOB_TYPE_MISMATCH.error(
                    f"{name} has job type {own.value if own else 'none'}, its section says "
                    f"'{section['job_type']}'",
                    fix="remove job_type from the section, or use the node of the job type that is meant",
                    place=document.place("steps", name, "job_type"),
                )


def _unused_defaults(
    document: Document, specs: Mapping[str, StepSpecification], steps: Mapping[str, StepDeclaration]
) -> Iterator[Diagnostic]:
    known = {field for spec in specs.values() for field in steps[spec.step_type].config.model_fields}
    for field in _mapping(document, "defaults"):
        if field not in known:
            yield UNKNOWN_FIELD.error(
                f"unknown field '{field}'",
                fix=did_you_mean(str(field), known, what="fields"),
                place=document.place("defaults", field),
                details=["no step in this template has a field of that name"],
            )


def _mapping(document: Document, key: str) -> Mapping[str, Any]:
    value = document.data.get(key)
    return value if isinstance(value, Mapping) else {}


def stand_in_problems(
    names: Iterable[str], specs: Mapping[str, StepSpecification], document: Document
) -> Iterator[Diagnostic]:
    """Keys of 'local' that are no S3 prefix, no model package and no input that the config supplies."""
    inputs = [f"{name}.{each}" for name, spec in specs.items() for each in spec.config_inputs]
    for name in names:
        if not (name.startswith("s3://") or is_model_package(name)) and name not in inputs:
            yield INVALID_VALUE.error(
                "'local' maps S3 prefixes, ARNs of model packages, or inputs that the config supplies, to "
                f"folders; got '{name}'",
                fix=f"write 's3://bucket/prefix: folder', or NODE.INPUT: "
                f"{did_you_mean(name, inputs, what='inputs')}",
                place=document.place("local", name),
            )


_UNKNOWN_NAMES = {rule.code for rule in (UNKNOWN_SECTION, UNKNOWN_STEP, UNKNOWN_NODE)}


def _is_misspelt(missing: Diagnostic, problems: Iterable[Diagnostic]) -> bool:
    """Whether the missing field is there under an unknown name, which is told: one problem, not two."""
    parent, _, name = (missing.place.field or "").rpartition(".")
    return any(
        each.code == UNKNOWN_FIELD.code
        and each.fix == f"did you mean '{name}'?"
        and (each.place.field or "").rpartition(".")[0] in (parent, "defaults")
        for each in problems
    )


def _merged(problems: list[Diagnostic]) -> list[Diagnostic]:
    """The problems, each once, and one for all steps that miss the same field."""
    merged: dict[object, Diagnostic] = {}
    missing: dict[str, list[Diagnostic]] = {}
    for problem in problems:
        if problem.code == MISSING_FIELD.code and _is_misspelt(problem, problems):
            continue
        if problem.code == MISSING_FIELD.code and problem.details:
            missing.setdefault(problem.message, []).append(problem)
        else:
            merged.setdefault((problem.code, problem.message, problem.place), problem)
    for message, same in missing.items():
        steps = [detail for each in same for detail in each.details]
        merged[message] = MISSING_FIELD.error(
            f"{message} for {', '.join(steps)}", fix=same[0].fix, place=same[0].place
        )
    # A name that does not exist comes first: other problems may only follow from it.
    return sorted(
        merged.values(),
        key=lambda each: (each.code not in _UNKNOWN_NAMES, each.place.line or 0, each.code, each.message),
    )
