"""Documentation of steps, built-in ones and own ones, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from pipeline_deps.specification import DependencySpec, StepSpecification
from pipeline_deps.vocabulary import JobType
from script_contracts.core.contract import TrainingScriptContract
from step_builders.core.config import IMAGE_FIELDS, JobConfig, is_unused
from step_builders.core.contract_values import entry_model, nested_model
from step_builders.core.hyperparameter_ranges import HyperparameterRanges, NumberRange
from step_builders.core.step import StepDeclaration


def step_section(step: StepDeclaration, job_fields: str | None = None) -> Iterator[str]:
    """The parts of a step's section, to be joined by line ends.

    Args:
        step: the step.
        job_fields: a link to where the fields that every job has are explained; their names if not given.
    """
    spec, contract = step.spec, step.spec.script_contract
    yield f"## {spec.step_type}\n\n{spec.summary}\n"
    if contract is not None:
        yield contract.description + "\n"
    facts = [f"{spec.job_kind.value} step", f"{spec.node_type.value} node"]
    if spec.job_types:
        facts.append("job types " + ", ".join(each.value for each in spec.job_types))
    if contract is not None:
        program = contract.program if contract.in_image else code(f"scripts/{contract.entry_point}")
        facts.append(f"{'program' if contract.in_image else 'script'} {program}")
    yield "; ".join(facts) + ".\n"
    if spec.dependencies or spec.config_inputs:
        yield table(("Input", "Carries", "From", "Container path", ""), _input_rows(spec))
    if spec.outputs:
        paths = contract.expected_output_paths if contract else {}
        yield table(
            ("Output", "Carries", "Container path", ""),
            (
                (code(o.logical_name), o.type.value, code(paths.get(o.logical_name, "")), o.description)
                for o in spec.outputs
            ),
        )
    common = {*JobConfig.model_fields, *(IMAGE_FIELDS if issubclass(step.config, JobConfig) else ())}
    fields = step.config.model_fields
    own = [name for name in fields if name not in common or fields[name].is_required()]
    if own:
        yield table(("Config field", "Default", ""), field_rows(step.config, own))
    if issubclass(step.config, JobConfig):
        names = ", ".join(code(name) for name in fields if name not in own)
        yield f"And the {job_fields or f'fields of every job: {names}'}.\n"
    if isinstance(contract, TrainingScriptContract) and contract.metric_definitions:
        yield f"Logs {', '.join(map(code, contract.metric_definitions))}, which SageMaker keeps as metrics.\n"
    if contract is not None and contract.framework_requirements:
        needs = (f"{name} {version}" for name, version in contract.framework_requirements.items())
        yield f"Runs with {', '.join(needs)}.\n"


def _input_rows(spec: StepSpecification) -> Iterator[tuple[str, ...]]:
    """The inputs: dependencies, then what only the config supplies."""
    paths: Mapping[str, str] = spec.script_contract.mounted_inputs if spec.script_contract else {}
    for dependency in spec.dependencies:
        name = dependency.logical_name
        yield (
            code(name),
            dependency.type.value,
            _source(spec, dependency),
            code(paths.get(name, "")),
            _note(dependency),
        )
    for name in spec.config_inputs:
        if spec.dependency(name) is None:
            yield code(name), "files", f"the config field {code(name)}", code(paths.get(name, "")), ""


def _source(spec: StepSpecification, dependency: DependencySpec) -> str:
    """Who may supply a dependency."""
    sources = ", ".join(dependency.compatible_sources) or "any step"
    jobs = ", ".join(each.value for each in dependency.source_job_types)
    config = f" or the config field {code(dependency.logical_name)}"
    return (
        sources
        + (f" ({jobs})" if jobs else "")
        + (config if dependency.logical_name in spec.config_inputs else "")
    )


def _note(dependency: DependencySpec) -> str:
    """What a dependency is for."""
    return ("" if dependency.required else "optional: ") + dependency.description


def field_rows(model: type[BaseModel], fields: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Rows of a table of config fields."""
    for each in fields_of(model, fields):
        yield code(each.name), "required" if each.required else code(each.default), each.description


@dataclass(frozen=True)
class Field:
    """One config field.

    Attributes:
        name: as the config writes it; dotted within nested settings, with `[]` after the name of a list.
        default: as YAML writes it; empty for a required field, and for one that holds settings.
    """

    name: str
    required: bool
    default: str
    description: str


def fields_of(model: type[BaseModel], fields: Iterable[str], prefix: str = "") -> Iterator[Field]:
    """Config fields, each followed by those of the settings nested in it."""
    for name in fields:
        info = model.model_fields[name]
        shown = prefix + (info.alias or name)
        inner = nested_model(info.annotation)
        default = "" if info.is_required() or inner else _plain(info.default)
        alone = " (training variant)" if is_unused(model, name, JobType.CALIBRATION) else ""
        yield Field(shown, info.is_required(), default, f"{info.description or ''}{alone}")
        if inner is not None and issubclass(inner, HyperparameterRanges):  # each of them is alike
            yield from fields_of(NumberRange, NumberRange.model_fields, f"{shown}.NAME.")
        elif inner is not None:
            yield from fields_of(inner, inner.model_fields, f"{shown}.")
        elif (entries := entry_model(info.annotation)) is not None:
            yield from fields_of(entries, entries.model_fields, f"{shown}[].")


def _plain(value: object) -> str:
    """A default as YAML writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, dict)) and not value:
        return "[]" if isinstance(value, tuple) else "{}"
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)


def table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(headers)]
    lines.append(["---"] * len(lines[0]))
    lines += [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def code(text: str) -> str:
    """Text set as code; nothing stays nothing."""
    return f"`{text}`" if text else ""
