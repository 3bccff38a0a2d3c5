"""Step contracts: the behaviour and quality that a step requires of its inputs and promises of its outputs.

A column (or the column of a check) is a name, or `$VARIABLE`: the column, or the columns with commas between
them, that this environment variable of the script names. Where it is unset, the clause does not apply.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from script_contracts.core.declaration import Declaration
from script_contracts.core.diagnostics import Diagnostic
from script_contracts.quality.checks import Check, RowCount, Value
from script_contracts.quality.rules import BAD_CLAUSE

Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
Format = Literal["parquet", "csv", "json"]


class ColumnType(str, Enum):
    """Families of Arrow types; a number is an integer or a float."""

    INTEGER = "integer"
    FLOAT = "float"
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"


class Column(Declaration):
    """One column.

    Attributes:
        type: what its values are; None where nothing is said about it.
        nullable: whether values may be missing; None where nothing is said about it.
    """

    name: str
    type: ColumnType | None = None
    nullable: bool | None = None
    description: str = ""


class DataContract(Declaration):
    """A table in files.

    Attributes:
        formats: what the files may be (a requirement) or are (a guarantee: one).
        columns: the columns that are spoken of.
        closed: whether there are no other columns.
        splits: whether the table lies in one folder per split; clauses hold for all together.
        checks: clauses about the values.
        example: rows that satisfy the contract, by column, for tests that need values which fit together
            in ways that clauses about single columns do not tell.
    """

    kind: Literal["data"] = "data"
    formats: tuple[Format, ...] = Field(("parquet",), min_length=1)
    columns: tuple[Column, ...] = ()
    closed: bool = False
    splits: bool = False
    checks: tuple[Check, ...] = ()
    example: tuple[Mapping[str, Value | None], ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that name, if the contract speaks of it."""
        return next((column for column in self.columns if column.name == name), None)

    def problems(self) -> Iterable[Diagnostic]:
        """Columns spoken of twice, and checks on columns that a closed contract excludes."""
        names = [column.name for column in self.columns]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield BAD_CLAUSE.error(f"column '{name}' is declared twice", fix="keep one declaration")
        for check in self.checks:
            low, high = getattr(check, "minimum", None), getattr(check, "maximum", None)
            if low is not None and high is not None and low > high:
                yield BAD_CLAUSE.error(
                    f"the range of a {check.kind} check, {low} to {high}, is empty", fix="swap the two bounds"
                )
            column = None if isinstance(check, RowCount) else check.column
            if self.closed and column is not None and column not in names:
                yield BAD_CLAUSE.error(
                    f"a {check.kind} check is on column '{column}', which the closed contract does not have",
                    fix="declare the column, or remove the check",
                )


class Bounds(Declaration):
    """A range, both ends included."""

    minimum: float | None = None
    maximum: float | None = None

    def problems(self) -> Iterable[Diagnostic]:
        """An empty range."""
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield BAD_CLAUSE.error(
                f"the range from {self.minimum} to {self.maximum} is empty", fix="swap the two bounds"
            )

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside."""
        below = self.minimum is not None and value < self.minimum
        return below or (self.maximum is not None and value > self.maximum)


class FilesContract(Declaration):
    """Files that must be there, by relative name."""

    kind: Literal["files"] = "files"
    files: tuple[str, ...] = Field(min_length=1)


class ModelContract(Declaration):
    """A trained model.

    Attributes:
        format: the serialisation, such as `xgboost-ubj`; a requirement of None takes any.
        files: files that the model consists of; inside model.tar.gz once the job has packed it.
        metadata_file: the JSON file that describes the model.
        metadata_includes: the keys that it must have.
    """

    kind: Literal["model"] = "model"
    format: str | None = None
    files: tuple[str, ...] = ()
    metadata_file: str | None = None
    metadata_includes: tuple[str, ...] = ()


class MetricsContract(Declaration):
    """Metrics in a flat JSON file.

    Attributes:
        file: its relative name.
        required_metrics: the metrics that it must hold, as numbers.
        thresholds: metric -> the range in which it must lie.
        on_violation: what a metric outside its range does: `fail` stops the step, `warn` reports it.
    """

    kind: Literal["metrics"] = "metrics"
    file: str = "metrics.json"
    required_metrics: tuple[str, ...] = ()
    thresholds: Mapping[str, Bounds] = {}
    on_violation: Literal["fail", "warn"] = "fail"


PortContract: TypeAlias = Annotated[
    DataContract | FilesContract | ModelContract | MetricsContract, Field(discriminator="kind")
]


class ConfigContract(Declaration):
    """What a step asks of its settings: environment variables and hyperparameters, by name."""

    ranges: Mapping[str, Bounds] = {}
    allowed: Mapping[str, tuple[str, ...]] = {}


class PerformanceGuarantees(Declaration):
    """What a run may cost.

    Attributes:
        max_seconds: wall-clock time of the program.
        max_memory_mb: peak resident memory of the program and its children, in MiB.
        on_violation: `fail` stops the step, `warn` reports it.
    """

    max_seconds: float | None = Field(None, gt=0)
    max_memory_mb: float | None = Field(None, gt=0)
    on_violation: Literal["fail", "warn"] = "fail"


class StepContract(Declaration):
    """The behaviour and quality of one step.

    Attributes:
        version: `major.minor`; a breaking change raises the major number.
        backward_compatible_with: earlier versions whose consumers and producers still fit.
        inputs: logical name -> what the step requires of it.
        outputs: logical name -> what the step promises of it.
        config: what it asks of its settings.
        performance: what a run may cost.
    """

    version: Version = "1.0"
    backward_compatible_with: tuple[Version, ...] = ()
    inputs: Mapping[str, PortContract] = {}
    outputs: Mapping[str, PortContract] = {}
    config: ConfigContract = ConfigContract()
    performance: PerformanceGuarantees = PerformanceGuarantees()
