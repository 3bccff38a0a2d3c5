"""Moments: what texts, dates and times of a table mean, all in one type.

A moment without a zone, or without a time of day, is in UTC: what a text means does not depend on the texts
around it.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

MOMENT = pa.timestamp("us")  # in UTC
_ZONED = r"[T ].*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"


def has_moments(kind: pa.DataType) -> bool:
    """Whether a column of this type may hold moments: text, dates, times with a date."""
    return pa.types.is_string(kind) or pa.types.is_timestamp(kind) or pa.types.is_date32(kind)


def moments(values: pa.Array) -> pa.Array:
    """The values as moments; a blank text is missing.

    Raises:
        ArrowInvalid: a text is no date or time in ISO 8601.
    """
    if pa.types.is_string(values.type):
        return _parsed(values)
    if pa.types.is_date32(values.type):
        return values.cast(MOMENT)
    return _in_utc(values.cast(pa.timestamp("us", values.type.tz), safe=False))


def odd_text(values: pa.Array) -> str:
    """The first text that is no moment, of values where one is not."""
    for text in pc.unique(values).drop_null():
        try:
            _parsed(pa.array([text.as_py()]))
        except pa.ArrowInvalid:
            return str(text)
    return ""


def _parsed(texts: pa.Array) -> pa.Array:
    trimmed = pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), r"(\.[0-9]{6})[0-9]+", r"\1")
    nothing = pa.scalar(None, pa.string())
    filled = pc.if_else(pc.equal(trimmed, ""), nothing, trimmed)
    zoned = pc.match_substring_regex(filled, _ZONED)
    local = pc.if_else(zoned, nothing, filled).cast(MOMENT)
    return pc.coalesce(local, _in_utc(pc.if_else(zoned, filled, nothing).cast(pa.timestamp("us", "UTC"))))


def _in_utc(times: pa.Array) -> pa.Array:
    # By way of the number that is stored: a cast to a type without zone would give local times.
    return times.cast(pa.int64()).cast(MOMENT)
