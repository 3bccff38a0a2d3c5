"""The quotas of SageMaker Pipelines: read from one data file, changeable where AWS has raised one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipeline_compiler.conformance.model_rules import BAD_QUOTA
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError
from script_contracts.core.suggestions import did_you_mean

_FILE = Path(__file__).with_name("quotas.yaml")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Quota:
    """One quota.

    Attributes:
        what: what it limits, in words.
        source: where the value was read, or that the user gave it.
        read: the day it was read, as an ISO date.
    """

    name: str
    value: int
    what: str
    source: str
    read: str = ""


@dataclass(frozen=True)
class Quotas:
    """Every quota by name.

    Attributes:
        entries: name -> quota, as in `quotas.yaml`.
    """

    entries: Mapping[str, Quota]

    def __getitem__(self, name: str) -> int:
        return self.entries[name].value

    def quota(self, name: str) -> Quota:
        """The quota with what it limits and its source."""
        return self.entries[name]

    def with_overrides(self, overrides: Mapping[str, int]) -> Quotas:
        """The same quotas with other values.

        Raises:
            PipelineCompilerError: with a diagnostic for each unknown name and unusable value.
        """
        problems = tuple(override_problems(overrides))
        if problems:
            raise PipelineCompilerError(*problems)
        changed = {
            name: Quota(name, value, self.entries[name].what, "the config")
            for name, value in overrides.items()
        }
        return Quotas({**self.entries, **changed})


def override_problems(overrides: Mapping[Any, Any]) -> Iterator[Diagnostic]:
    """What is wrong with quotas that a user gave."""
    known = shipped_quotas().entries
    for name, value in overrides.items():
        if name not in known:
            yield BAD_QUOTA.error(
                f"there is no quota '{name}'", fix=did_you_mean(str(name), known, what="quotas")
            )
        elif not isinstance(value, int) or isinstance(value, bool) or value < 1:
            yield BAD_QUOTA.error(
                f"the quota '{name}' is {value!r}, which is not a whole number above 0",
                fix=f"give the number of {known[name].what} that AWS grants you",
            )


@cache
def shipped_quotas() -> Quotas:
    """The quotas of `quotas.yaml`."""
    data = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=_Loader)["quotas"]
    return Quotas(
        {
            name: Quota(name, entry["value"], entry["what"], entry["source"], str(entry["read"]))
            for name, entry in data.items()
        }
    )
