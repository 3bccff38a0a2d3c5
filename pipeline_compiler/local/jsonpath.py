"""Paths into JSON documents: `a.b[0]['c.d']`, as JsonGet and property references use them."""

from __future__ import annotations

import re
from typing import Any

_PART = re.compile(r"""\.?([^.\[\]'"]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]""")
# A list of named things can be indexed by name: Outputs['train'], FinalMetricDataList['auc'].
_NAME_KEYS = ("OutputName", "InputName", "ChannelName", "MetricName", "Name")


def parse_path(path: str) -> tuple[str | int, ...]:
    """The keys and indices of a path, in order.

    Raises:
        ValueError: if the text is not a path.
    """
    text = path.removeprefix("$")
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise ValueError(f"'{path}' is not a path: cannot read '{text[position:]}'")
        key, index, single, double = match.groups()
        parts.append(int(index) if index is not None else key or single or double or "")
        position = match.end()
    if not parts:
        raise ValueError(f"'{path}' is not a path: it names nothing")
    return tuple(parts)


def look_up(document: Any, path: str) -> Any:
    """What lies at `path` in a JSON document.

    Raises:
        ValueError: if the text is not a path.
        LookupError: if nothing lies there; the message says how far the path leads.
    """
    value, seen = document, ""
    for part in parse_path(path):
        value = _descend(value, part, seen)
        seen += f"[{part}]" if isinstance(part, int) else f".{part}" if seen else part
    return value


def _descend(value: Any, part: str | int, seen: str) -> Any:
    where = f"'{seen}'" if seen else "the top level"
    if isinstance(value, dict) and str(part) in value:
        return value[str(part)]
    if isinstance(value, dict):
        raise LookupError(f"{where} has no '{part}', only {', '.join(map(repr, value)) or 'nothing'}")
    if isinstance(value, list) and isinstance(part, int):
        if part < len(value):
            return value[part]
        raise LookupError(f"{where} has {len(value)} elements, no [{part}]")
    if isinstance(value, list):
        for element in value:
            if isinstance(element, dict) and part in (element.get(key) for key in _NAME_KEYS):
                return element
        raise LookupError(f"{where} is a list without an element named '{part}'")
    raise LookupError(f"{where} is {value!r}, which has no parts")
