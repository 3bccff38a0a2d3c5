"""Column types: which ones a table may have, how shards agree on one, what a text column holds."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# Read as missing in a column that otherwise holds numbers; in a text column they are text, so that
# the country code of Namibia stays what it is. An empty field is missing in either.
MISSING = pa.array(["NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "-", "?"])
_TEXTS = ("large_string", "string_view", "binary", "large_binary", "binary_view")
_DECIMAL_INT64_DIGITS = 18  # what int64 holds whatever the digits are
_EXACT_IN_FLOAT = 1e15  # whole numbers below this survive a trip through float64


def plain(kind: pa.DataType) -> pa.DataType | None:
    """The type that a column of this type is read as; None for nested types, which tables have not."""
    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if str(kind) in _TEXTS:
        return pa.string()
    if pa.types.is_decimal(kind):
        if kind.scale > 0:
            return pa.float64()
        return pa.int64() if kind.precision <= _DECIMAL_INT64_DIGITS else pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_date64(kind):
        return pa.date32()
    if pa.types.is_timestamp(kind) and kind.unit == "s":  # Parquet has no such unit
        return pa.timestamp("ms", kind.tz)
    simple = pa.types.is_primitive(kind) or pa.types.is_string(kind) or pa.types.is_null(kind)
    return kind if simple else None


def is_wide_integer(kind: pa.DataType) -> bool:
    """Whether the type holds whole numbers that int64 may not hold."""
    return pa.types.is_decimal(kind) and kind.scale == 0 and kind.precision > _DECIMAL_INT64_DIGITS


def fits_int64(values: pa.Array) -> bool:
    """Whether all of these whole numbers are ones that int64 holds."""
    try:
        values.cast(pa.int64())
    except pa.ArrowInvalid:
        return False
    return True


def unify(left: pa.DataType, right: pa.DataType) -> pa.DataType | None:
    """The type that holds both, or None where no type does: whole numbers widen, text never mixes."""
    if left == right or pa.types.is_null(right):
        return left
    if pa.types.is_null(left):
        return right
    if pa.types.is_timestamp(left) and pa.types.is_timestamp(right) and left.tz == right.tz:
        return max(left, right, key=lambda kind: ("ms", "us", "ns").index(kind.unit))
    if _is_number(left) and _is_number(right):
        floats = pa.types.is_floating(left) or pa.types.is_floating(right)
        if floats:
            return pa.float64()
        # int64 does not hold uint64, and float64 would round what are probably identifiers.
        return None if pa.uint64() in (left, right) else pa.int64()
    return None


def text_type(values: pa.Array, known: pa.DataType) -> pa.DataType:
    """The narrowest type that holds these texts exactly, and those already seen of type `known`.

    Numbers with leading zeros, and whole numbers beyond 64 bits, are identifiers: they stay text.
    Dates stay text as well.
    """
    if pa.types.is_string(known) or values.null_count == len(values):
        return known
    for kind in _wider(known):
        typed = _typed(values, kind)
        if typed is not None:
            return kind if typed.null_count < len(typed) else known
    return pa.string()


def from_text(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Texts as values of the type that `text_type` found for their whole column.

    Raises:
        ValueError: whole numbers that a float would round, in a column that has fractions elsewhere.
    """
    if pa.types.is_string(kind):
        return values
    if values.null_count == len(values):
        return pa.nulls(len(values), kind)
    typed = _typed(values, kind, checked=True)
    if typed is None:
        raise ValueError(f"a column mixes fractions with identifiers, such as '{values.drop_null()[0]}'")
    return typed


def _wider(known: pa.DataType) -> tuple[pa.DataType, ...]:
    if pa.types.is_null(known):
        return pa.int64(), pa.float64(), pa.bool_()
    return (pa.int64(), pa.float64()) if pa.types.is_int64(known) else (known,)


def _typed(values: pa.Array, kind: pa.DataType, *, checked: bool = False) -> pa.Array | None:
    """The texts as `kind`, or None where one of them is no such value; `checked` skips leading zeros."""
    typed = _convert(values, kind, checked)
    if typed is None:
        # Rare enough to be worth a second look rather than a slower first one.
        trimmed = pc.utf8_trim_whitespace(values)
        blank = pc.or_(pc.is_in(trimmed, MISSING), pc.equal(trimmed, ""))
        typed = _convert(pc.if_else(blank, pa.scalar(None, pa.string()), trimmed), kind, checked)
    return typed


def _convert(values: pa.Array, kind: pa.DataType, checked: bool) -> pa.Array | None:
    if pa.types.is_boolean(kind):
        lower = pc.utf8_lower(values)
        known = pc.is_in(lower, pa.array(["true", "false", None]))  # Arrow would take 1 and 0 as well
        return lower.cast(kind) if pc.all(known).as_py() else None
    try:
        numbers = values.cast(kind)
    except pa.ArrowInvalid:
        return None
    if not checked and _has_leading_zeros(values):
        return None
    if not pa.types.is_floating(kind):
        return numbers
    if _is_rounded(values, numbers):
        return None
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, kind), numbers)


def _has_leading_zeros(values: pa.Array) -> bool:
    for zero in ("0", "-0"):
        begins = pc.starts_with(values, zero)
        suspect = values.filter(pc.and_not(begins, pc.starts_with(values, zero + ".")))
        # Also hexadecimal numbers, which Arrow would convert.
        if pc.any(pc.match_substring_regex(suspect, "^-?0[0-9xX]")).as_py():
            return True
    return False


def _is_rounded(values: pa.Array, numbers: pa.Array) -> bool:
    extremes = pc.min_max(numbers).as_py()
    if max(abs(extremes["min"] or 0), abs(extremes["max"] or 0)) < _EXACT_IN_FLOAT:
        return False
    return bool(pc.any(pc.match_substring_regex(values, "^-?[0-9]{16,}")).as_py())


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)
