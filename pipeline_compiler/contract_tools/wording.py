"""Contract clauses in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from script_contracts.quality.checks import (
    AllowedValues,
    Check,
    InRange,
    LabelBalance,
    NoMissingValues,
    RowCount,
)
from script_contracts.quality.contracts import (
    Column,
    ConfigContract,
    DataContract,
    FilesContract,
    MetricsContract,
    ModelContract,
    PerformanceGuarantees,
    PortContract,
)

_WARNS = " (a violation is reported and does not stop the step)"


def clauses(contract: PortContract) -> Iterator[str]:
    """Every clause of a contract as a sentence fragment, in the order of their declaration."""
    if isinstance(contract, DataContract):
        yield from _table(contract)
    elif isinstance(contract, FilesContract):
        yield f"has the files {_listed(contract.files)}"
    elif isinstance(contract, ModelContract):
        yield f"is a model in the format {code(contract.format)}" if contract.format else "is a model"
        if contract.files:
            yield f"has the files {_listed(contract.files)}"
        if contract.metadata_file and contract.metadata_includes:
            yield f"{code(contract.metadata_file)} states {_listed(contract.metadata_includes)}"
    else:
        yield from _metrics(contract)


def _metrics(contract: MetricsContract) -> Iterator[str]:
    yield f"is a flat JSON object in {code(contract.file)}"
    if contract.required_metrics:
        yield f"has the metrics {_listed(contract.required_metrics)}"
    warns = _WARNS if contract.on_violation == "warn" else ""
    for name, bounds in contract.thresholds.items():
        yield f"{code(name)} lies {between(bounds.minimum, bounds.maximum)}{warns}"


def _table(contract: DataContract) -> Iterator[str]:
    yield f"is a table in {' or '.join(map(format_name, contract.formats))} files"
    if contract.splits:
        yield "has one folder for each split"
    for column in contract.columns:
        yield _column(column)
    for check in contract.checks:
        yield check_words(check)
    if contract.closed:
        yield "has no other columns"


def _column(column: Column) -> str:
    parts = [f"has the column {code(column.name)}"]
    if column.type is not None:
        parts.append(f"of type {column.type.value}")
    if column.nullable is not None:
        parts.append("which may have missing values" if column.nullable else "without missing values")
    text = ", ".join(parts)
    return f"{text}: {column.description}" if column.description else text


def check_words(check: Check) -> str:
    """One quality check as a sentence fragment."""
    if isinstance(check, RowCount):
        text = f"has {_counted(check.minimum, check.maximum)} rows"
    elif isinstance(check, NoMissingValues):
        text = f"no value of {code(check.column)} is missing"
    elif isinstance(check, AllowedValues):
        text = f"every value of {code(check.column)} is one of {_listed(map(str, check.values))}"
    elif isinstance(check, InRange):
        text = f"every value of {code(check.column)} lies {between(check.minimum, check.maximum)}"
    elif isinstance(check, LabelBalance):
        text = f"{code(check.column)} is 1 in {check.minimum:.0%} to {check.maximum:.0%} of the rows"
    else:
        text = f"no value of {code(check.column)} occurs twice"
    return text + (_WARNS if check.on_violation == "warn" else "")


def config_clauses(contract: ConfigContract) -> Iterator[str]:
    """What a step asks of its settings."""
    for name, bounds in contract.ranges.items():
        yield f"{code(name)} lies {between(bounds.minimum, bounds.maximum)}"
    for name, values in contract.allowed.items():
        yield f"{code(name)} is one of {_listed(values)}"


def performance_clauses(contract: PerformanceGuarantees) -> Iterator[str]:
    """What a run may cost."""
    warns = _WARNS if contract.on_violation == "warn" else ""
    if contract.max_seconds is not None:
        yield f"a run takes at most {contract.max_seconds:g} seconds{warns}"
    if contract.max_memory_mb is not None:
        yield f"a run needs at most {contract.max_memory_mb:g} MiB of memory{warns}"


def between(low: float | None, high: float | None) -> str:
    """A range in words; both ends are included."""
    if low is None and high is None:
        return "anywhere"
    if low is None or high is None:
        return f"at or below {high:g}" if high is not None else f"at or above {low:g}"
    return f"between {low:g} and {high:g}"


def _counted(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low}"
    return f"exactly {low}" if low == high else f"{low} to {high}"


def format_name(name: str) -> str:
    """A file format as people write it."""
    return {"parquet": "Parquet", "csv": "CSV", "json": "JSON lines"}[name]


def code(text: str) -> str:
    """Text set as code."""
    return f"`{text}`"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names)
