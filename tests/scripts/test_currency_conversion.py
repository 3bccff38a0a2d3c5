"""Amounts become what they are worth in one currency, or the job says why they cannot."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contract_runtime import CollectedError, ScriptError

from tests.scripts.harness import ScriptRun, call_script, run_script

SETTINGS = {"AMOUNT_FIELDS": "amount", "CURRENCY_FIELDS": "currency", "TARGET_CURRENCY": "USD"}
DATED = {"DATE_FIELD": "day", "RATE_DATE_FIELD": "valid_from"}
RATES = {"currency": ["EUR", "GBP", "USD"], "rate": [2.0, 4.0, 1.0]}
DATED_RATES = {
    "currency": ["EUR", "EUR", "GBP"],
    "rate": [2.0, 3.0, 4.0],
    "valid_from": ["2026-03-01", "2026-03-05", "2026-03-01"],
}
DAY = dt.date(2026, 3, 1)


def write(folder: Path, *shards: Mapping[str, Sequence[Any]]) -> Path:
    folder.mkdir(parents=True)
    for number, shard in enumerate(shards):
        pq.write_table(pa.table(dict(shard)), folder / f"part-{number}.parquet")
    return folder


def convert(
    root: Path,
    data: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]],
    rates: Mapping[str, Sequence[Any]] = RATES,
    **env: str,
) -> ScriptRun:
    shards = [data] if isinstance(data, Mapping) else data
    return call_script(
        "currency_conversion",
        root=root / "root",
        inputs={"data_input": write(root / "in", *shards), "rates": write(root / "rates", rates)},
        env={**SETTINGS, **env},
        arguments=["--job_type", "training"],
    )


def amounts(done: ScriptRun, name: str = "amount") -> list[float | None]:
    return pq.read_table(done.output("DATA")).column(name).to_pylist()


def metadata(done: ScriptRun) -> dict[str, Any]:
    return json.loads((done.output("METADATA") / "metadata.json").read_text())


def failures(root: Path, *arguments: Any, **env: str) -> dict[str, str]:
    """Code -> message of every error of a run."""
    with pytest.raises((ScriptError, CollectedError)) as caught:
        convert(root, *arguments, **env)
    errors = getattr(caught.value, "errors", (caught.value,))
    assert all(error.fix for error in errors)
    return {error.code: error.message for error in errors}


def test_a_job_leaves_data_metadata_and_signature(tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("currency,rate\nEUR,2\nGBP,4.5\n")
    data = {"id": ["001", "002", "003"], "amount": [1, 2, 3], "currency": ["EUR", "USD", "GBP"]}
    done = run_script(
        "currency_conversion",
        root=tmp_path / "root",
        inputs={"data_input": write(tmp_path / "in", data), "rates": rates},
        env=SETTINGS,
        arguments=["--job_type", "training"],
    )
    assert done.returncode == 0, done.stderr
    table = pq.read_table(done.output("DATA"))
    assert table.to_pydict() == {
        "id": ["001", "002", "003"],
        "amount": [2.0, 2.0, 13.5],
        "currency": ["EUR", "USD", "GBP"],
    }
    described = metadata(done)
    assert [(c["name"], c["type"]) for c in described["columns"]][1] == ("amount", "double")
    assert (described["rows"], described["target_currency"]) == (3, "USD")
    assert described["conversions"]["amount"]["converted"] == 2
    assert (done.output("SIGNATURE") / "signature").read_text() == "id,amount,currency\n"
    assert "2 converted" in done.stdout


def test_preprocessing_reads_what_conversion_writes(tmp_path: Path) -> None:
    data = {"amount": [1.0] * 300, "currency": ["EUR", "GBP", "USD"] * 100, "label": [0, 1] * 150}
    done = convert(tmp_path, data)
    processed = call_script(
        "tabular_preprocessing",
        root=tmp_path / "next",
        inputs={name: done.output(name) for name in ("DATA", "METADATA", "SIGNATURE")},
        env={"LABEL_FIELD": "label", "TRAIN_RATIO": "0.7", "TEST_VAL_RATIO": "0.5"},
        arguments=["--job_type", "calibration"],
    )
    table = pq.read_table(processed.output("processed_data") / "calibration")
    assert sorted(set(table.column("amount").to_pylist())) == [1.0, 2.0, 4.0]


def test_codes_differ_in_neither_case_nor_blanks(tmp_path: Path) -> None:
    data = {"amount": [1.0, 1.0, 1.0], "currency": [" eur", "Gbp ", "usd"]}
    rates = {"currency": ["eur ", "GBP"], "rate": [2.0, 4.0]}
    assert amounts(convert(tmp_path, data, rates, TARGET_CURRENCY="usd")) == [2.0, 4.0, 1.0]


def test_each_amount_may_have_a_currency_column_of_its_own(tmp_path: Path) -> None:
    data = {
        "price": [1.0, 1.0],
        "fee": [1.0, 1.0],
        "price_in": ["EUR", "USD"],
        "fee_in": ["GBP", "EUR"],
    }
    env = {"AMOUNT_FIELDS": "price,fee", "CURRENCY_FIELDS": "price_in,fee_in"}
    done = convert(tmp_path, data, **env)
    assert (amounts(done, "price"), amounts(done, "fee")) == ([2.0, 1.0], [4.0, 2.0])


def test_rates_may_be_quoted_the_other_way(tmp_path: Path) -> None:
    rates = {"currency": ["EUR"], "rate": [0.5]}
    data = {"amount": [3.0], "currency": ["EUR"]}
    assert amounts(convert(tmp_path, data, rates, RATE_QUOTE="units_per_target")) == [6.0]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2026-03-01", "2026-03-04", "2026-03-05", "2026-12-31"], [2.0, 2.0, 3.0, 3.0]),
        ([dt.date(2026, 3, 4), dt.date(2026, 3, 5)], [2.0, 3.0]),
        ([dt.datetime(2026, 3, 4, 23, 59), dt.datetime(2026, 3, 5)], [2.0, 3.0]),
        (["2026-03-04T23:59:59", "2026-03-05 00:00:00"], [2.0, 3.0]),
        # Half past midnight in Paris is still the day before in UTC.
        ([dt.datetime(2026, 3, 5, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))], [2.0]),
    ],
)
def test_the_latest_rate_that_is_not_after_the_day_counts(
    tmp_path: Path, days: list[Any], expected: list[float]
) -> None:
    data = {"amount": [1.0] * len(days), "currency": ["EUR"] * len(days), "day": days}
    if isinstance(days[0], dt.datetime) and days[0].tzinfo:
        data["day"] = pa.array(days, pa.timestamp("us", "Europe/Paris"))
    assert amounts(convert(tmp_path, data, DATED_RATES, **DATED)) == expected


def test_texts_with_and_without_a_zone_may_stand_together(tmp_path: Path) -> None:
    """Whether a job succeeds must not depend on which rows share a batch."""
    days = [
        "2026-03-05",
        "2026-03-04T23:59:00Z",
        "2026-03-05T01:00:00+02:00",
        "2026-03-05 00:00:00.123456789",
    ]
    data = {"amount": [1.0] * 4, "currency": ["EUR"] * 4, "day": days}
    rates = {**DATED_RATES, "valid_from": ["2026-03-01", "2026-03-05T00:00:00Z", "2026-03-01"]}
    together = convert(tmp_path / "a", data, rates, **DATED)
    shards = [{name: values[row : row + 1] for name, values in data.items()} for row in range(4)]
    apart = convert(tmp_path / "b", shards, rates, **DATED)
    assert amounts(together) == amounts(apart) == [3.0, 2.0, 2.0, 3.0]


def test_conversion_agrees_with_a_plain_search_row_by_row(tmp_path: Path) -> None:
    random = Random(0)
    codes = ["EUR", " gbp", "JPY", "usd", "XXX", None]
    rows = [
        (random.choice([None, random.gauss(0, 100)]), random.choice(codes), random.randrange(20_000, 20_400))
        for _ in range(20_000)
    ]
    rates = {
        code: {day: random.uniform(0.1, 1) for day in random.sample(range(20_050, 20_380), 30)}
        for code in ("EUR", "GBP", "JPY")
    }
    listed = [(code, day, rate) for code, days in rates.items() for day, rate in days.items()]
    random.shuffle(listed)

    def worth(amount: float | None, code: str | None, day: int) -> float | None:
        if amount is None or code is None:
            return None
        code = code.strip().upper()
        held = [each for each in rates.get(code, {}) if day - 20 <= each <= day]
        return amount if code == "USD" else amount / (rates[code][max(held)] if held else 7.0)

    def days(values: list[int]) -> pa.Array:
        return pa.array(values, pa.int32()).cast(pa.date32())

    amount, currency, day = (list(column) for column in zip(*rows, strict=True))
    code, valid_from, rate = (list(column) for column in zip(*listed, strict=True))
    found = amounts(
        convert(
            tmp_path,
            {"amount": amount, "currency": currency, "day": days(day)},
            {"currency": code, "rate": rate, "valid_from": days(valid_from)},
            **DATED,
            MAX_RATE_AGE_DAYS="20",
            RATE_QUOTE="units_per_target",
            ON_MISSING_RATE="default_rate",
            DEFAULT_RATE="7",
            ON_MISSING_CURRENCY="empty",
        )
    )
    expected = [worth(*row) for row in rows]
    assert [value is None for value in found] == [value is None for value in expected]
    assert [v for v in found if v is not None] == pytest.approx(
        [v for v in expected if v is not None], rel=1e-12
    )


def test_a_rate_may_grow_too_old_but_never_that_of_the_target(tmp_path: Path) -> None:
    days = [dt.date(2026, 3, 8), dt.date(2026, 3, 9), dt.date(2030, 1, 1)]
    data = {"amount": [1.0] * 3, "currency": ["EUR", "EUR", "USD"], "day": days}
    env = {**DATED, "MAX_RATE_AGE_DAYS": "3", "ON_MISSING_RATE": "empty"}
    assert amounts(convert(tmp_path, data, DATED_RATES, **env)) == [3.0, None, 1.0]


def test_rates_are_found_whatever_their_order_and_shards(tmp_path: Path) -> None:
    data = {"amount": [1.0, 1.0], "currency": ["EUR", "GBP"], "day": ["2026-03-09", "2026-03-02"]}
    reversed_rates = {name: values[::-1] for name, values in DATED_RATES.items()}
    one = convert(tmp_path / "a", data, DATED_RATES, **DATED)
    shards = [{name: values[i : i + 1] for name, values in data.items()} for i in (0, 1)]
    other = convert(tmp_path / "b", shards, reversed_rates, **DATED)
    assert amounts(one) == amounts(other) == [3.0, 4.0]


def test_missing_amounts_stay_missing_unless_they_are_an_error(tmp_path: Path) -> None:
    data = {"amount": [None, float("nan"), 1.0], "currency": ["XXX", None, "EUR"]}
    done = convert(tmp_path / "a", data)
    assert amounts(done) == [None, None, 2.0]
    assert metadata(done)["columns"][0]["nulls"] == 2
    found = failures(tmp_path / "b", data, ON_MISSING_AMOUNT="error")
    assert found == {"PC719": "'amount': 2 of 3 rows are without an amount: part-0.parquet row 1, "
                     "part-0.parquet row 2"}  # fmt: skip


def test_every_amount_without_a_rate_is_counted_and_located(tmp_path: Path) -> None:
    shard = {"amount": [1.0] * 4, "currency": ["XAU", "EUR", "XAU", "ZZZ"]}
    (code, message), *_ = failures(tmp_path, [shard, shard]).items()
    assert code == "PC717"
    assert "6 of 8 rows are without a rate (XAU 4, ZZZ 2)" in message
    assert "part-0.parquet row 1" in message
    assert "part-1.parquet row 1" in message


def test_a_rate_of_another_day_is_named_as_the_reason(tmp_path: Path) -> None:
    data = {"amount": [1.0, 1.0], "currency": ["EUR", "EUR"], "day": [dt.date(2026, 2, 1), None]}
    assert "EUR 2, none that holds on that day" in failures(tmp_path, data, DATED_RATES, **DATED)["PC717"]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"ON_MISSING_RATE": "keep"}, [5.0, 2.0]),
        ({"ON_MISSING_RATE": "empty"}, [None, 2.0]),
        ({"ON_MISSING_RATE": "default_rate", "DEFAULT_RATE": "10"}, [50.0, 2.0]),
        (
            {"ON_MISSING_RATE": "default_rate", "DEFAULT_RATE": "10", "RATE_QUOTE": "units_per_target"},
            [0.5, 0.5],
        ),
    ],
)
def test_what_becomes_of_an_amount_without_a_rate(
    tmp_path: Path, env: dict[str, str], expected: list[float | None]
) -> None:
    done = convert(tmp_path, {"amount": [5.0, 1.0], "currency": ["XXX", "EUR"]}, **env)
    assert amounts(done) == expected
    assert metadata(done)["conversions"]["amount"]["without a rate"] == 1


@pytest.mark.parametrize(("policy", "expected"), [("target", 5.0), ("empty", None)])
def test_what_becomes_of_an_amount_without_a_currency(
    tmp_path: Path, policy: str, expected: float | None
) -> None:
    data = {"amount": [5.0, 5.0], "currency": [None, "  "]}
    assert amounts(convert(tmp_path / "a", data, ON_MISSING_CURRENCY=policy)) == [expected] * 2
    assert "2 of 2 rows are without a currency" in failures(tmp_path / "b", data)["PC718"]


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ({"currency": ["EUR"], "rate": [0.0]}, "zero in 1 of 1 rates, as for EUR"),
        ({"currency": ["EUR", "GBP"], "rate": [-1.0, 2.0]}, "negative in 1 of 2"),
        ({"currency": ["EUR", "GBP"], "rate": [float("nan"), None]}, "missing in 2 of 2"),
        ({"currency": ["EUR"], "rate": [float("inf")]}, "infinite in 1 of 1"),
        ({"currency": [None, "EUR"], "rate": [1.0, 2.0]}, "no currency in 'currency'"),
    ],
)
def test_rates_that_cannot_be_used(tmp_path: Path, rates: dict[str, list[Any]], said: str) -> None:
    assert said in failures(tmp_path, {"amount": [1.0], "currency": ["EUR"]}, rates)["PC715"]


def test_a_rate_that_cannot_divide_is_not_taken_for_infinity(tmp_path: Path) -> None:
    rates = {"currency": ["EUR"], "rate": [5e-324]}
    found = failures(tmp_path, {"amount": [0.0], "currency": ["EUR"]}, rates, RATE_QUOTE="units_per_target")
    assert "too small to divide by in 1 of 1" in found["PC715"]


def test_all_kinds_of_unusable_rates_are_reported_together(tmp_path: Path) -> None:
    rates = {"currency": ["A", "B", "C"], "rate": [0.0, -1.0, None]}
    with pytest.raises(CollectedError) as caught:
        convert(tmp_path, {"amount": [1.0], "currency": ["EUR"]}, rates)
    assert [error.code for error in caught.value.errors] == ["PC715"] * 3


def test_rates_that_contradict_each_other(tmp_path: Path) -> None:
    data = {"amount": [1.0], "currency": ["EUR"], "day": [DAY]}
    rates = {"currency": ["EUR", "eur "], "rate": [2.0, 2.5]}
    assert "EUR is 2 and 2.5" in failures(tmp_path / "a", data, rates)["PC716"]
    dated = {**rates, "valid_from": [DAY, DAY]}
    assert "EUR on 2026-03-01 is 2 and 2.5" in failures(tmp_path / "b", data, dated, **DATED)["PC716"]
    target = {"currency": ["EUR", "USD"], "rate": [2.0, 0.9]}
    assert "USD has the rate 0.9, not 1" in failures(tmp_path / "c", data, target)["PC716"]
    twice = {"currency": ["EUR", "EUR"], "rate": [2.0, 2.0]}
    assert amounts(convert(tmp_path / "d", data, twice)) == [2.0]


@pytest.mark.parametrize(
    ("data", "env", "said"),
    [
        ({"amount": ["1"], "currency": ["EUR"]}, {}, "'amount' is string, but amounts and rates are numbers"),
        ({"amount": [1.0], "currency": [978]}, {}, "'currency' is int64, but currency codes are text"),
        (
            {"amount": [1.0], "currency": ["EUR"], "day": ["3 March"]},
            DATED,
            "'3 March', which is no ISO 8601 date",
        ),
        ({"amount": [1.0], "currency": ["EUR"], "day": [20260301]}, DATED, "'day' is int64, but dates are"),
    ],
)
def test_columns_of_the_wrong_type(
    tmp_path: Path, data: dict[str, list[Any]], env: dict[str, str], said: str
) -> None:
    assert said in failures(tmp_path, data, DATED_RATES if env else RATES, **env)["PC714"]


def test_an_infinite_amount_is_an_error(tmp_path: Path) -> None:
    data = {"amount": [float("inf"), 1e308], "currency": ["USD", "GBP"]}
    assert "2 of 2 rows are infinite, or become so" in failures(tmp_path, data)["PC719"]


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"CURRENCY_FIELDS": "a,b"}, "AMOUNT_FIELDS names 1 columns, CURRENCY_FIELDS 2"),
        ({"DATE_FIELD": "day"}, "DATE_FIELD and RATE_DATE_FIELD work together only"),
        ({"MAX_RATE_AGE_DAYS": "week"}, "MAX_RATE_AGE_DAYS cannot be 'week'"),
        ({"MAX_RATE_AGE_DAYS": "7"}, "MAX_RATE_AGE_DAYS needs rates with dates"),
        ({"ON_MISSING_RATE": "guess"}, "ON_MISSING_RATE cannot be 'guess'"),
        ({"ON_MISSING_RATE": "default_rate"}, "DEFAULT_RATE and ON_MISSING_RATE"),
        ({"ON_MISSING_RATE": "default_rate", "DEFAULT_RATE": "0"}, "DEFAULT_RATE cannot be '0'"),
        ({"AMOUNT_FIELDS": "amount,amount"}, "AMOUNT_FIELDS names more than once: amount"),
        ({"AMOUNT_FIELDS": "currency"}, "'currency' is both an amount and its currency"),
    ],
)
def test_settings_that_do_not_fit(tmp_path: Path, env: dict[str, str], said: str) -> None:
    assert said in failures(tmp_path, {"amount": [1.0], "currency": ["EUR"]}, **env)["PC713"]


def test_every_unknown_column_is_named(tmp_path: Path) -> None:
    data = {"amount": [1.0], "currency": ["EUR"]}
    with pytest.raises(CollectedError) as caught:
        convert(tmp_path, data, AMOUNT_FIELDS="amuont,price", CURRENCY_FIELDS="curency")
    assert "did you mean 'amount'?" in str(caught.value)
    assert [error.code for error in caught.value.errors] == ["PC728"] * 3
