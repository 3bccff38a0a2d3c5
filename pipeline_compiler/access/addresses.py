"""What the steps of a definition name: S3 addresses, images, keys, roles, networks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.possible_values import ANY, possible_texts

# The environment variable that says where a program lets Athena unload a query's result.
UNLOAD_VARIABLE = "SOURCE_UNLOAD_URI"
# Under these members of a request the service writes, under the last also reads; under all others it reads.
_WRITTEN = {
    "ProcessingOutputConfig",
    "OutputDataConfig",
    "TransformOutput",
    "S3OutputPath",
    "OutputS3Uri",
    UNLOAD_VARIABLE,
}
_READ_TOO = {"CheckpointConfig"}
_IMAGES = {"ImageUri", "TrainingImage", "Image"}
_ROLES = {"RoleArn", "ExecutionRoleArn"}
_SINGLE = {"KmsKeyId", "VolumeKmsKeyId", "ModelPackageGroupName", "ModelPackageName"}
# What a DatasetDefinition names of a query besides S3 addresses.
QUERY_MEMBERS = {"Catalog", "Database", "WorkGroup", "ClusterId", "DbUser"}
_EXPRESSIONS = {"Get", "Std:Join", "Std:JsonGet"}
_NESTED = {"IfSteps", "ElseSteps", "Conditions"}
# An address made from content changes with the content; the folder that holds such addresses does not.
_CONTENT_ADDRESS = re.compile(r"/[0-9a-f]{64}(/.*)?$")


@dataclass(frozen=True)
class Found:
    """One text in a request.

    Attributes:
        keys: the members of the request that lead to it.
        value: the text or expression.
        text: what it is, or may be; ANY stands for each part that only the running pipeline knows.
    """

    step: Step
    keys: tuple[str, ...]
    value: Any
    text: str


@dataclass(frozen=True)
class Usage:
    """What the steps of a definition use. S3 addresses are `bucket/key`, with ANY at the end of a prefix."""

    definition: Definition

    @cached_property
    def found(self) -> tuple[Found, ...]:
        """Every text in the requests of all steps."""
        return tuple(
            Found(step, keys, value, text)
            for step in self.definition.steps
            for keys, value in _leaves(step.arguments, ())
            for text in possible_texts(value, self.definition)
        )

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The S3 addresses that jobs write to."""
        members = _WRITTEN | _READ_TOO
        return _addresses(each.text for each in self.found if members & set(each.keys))

    @cached_property
    def read(self) -> tuple[str, ...]:
        """The S3 addresses that jobs read from, the results of other steps among them."""
        inputs = _addresses(each.text for each in self.found if not _WRITTEN & set(each.keys))
        return _addresses(f"s3://{each}" for each in (*inputs, *self.written))

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The container images."""
        return self.values(*_IMAGES)

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The roles that jobs run as."""
        return self.values(*_ROLES)

    def values(self, *members: str) -> tuple[str, ...]:
        """The values of the members of these names."""
        return _sorted(each.text for each in self.found if each.keys[-1] in members)

    def undecided(self) -> Iterator[Found]:
        """Buckets, images, keys, roles, model groups and databases that only the running pipeline knows."""
        members = _IMAGES | _ROLES | _SINGLE | QUERY_MEMBERS
        for each in self.found:
            bucket = each.text.split("/")[2] if each.text.startswith("s3://") else ""
            if ANY in bucket or (each.keys[-1] in members and ANY in each.text):
                yield each


def object_patterns(address: str) -> tuple[str, ...]:
    """The objects at an address, as IAM matches them: the object itself, and what lies below it."""
    if address.endswith(ANY):
        return (address,)
    if address.endswith("/"):
        return (f"{address}{ANY}",)
    _, _, key = address.partition("/")
    if not key:
        return (f"{address}/{ANY}",)
    # A prefix without a slash is a folder or, where it has a suffix, one object.
    return (address,) if "." in key.rsplit("/", 1)[-1] else (address, f"{address}/{ANY}")


def _leaves(node: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(members, value) of every text and expression in a request; nested steps are steps of their own."""
    if isinstance(node, Mapping) and not _EXPRESSIONS & set(node):
        for key, value in node.items():
            if key not in _NESTED:
                yield from _leaves(value, (*keys, str(key)))
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _leaves(value, keys)
    elif isinstance(node, (str, Mapping)):
        yield keys, node


def _addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """The S3 addresses among the texts; without those that lie below another."""
    found = {
        _general(text.strip('"').removeprefix("s3://")) for text in texts if text.strip('"')[:5] == "s3://"
    }
    folders = [each.removesuffix(ANY) for each in found if each.endswith(f"/{ANY}")]
    return _sorted(
        each
        for each in found
        if not any(each != f"{folder}{ANY}" and each.startswith(folder) for folder in folders)
    )


def _general(address: str) -> str:
    """An address up to what differs between executions or between versions of the code."""
    known, unknown, _ = address.partition(ANY)
    return f"{known}{ANY}" if unknown else _CONTENT_ADDRESS.sub(f"/{ANY}", address)


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
