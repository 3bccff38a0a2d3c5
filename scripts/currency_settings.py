"""The settings of the currency program: parsed and checked together, before any data are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Mapping, Optional

import tabular_data
from contract_runtime import Runtime, ScriptError, raise_all

ERROR, EMPTY, KEEP, TARGET, DEFAULT_RATE = "error", "empty", "keep", "target", "default_rate"
UNITS_PER_TARGET = "units_per_target"
_CHOICES = {
    "RATE_QUOTE": ("target_per_unit", UNITS_PER_TARGET),
    "ON_MISSING_RATE": (ERROR, KEEP, EMPTY, DEFAULT_RATE),
    "ON_MISSING_CURRENCY": (ERROR, TARGET, EMPTY),
    "ON_MISSING_AMOUNT": (EMPTY, ERROR),
}


@dataclass(frozen=True)
class Settings:
    """The program's settings; an empty one is not set.

    Attributes:
        amounts: amount column -> its currency column.
        target: the code of the target currency, normalised.
        inverted: whether a rate is units of its currency per unit of the target currency.
        max_age_days: how old a dated rate may be; None for any age.
        default_rate: what takes the place of a missing rate, where one is set; quoted as the others are.
    """

    amounts: Mapping[str, str]
    target: str
    date_field: str
    rates_format: str
    rate_currency_field: str
    rate_field: str
    rate_date_field: str
    inverted: bool
    max_age_days: Optional[int]
    on_missing_rate: str
    default_rate: Optional[float]
    on_missing_currency: str
    on_missing_amount: str


def read_settings(runtime: Runtime) -> Settings:
    """Parse what the environment says.

    Raises:
        ScriptError, CollectedError: (PC713) with the problems of all settings.
    """
    errors: list[ScriptError] = []
    chosen = {
        "RATE_QUOTE": runtime.env("RATE_QUOTE").strip(),
        "ON_MISSING_RATE": runtime.env("ON_MISSING_RATE").strip(),
        "ON_MISSING_CURRENCY": runtime.env("ON_MISSING_CURRENCY").strip(),
        "ON_MISSING_AMOUNT": runtime.env("ON_MISSING_AMOUNT").strip(),
    }
    for name, value in chosen.items():
        if value not in _CHOICES[name]:
            errors.append(_wrong(f"{name} cannot be {value!r}", f"use {' or '.join(_CHOICES[name])}"))
    amounts = tabular_data.column_list(runtime.env("AMOUNT_FIELDS"))
    currencies = tabular_data.column_list(runtime.env("CURRENCY_FIELDS"))
    settings = Settings(
        amounts=_paired(amounts, currencies, errors),
        target=runtime.env("TARGET_CURRENCY").strip().upper(),
        date_field=runtime.env("DATE_FIELD").strip(),
        rates_format=runtime.env("RATES_FORMAT").strip(),
        rate_currency_field=runtime.env("RATE_CURRENCY_FIELD").strip(),
        rate_field=runtime.env("RATE_FIELD").strip(),
        rate_date_field=runtime.env("RATE_DATE_FIELD").strip(),
        inverted=chosen["RATE_QUOTE"] == UNITS_PER_TARGET,
        max_age_days=_days(runtime.env("MAX_RATE_AGE_DAYS").strip(), errors),
        on_missing_rate=chosen["ON_MISSING_RATE"],
        default_rate=_rate(runtime.env("DEFAULT_RATE").strip(), errors),
        on_missing_currency=chosen["ON_MISSING_CURRENCY"],
        on_missing_amount=chosen["ON_MISSING_AMOUNT"],
    )
    raise_all(errors + _conflicts(settings))
    return settings


def _paired(amounts: list[str], currencies: list[str], errors: list[ScriptError]) -> Mapping[str, str]:
    if not amounts or len(currencies) not in (1, len(amounts)):
        errors.append(
            _wrong(
                f"AMOUNT_FIELDS names {len(amounts)} columns, CURRENCY_FIELDS {len(currencies)}",
                "name one currency column for all amounts, or one for each",
            )
        )
        return {}
    twice = sorted({name for name in amounts if amounts.count(name) > 1})
    if twice:
        errors.append(_wrong(f"AMOUNT_FIELDS names more than once: {', '.join(twice)}", "name each once"))
    return {name: currencies[i if len(currencies) > 1 else 0] for i, name in enumerate(amounts)}


def _days(text: str, errors: list[ScriptError]) -> Optional[int]:
    if text and not text.isdecimal():
        errors.append(_wrong(f"MAX_RATE_AGE_DAYS cannot be {text!r}", "use a number of days, such as 7"))
    return int(text) if text.isdecimal() else None


def _rate(text: str, errors: list[ScriptError]) -> Optional[float]:
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        errors.append(_wrong(f"DEFAULT_RATE cannot be {text!r}", "use a rate above 0"))
    return rate


def _conflicts(settings: Settings) -> list[ScriptError]:
    problems = []
    if bool(settings.date_field) != bool(settings.rate_date_field):
        problems.append(("DATE_FIELD and RATE_DATE_FIELD work together only", "set both, or neither"))
    if settings.max_age_days is not None and not settings.rate_date_field:
        problems.append(("MAX_RATE_AGE_DAYS needs rates with dates", "set RATE_DATE_FIELD, or leave it out"))
    if (settings.on_missing_rate == DEFAULT_RATE) != (settings.default_rate is not None):
        problems.append(
            ("DEFAULT_RATE and ON_MISSING_RATE=default_rate work together only", "set both, or neither")
        )
    others = {*settings.amounts.values(), settings.date_field}
    for name in settings.amounts:
        if name in others:
            problems.append((f"'{name}' is both an amount and its currency or date", "name two columns"))
    return [_wrong(message, fix) for message, fix in problems]


def _wrong(message: str, fix: str) -> ScriptError:
    return ScriptError("PC713", message, fix)
