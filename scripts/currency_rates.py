"""Exchange rates: read once, checked, and looked up for many rows at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator, Optional

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tabular_data
from contract_runtime import ScriptError, raise_all
from currency_settings import Settings
from tabular_moments import MOMENT, has_moments, moments, odd_text

NO_DAY = np.iinfo(np.int64).min  # the day of a row without a date: before any rate
_SHOWN = 5
_LEAST_DIVISOR = 1e-300  # one over much less is infinite


class Rates:
    """What one unit of each currency is worth in the target currency, by the day from which it holds.

    Attributes:
        codes: the currencies that have a rate; the target currency, which is worth 1, is the last one.
    """

    def __init__(
        self, codes: pa.Array, days: np.ndarray, values: np.ndarray, target: str, max_age: Optional[int]
    ) -> None:
        """Keep rates that do not contradict each other.

        Arguments:
            codes: the currency of each rate, normalised; none of them the target.
            days: the days since 1970-01-01 from which they hold; 0 for rates without dates.
            max_age: for how many days after its own a rate holds; None for ever.
        """
        known = pc.unique(codes)
        currency = pc.index_in(codes, known).to_numpy(zero_copy_only=False)
        order = np.lexsort((days, currency))
        self._days, self._values = days[order], values[order]
        self._first = np.searchsorted(currency[order], np.arange(len(known) + 1))
        self._max_age = max_age
        self.codes = pa.concat_arrays([known, pa.array([target])])

    def of(self, currency: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The rate of each row; NaN where there is none.

        Arguments:
            currency: the position of each row's currency in `codes`; -1 for one that is not there.
            days: the day of each row, NO_DAY where it has none; 0 for rates without dates.
        """
        rates = np.full(len(currency), np.nan)
        # One search per currency that occurs: there are few of them, and rows are many.
        for each in np.unique(currency[currency >= 0]):
            rows = np.flatnonzero(currency == each)
            rates[rows] = self._of_one(each, days[rows]) if each < len(self._first) - 1 else 1.0
        return rates

    def _of_one(self, currency: int, days: np.ndarray) -> np.ndarray:
        begin, end = self._first[currency], self._first[currency + 1]
        latest = np.searchsorted(self._days[begin:end], days, side="right") - 1
        at = begin + np.maximum(latest, 0)
        holds = latest >= 0
        if self._max_age is not None:
            holds &= days <= self._days[at] + self._max_age
        return np.where(holds, self._values[at], np.nan)


def read_rates(folder: Path, settings: Settings) -> Rates:
    """Read a table of rates.

    Raises:
        ScriptError, CollectedError: (PC714) columns of the wrong type; (PC715) missing codes or dates, and
            rates that are missing or not above 0; (PC716) rates that contradict each other; (PC720-PC728)
            files that cannot be read, columns that do not exist.
    """
    data = tabular_data.open_dataset(folder, settings.rates_format)
    named = {"RATE_CURRENCY_FIELD": settings.rate_currency_field, "RATE_FIELD": settings.rate_field}
    if settings.rate_date_field:
        named["RATE_DATE_FIELD"] = settings.rate_date_field
    raise_all(
        [
            error
            for setting, name in named.items()
            for error in tabular_data.unknown_columns(f"rates: {setting}", [name], data.schema.names)
        ]
    )
    table = pa.Table.from_batches(list(data.batches(list(named.values()))))
    codes = normalised(table.column(settings.rate_currency_field), settings.rate_currency_field)
    values = numbers(table.column(settings.rate_field), settings.rate_field)
    days = np.zeros(len(values), dtype=np.int64)
    undated = np.zeros(len(values), dtype=bool)
    if settings.rate_date_field:
        dates = days_of(table.column(settings.rate_date_field), settings.rate_date_field)
        undated = dates.is_null().to_numpy(zero_copy_only=False)
        days = dates.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    unnamed = codes.is_null().to_numpy(zero_copy_only=False)
    raise_all(list(_unusable(settings, codes, values, unnamed, undated)))
    raise_all(list(_contradictions(settings, codes, values, days)))
    worth = 1 / values if settings.inverted else values
    other = pc.not_equal(codes, settings.target)
    keep = other.to_numpy(zero_copy_only=False)
    return Rates(codes.filter(other), days[keep], worth[keep], settings.target, settings.max_age_days)


def normalised(codes: pa.ChunkedArray, name: str) -> pa.Array:
    """Currency codes in capitals without blanks around them; a blank one is missing.

    Raises:
        ScriptError: (PC714) the column holds no text.
    """
    if pa.types.is_float64(codes.type) and codes.null_count == len(codes):
        return pa.nulls(len(codes), pa.string())
    if not pa.types.is_string(codes.type):
        raise _wrong_type(name, codes.type, "currency codes are text")
    texts = pc.utf8_upper(pc.utf8_trim_whitespace(codes))
    found = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def numbers(values: pa.ChunkedArray, name: str) -> np.ndarray:
    """Numbers as float64, NaN where they are missing.

    Raises:
        ScriptError: (PC714) the column holds no numbers.
    """
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        raise _wrong_type(name, values.type, "amounts and rates are numbers")
    return values.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()


def days_of(dates: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Days since 1970-01-01: of dates, of times (in UTC where they have a zone), or of such texts.

    Raises:
        ScriptError: (PC714) a text is no ISO 8601 date or time, or the column holds something else.
    """
    kind = dates.type
    if pa.types.is_float64(kind) and dates.null_count == len(dates):
        return dates.cast(pa.int32())
    if not has_moments(kind):
        raise _wrong_type(name, kind, "dates are dates, times, or text like 2026-03-01")
    try:
        found = pa.chunked_array([moments(chunk) for chunk in dates.chunks], MOMENT)
    except pa.ArrowInvalid as error:
        odd = next(text for text in map(odd_text, dates.chunks) if text)
        raise ScriptError(
            "PC714",
            f"column '{name}' holds {odd!r}, which is no ISO 8601 date or time",
            "write dates like 2026-03-01",
        ) from error
    return found.cast(pa.date32(), safe=False).cast(pa.int32())


def _wrong_type(name: str, kind: pa.DataType, wanted: str) -> ScriptError:
    return ScriptError(
        "PC714", f"column '{name}' is {kind}, but {wanted}", "name another column, or change its type"
    )


def _unusable(
    settings: Settings, codes: pa.Array, values: np.ndarray, unnamed: np.ndarray, undated: np.ndarray
) -> Iterator[ScriptError]:
    for what, wrong in (
        (f"no currency in '{settings.rate_currency_field}'", unnamed),
        (f"no date in '{settings.rate_date_field}'", undated),
    ):
        if wrong.any():
            yield _bad_rates(f"{wrong.sum()} of {len(values)} rates have {what}", np.flatnonzero(wrong))
    for what, wrong in (
        ("missing", np.isnan(values)),
        ("zero", values == 0),
        ("negative", values < 0),
        ("infinite", values == np.inf),
        ("too small to divide by", (values > 0) & (values < _LEAST_DIVISOR) & settings.inverted),
    ):
        if wrong.any():
            named = ", ".join(dict.fromkeys(map(str, codes.take(pa.array(np.flatnonzero(wrong)[:_SHOWN])))))
            yield _bad_rates(
                f"'{settings.rate_field}' is {what} in {wrong.sum()} of {len(values)} rates, as for {named}",
                np.flatnonzero(wrong),
            )


def _bad_rates(message: str, rows: np.ndarray) -> ScriptError:
    places = ", ".join(str(row + 1) for row in rows[:_SHOWN])
    return ScriptError(
        "PC715",
        f"rates that cannot be used: {message} (rows {places}{', ...' if len(rows) > _SHOWN else ''})",
        "correct these rates, or leave their rows out",
    )


def _contradictions(
    settings: Settings, codes: pa.Array, values: np.ndarray, days: np.ndarray
) -> Iterator[ScriptError]:
    currency = codes.dictionary_encode()
    index = currency.indices.to_numpy()
    order = np.lexsort((values, days, index))
    index, ordered, day = index[order], values[order], days[order]
    twice = (index[1:] == index[:-1]) & (day[1:] == day[:-1]) & (ordered[1:] != ordered[:-1])
    names = currency.dictionary.to_pylist()
    named = [
        f"{names[index[at]]}{_on(settings, day[at])} is {ordered[at]:g} and {ordered[at + 1]:g}"
        for at in np.flatnonzero(twice)[:_SHOWN]
    ]
    if named:
        yield ScriptError(
            "PC716",
            f"rates contradict each other in {twice.sum()} places: {'; '.join(named)}",
            "keep one rate for each currency" + (" and day" if settings.rate_date_field else ""),
        )
    own = np.flatnonzero(pc.equal(codes, settings.target).to_numpy(zero_copy_only=False))
    other = [float(values[row]) for row in own if values[row] != 1]
    if other:
        yield ScriptError(
            "PC716",
            f"the target currency {settings.target} has the rate {other[0]:g}, not 1",
            "check target_currency and rate_quote, or leave the row out",
        )


def _on(settings: Settings, day: int) -> str:
    return f" on {np.datetime64(int(day), 'D')}" if settings.rate_date_field else ""
