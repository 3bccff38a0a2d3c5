"""The job requests in a definition's steps, and the parts of them that several rules read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline_compiler.conformance.findings import Path

if TYPE_CHECKING:
    from pipeline_compiler.conformance.definition import Step

PROCESSING, TRAINING, TRANSFORM, TUNING = "Processing", "Training", "Transform", "Tuning"
# The check steps of Clarify and Model Monitor run processing jobs, with the request of one.
_PROCESSING_STEPS = frozenset({PROCESSING, "ClarifyCheck", "QualityCheck"})
_CLUSTERS = {
    PROCESSING: ("ProcessingResources", "ClusterConfig"),
    TRAINING: ("ResourceConfig",),
    TRANSFORM: ("TransformResources",),
}
# What a training definition of a tuning job may have in place of ResourceConfig; version 2 of the SDK does.
TUNING_CLUSTER = "HyperParameterTuningResourceConfig"
_IMAGES = {
    PROCESSING: ("AppSpecification", "ImageUri"),
    TRAINING: ("AlgorithmSpecification", "TrainingImage"),
}


def at(value: Any, *path: str | int) -> Any:
    """The value at a path of keys and indexes; None where a part of the path is missing."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


def entries(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The mappings in a list, with their indexes; nothing for what is no list."""
    for index, entry in enumerate(value if isinstance(value, list) else ()):
        if isinstance(entry, dict):
            yield index, entry


@dataclass(frozen=True)
class Port:
    """One input, output or channel of a job.

    Attributes:
        path: where its entry stands, from the step's entry.
        name: its InputName, OutputName or ChannelName, which may be an expression.
        uri_key: the key of its S3 address.
        storage: its S3 settings; empty where the request has none.
        storage_path: where those stand.
    """

    path: Path
    name: Any
    is_output: bool
    uri_key: str
    storage: Mapping[str, Any]
    storage_path: Path

    @property
    def uri(self) -> Any:
        """The S3 address, which may be an expression."""
        return self.storage.get(self.uri_key)

    @property
    def uri_path(self) -> Path:
        """Where the S3 address stands."""
        return (*self.storage_path, self.uri_key)


@dataclass(frozen=True)
class Job:
    """One job request.

    Attributes:
        step: the step that starts it.
        kind: Processing, Training or Transform; Training for each training definition of a tuning job.
        request: the request.
        path: where it stands, from the step's entry.
    """

    step: Step
    kind: str
    request: Mapping[str, Any]
    path: Path

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """Inputs first, then outputs."""
        return tuple(self._ports())

    @property
    def cluster(self) -> Mapping[str, Any]:
        """InstanceType, InstanceCount, VolumeSizeInGB, ...; empty where the request has none."""
        found = at(self.request, *self._cluster_keys)
        return found if isinstance(found, dict) else {}

    @property
    def cluster_path(self) -> Path:
        """Where `cluster` stands."""
        return (*self.path, *self._cluster_keys)

    @property
    def _cluster_keys(self) -> tuple[str, ...]:
        keys = _CLUSTERS[self.kind]
        return (TUNING_CLUSTER,) if self.kind == TRAINING and keys[0] not in self.request else keys

    @property
    def hyperparameters_key(self) -> str:
        """The member of the request that holds the hyperparameters that are given, and not searched."""
        return "StaticHyperParameters" if self.step.type == TUNING else "HyperParameters"

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """Those hyperparameters; empty where the request has none."""
        found = self.request.get(self.hyperparameters_key)
        return found if isinstance(found, dict) else {}

    @property
    def image(self) -> Any:
        """The container image; None for a job that takes it from a model."""
        return at(self.request, *_IMAGES[self.kind]) if self.kind in _IMAGES else None

    @property
    def image_path(self) -> Path:
        """Where `image` stands."""
        return (*self.path, *_IMAGES.get(self.kind, ()))

    def _ports(self) -> Iterator[Port]:
        if self.kind == PROCESSING:
            for index, entry in entries(self.request.get("ProcessingInputs")):
                path = (*self.path, "ProcessingInputs", index)
                key = "S3Input" if "S3Input" in entry else "DatasetDefinition"
                yield _port(path, entry, "InputName", (key,), "S3Uri", is_output=False)
            for index, entry in entries(at(self.request, "ProcessingOutputConfig", "Outputs")):
                path = (*self.path, "ProcessingOutputConfig", "Outputs", index)
                yield _port(path, entry, "OutputName", ("S3Output",), "S3Uri", is_output=True)
        elif self.kind == TRAINING:
            for index, entry in entries(self.request.get("InputDataConfig")):
                path = (*self.path, "InputDataConfig", index)
                keys = ("DataSource", "S3DataSource")
                yield _port(path, entry, "ChannelName", keys, "S3Uri", is_output=False)
        elif self.kind == TRANSFORM:
            whole = ("TransformInput", "DataSource", "S3DataSource")
            yield _port(self.path, self.request, None, whole, "S3Uri", is_output=False)
            yield _port(self.path, self.request, None, ("TransformOutput",), "S3OutputPath", is_output=True)


def _port(
    path: Path, entry: Mapping[str, Any], name: str | None, keys: Path, uri_key: str, *, is_output: bool
) -> Port:
    storage = at(entry, *keys)
    named = entry.get(name) if name else None
    settings = storage if isinstance(storage, dict) else {}
    return Port(path, named, is_output, uri_key, settings, (*path, *keys))


def jobs_of(step: Step) -> Iterator[Job]:
    """The job requests of one step; a tuning step has one for each training definition."""
    arguments, path = step.arguments, ("Arguments",)
    if step.type in _PROCESSING_STEPS:
        yield Job(step, PROCESSING, arguments, path)
    elif step.type in (TRAINING, TRANSFORM):
        yield Job(step, step.type, arguments, path)
    elif step.type == TUNING:
        single = arguments.get("TrainingJobDefinition")
        if isinstance(single, dict):
            yield Job(step, TRAINING, single, (*path, "TrainingJobDefinition"))
        for index, each in entries(arguments.get("TrainingJobDefinitions")):
            yield Job(step, TRAINING, each, (*path, "TrainingJobDefinitions", index))


def containers_of(step: Step) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The containers that a model would be served with, and where each stands."""
    for keys in (("InferenceSpecification",), ("CreateModel",), ()):
        holder = at(step.arguments, *keys)
        for index, each in entries(at(holder, "Containers")):
            yield ("Arguments", *keys, "Containers", index), each
        primary = at(holder, "PrimaryContainer")
        if isinstance(primary, dict):
            yield ("Arguments", *keys, "PrimaryContainer"), primary
