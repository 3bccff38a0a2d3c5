"""Amounts converted batch by batch, with a record of every one that could not be."""

from __future__ import annotations

from collections import Counter
from typing import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tabular_data
from contract_runtime import ScriptError, raise_all
from currency_rates import NO_DAY, Rates, days_of, normalised, numbers
from currency_settings import DEFAULT_RATE, ERROR, KEEP, TARGET, Settings

_PLACES = 5  # rows named in a message
CONVERTED, IN_TARGET = "converted", "in the target currency already"
NO_AMOUNT, NO_CURRENCY, NO_RATE = "without an amount", "without a currency", "without a rate"


def check_columns(settings: Settings, schema: pa.Schema) -> None:
    """Check that the columns that the settings name exist.

    Raises:
        ScriptError, CollectedError: (PC728) naming all that do not.
    """
    named = {"AMOUNT_FIELDS": list(settings.amounts), "CURRENCY_FIELDS": set(settings.amounts.values())}
    if settings.date_field:
        named["DATE_FIELD"] = [settings.date_field]
    raise_all(
        [
            error
            for setting, names in named.items()
            for error in tabular_data.unknown_columns(setting, sorted(names), schema.names)
        ]
    )


class Converter:
    """Converts the amounts of record batches.

    Attributes:
        counts: amount column -> what became of its rows -> how many.
    """

    def __init__(self, settings: Settings, rates: Rates) -> None:
        self._settings = settings
        self._rates = rates
        default = settings.default_rate
        self._default = np.nan if default is None else 1 / default if settings.inverted else default
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in settings.amounts}
        self._places: dict[tuple[str, str], list[str]] = {}
        self._infinite: Counter[str] = Counter()
        self._codes: dict[str, Counter[str]] = {name: Counter() for name in settings.amounts}

    def convert(self, batch: pa.RecordBatch, shard: str, first_row: int) -> pa.RecordBatch:
        """The batch with its amounts in the target currency, as float64.

        Arguments:
            shard, first_row: where the batch begins, for messages.

        Raises:
            ScriptError: (PC714) a column is of a type that amounts, currencies or dates do not have.
        """
        settings = self._settings
        days = self._days(batch)
        codes = {name: _codes(batch, name) for name in dict.fromkeys(settings.amounts.values())}
        positions = {name: _positions(found, self._rates.codes) for name, found in codes.items()}
        rates = {name: self._rates.of(found, days) for name, found in positions.items()}
        columns = batch.columns
        for name, currency in settings.amounts.items():
            index = batch.schema.get_field_index(name)
            amounts = numbers(pa.chunked_array([batch.column(index)]), name)
            place = f"{shard} row {{}}"
            found = self._worth(name, amounts, codes[currency], rates[currency], place, first_row)
            columns[index] = pa.array(found, pa.float64(), mask=np.isnan(found))
        fields = [pa.field(f.name, c.type) for f, c in zip(batch.schema, columns)]
        return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))

    def _worth(
        self, name: str, amounts: np.ndarray, codes: pa.Array, rates: np.ndarray, place: str, first_row: int
    ) -> np.ndarray:
        """What the amounts of one column are worth; NaN where they are not known."""
        settings, counts = self._settings, self.counts[name]
        no_amount = np.isnan(amounts)
        no_currency = codes.is_null().to_numpy(zero_copy_only=False) & ~no_amount
        no_rate = np.isnan(rates) & ~no_amount & ~no_currency
        in_target = pc.equal(codes, settings.target).fill_null(False).to_numpy(zero_copy_only=False)
        for what, rows in (
            (NO_AMOUNT, no_amount),
            (NO_CURRENCY, no_currency),
            (NO_RATE, no_rate),
            (IN_TARGET, in_target & ~no_amount),
            (CONVERTED, ~(no_amount | no_currency | no_rate | in_target)),
        ):
            counts[what] += int(rows.sum())
        self._note(name, NO_AMOUNT, no_amount, settings.on_missing_amount, place, first_row)
        self._note(name, NO_CURRENCY, no_currency, settings.on_missing_currency, place, first_row)
        self._note(name, NO_RATE, no_rate, settings.on_missing_rate, place, first_row)
        if settings.on_missing_rate == ERROR and no_rate.any():
            self._codes[name].update(codes.filter(pa.array(no_rate)).to_pylist())
        factors = np.where(
            no_rate, {KEEP: 1.0, DEFAULT_RATE: self._default}.get(settings.on_missing_rate, np.nan), rates
        )
        factors = np.where(no_currency, 1.0 if settings.on_missing_currency == TARGET else np.nan, factors)
        with np.errstate(over="ignore"):
            worth = amounts * factors
        self._infinite[name] += int(np.isinf(worth).sum())
        return worth

    def _note(self, name: str, what: str, rows: np.ndarray, policy: str, place: str, first_row: int) -> None:
        """Remember where the first of the rows are that will be an error."""
        if policy == ERROR:
            places = self._places.setdefault((name, what), [])
            found = np.flatnonzero(rows)[: _PLACES - len(places)]
            places += [place.format(first_row + row + 1) for row in found]

    def _days(self, batch: pa.RecordBatch) -> np.ndarray:
        name = self._settings.date_field
        if not name:
            return np.zeros(batch.num_rows, dtype=np.int64)
        column = batch.column(batch.schema.get_field_index(name))
        days = days_of(pa.chunked_array([column]), name).cast(pa.int64())
        return days.fill_null(NO_DAY).to_numpy()

    def raise_problems(self, rows: int) -> None:
        """Raise what the settings make an error, after the last batch.

        Raises:
            ScriptError, CollectedError: (PC717) amounts without a rate; (PC718) without a currency;
                (PC719) amounts that are missing or infinite.
        """
        raise_all(list(self._problems(rows)))

    def _problems(self, rows: int) -> Iterator[ScriptError]:
        for name, counts in self.counts.items():
            for what, code, fix in (
                (
                    NO_RATE,
                    "PC717",
                    "add the rates, or choose with on_missing_rate what becomes of such amounts",
                ),
                (
                    NO_CURRENCY,
                    "PC718",
                    "fill the codes, or choose with on_missing_currency what becomes of such amounts",
                ),
                (NO_AMOUNT, "PC719", "fill the amounts, or set on_missing_amount to empty"),
            ):
                places = self._places.get((name, what))
                if places:
                    more = ", ..." if counts[what] > len(places) else ""
                    codes = self._of_codes(name) if what == NO_RATE else ""
                    found = f"{counts[what]} of {rows} rows are {what}{codes}"
                    message = f"'{name}': {found}: {', '.join(places)}{more}"
                    yield ScriptError(code, message, fix)
            if self._infinite[name]:
                message = f"'{name}': {self._infinite[name]} of {rows} rows are infinite, or become so"
                yield ScriptError("PC719", message, "replace these amounts, or leave them missing")

    def _of_codes(self, name: str) -> str:
        """The currencies that lack a rate, and whether they have one on other days."""
        known = set(self._rates.codes.to_pylist())
        listed = [
            f"{code} {count}{', none that holds on that day' if code in known else ''}"
            for code, count in self._codes[name].most_common()
        ]
        return f" ({tabular_data.shown(listed)})"


def _codes(batch: pa.RecordBatch, name: str) -> pa.Array:
    column = batch.column(batch.schema.get_field_index(name))
    return normalised(pa.chunked_array([column]), name)


def _positions(codes: pa.Array, known: pa.Array) -> np.ndarray:
    return pc.index_in(codes, known).fill_null(-1).to_numpy(zero_copy_only=False)
