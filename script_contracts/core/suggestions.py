"""\"Did you mean\": the known name closest to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

_MOST = 15  # names listed where none is similar
_CUTOFF = 60.0  # below this, a suggestion misleads more often than it helps


def closest(name: str, known: Iterable[str]) -> str | None:
    """The entry of `known` most similar to `name`, or None where nothing is similar enough."""
    match = process.extractOne(
        name, sorted(known), scorer=fuzz.ratio, processor=str.lower, score_cutoff=_CUTOFF
    )
    return match[0] if match else None


def did_you_mean(name: str, known: Iterable[str], *, what: str) -> str:
    """The remedy for an unknown name: the closest known one, or all of them."""
    names = sorted(known)
    best = closest(name, names)
    if best:
        return f"did you mean '{best}'?"
    if not names:
        return f"there are no {what}"
    more = f", and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"use one of the {what}: {', '.join(names[:_MOST])}{more}"
