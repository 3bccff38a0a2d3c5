"""Compatibility of a guarantee with a requirement: each clause, proven, violated or left to run time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Check,
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    InRange,
    LabelBalance,
    MetricsContract,
    ModelContract,
    NoMissingValues,
    PortContract,
    RowCount,
    Unique,
)
from script_contracts.quality.compatibility import Compatibility, Finding, is_compatible

INT, FLOAT, NUMBER = ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.NUMBER
STRING, BOOLEAN = ColumnType.STRING, ColumnType.BOOLEAN
VIOLATED, DEFERRED = True, False


def table(*clauses: Column | Check, **fields: Any) -> DataContract:
    return DataContract(
        columns=tuple(each for each in clauses if isinstance(each, Column)),
        checks=tuple(each for each in clauses if not isinstance(each, Column)),
        **fields,
    )


def col(kind: ColumnType | None = None, nullable: bool | None = None, name: str = "a") -> Column:
    return Column(name=name, type=kind, nullable=nullable)


def within(low: float | None, high: float | None, **fields: Any) -> InRange:
    return InRange(column="a", minimum=low, maximum=high, **fields)


def one_of(*values: bool | int | float | str, **fields: Any) -> AllowedValues:
    return AllowedValues(column="a", values=values, **fields)


def balance(low: float, high: float, **fields: Any) -> LabelBalance:
    return LabelBalance(column="a", minimum=low, maximum=high, **fields)


def rows(low: int, high: int | None = None, **fields: Any) -> RowCount:
    return RowCount(minimum=low, maximum=high, **fields)


def metrics(*required: str, **fields: Any) -> MetricsContract:
    return MetricsContract(required_metrics=required, **fields)


def auc(low: float | None, high: float | None = None, **fields: Any) -> MetricsContract:
    return MetricsContract(thresholds={"auc": Bounds(minimum=low, maximum=high)}, **fields)


def model(**fields: Any) -> ModelContract:
    return ModelContract(**{"format": "xgboost-ubj", **fields})


PRESENT = NoMissingValues(column="a")
PRESENT_OR_WARN = NoMissingValues(column="a", on_violation="warn")
UNIQUE = Unique(column="a")
UNIQUE_OR_WARN = Unique(column="a", on_violation="warn")

Row = tuple[str, PortContract, PortContract, list[tuple[str, bool, str]]]

LAYOUT: list[Row] = [
    ("nothing is required", table(), table(), []),
    ("the format is accepted", table(formats=("csv",)), table(formats=("parquet", "csv")), []),
    (
        "another format",
        table(formats=("json",)),
        table(formats=("parquet", "csv")),
        [("format", VIOLATED, "requires parquet or csv, gets json")],
    ),
    (
        "each format that is not accepted",
        table(formats=("json", "csv")),
        table(),
        [("format", VIOLATED, "gets json"), ("format", VIOLATED, "gets csv")],
    ),
    ("splits for splits", table(splits=True), table(splits=True), []),
    (
        "splits for one folder",
        table(splits=True),
        table(),
        [("layout", VIOLATED, "requires one folder, gets one folder per split")],
    ),
    (
        "one folder for splits",
        table(),
        table(splits=True),
        [("layout", VIOLATED, "requires one folder per split, gets one folder")],
    ),
]

COLUMNS: list[Row] = [
    ("the column is there", table(col()), table(col()), []),
    (
        "the guarantee is silent",
        table(col(name="b")),
        table(col()),
        [("column 'a'", DEFERRED, "is required; the guarantee does not speak of it")],
    ),
    (
        "the closed guarantee has others",
        table(col(name="b"), col(name="c"), closed=True),
        table(col()),
        [("column 'a'", VIOLATED, "is required; the guarantee has only: b, c")],
    ),
    (
        "the closed guarantee has none",
        table(closed=True),
        table(col()),
        [("column 'a'", VIOLATED, "the guarantee has only: none")],
    ),
    ("closed for closed", table(col(), closed=True), table(col(), closed=True), []),
    ("closed for open", table(col(), col(name="b"), closed=True), table(col()), []),
    (
        "open for closed",
        table(col()),
        table(col(), closed=True),
        [("columns", DEFERRED, "the guarantee does not exclude other columns")],
    ),
    (
        "a column too many",
        table(col(), col(name="b"), closed=True),
        table(col(), closed=True),
        [("column 'b'", VIOLATED, "is guaranteed, but no other column may be there")],
    ),
    (
        "not null for not null",
        table(col(nullable=False)),
        table(col(nullable=False)),
        [],
    ),
    ("a check that says not null", table(col(nullable=True), PRESENT), table(col(nullable=False)), []),
    ("not null where nulls are accepted", table(col(nullable=False)), table(col(nullable=True)), []),
    ("nulls where nulls are accepted", table(col(nullable=True)), table(col(nullable=True)), []),
    ("nulls where nothing is said", table(col(nullable=True)), table(col()), []),
    (
        "nulls for not null",
        table(col(nullable=True)),
        table(col(nullable=False)),
        [("column 'a' nullability", VIOLATED, "may not be null; the guarantee allows nulls")],
    ),
    (
        "silence for not null",
        table(col()),
        table(col(nullable=False)),
        [("column 'a' nullability", DEFERRED, "may not be null; the guarantee does not say")],
    ),
    (
        "a warning for not null",
        table(col(), PRESENT_OR_WARN),
        table(col(nullable=False)),
        [("column 'a' nullability", DEFERRED, "the guarantee does not say")],
    ),
    (
        "a warning and nulls for not null",
        table(col(nullable=True), PRESENT_OR_WARN),
        table(col(nullable=False)),
        [("column 'a' nullability", VIOLATED, "the guarantee allows nulls")],
    ),
]


def type_rows() -> Iterator[Row]:
    """Every pair of types, in Parquet and in text."""
    for given_type, wanted, text in product(ColumnType, ColumnType, (False, True)):
        numbers = {given_type, wanted} <= {INT, FLOAT, NUMBER}
        reason = f"requires {wanted.value}, gets {given_type.value}"
        proven = given_type is wanted or (wanted is NUMBER and numbers)
        left = numbers and (given_type is NUMBER or text)
        fields = {"formats": ("csv",)} if text else {}
        yield (
            f"{given_type.value} for {wanted.value}{' in text' if text else ''}",
            table(col(given_type), **fields),
            table(col(wanted), **fields),
            [] if proven else [("column 'a' type", not left, reason)],
        )
    for wanted in ColumnType:
        reason = f"requires {wanted.value}; no type is guaranteed"
        yield (
            f"no type for {wanted.value}",
            table(col()),
            table(col(wanted)),
            [("column 'a' type", DEFERRED, reason)],
        )
        yield f"{wanted.value} for any type", table(col(wanted)), table(col()), []


SILENT = "the guarantee does not speak of it"
CHECKS: list[Row] = [
    ("present for present", table(PRESENT), table(PRESENT), []),
    ("not null for present", table(col(nullable=False)), table(PRESENT), []),
    ("present, for all that null is allowed", table(col(nullable=True), PRESENT), table(PRESENT), []),
    (
        "silence for present",
        table(col()),
        table(PRESENT),
        [("column 'a' no_missing_values", DEFERRED, "missing values are not excluded")],
    ),
    (
        "nulls for present",
        table(col(nullable=True)),
        table(PRESENT),
        [("column 'a' no_missing_values", VIOLATED, "missing values are not excluded")],
    ),
    (
        "nulls for a warning",
        table(col(nullable=True)),
        table(PRESENT_OR_WARN),
        [("column 'a' no_missing_values", DEFERRED, "missing values are not excluded")],
    ),
    (
        "a warning for present",
        table(PRESENT_OR_WARN),
        table(PRESENT),
        [("column 'a' no_missing_values", DEFERRED, "")],
    ),
    ("the same range", table(within(0, 9)), table(within(0, 9)), []),
    ("a narrower range", table(within(2, 3)), table(within(0, 9)), []),
    ("a range for half of one", table(within(2, 3)), table(within(None, 9)), []),
    ("half a range for none", table(within(2, None)), table(within(None, None)), []),
    (
        "a wider range",
        table(within(-1, 9)),
        table(within(0, 9)),
        [("column 'a' in_range", DEFERRED, "requires minimum 0.0, maximum 9.0, gets minimum -1.0")],
    ),
    (
        "half a range for a range",
        table(within(0, None)),
        table(within(0, 9)),
        [("column 'a' in_range", DEFERRED, "maximum 9.0, gets minimum 0.0")],
    ),
    (
        "no bounds for a range",
        table(within(None, None)),
        table(within(0, 9)),
        [("column 'a' in_range", DEFERRED, "gets any")],
    ),
    (
        "ranges that touch",
        table(within(9, 12)),
        table(within(0, 9)),
        [("column 'a' in_range", DEFERRED, "gets minimum 9.0, maximum 12.0")],
    ),
    (
        "another range",
        table(within(10, 12)),
        table(within(0, 9)),
        [("column 'a' in_range", VIOLATED, "requires minimum 0.0, maximum 9.0, gets minimum 10.0")],
    ),
    (
        "another range for a warning",
        table(within(10, 12)),
        table(within(0, 9, on_violation="warn")),
        [("column 'a' in_range", DEFERRED, "gets minimum 10.0, maximum 12.0")],
    ),
    (
        "another range, as a warning",
        table(within(10, 12, on_violation="warn")),
        table(within(0, 9)),
        [("column 'a' in_range", DEFERRED, SILENT)],
    ),
    (
        "the range of another column",
        table(InRange(column="b", minimum=0)),
        table(within(0, None)),
        [("column 'a' in_range", DEFERRED, SILENT)],
    ),
    ("fewer values", table(one_of(0, 1)), table(one_of(0, 1, 2)), []),
    ("one number as float", table(one_of(1.0)), table(one_of(1)), []),
    (
        "more values",
        table(one_of("x", "y", "z")),
        table(one_of("x", "y")),
        [("column 'a' allowed_values", DEFERRED, "values ('x', 'y'), gets values ('x', 'y', 'z')")],
    ),
    (
        "other values",
        table(one_of("yes", "no")),
        table(one_of(0, 1)),
        [("column 'a' allowed_values", VIOLATED, "requires values (0, 1), gets values ('yes', 'no')")],
    ),
    (
        "truth is not one",
        table(one_of(True, False)),
        table(one_of(0, 1)),
        [("column 'a' allowed_values", VIOLATED, "requires values (0, 1), gets values (True, False)")],
    ),
    (
        "a number is not its text",
        table(one_of("1")),
        table(one_of(1)),
        [("column 'a' allowed_values", VIOLATED, "requires values (1,), gets values ('1',)")],
    ),
    (
        "silence about values",
        table(within(0, 1)),
        table(one_of(0, 1)),
        [("column 'a' allowed_values", DEFERRED, SILENT)],
    ),
    (
        "values as a warning",
        table(one_of("x", on_violation="warn")),
        table(one_of("y")),
        [("column 'a' allowed_values", DEFERRED, SILENT)],
    ),
    ("unique for unique", table(UNIQUE), table(UNIQUE), []),
    ("unique for a warning", table(UNIQUE), table(UNIQUE_OR_WARN), []),
    (
        "a warning for unique",
        table(UNIQUE_OR_WARN),
        table(UNIQUE),
        [("column 'a' unique", DEFERRED, SILENT)],
    ),
    (
        "silence for unique",
        table(col(INT, nullable=False)),
        table(UNIQUE),
        [("column 'a' unique", DEFERRED, SILENT)],
    ),
    ("rows enough", table(rows(10, 20)), table(rows(1, 100)), []),
    ("rows without end", table(rows(10)), table(rows(1)), []),
    (
        "rows that may be too few",
        table(rows(1)),
        table(rows(2)),
        [("rows row_count", DEFERRED, "requires minimum 2, gets minimum 1")],
    ),
    (
        "too few rows",
        table(rows(0, 5)),
        table(rows(6)),
        [("rows row_count", VIOLATED, "requires minimum 6, gets minimum 0, maximum 5")],
    ),
    (
        "too many rows",
        table(rows(100)),
        table(rows(0, 99)),
        [("rows row_count", VIOLATED, "requires minimum 0, maximum 99, gets minimum 100")],
    ),
    ("silence about rows", table(), table(rows(1)), [("rows row_count", DEFERRED, SILENT)]),
    (
        "rows as a warning",
        table(rows(1, on_violation="warn")),
        table(rows(1)),
        [("rows row_count", DEFERRED, SILENT)],
    ),
    (
        "rows for a warning",
        table(rows(0, 5)),
        table(rows(6, on_violation="warn")),
        [("rows row_count", DEFERRED, "gets minimum 0, maximum 5")],
    ),
    ("a narrower balance", table(balance(0.4, 0.6)), table(balance(0.1, 0.9)), []),
    (
        "a wider balance",
        table(balance(0.05, 0.6)),
        table(balance(0.1, 0.9)),
        [("column 'a' label_balance", DEFERRED, "minimum 0.1, maximum 0.9, gets minimum 0.05, maximum 0.6")],
    ),
    (
        "another balance",
        table(balance(0, 0.01)),
        table(balance(0.1, 0.9)),
        [("column 'a' label_balance", VIOLATED, "minimum 0.1, maximum 0.9, gets minimum 0.0, maximum 0.01")],
    ),
    (
        "silence about balance",
        table(one_of(0, 1)),
        table(balance(0.1, 0.9)),
        [("column 'a' label_balance", DEFERRED, SILENT)],
    ),
]

SEVERAL: list[Row] = [
    ("one of two implies", table(within(0, 9), within(2, 3)), table(within(1, 4)), []),
    ("the half that is asked for", table(within(0, None), within(None, 9)), table(within(0, None)), []),
    (
        "one of two excludes",
        table(within(0, 9), within(2, 3)),
        table(within(4, 9)),
        [("column 'a' in_range", VIOLATED, "gets minimum 0.0, maximum 9.0 and minimum 2.0, maximum 3.0")],
    ),
    (
        "neither decides",
        table(within(0, 9), within(2, 30)),
        table(within(4, 6)),
        [("column 'a' in_range", DEFERRED, "and minimum 2.0, maximum 30.0")],
    ),
    (
        "each requirement by itself",
        table(one_of(1, 2)),
        table(one_of(1, 2, 3), one_of(2, 3), one_of(3, 4)),
        [
            ("column 'a' allowed_values", DEFERRED, "requires values (2, 3), gets values (1, 2)"),
            ("column 'a' allowed_values", VIOLATED, "requires values (3, 4), gets values (1, 2)"),
        ],
    ),
    (
        "a warning beside a promise",
        table(within(0, 9), within(20, 30, on_violation="warn")),
        table(within(20, 25)),
        [("column 'a' in_range", VIOLATED, "gets minimum 0.0, maximum 9.0")],
    ),
    (
        "several clauses at once, in order",
        table(col(STRING, nullable=True), formats=("csv",)),
        table(col(INT, nullable=False), UNIQUE),
        [
            ("format", VIOLATED, "gets csv"),
            ("column 'a' type", VIOLATED, "requires integer, gets string"),
            ("column 'a' nullability", VIOLATED, "allows nulls"),
            ("column 'a' unique", DEFERRED, SILENT),
        ],
    ),
]

OTHER_KINDS: list[Row] = [
    ("all files", FilesContract(files=("a", "b")), FilesContract(files=("a",)), []),
    (
        "files missing",
        FilesContract(files=("a",)),
        FilesContract(files=("c", "b", "a")),
        [
            ("file 'b'", VIOLATED, "is required and not guaranteed"),
            ("file 'c'", VIOLATED, "is required and not guaranteed"),
        ],
    ),
    (
        "another kind",
        FilesContract(files=("a",)),
        table(),
        [("kind", VIOLATED, "requires data, gets files")],
    ),
    ("data for a model", table(), model(), [("kind", VIOLATED, "requires model, gets data")]),
    ("a model for metrics", model(), metrics(), [("kind", VIOLATED, "requires metrics, gets model")]),
    ("metrics for files", metrics(), FilesContract(files=("a",)), [("kind", VIOLATED, "gets metrics")]),
    ("the same model", model(files=("m",)), model(files=("m",)), []),
    (
        "another model format",
        model(format="onnx"),
        model(),
        [("model format", VIOLATED, "requires xgboost-ubj, gets onnx")],
    ),
    (
        "a model file missing",
        model(files=("m",)),
        model(files=("m", "n")),
        [("file 'n'", VIOLATED, "is required and not guaranteed")],
    ),
    ("metadata not asked for", model(metadata_file="i.json", metadata_includes=("k",)), model(), []),
    ("the metadata file is a file", model(metadata_file="i.json"), model(files=("i.json",)), []),
    (
        "another metadata file",
        model(metadata_file="j.json"),
        model(metadata_file="i.json"),
        [("metadata file", VIOLATED, "requires i.json, gets j.json")],
    ),
    (
        "no metadata file",
        model(),
        model(metadata_file="i.json"),
        [("metadata file", VIOLATED, "requires i.json, gets none")],
    ),
    (
        "a metadata key missing",
        model(metadata_file="i.json", metadata_includes=("k",)),
        model(metadata_file="i.json", metadata_includes=("k", "l")),
        [("metadata 'l'", VIOLATED, "is required and not guaranteed")],
    ),
    ("all metrics", metrics("auc", "f1"), metrics("f1"), []),
    (
        "a metric missing",
        metrics("auc"),
        metrics("auc", "f1"),
        [("metric 'f1'", VIOLATED, "is required and not guaranteed")],
    ),
    (
        "another metrics file",
        metrics(file="m.json"),
        metrics(),
        [("file", VIOLATED, "requires metrics.json, gets m.json")],
    ),
    ("a stricter threshold", auc(0.8, 1), auc(0.7), []),
    ("a threshold promises its metric", auc(0.8), metrics("auc"), []),
    (
        "a threshold that warns promises nothing",
        auc(0.8, on_violation="warn"),
        metrics("auc"),
        [("metric 'auc'", VIOLATED, "is required and not guaranteed")],
    ),
    (
        "a looser threshold",
        auc(0.6),
        auc(0.7),
        [("metric 'auc' threshold", DEFERRED, "requires 0.7 to any, gets 0.6 to any")],
    ),
    (
        "another threshold",
        auc(None, 0.6),
        auc(0.7),
        [("metric 'auc' threshold", VIOLATED, "requires 0.7 to any, gets any to 0.6")],
    ),
    (
        "another threshold for a warning",
        auc(None, 0.6),
        auc(0.7, on_violation="warn"),
        [("metric 'auc' threshold", DEFERRED, "requires 0.7 to any, gets any to 0.6")],
    ),
    (
        "no threshold",
        metrics("auc"),
        auc(0.7),
        [("metric 'auc' threshold", DEFERRED, "the guarantee enforces none")],
    ),
    (
        "a threshold that warns",
        auc(None, 0.6, on_violation="warn"),
        auc(0.7),
        [("metric 'auc' threshold", DEFERRED, "the guarantee enforces none")],
    ),
]

ALL = [*LAYOUT, *COLUMNS, *type_rows(), *CHECKS, *SEVERAL, *OTHER_KINDS]


@pytest.mark.parametrize(
    ("guarantee", "requirement", "expected"), [pytest.param(*row[1:], id=row[0]) for row in ALL]
)
def test_each_clause_is_proven_violated_or_left_to_run_time(
    guarantee: PortContract, requirement: PortContract, expected: list[tuple[str, bool, str]]
) -> None:
    answer = is_compatible(guarantee, requirement)
    assert [(each.clause, each.violated) for each in answer.findings] == [each[:2] for each in expected]
    for finding, (_, _, reason) in zip(answer.findings, expected, strict=True):
        assert reason in finding.reason
    assert bool(answer) is not any(violated for _, violated, _ in expected)


@pytest.mark.parametrize("check", [PRESENT, within(0, 1), one_of(1), UNIQUE, balance(0, 1)], ids=repr)
def test_a_closed_guarantee_without_the_column_of_a_check_violates_it(check: Check) -> None:
    closed = table(col(name="b"), closed=True)
    (finding,) = is_compatible(closed, table(check)).violations
    assert finding == Finding(f"column 'a' {check.kind}", True, "the guarantee has only: b")
    assert is_compatible(closed, table(check.model_copy(update={"on_violation": "warn"}))).deferred


def test_violations_and_deferred_part_the_findings() -> None:
    violated, deferred = Finding("x", True, "y"), Finding("z", False, "w")
    answer = Compatibility((deferred, violated))
    assert (answer.violations, answer.deferred, bool(answer)) == ((violated,), (deferred,), False)
    assert Compatibility((deferred,))
    assert Compatibility()
    assert str(violated) == "x: y"


# Properties, over contracts about two columns.

VALUES: tuple[bool | int | float | str, ...] = (0, 1, 2, 1.0, 0.5, True, False, "x", "y")
on_violations: st.SearchStrategy[Literal["fail", "warn"]] = st.sampled_from(["fail", "fail", "fail", "warn"])


def ends(values: Sequence[float]) -> st.SearchStrategy[tuple[Any, Any]]:
    pairs = [
        (low, high)
        for low in (None, *values)
        for high in (None, *values)
        if low is None or high is None or low <= high
    ]
    return st.sampled_from(pairs)


@st.composite
def checks(draw: st.DrawFn) -> Check:
    action = draw(on_violations)
    kind = draw(st.sampled_from([NoMissingValues, InRange, AllowedValues, Unique, RowCount, LabelBalance]))
    if kind is NoMissingValues:
        return NoMissingValues(column="a", on_violation=action)
    if kind is Unique:
        return Unique(column="a", on_violation=action)
    if kind is AllowedValues:
        chosen = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=4))
        return one_of(*chosen, on_violation=action)
    if kind is RowCount:
        low, high = draw(ends((0, 1, 2, 3)))
        return rows(low or 0, high, on_violation=action)
    low, high = draw(ends((0.0, 0.5, 1.0)))
    if kind is InRange:
        return within(low, high, on_violation=action)
    return balance(low or 0.0, 1.0 if high is None else high, on_violation=action)


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    kind = draw(st.sampled_from([None, INT, FLOAT, NUMBER, STRING, BOOLEAN]))
    return col(kind, draw(st.sampled_from([None, True, False])), name)


@st.composite
def tables(draw: st.DrawFn, formats: Sequence[tuple[str, ...]] = (("parquet",), ("csv",))) -> DataContract:
    names = draw(st.sampled_from([("a",), ("a",), ("a", "b"), ("b",), ()]))
    closed = draw(st.booleans())
    found = draw(st.lists(checks(), max_size=3))
    if closed and "a" not in names:
        found = [each for each in found if isinstance(each, RowCount)]
    return table(
        *(draw(columns(name)) for name in names),
        *found,
        closed=closed,
        splits=draw(st.sampled_from([False, False, True])),
        formats=draw(st.sampled_from(formats)),
    )


requirements = tables((("parquet",), ("csv",), ("parquet", "csv")))


@st.composite
def other_contracts(draw: st.DrawFn) -> PortContract:
    names = st.lists(st.sampled_from("pqr"), unique=True).map(tuple)
    kind = draw(st.sampled_from(["files", "model", "metrics"]))
    if kind == "files":
        return FilesContract(files=draw(names) or ("p",))
    if kind == "model":
        return ModelContract(
            format=draw(st.sampled_from(["f", "g"])),
            files=draw(names),
            metadata_file=draw(st.sampled_from([None, "i.json", "p"])),
            metadata_includes=draw(names),
        )
    chosen = {
        name: Bounds(minimum=low, maximum=high)
        for name, (low, high) in draw(st.dictionaries(st.sampled_from("pqr"), ends((0, 1, 2)))).items()
    }
    return MetricsContract(required_metrics=draw(names), thresholds=chosen, on_violation=draw(on_violations))


@settings(max_examples=150, deadline=None)
@given(st.one_of(requirements, other_contracts()))
def test_a_contract_does_not_violate_itself(contract: PortContract) -> None:
    answer = is_compatible(contract, contract)
    assert answer.violations == ()
    if isinstance(contract, (FilesContract, ModelContract)):
        assert answer.findings == ()


@settings(max_examples=100, deadline=None)
@given(tables())
def test_what_a_contract_enforces_it_proves(contract: DataContract) -> None:
    enforced = tuple(each for each in contract.checks if each.on_violation == "fail")
    demand = contract.model_copy(update={"checks": enforced})
    unproven = {each.clause for each in is_compatible(contract, demand).findings}
    assert unproven <= ({"columns"} if not contract.closed else set())


def weaker_check(draw: st.DrawFn, check: Check) -> Check:
    if draw(st.booleans()):
        return check.model_copy(update={"on_violation": "warn"})
    if isinstance(check, AllowedValues):
        return one_of(
            *check.values, *draw(st.lists(st.sampled_from(VALUES))), on_violation=check.on_violation
        )
    if isinstance(check, InRange):
        return check.model_copy(update={draw(st.sampled_from(["minimum", "maximum"])): None})
    if isinstance(check, RowCount):
        return check.model_copy(update={"minimum": 0})
    return check


@st.composite
def weakened(draw: st.DrawFn) -> tuple[DataContract, DataContract]:
    """A requirement, and one that everything satisfies that satisfies the first."""
    strong = draw(requirements)
    closed = strong.closed and draw(st.booleans())
    kept = []
    for column in strong.columns:
        kind = NUMBER if column.type in (INT, FLOAT) and draw(st.booleans()) else column.type
        nullable = None if draw(st.booleans()) else column.nullable
        if closed or draw(st.booleans()):
            kept.append(col(draw(st.sampled_from([kind, None])), nullable, column.name))
    formats = tuple(dict.fromkeys((*strong.formats, *draw(st.lists(st.sampled_from(["csv", "json"]))))))
    weak = table(
        *kept,
        *(weaker_check(draw, each) for each in strong.checks if draw(st.booleans())),
        closed=closed,
        splits=strong.splits,
        formats=formats,
    )
    return strong, weak


@settings(max_examples=150, deadline=None)
@given(tables(), weakened())
def test_asking_for_less_never_adds_a_violation(
    guarantee: DataContract, pair: tuple[DataContract, DataContract]
) -> None:
    strong, weak = pair
    before = {each.clause for each in is_compatible(guarantee, strong).violations}
    assert {each.clause for each in is_compatible(guarantee, weak).violations} <= before


@settings(max_examples=100, deadline=None)
@given(tables(), requirements)
def test_a_guarantee_that_only_warns_is_no_promise(
    guarantee: DataContract, requirement: DataContract
) -> None:
    warns = tuple(each.model_copy(update={"on_violation": "warn"}) for each in guarantee.checks)
    silent = guarantee.model_copy(update={"checks": ()})
    warned = guarantee.model_copy(update={"checks": warns})
    assert is_compatible(warned, requirement) == is_compatible(silent, requirement)


@settings(max_examples=100, deadline=None)
@given(tables(), requirements)
def test_a_requirement_that_only_warns_is_never_violated(
    guarantee: DataContract, requirement: DataContract
) -> None:
    warns = tuple(each.model_copy(update={"on_violation": "warn"}) for each in requirement.checks)
    answer = is_compatible(guarantee, requirement.model_copy(update={"checks": warns}))
    plain = is_compatible(guarantee, requirement.model_copy(update={"checks": ()}))
    assert answer.violations == plain.violations


# Soundness, against every small table.


@dataclass(frozen=True)
class Data:
    """One small table; `values` is column a, or None where it does not have one."""

    format: str
    splits: bool
    rows: int
    type: ColumnType | None
    values: tuple[Any, ...] | None
    has_b: bool

    @property
    def present(self) -> list[Any]:
        return [each for each in self.values or () if each is not None]

    @property
    def says_something(self) -> bool:
        """Whether clauses about the values of a are about anything at all."""
        return self.rows > 0 and (self.values is None or bool(self.present))


def small_tables() -> Iterator[Data]:
    domains: dict[ColumnType, tuple[Any, ...]] = {
        INT: (None, 0, 1, 2),
        FLOAT: (None, 0.0, 0.5, 1.0),
        STRING: (None, "x", "y"),
        BOOLEAN: (None, True, False),
    }
    for file_format, splits, has_b, count in product(
        ("parquet", "csv"), (False, True), (False, True), range(3)
    ):
        yield Data(file_format, splits, count, None, None, has_b)
        for kind, domain in domains.items():
            for values in product(domain, repeat=count):
                yield Data(file_format, splits, count, kind, values, has_b)


SMALL_TABLES = list(small_tables())


def satisfies(data: Data, contract: DataContract) -> bool:
    """Whether a run with this table would go on: the clauses that fail, as the documentation has them."""
    if data.format not in contract.formats or data.splits != contract.splits:
        return False
    enforced = [each for each in contract.checks if each.on_violation == "fail"]
    if not all(holds(data, each) for each in enforced if isinstance(each, RowCount)):
        return False
    if data.rows == 0:
        return True  # without a row there is neither a schema nor a value
    names = {name for name, there in (("a", data.values is not None), ("b", data.has_b)) if there}
    spoken_of = {column.name for column in contract.columns}
    if not spoken_of <= names or (contract.closed and names != spoken_of):
        return False
    column = contract.column("a")
    if column is not None and not fits(data, column):
        return False
    other = contract.column("b")  # holds whole numbers, none missing
    if other is not None and other.type not in (
        None,
        INT,
        NUMBER,
        *((FLOAT,) if data.format == "csv" else ()),
    ):
        return False
    return all(holds(data, each) for each in enforced)


def fits(data: Data, column: Column) -> bool:
    if column.nullable is False and None in (data.values or ()):
        return False
    accepted = {column.type}
    if column.type is NUMBER or (column.type is FLOAT and data.format == "csv"):
        accepted = {INT, FLOAT}
    return column.type is None or data.type in accepted


def holds(data: Data, check: Check) -> bool:
    if isinstance(check, RowCount):
        return check.minimum <= data.rows <= (check.maximum if check.maximum is not None else data.rows)
    if data.values is None:
        return False
    present = data.present
    if isinstance(check, NoMissingValues):
        return len(present) == data.rows
    if isinstance(check, Unique):
        return len(set(present)) == len(present)
    if isinstance(check, AllowedValues):
        allowed = [(isinstance(each, bool), each) for each in check.values]
        return all((isinstance(each, bool), each) in allowed for each in present)
    if data.type not in (INT, FLOAT):
        return isinstance(check, InRange) and not present
    if isinstance(check, InRange):
        bounds = Bounds(minimum=check.minimum, maximum=check.maximum)
        return not any(bounds.excludes(each) for each in present)
    return check.minimum <= present.count(1) / data.rows <= check.maximum


NULLS = ("nullability", "no_missing_values")  # nulls that are allowed need not occur


@settings(max_examples=150, deadline=None)
@given(tables(), requirements)
def test_the_answer_is_right_about_every_small_table(
    guarantee: DataContract, requirement: DataContract
) -> None:
    answer = is_compatible(guarantee, requirement)
    decided = [each for each in answer.violations if not each.clause.endswith(NULLS)]
    proven = not answer.findings
    if not (proven or decided):
        return
    for data in SMALL_TABLES:
        if satisfies(data, guarantee):
            if proven:
                assert satisfies(data, requirement)
            elif data.says_something:
                assert not satisfies(data, requirement)


@st.composite
def pairs_that_agree(draw: st.DrawFn) -> tuple[DataContract, DataContract]:
    """A guarantee, and a requirement that it may well prove."""
    guarantee = draw(tables())
    weak = table(
        *(column for column in guarantee.columns if guarantee.closed or draw(st.booleans())),
        *(weaker_check(draw, each) for each in guarantee.checks if draw(st.booleans())),
        closed=guarantee.closed,
        splits=guarantee.splits,
        formats=guarantee.formats,
    )
    return guarantee, weak


@settings(max_examples=100, deadline=None)
@given(pairs_that_agree())
def test_what_is_proven_holds_for_every_small_table(pair: tuple[DataContract, DataContract]) -> None:
    guarantee, requirement = pair
    if not is_compatible(guarantee, requirement).findings:
        enforced = tuple(each.model_copy(update={"on_violation": "fail"}) for each in requirement.checks)
        strict = requirement.model_copy(update={"checks": enforced})
        assert all(satisfies(data, strict) for data in SMALL_TABLES if satisfies(data, guarantee))


@pytest.mark.parametrize(
    ("guarantee", "requirement"),
    [pytest.param(row[1], row[2], id=row[0]) for row in (*COLUMNS, *CHECKS, *SEVERAL)],
)
def test_the_tables_above_are_right_about_every_small_table(
    guarantee: DataContract, requirement: DataContract
) -> None:
    answer = is_compatible(guarantee, requirement)
    decided = [each for each in answer.violations if not each.clause.endswith(NULLS)]
    for data in SMALL_TABLES:
        if satisfies(data, guarantee):
            assert answer.findings or satisfies(data, requirement)
            assert not (decided and data.says_something and satisfies(data, requirement))
