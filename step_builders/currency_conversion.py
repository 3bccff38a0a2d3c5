"""Config of CurrencyConversion."""

from typing import Literal

from pydantic import Field, model_validator

from step_builders.core.config import USUAL, FileSource, ListOfNames, ProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.currency_conversion import CURRENCY_CONVERSION_SPEC


class CurrencyConversionConfig(ProcessingConfig):
    """Which amounts are converted, by which rates."""

    amount_fields: ListOfNames = Field(
        min_length=1, description="columns that hold amounts", examples=[["amount"]]
    )
    currency_fields: ListOfNames = Field(
        min_length=1,
        description="columns that hold the amounts' currency codes: one for all amounts, or one for each; "
        "capitals and blanks around a code make no difference",
        examples=[["currency"]],
    )
    target_currency: str = Field(
        pattern=r"^[A-Za-z0-9]{2,10}$",
        description="code of the currency that amounts become",
        examples=["USD"],
    )
    date_field: str | None = Field(
        None, min_length=1, description="column with the day whose rate counts, where rates have dates"
    )
    rates: FileSource | None = Field(
        None,
        description="a table of rates, unless another step of the template supplies it",
        json_schema_extra=USUAL,
    )
    rate_currency_field: str = Field(
        "currency", min_length=1, description="column of the rates with the currency code"
    )
    rate_field: str = Field("rate", min_length=1, description="column of the rates with the rate")
    rate_date_field: str | None = Field(
        None, min_length=1, description="column of the rates with the first day on which the rate holds"
    )
    rate_quote: Literal["target_per_unit", "units_per_target"] = Field(
        "target_per_unit",
        description="what a rate says: what one unit of its currency is worth in the target currency, "
        "or how many units of its currency one unit of the target currency is worth",
    )
    max_rate_age_days: int | None = Field(
        None,
        ge=0,
        le=36500,
        description="a rate holds for so many days after its own at most; null: until the next",
    )
    on_missing_rate: Literal["error", "keep", "empty", "default_rate"] = Field(
        "error",
        description="an amount without a valid rate: 'error' stops, 'keep' leaves it as it is, 'empty' "
        "removes it, 'default_rate' takes that rate",
    )
    default_rate: float | None = Field(
        None, gt=0, description="the rate for on_missing_rate: default_rate, quoted as the others are"
    )
    on_missing_currency: Literal["error", "target", "empty"] = Field(
        "error",
        description="an amount without a currency: 'error' stops, 'target' takes it for one in the target "
        "currency, 'empty' removes it",
    )
    on_missing_amount: Literal["empty", "error"] = Field(
        "empty", description="a missing amount: 'empty' leaves it missing, 'error' stops"
    )

    @model_validator(mode="after")
    def _fit_together(self) -> "CurrencyConversionConfig":
        if len(self.currency_fields) not in (1, len(self.amount_fields)):
            raise ValueError("currency_fields must name one column, or one for each of amount_fields")
        if len(set(self.amount_fields)) < len(self.amount_fields):
            raise ValueError("amount_fields names a column twice")
        if (self.date_field is None) != (self.rate_date_field is None):
            raise ValueError("give date_field and rate_date_field both, or neither")
        if (self.on_missing_rate == "default_rate") != (self.default_rate is not None):
            raise ValueError("on_missing_rate: default_rate and a default_rate go together")
        if self.max_rate_age_days is not None and self.rate_date_field is None:
            raise ValueError("max_rate_age_days needs rates with dates: give date_field and rate_date_field")
        if both := set(self.amount_fields) & {*self.currency_fields, self.date_field}:
            raise ValueError(f"amount_fields names '{sorted(map(str, both))[0]}', which is no amount")
        return self


CURRENCY_CONVERSION_STEP = StepDeclaration(CURRENCY_CONVERSION_SPEC, CurrencyConversionConfig)
