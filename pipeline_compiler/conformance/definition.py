"""A pipeline definition as the checks read it: its steps, flat, and its parameters by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_compiler.conformance.findings import Path
from pipeline_compiler.conformance.jobs import Job, jobs_of

BRANCHES = ("IfSteps", "ElseSteps", "ForEachBody")  # where the Arguments of a step hold steps
_FUNCTIONS = frozenset({"Get", "Std:Join", "Std:JsonGet"})


@dataclass(frozen=True)
class Step:
    """One entry of a definition's steps.

    Attributes:
        entry: the whole entry: Name, Type, Arguments, DependsOn, CacheConfig, PropertyFiles, ...
        path: where the entry stands in the definition; nested steps lie below their condition.
        branches: the conditions that it lies behind and the loops that it lies in, outermost first, each
            with the key of the branch.
    """

    entry: Mapping[str, Any]
    path: Path
    branches: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The step's name; empty where the entry has none."""
        return str(self.entry.get("Name", ""))

    @property
    def type(self) -> str:
        """The step's type, such as `Processing`; empty where the entry has none."""
        return str(self.entry.get("Type", ""))

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The request; empty where the entry has none."""
        found = self.entry.get("Arguments")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def expressions(self) -> tuple[tuple[str, Any], ...]:
        """Every expression in its entry, as (function, argument); none of the steps that it holds."""
        return tuple(_expressions_in(self.entry))

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """The job requests in it: none for a step that starts no job, several for some tuning steps."""
        return tuple(jobs_of(self))


@dataclass(frozen=True)
class Definition:
    """A parsed definition.

    Attributes:
        document: the JSON document.
        region: the AWS region it is meant for; None where nothing says it.
    """

    document: Mapping[str, Any]
    region: str | None = None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step, those inside of conditions and loops included, each after the step that holds it."""
        return tuple(_flat(self.document.get("Steps"), ("Steps",), ()))

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Every job request of every step."""
        return tuple(job for step in self.steps for job in step.jobs)

    @cached_property
    def addresses(self) -> dict[int, str | None]:
        """What `values.address` has found out so far, by the identity of the expression in the document."""
        return {}

    @cached_property
    def by_name(self) -> Mapping[str, Step]:
        """Step name -> step; of two with one name, the first."""
        found: dict[str, Step] = {}
        for step in self.steps:
            found.setdefault(step.name, step)
        return found

    @cached_property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameter name -> its declaration: Name, Type, DefaultValue, EnumValues."""
        declared = self.document.get("Parameters")
        entries = declared if isinstance(declared, Sequence) else ()
        return {str(each.get("Name")): each for each in entries if isinstance(each, Mapping)}


def _flat(entries: Any, path: Path, branches: tuple[tuple[str, str], ...]) -> Iterator[Step]:
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, Mapping):
            continue
        step = Step(entry, (*path, index), branches)
        yield step
        for branch in BRANCHES:
            inner = (*step.path, "Arguments", branch)
            yield from _flat(step.arguments.get(branch), inner, (*branches, (step.name, branch)))


def is_expression(value: Any) -> bool:
    """Whether a value of a definition is a Get, Std:Join or Std:JsonGet."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _FUNCTIONS


def _expressions_in(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        if is_expression(value):
            yield next(iter(value.items()))
        for key, inner in value.items():
            if key not in BRANCHES:
                yield from _expressions_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _expressions_in(inner)
