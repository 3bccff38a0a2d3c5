"""Versions of contracts: what changed, whether that breaks anything, and what the version must become.

A step's contract has two kinds of clauses. A *requirement* (an input, a setting, a library) may ask for
less without breaking anything; a *guarantee* (an output, a cost) may promise more. The other way round,
a pipeline, a neighbour or a script that fitted the old contract may not fit the new one: that is a
breaking change, and needs a new major version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.quality.contracts import StepContract
from script_contracts.quality.interfaces import Interface, interface_of
from script_contracts.quality.port_changes import Change, port_changes
from script_contracts.quality.rules import (
    BREAKING_CHANGE,
    CONTRACT_REMOVED,
    FALSE_COMPATIBILITY,
    UNMARKED_CHANGE,
    VERSION_LOWERED,
)
from script_contracts.quality.script_changes import script_changes

if TYPE_CHECKING:
    from script_contracts.core.contract import ScriptContract

Bump = Literal["major", "minor", "none"]


@dataclass(frozen=True)
class ContractDiff:
    """The difference between two versions of one contract; false where there is none.

    Attributes:
        step: the step's name; empty where the contracts do not say.
        old_version: the version that the old contract declares.
        new_version: the version that the new contract declares.
        claims: the versions that the new contract says it is compatible with.
        changes: every change, breaking ones first.
    """

    step: str
    old_version: str
    new_version: str
    claims: tuple[str, ...]
    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that something which fitted the old contract may not survive."""
        return tuple(each for each in self.changes if each.breaking)

    @property
    def bump(self) -> Bump:
        """Which part of the version the changes must raise."""
        return "major" if self.breaking else "minor" if self.changes else "none"

    @property
    def required_version(self) -> str:
        """The lowest version that the new contract may have."""
        major, minor = _numbers(self.old_version)
        if self.bump == "none":
            return self.old_version
        return f"{major + 1}.0" if self.breaking else f"{major}.{minor + 1}"

    @property
    def satisfied(self) -> bool:
        """Whether the declared version is high enough for the changes."""
        return _numbers(self.new_version) >= _numbers(self.required_version)

    def diagnostics(self, place: Place) -> Iterator[Diagnostic]:
        """What is wrong with the declared version and the claims, coded."""
        name = self.step or "the contract"
        details = [str(each) for each in self.breaking]
        fix = f"set its version to {self.required_version}, or undo the change"
        versions = f"version {self.old_version} -> {self.new_version}"
        if _numbers(self.new_version) < _numbers(self.old_version):
            yield VERSION_LOWERED.error(f"{name}: {versions}", fix=fix, place=place)
        elif not self.satisfied and self.breaking:
            yield BREAKING_CHANGE.error(
                f"{name}: {_counted(len(details), 'breaking change')}, {versions}",
                fix=fix,
                place=place,
                details=details,
            )
        elif not self.satisfied:
            yield UNMARKED_CHANGE.warning(
                f"{name}: {_counted(len(self.changes), 'compatible change')}, {versions}",
                fix=f"set its version to {self.required_version}, "
                f"with '{self.old_version}' in backward_compatible_with",
                place=place,
                details=[str(each) for each in self.changes],
            )
        if self.breaking and self.old_version in self.claims:
            yield FALSE_COMPATIBILITY.error(
                f"{name} {self.new_version} claims to be compatible with {self.old_version}, which it breaks",
                fix=f"take '{self.old_version}' out of backward_compatible_with, or undo the change",
                place=place,
                details=details,
            )

    def as_dict(self) -> dict[str, Any]:
        """The difference as JSON-ready data."""
        return {
            "step": self.step,
            "old_version": self.old_version,
            "new_version": self.new_version,
            "bump": self.bump,
            "required_version": self.required_version,
            "satisfied": self.satisfied,
            "changes": [
                {"clause": each.clause, "breaking": each.breaking, "reason": each.reason}
                for each in self.changes
            ],
        }


def diff_contracts(
    old: ScriptContract | StepContract | Interface, new: ScriptContract | StepContract | Interface
) -> ContractDiff:
    """Every change from `old` to `new`, each classified."""
    before, after = interface_of(old), interface_of(new)
    changes = [*script_changes(before, after), *_clauses(before, after)]
    return ContractDiff(
        step=after.step_type or before.step_type,
        old_version=before.quality.version,
        new_version=after.quality.version,
        claims=after.quality.backward_compatible_with,
        changes=tuple(sorted(changes, key=lambda each: (not each.breaking, each.clause))),
    )


def _clauses(before: Interface, after: Interface) -> Iterator[Change]:
    for side in ("inputs", "outputs"):
        old, new = getattr(before.quality, side), getattr(after.quality, side)
        ports, left = getattr(before, side), getattr(after, side)
        for name in sorted({*old, *new}):
            if (name in ports) != (name in left):
                continue  # the port itself came or went, which is a change already
            where = f"{side[:-1]} '{name}'"
            yield from port_changes(where, old.get(name), new.get(name), guarantee=side == "outputs")


def diff_all(
    old: Mapping[str, Interface], new: Mapping[str, Interface]
) -> tuple[dict[str, ContractDiff], list[Diagnostic]]:
    """The differences of all steps, by name, and what is wrong with their versions.

    Args:
        old, new: step -> its contract. New steps need nothing; a step that is gone is a warning.
    """
    diffs = {name: diff_contracts(old[name], new[name]) for name in sorted({*old} & {*new})}
    found = [each for name, diff in diffs.items() for each in diff.diagnostics(Place(field=name))]
    for name in sorted({*old} - {*new}):
        fix = "keep the step until no pipeline uses it, or tell those who do"
        found.append(CONTRACT_REMOVED.warning(f"{name} is gone", fix=fix, place=Place(field=name)))
    return diffs, found


def _numbers(version: str) -> tuple[int, int]:
    major, minor = version.split(".")
    return int(major), int(minor)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
