"""What changed between two contracts outside the clauses about data: ports, settings, cost, libraries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from script_contracts.quality.contracts import Bounds, ConfigContract, PerformanceGuarantees
from script_contracts.quality.interfaces import Interface, Port
from script_contracts.quality.port_changes import Change, within

T = TypeVar("T")


def script_changes(old: Interface, new: Interface) -> Iterator[Change]:
    """Every change of what a pipeline must supply and of what the program finds in its container."""
    if old.job_kind != new.job_kind:
        yield Change("job kind", True, f"was {old.job_kind}, is {new.job_kind}: another API runs the step")
    if old.entry_point != new.entry_point:
        yield Change(
            "entry point", False, f"was {old.entry_point}, is {new.entry_point}: derived when compiling"
        )
    for side, before, after in (
        ("input", old.inputs, new.inputs),
        ("output", old.outputs, new.outputs),
    ):
        for name in _all(before, after):
            yield from _port(side, name, before.get(name), after.get(name))
    yield from _settings("environment variable", _environment(old), _environment(new))
    yield from _settings("argument", dict(old.arguments), dict(new.arguments))
    yield from _libraries(old.framework_requirements, new.framework_requirements)
    yield from _config(old.quality.config, new.quality.config)
    yield from _performance(old.quality.performance, new.quality.performance)


def _all(before: Mapping[str, T], after: Mapping[str, T]) -> list[str]:
    return sorted({*before, *after})


def _port(side: str, name: str, before: Port | None, after: Port | None) -> Iterator[Change]:
    where = f"{side} '{name}'"
    if before is None:
        assert after is not None
        if side == "input" and after.required:
            yield Change(where, True, "is new and required: pipelines without it no longer compile")
        else:
            yield Change(where, False, "is new" + (" and optional" if side == "input" else ""))
    elif after is None:
        yield Change(where, True, "is gone: an edge that names it no longer compiles")
    else:
        if before.path != after.path:
            reason = f"was {before.path}, is {after.path}: a script written for the old path finds nothing"
            yield Change(f"{where} path", True, reason)
        if before.required != after.required:
            reason = "was optional, is required" if after.required else "was required, is optional"
            # An output that is no longer certain is less; an input that is no longer needed asks less.
            yield Change(where, after.required is (side == "input"), reason)


def _environment(interface: Interface) -> dict[str, str | None]:
    return {**dict.fromkeys(interface.required_env_vars), **interface.optional_env_vars}


def _settings(
    what: str, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> Iterator[Change]:
    """Settings by name with their defaults; None is required."""
    for name in _all(before, after):
        where = f"{what} '{name}'"
        if name not in before:
            required = after[name] is None
            yield Change(where, required, f"is new and {'required' if required else 'optional'}")
        elif name not in after:
            yield Change(where, True, "is gone: a config that sets it no longer compiles")
        elif before[name] is None and after[name] is not None:
            yield Change(where, False, "was required, is optional")
        elif before[name] is not None and after[name] is None:
            yield Change(where, True, "was optional, is required")
        elif before[name] != after[name]:
            reason = f"was {before[name]!r}, is {after[name]!r}: who leaves it out gets another behaviour"
            yield Change(f"{where} default", True, reason)


def _libraries(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in _all(before, after):
        where, old, new = f"library '{name}'", before.get(name), after.get(name)
        if old is None:
            yield Change(where, True, f"is new ({new}): an image without it no longer runs the step")
        elif new is None:
            yield Change(where, False, "is no longer needed")
        elif old != new:
            lowest, lower = _at_least(old), _at_least(new)
            wider = lowest is not None and lower is not None and lower <= lowest
            reason = f"was {old}, is {new}" + ("" if wider else ": an image with the old one may not do")
            yield Change(where, not wider, reason)


def _at_least(specifier: str) -> tuple[int, ...] | None:
    """The version in `>=1.2`; None for every other form, which is not compared."""
    match = re.fullmatch(r"\s*>=\s*(\d+(?:\.\d+)*)\s*", specifier)
    return tuple(int(part) for part in match.group(1).split(".")) if match else None


def _config(before: ConfigContract, after: ConfigContract) -> Iterator[Change]:
    yield from _demands("range", before.ranges, after.ranges, within)
    yield from _demands("allowed values", before.allowed, after.allowed, lambda a, b: set(a) <= set(b))


def _demands(
    what: str, before: Mapping[str, T], after: Mapping[str, T], fits: Callable[[T, T], bool]
) -> Iterator[Change]:
    """Clauses about settings: demands, so that fewer values are breaking and more are not."""
    for name in _all(before, after):
        where = f"setting '{name}' {what}"
        if name not in before:
            yield Change(where, True, f"is new: {_text(after[name])}")
        elif name not in after:
            yield Change(where, False, "is no longer limited")
        elif before[name] != after[name]:
            breaking = not fits(before[name], after[name])
            yield Change(where, breaking, f"was {_text(before[name])}, is {_text(after[name])}")


def _text(clause: object) -> str:
    if isinstance(clause, Bounds):
        return f"{clause.minimum} to {clause.maximum}"
    return ", ".join(map(str, clause)) if isinstance(clause, tuple) else str(clause)


def _performance(before: PerformanceGuarantees, after: PerformanceGuarantees) -> Iterator[Change]:
    """What a run may cost is a promise: less is more."""
    for name in ("max_seconds", "max_memory_mb"):
        old, new = getattr(before, name), getattr(after, name)
        held = old if before.on_violation == "fail" else None
        holds = new if after.on_violation == "fail" else None
        if (old, before.on_violation) == (new, after.on_violation) or (old is None and new is None):
            continue
        weaker = held is not None and (holds is None or holds > held)
        was, now = (_limit(old, before.on_violation), _limit(new, after.on_violation))
        yield Change(f"performance {name}", weaker, f"was {was}, is {now}")


def _limit(value: float | None, on_violation: str) -> str:
    return "not limited" if value is None else f"{value:g}{' (warns)' if on_violation == 'warn' else ''}"
