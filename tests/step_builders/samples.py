"""A configured pipeline around any one step, made from the declarations alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from pipeline_compiler import CompiledPipeline, Template, compile_pipeline
from pipeline_deps.gates import gate_failures
from pipeline_deps.specification import DependencySpec, StepSpecification
from step_builders import all_steps
from step_builders.core.config import is_usual
from step_builders.core.contract_values import nested_model
from step_builders.core.hyperparameter_ranges import HyperparameterRanges
from step_specs import registry

PIPELINE = {
    "name": "sample",
    "role": "arn:aws:iam::123456789012:role/Execution",
    "region": "us-east-1",
    "s3_root": "s3://bucket/root",
}
NODES = registry().node_names()

_VALUES: tuple[Any, ...] = (
    "s3://bucket/data",
    "other",
    "arn:aws:sagemaker:us-east-1:123456789012:model-package/fraud/1",
    "arn:aws:sagemaker:us-east-1:123456789012:model-package/fraud/2",
    "ml.c5.2xlarge",
    "P7D",
    2,
    3,
    8,
    0.25,
    0.6,
    True,
    False,
    {"a": 1, "b": 0},
    {"a": 0, "b": 1},
    {"a": "b"},
    ("a",),
    ("a", "b"),
    ("c",),
    ("d",),
    "2026-06-01",
    "2026-06-15",
    "arn:aws:iam::123456789012:role/Other",
    "arn:aws:iam::123456789012:role/Third",
    ({"column": "a", "op": "is null"},),
    ({"exceptions": ("Step.THROTTLING",)},),
    {"eta": {"min": 0.01, "max": 0.5}},
    {"eta": {"min": 0.1, "max": 0.2}},
)


@dataclass(frozen=True)
class ConfigField:
    """One value that a config can hold, however deep: its names from the outside in."""

    path: tuple[str, ...]
    info: FieldInfo

    def __str__(self) -> str:
        return ".".join(self.path)

    def values(self) -> list[Any]:
        """Valid values, none of them the default."""
        constrained = (self.info.annotation, "as the field is", *self.info.metadata)
        adapter: TypeAdapter[Any] = TypeAdapter(Annotated[constrained])
        found = []
        for value in (*_literals(self.info.annotation), *_VALUES):
            try:
                valid = adapter.validate_python(value, strict=True)
            except ValidationError:
                continue
            same = adapter.dump_python(valid, exclude_unset=True) == value
            if same and value != self.info.default and value not in found:
                found.append(value)
        assert found, f"no sample value for {self}: add one"
        return found

    def sample(self) -> Any:
        """A valid value that goes with the samples of other fields."""
        return (self.info.examples or self.values())[0]


def _literals(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _literals(part)
    elif get_origin(annotation) is tuple:
        yield from ((each,) for each in _literals(get_args(annotation)[0]))


def fields_of(model: type[BaseModel], before: tuple[str, ...] = ()) -> Iterator[ConfigField]:
    """Every value that a config class can hold, nested ones included."""
    for name, info in model.model_fields.items():
        path = (*before, info.alias or name)
        nested = nested_model(info.annotation)
        if nested and not issubclass(nested, HyperparameterRanges):  # of which there is always one
            yield from fields_of(nested, path)
        else:
            yield ConfigField(path, info)


def required_fields(model: type[BaseModel]) -> list[ConfigField]:
    """The values without which the config is incomplete; of the alternatives, the usual one."""
    return [each for each in fields_of(model) if _always_needed(model, each.path)]


def _always_needed(model: type[BaseModel], path: tuple[str, ...]) -> bool:
    info = next(info for name, info in model.model_fields.items() if (info.alias or name) == path[0])
    nested = nested_model(info.annotation)
    inner = nested is None or len(path) == 1 or _always_needed(nested, path[1:])
    return (info.is_required() or (is_usual(info) and nested is None)) and inner


_OTHER_KINDS = {("source", kind) for kind in ("athena", "unload", "redshift", "table", "adapter")}


# Fields that a config refuses without others: what goes with them.
_TOGETHER: Mapping[tuple[str, ...], Mapping[tuple[str, ...], Any]] = {
    ("date_field",): {("rate_date_field",): "day"},
    ("rate_date_field",): {("date_field",): "day"},
    ("max_rate_age_days",): {("date_field",): "day", ("rate_date_field",): "day"},
    ("default_rate",): {("on_missing_rate",): "default_rate"},
}


def beside(model: type[BaseModel], field: ConfigField) -> dict[tuple[str, ...], Any]:
    """What a field cannot be without: the required fields beside it, a window's end, its partners."""
    found = dict(_TOGETHER.get(field.path, {}))
    found |= {
        each.path: each.values()[0]
        for each in fields_of(model)
        if len(each.path) > 1
        and each.path[:-1] == field.path[:-1]
        and each.info.is_required()
        and each.path != field.path
    }
    if field.path[-2:-1] == ("dates",) and field.path[-1] != "end":
        found[(*field.path[:-1], "end")] = "2026-07-01"
    return found


def step_type(node: str) -> str:
    """Of which a node is perhaps one variant of several."""
    return registry().for_node(node).step_type


def put(settings: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set the value at a path of nested mappings."""
    for name in path[:-1]:
        settings = settings.setdefault(name, {})
    settings[path[-1]] = value


def supplied_by_config(spec: StepSpecification, dependency: DependencySpec) -> bool:
    """Whether the least config supplies a dependency that another step could supply."""
    return dependency.required and dependency.logical_name in spec.config_inputs


@cache
def surroundings(node: str, optional: bool = False) -> Template:
    """A template in which `node` has everything that it needs, and no more unless `optional`."""
    steps: dict[str, None] = {}
    edges: dict[str, None] = {}

    def add(spec: StepSpecification) -> None:
        if spec.name in steps:
            return
        steps[spec.name] = None
        for dependency in spec.dependencies:
            if dependency.logical_name in spec.config_inputs or not (dependency.required or optional):
                continue
            producer = _producer(spec, dependency)
            edges[f"{producer.name} -> {spec.name}"] = None
            add(producer)

    add(registry().for_node(node))
    return Template.of(f"Around{node}", list(steps), list(edges))


def _producer(consumer: StepSpecification, dependency: DependencySpec) -> StepSpecification:
    """The first step that can feed a dependency; of its variants the consumer's, else calibration."""
    wanted = consumer.job_type.value if consumer.job_type else "calibration"
    fitting = [
        spec
        for spec in map(registry().for_node, NODES)
        if any(not gate_failures(spec, output, consumer, dependency) for output in spec.outputs)
    ]
    usual = [each for name in dependency.compatible_sources for each in fitting if each.step_type == name]
    return next((each for each in fitting if each.name.endswith(wanted)), (usual or fitting)[0])


def config_for(template: Template, settings: Mapping[tuple[str, ...], Any] | None = None) -> dict[str, Any]:
    """The least config, required values only, and `settings`, under 'defaults' so that steps agree."""
    defaults: dict[str, Any] = {}
    for each in template.steps:
        for required in required_fields(all_steps()[registry().for_node(each.step).step_type].config):
            put(defaults, required.path, required.sample())
        for dependency in registry().for_node(each.step).dependencies:
            if supplied_by_config(registry().for_node(each.step), dependency):
                put(defaults, (dependency.logical_name, "files"), "s3://bucket/data")
    for path, value in (settings or {}).items():
        put(defaults, path, value)
        if path[:2] in _OTHER_KINDS:
            defaults["source"].pop("files", None)
    return {"pipeline": dict(PIPELINE), "defaults": defaults}


def compiled(
    node: str, settings: Mapping[tuple[str, ...], Any] | None = None, **options: Any
) -> CompiledPipeline:
    """`node` in its surroundings, with `settings` (path -> value) on top of the least config."""
    template = surroundings(node, options.get("optional", False))
    config = deepcopy(config_for(template, settings))
    config["pipeline"].update(options.get("pipeline", {}))
    config["steps"] = {node: options["own"]} if options.get("own") else {}
    return compile_pipeline(template, config)


def entry(pipeline: CompiledPipeline, node: str) -> dict[str, Any]:
    """The step of that name in a definition, wherever it is nested."""

    def steps(found: Any) -> Iterator[dict[str, Any]]:
        if isinstance(found, dict):
            if "Arguments" in found and "Name" in found:
                yield found
            for value in found.values():
                yield from steps(value)
        elif isinstance(found, list):
            for value in found:
                yield from steps(value)

    return next(each for each in steps(json.loads(pipeline.definition)) if each["Name"] == node)


def strings(value: Any) -> Iterator[str]:
    """Every text in a document, keys excluded."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
