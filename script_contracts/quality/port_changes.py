"""What changed in the clauses about one input or output, and whether that breaks anything.

A requirement may ask for less, a guarantee may promise more. Which of two contracts is the stronger is not
decided here a second time: a contract is stronger than another where, as a guarantee, it proves every
clause of the other as a requirement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from script_contracts.quality.checks import AllowedValues, Check, InRange, LabelBalance, RowCount
from script_contracts.quality.compatibility import Finding, is_compatible
from script_contracts.quality.contracts import (
    Bounds,
    Column,
    DataContract,
    MetricsContract,
    ModelContract,
    PortContract,
)


@dataclass(frozen=True)
class Change:
    """One difference between two versions of a contract.

    Attributes:
        clause: what changed, as in `output 'processed_data': column 'label' type`.
        breaking: whether something that fitted the old contract may not fit the new one.
        reason: old and new, and why the change is of its class.
    """

    clause: str
    breaking: bool
    reason: str

    def __str__(self) -> str:
        return f"{self.clause}: {self.reason}"


def port_changes(
    where: str, old: PortContract | None, new: PortContract | None, *, guarantee: bool
) -> Iterator[Change]:
    """The changes of one port's clauses.

    Args:
        where: the port, for messages.
        guarantee: whether the contract is a promise about an output; else it is a demand on an input.
    """
    if old is None or new is None:
        if old is not new:
            stronger = old is None
            reason = f"{'is now' if stronger else 'is no longer'} {'promised' if guarantee else 'required'}"
            yield Change(f"{where}: all clauses", stronger is not guarantee, reason)
        return
    before, after = _strict(old, guarantee), _strict(new, guarantee)
    added = [_reworded(each, given="old") for each in _unproven(before, after)]
    removed = [_reworded(each, given="new") for each in _unproven(after, before)]
    breaking, compatible = (removed, added) if guarantee else (added, removed)
    less, more = ("promises less", "promises more") if guarantee else ("asks for more", "asks for less")
    yield from (Change(f"{where}: {each.clause}", True, f"{less}: {each.reason}") for each in breaking)
    for each in compatible:
        if each.clause not in {other.clause for other in breaking}:
            yield Change(f"{where}: {each.clause}", False, f"{more}: {each.reason}")
    if before == after and _warnings(old) != _warnings(new):
        yield Change(f"{where}: warnings", False, "clauses that only warn have changed")


def _unproven(given: PortContract, wanted: PortContract) -> Iterator[Finding]:
    """The clauses of `wanted` that do not follow from `given`."""
    yield from is_compatible(given, wanted).findings
    if isinstance(given, MetricsContract) and isinstance(wanted, MetricsContract):
        for name, bounds in wanted.thresholds.items():
            known = given.thresholds.get(name)
            if known is not None and not within(known, bounds):
                yield Finding(
                    f"metric '{name}' threshold", False, f"requires {_range(bounds)}, gets {_range(known)}"
                )
    if (
        isinstance(given, ModelContract)
        and isinstance(wanted, ModelContract)
        and wanted.metadata_file is not None
        and given.metadata_file != wanted.metadata_file
    ):
        reason = f"requires {wanted.metadata_file}, gets {given.metadata_file or 'none'}"
        yield Finding("metadata file", True, reason)
    if isinstance(given, DataContract) and isinstance(wanted, DataContract):
        for column in given.columns:
            known_column = wanted.column(column.name)
            if column.nullable is True and known_column is not None and known_column.nullable is None:
                # A consumer that forbids nulls was left to run time, and is refused from now on.
                yield Finding(
                    f"column '{column.name}' nullability", True, "nulls are announced by the guarantee only"
                )


def _reworded(finding: Finding, *, given: Literal["old", "new"]) -> Finding:
    """The same finding in words of old and new, where `given` is the contract that lacks the clause."""
    match = re.fullmatch("requires (.*), gets (.*)", finding.reason)
    if match:
        wanted, found = match.groups()
        old, new = (found, wanted) if given == "old" else (wanted, found)
        return replace(finding, reason=f"was {old}, is {new}")
    return replace(finding, reason=finding.reason.replace("the guarantee", f"the {given} contract"))


def within(inner: Bounds, outer: Bounds) -> bool:
    """Whether every value inside `inner` lies inside `outer`."""
    low = outer.minimum is None or (inner.minimum is not None and inner.minimum >= outer.minimum)
    return low and (outer.maximum is None or (inner.maximum is not None and inner.maximum <= outer.maximum))


def _range(bounds: Bounds) -> str:
    low, high = bounds.minimum, bounds.maximum
    return f"{'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"


def _strict(contract: PortContract, guarantee: bool) -> PortContract:
    """The contract in one canonical form, without what only warns and what is only said to people."""
    if isinstance(contract, MetricsContract):
        thresholds = contract.thresholds if contract.on_violation == "fail" else {}
        return contract.model_copy(update={"thresholds": thresholds, "on_violation": "fail"})
    if not isinstance(contract, DataContract):
        return contract
    columns = [
        Column(
            name=each.name,
            type=each.type,
            nullable=None if each.nullable is True and not guarantee else each.nullable,
        )
        for each in sorted(contract.columns, key=lambda each: each.name)
    ]
    checks = tuple(_merged(check for check in contract.checks if check.on_violation == "fail"))
    return contract.model_copy(update={"columns": tuple(columns), "checks": checks, "example": ()})


def _warnings(contract: PortContract) -> object:
    if isinstance(contract, DataContract):
        checks = [check for check in contract.checks if check.on_violation == "warn"]
        return sorted(check.model_dump_json() for check in checks)
    return contract.thresholds if isinstance(contract, MetricsContract) else None


def _merged(checks: Iterable[Check]) -> Iterator[Check]:
    """One check for all of one kind on one column: the one that they amount to together."""
    groups: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        groups.setdefault((check.kind, getattr(check, "column", "")), []).append(check)
    for _, group in sorted(groups.items(), key=lambda item: item[0]):
        first = group[0]
        if isinstance(first, (InRange, RowCount, LabelBalance)):
            lows = [low for each in group if (low := getattr(each, "minimum", None)) is not None]
            highs = [high for each in group if (high := getattr(each, "maximum", None)) is not None]
            yield first.model_copy(
                update={"minimum": max(lows, default=None), "maximum": min(highs, default=None)}
            )
        elif isinstance(first, AllowedValues):
            sets = [set(each.values) for each in group if isinstance(each, AllowedValues)]
            values = set.intersection(*sets)
            yield first.model_copy(update={"values": tuple(sorted(values, key=repr))})
        else:
            yield first
