"""Every place of a definition's requests with its shape, told from botocore's own reading of its model.

Independent of the code under test, so that the mutations do not inherit its mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

OPERATIONS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "Training": ("CreateTrainingJob", "TrainingJobName"),
    "Transform": ("CreateTransformJob", "TransformJobName"),
    "Tuning": ("CreateHyperParameterTuningJob", "HyperParameterTuningJobName"),
    "Model": ("CreateModel", "ModelName"),
    "RegisterModel": ("CreateModelPackage", None),
    "AutoML": ("CreateAutoMLJob", "AutoMLJobName"),
    "QualityCheck": ("CreateProcessingJob", "ProcessingJobName"),
    "ClarifyCheck": ("CreateProcessingJob", "ProcessingJobName"),
}
FUNCTIONS = ({"Get"}, {"Std:Join"}, {"Std:JsonGet"})


@dataclass(frozen=True)
class Place:
    """A value in its container, and what AWS says of it."""

    container: Any
    key: Any
    shape: Shape
    required: bool = False

    @property
    def value(self) -> Any:
        return self.container[self.key]


@cache
def input_shape(operation: str) -> StructureShape:
    model = _service()
    shape = model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


@cache
def _service() -> Any:
    return botocore.session.get_session().get_service_model("sagemaker")


def is_expression(value: Any) -> bool:
    return isinstance(value, dict) and set(value) in FUNCTIONS


def all_steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pending = list(document["Steps"])
    while pending:
        step = pending.pop(0)
        yield step
        for branch in ("IfSteps", "ElseSteps", "ForEachBody"):
            pending += step.get("Arguments", {}).get(branch) or []


def places(document: dict[str, Any]) -> Iterator[Place]:
    """Every place of every SageMaker request, containers before what they hold."""
    for step in all_steps(document):
        if step["Type"] in OPERATIONS:
            operation, _ = OPERATIONS[step["Type"]]
            yield from _below(step["Arguments"], input_shape(operation))


def _below(value: Any, shape: Shape) -> Iterator[Place]:
    found: list[Place] = []
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        required = shape.required_members
        found = [
            Place(value, key, shape.members[key], key in required) for key in value if key in shape.members
        ]
    elif isinstance(shape, ListShape) and isinstance(value, list):
        found = [Place(value, index, shape.member) for index in range(len(value))]
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        found = [Place(value, key, shape.value) for key in value]
    for place in found:
        yield place
        if not is_expression(place.value):
            yield from _below(place.value, place.shape)


def expressions(value: Any) -> Iterator[dict[str, Any]]:
    """Every expression anywhere, outer ones before those in them."""
    if isinstance(value, dict):
        if is_expression(value):
            yield value
        for inner in value.values():
            yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)
