"""Compatibility: whether what a producer guarantees satisfies what a consumer requires.

Three answers are possible for each clause: proven by the guarantee, violated by it, or not decided by it.
A clause that is not decided is checked at run time, when the data is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from script_contracts.quality.checks import (
    AllowedValues,
    Check,
    InRange,
    LabelBalance,
    NoMissingValues,
    RowCount,
    Unique,
    Value,
)
from script_contracts.quality.contracts import (
    Bounds,
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    MetricsContract,
    ModelContract,
    PortContract,
)


@dataclass(frozen=True)
class Finding:
    """One clause of the requirement and what the guarantee makes of it.

    Attributes:
        clause: the clause, as in `column 'age' type` or `format`.
        violated: whether the guarantee contradicts it; otherwise it is left to run time.
        reason: required and guaranteed, with the actual values.
    """

    clause: str
    violated: bool
    reason: str

    def __str__(self) -> str:
        return f"{self.clause}: {self.reason}"


@dataclass(frozen=True)
class Compatibility:
    """The answer for one wire; true where nothing is violated."""

    findings: tuple[Finding, ...] = ()

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The clauses that the guarantee contradicts."""
        return tuple(each for each in self.findings if each.violated)

    @property
    def deferred(self) -> tuple[Finding, ...]:
        """The clauses that only the data can decide."""
        return tuple(each for each in self.findings if not each.violated)

    def __bool__(self) -> bool:
        return not self.violations


def is_compatible(guarantee: PortContract, requirement: PortContract) -> Compatibility:
    """Whether a producer's `guarantee` satisfies a consumer's `requirement`.

    Neither script nor data is needed: a consumer can be developed against a producer's contract.
    """
    if isinstance(guarantee, DataContract) and isinstance(requirement, DataContract):
        return Compatibility(tuple(_data(guarantee, requirement)))
    if isinstance(guarantee, ModelContract) and isinstance(requirement, ModelContract):
        return Compatibility(tuple(_model(guarantee, requirement)))
    if isinstance(guarantee, MetricsContract) and isinstance(requirement, MetricsContract):
        return Compatibility(tuple(_metrics(guarantee, requirement)))
    if isinstance(guarantee, FilesContract) and isinstance(requirement, FilesContract):
        missing = sorted(set(requirement.files) - set(guarantee.files))
        return Compatibility(
            tuple(Finding(f"file '{name}'", True, "is required and not guaranteed") for name in missing)
        )
    reason = f"requires {requirement.kind}, gets {guarantee.kind}"
    return Compatibility((Finding("kind", True, reason),))


def _data(guarantee: DataContract, requirement: DataContract) -> Iterator[Finding]:
    for name in guarantee.formats:
        if name not in requirement.formats:
            yield Finding("format", True, f"requires {' or '.join(requirement.formats)}, gets {name}")
    if guarantee.splits != requirement.splits:
        layout = {True: "one folder per split", False: "one folder"}
        reason = f"requires {layout[requirement.splits]}, gets {layout[guarantee.splits]}"
        yield Finding("layout", True, reason)
    for column in requirement.columns:
        yield from _column(guarantee, column)
    if requirement.closed:
        allowed = {column.name for column in requirement.columns}
        for column in guarantee.columns:
            if column.name not in allowed:
                yield Finding(
                    f"column '{column.name}'", True, "is guaranteed, but no other column may be there"
                )
        if not guarantee.closed:
            yield Finding("columns", False, "the guarantee does not exclude other columns")
    for check in requirement.checks:
        yield from _check(guarantee, check)


def _column(guarantee: DataContract, wanted: Column) -> Iterator[Finding]:
    name = f"column '{wanted.name}'"
    given = guarantee.column(wanted.name)
    if given is None:
        if guarantee.closed:
            yield Finding(name, True, f"is required; the guarantee has only: {_names(guarantee)}")
        else:
            yield Finding(name, False, "is required; the guarantee does not speak of it")
        return
    if wanted.type is not None and wanted.type is not given.type:
        if given.type is None:
            yield Finding(f"{name} type", False, f"requires {wanted.type.value}; no type is guaranteed")
        elif not _is_kind_of(given.type, wanted.type):
            decided = not (
                _is_kind_of(wanted.type, given.type) or _is_text_of_numbers(guarantee, wanted, given)
            )
            yield Finding(f"{name} type", decided, f"requires {wanted.type.value}, gets {given.type.value}")
    if (
        wanted.nullable is False
        and given.nullable is not False
        and not _never_missing(guarantee, wanted.name)
    ):
        reason = "may not be null; the guarantee " + ("allows nulls" if given.nullable else "does not say")
        yield Finding(f"{name} nullability", given.nullable is True, reason)


def _never_missing(guarantee: DataContract, column: str) -> bool:
    return any(
        isinstance(check, NoMissingValues) and check.column == column and check.on_violation == "fail"
        for check in guarantee.checks
    )


def _is_text_of_numbers(guarantee: DataContract, wanted: Column, given: Column) -> bool:
    """Whether only the files can tell, because text does not tell 5 from 5.0."""
    return set(guarantee.formats) != {"parquet"} and {wanted.type, given.type} <= _NUMBERS


_NUMBERS = {ColumnType.INTEGER, ColumnType.FLOAT, ColumnType.NUMBER}


def _is_kind_of(narrow: ColumnType, wide: ColumnType) -> bool:
    return narrow is wide or (wide is ColumnType.NUMBER and narrow in (ColumnType.INTEGER, ColumnType.FLOAT))


def _check(guarantee: DataContract, wanted: Check) -> Iterator[Finding]:
    where = "rows" if isinstance(wanted, RowCount) else f"column '{wanted.column}'"
    clause = f"{where} {wanted.kind}"
    enforced = wanted.on_violation == "fail"  # what only warns at run time cannot fail here
    if not isinstance(wanted, RowCount) and guarantee.closed and guarantee.column(wanted.column) is None:
        yield Finding(clause, enforced, f"the guarantee has only: {_names(guarantee)}")
        return
    if isinstance(wanted, NoMissingValues):
        given = guarantee.column(wanted.column)
        if _never_missing(guarantee, wanted.column) or (given is not None and given.nullable is False):
            return
        yield Finding(clause, enforced and bool(given and given.nullable), "missing values are not excluded")
        return
    # A clause that only warns is no promise.
    same = [
        check
        for check in guarantee.checks
        if check.kind == wanted.kind
        and getattr(check, "column", None) == getattr(wanted, "column", None)
        and check.on_violation == "fail"
    ]
    if not same:
        yield Finding(clause, False, "the guarantee does not speak of it")
    # Several clauses about one thing hold together: one that implies the requirement is enough.
    elif not any(_implies(check, wanted) for check in same):
        decided = enforced and any(_excludes(check, wanted) for check in same)
        terms = " and ".join(_terms(check) for check in same)
        yield Finding(clause, decided, f"requires {_terms(wanted)}, gets {terms}")


def _names(guarantee: DataContract) -> str:
    return ", ".join(column.name for column in guarantee.columns) or "none"


def _terms(check: Check) -> str:
    terms = check.model_dump(exclude={"kind", "column", "on_violation"}, exclude_none=True)
    return ", ".join(f"{key} {value}" for key, value in terms.items()) or "any"


def _implies(given: Check, wanted: Check) -> bool:
    """Whether data that satisfies `given` satisfies `wanted`; both are of one kind."""
    if isinstance(given, AllowedValues) and isinstance(wanted, AllowedValues):
        return _keys(given) <= _keys(wanted)
    if isinstance(given, Unique):
        return True
    return _contains(_interval(wanted), _interval(given))


def _excludes(given: Check, wanted: Check) -> bool:
    """Whether no data can satisfy both."""
    if isinstance(given, AllowedValues) and isinstance(wanted, AllowedValues):
        return not _keys(given) & _keys(wanted)
    return _disjoint(_interval(wanted), _interval(given))


def _keys(check: AllowedValues) -> set[tuple[bool, Value]]:
    """The values as data are compared with them: true is not 1, and 1.0 is 1."""
    return {(isinstance(value, bool), value) for value in check.values}


def _interval(check: Check) -> tuple[float, float]:
    assert isinstance(check, (InRange, RowCount, LabelBalance))
    return _ends(check)


def _ends(bounds: InRange | RowCount | LabelBalance | Bounds) -> tuple[float, float]:
    low, high = bounds.minimum, bounds.maximum
    return float("-inf") if low is None else low, float("inf") if high is None else high


def _contains(outer: tuple[float, float], inner: tuple[float, float]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _disjoint(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[1] < other[0] or other[1] < one[0]


def _span(bounds: Bounds) -> str:
    low, high = bounds.minimum, bounds.maximum
    return f"{'any' if low is None else low} to {'any' if high is None else high}"


def _model(guarantee: ModelContract, requirement: ModelContract) -> Iterator[Finding]:
    if requirement.format not in (None, guarantee.format):
        reason = f"requires {requirement.format}, gets {guarantee.format or 'any'}"
        yield Finding("model format", True, reason)
    if requirement.metadata_file not in (None, guarantee.metadata_file):
        reason = f"requires {requirement.metadata_file}, gets {guarantee.metadata_file or 'none'}"
        yield Finding("metadata file", True, reason)
    files = {*guarantee.files, guarantee.metadata_file}  # the metadata file must be there, listed or not
    for what, wanted, given in (
        ("file", requirement.files, files),
        ("metadata", requirement.metadata_includes, guarantee.metadata_includes),
    ):
        for name in sorted(set(wanted) - set(given)):
            yield Finding(f"{what} '{name}'", True, "is required and not guaranteed")


def _metrics(guarantee: MetricsContract, requirement: MetricsContract) -> Iterator[Finding]:
    if guarantee.file != requirement.file:
        yield Finding("file", True, f"requires {requirement.file}, gets {guarantee.file}")
    enforced = {} if guarantee.on_violation == "warn" else guarantee.thresholds
    # A metric without a number breaks its threshold.
    for name in sorted(set(requirement.required_metrics) - {*guarantee.required_metrics, *enforced}):
        yield Finding(f"metric '{name}'", True, "is required and not guaranteed")
    for name, wanted in sorted(requirement.thresholds.items()):
        given = enforced.get(name)
        if given is None:
            yield Finding(f"metric '{name}' threshold", False, "the guarantee enforces none")
        elif not _contains(_ends(wanted), _ends(given)):
            decided = requirement.on_violation == "fail" and _disjoint(_ends(wanted), _ends(given))
            reason = f"requires {_span(wanted)}, gets {_span(given)}"
            yield Finding(f"metric '{name}' threshold", decided, reason)
