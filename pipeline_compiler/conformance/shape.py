"""Shapes: what AWS says that a value looks like, whichever document says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from pipeline_compiler.conformance.pipeline_shapes import SHAPES
from pipeline_compiler.conformance.service_model import service_shapes

_OWN = "pipelines"
# The types with which parameters, and outputs of Lambda and Callback steps, are declared -> types of shapes.
DECLARED_TYPES = {"String": "string", "Integer": "integer", "Float": "float", "Boolean": "boolean"}


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape.

    Attributes:
        name: as in the service model.
        namespace: the service whose model holds it; `pipelines` for those of `pipeline_shapes.py`.
        type: string, integer, long, float, double, boolean, timestamp, blob, list, map or structure; of
            those of Pipelines also any, either and steps.
        raw: the shape in botocore's notation.
    """

    name: str
    namespace: str
    type: str
    raw: Mapping[str, Any]

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        """A structure's members by name."""
        return {name: self._resolve(ref) for name, ref in self.raw.get("members", {}).items()}

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The members that a structure must have."""
        return tuple(self.raw.get("required", ()))

    @cached_property
    def member(self) -> Shape:
        """The shape of a list's members."""
        return self._resolve(self.raw["member"])

    @cached_property
    def key(self) -> Shape:
        """The shape of a map's keys."""
        return self._resolve(self.raw["key"])

    @cached_property
    def value(self) -> Shape:
        """The shape of a map's values."""
        return self._resolve(self.raw["value"])

    @cached_property
    def options(self) -> Mapping[str, Shape]:
        """Of an `either`: JSON type -> shape."""
        return {name: self._resolve(ref) for name, ref in self.raw["options"].items()}

    @cached_property
    def allowed(self) -> frozenset[str]:
        """The only values that a string may have; empty for any."""
        return frozenset(self.raw.get("enum", ()))

    def _resolve(self, ref: Mapping[str, Any]) -> Shape:
        namespace, _, name = ref["shape"].rpartition(":")
        return shape_of(f"{namespace or self.namespace}:{name}")


@cache
def shape_of(name: str) -> Shape:
    """A shape by its full name, such as `sagemaker:CreateProcessingJobRequest` or `pipelines:Step`."""
    namespace, _, bare = name.partition(":")
    raw = SHAPES[bare] if namespace == _OWN else service_shapes(namespace)[bare]
    return Shape(bare, namespace, raw["type"], raw)
