"""Pipeline definitions as values: their digest, and their steps with the branch that each lies in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


def canonical(definition: str) -> str:
    """The same definition in one spelling: whatever SageMaker does to spaces and keys leaves it the same."""
    return json.dumps(json.loads(definition), sort_keys=True)


def digest(definition: str) -> str:
    """The SHA-256 of a definition in its canonical spelling, in hex."""
    return hashlib.sha256(canonical(definition).encode()).hexdigest()


@dataclass(frozen=True)
class PlacedStep:
    """A step of a definition.

    Attributes:
        request: its entry, without the steps inside it.
        branch: where it lies: "" for the top level, else such as "behind QualityGate" or
            "if QualityGate fails".
    """

    name: str
    type: str
    request: Mapping[str, Any]
    branch: str = ""


_BRANCHES = {"IfSteps": "behind {}", "ElseSteps": "if {} fails"}


def placed_steps(document: Mapping[str, Any]) -> dict[str, PlacedStep]:
    """Every step of a definition by name, those inside conditions included."""
    return {step.name: step for step in _placed(document.get("Steps", ()), "")}


def _placed(entries: Iterable[Mapping[str, Any]], branch: str) -> Iterator[PlacedStep]:
    for entry in entries:
        arguments = entry.get("Arguments", {})
        own = {key: value for key, value in arguments.items() if key not in _BRANCHES}
        request = {**{key: value for key, value in entry.items() if key != "Name"}, "Arguments": own}
        yield PlacedStep(entry["Name"], entry["Type"], request, branch)
        for member, wording in _BRANCHES.items():
            yield from _placed(arguments.get(member, ()), wording.format(entry["Name"]))


def is_expression(value: object) -> bool:
    """Whether a value of a definition is worked out when the pipeline runs."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _EXPRESSIONS


_EXPRESSIONS = ("Get", "Std:Join", "Std:JsonGet")


def references(value: object) -> Iterator[str]:
    """What the expressions in a value refer to, such as "Parameters.MinAuc" or "Steps.Load.Outputs"."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Get" and isinstance(inner, str):
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from references(inner)
