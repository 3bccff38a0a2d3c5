"""Step contracts: what a step's data, models and metrics are like, checked at design time and run time."""

from script_contracts.quality.checks import (
    AllowedValues,
    Check,
    InRange,
    LabelBalance,
    NoMissingValues,
    RowCount,
    Unique,
)
from script_contracts.quality.contracts import (
    Bounds,
    Column,
    ColumnType,
    ConfigContract,
    DataContract,
    FilesContract,
    MetricsContract,
    ModelContract,
    PerformanceGuarantees,
    PortContract,
    StepContract,
)

__all__ = [
    "AllowedValues",
    "Bounds",
    "Check",
    "Column",
    "ColumnType",
    "ConfigContract",
    "DataContract",
    "FilesContract",
    "InRange",
    "LabelBalance",
    "MetricsContract",
    "ModelContract",
    "NoMissingValues",
    "PerformanceGuarantees",
    "PortContract",
    "RowCount",
    "StepContract",
    "Unique",
]
