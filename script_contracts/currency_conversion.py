"""The currency program: amounts in many currencies become amounts in one."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import (
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    InRange,
    RowCount,
    StepContract,
)

CURRENCY_CONVERSION_CONTRACT = ScriptContract(
    entry_point="currency_conversion.py",
    description=(
        "Converts amounts into one currency, each by the rate of its own currency: the latest rate that is "
        "not after the row's date where rates have dates. Writes the table as data loading does, with the "
        "schema, row counts and counts of conversions (METADATA) and the column order (SIGNATURE). "
        "Currency columns stay as they are."
    ),
    expected_input_paths={
        "data_input": "/opt/ml/processing/input/data",
        "metadata_input": "/opt/ml/processing/input/metadata",
        "signature_input": "/opt/ml/processing/input/signature",
        "rates": "/opt/ml/processing/input/rates",
    },
    expected_output_paths={
        "DATA": "/opt/ml/processing/output/data",
        "METADATA": "/opt/ml/processing/output/metadata",
        "SIGNATURE": "/opt/ml/processing/output/signature",
    },
    expected_arguments={"job_type": None},
    required_env_vars=("AMOUNT_FIELDS", "CURRENCY_FIELDS", "TARGET_CURRENCY"),
    optional_env_vars={
        "DATE_FIELD": "",
        "RATES_FORMAT": "",
        "RATE_CURRENCY_FIELD": "currency",
        "RATE_FIELD": "rate",
        "RATE_DATE_FIELD": "",
        "RATE_QUOTE": "target_per_unit",
        "MAX_RATE_AGE_DAYS": "",
        "ON_MISSING_RATE": "error",
        "DEFAULT_RATE": "",
        "ON_MISSING_CURRENCY": "error",
        "ON_MISSING_AMOUNT": "empty",
    },
    framework_requirements={"python": ">=3.9", "pyarrow": ">=14", "numpy": ">=1.24"},
    quality=StepContract(
        inputs={
            "data_input": DataContract(
                formats=("parquet", "csv", "json"),
                columns=(
                    Column(name="$AMOUNT_FIELDS", type=ColumnType.NUMBER, description="an amount"),
                    Column(name="$CURRENCY_FIELDS", type=ColumnType.STRING, description="its currency"),
                    Column(name="$DATE_FIELD", description="the day whose rate counts"),
                ),
                checks=(RowCount(minimum=1),),
                example=tuple(
                    {"$AMOUNT_FIELDS": amount, "$CURRENCY_FIELDS": currency, "$DATE_FIELD": day}
                    for amount, currency, day in (
                        (10.5, "USD", "2026-03-02"),
                        (20.25, "eur", "2026-03-02"),
                        (30.0, " GBP", "2026-03-04"),
                        (None, "EUR", "2026-03-04"),
                    )
                ),
            ),
            "metadata_input": FilesContract(files=("metadata.json",)),
            "signature_input": FilesContract(files=("signature",)),
            "rates": DataContract(
                formats=("parquet", "csv", "json"),
                columns=(
                    Column(name="$RATE_CURRENCY_FIELD", type=ColumnType.STRING, nullable=False),
                    Column(name="$RATE_FIELD", type=ColumnType.NUMBER, nullable=False),
                    Column(name="$RATE_DATE_FIELD", nullable=False, description="the first day of the rate"),
                ),
                checks=(InRange(column="$RATE_FIELD", minimum=0), RowCount(minimum=1)),
                example=tuple(
                    {"$RATE_CURRENCY_FIELD": currency, "$RATE_FIELD": rate, "$RATE_DATE_FIELD": day}
                    for currency, rate, day in (
                        ("EUR", 1.1, "2026-03-01"),
                        ("EUR", 1.2, "2026-03-03"),
                        ("GBP", 1.3, "2026-03-01"),
                        ("USD", 1.0, "2026-03-01"),
                    )
                ),
            ),
        },
        outputs={
            "DATA": DataContract(
                formats=("parquet",),
                columns=(
                    Column(name="$AMOUNT_FIELDS", type=ColumnType.FLOAT),
                    Column(name="$CURRENCY_FIELDS", type=ColumnType.STRING),
                    Column(name="$DATE_FIELD"),
                ),
                checks=(RowCount(minimum=1),),
            ),
            "METADATA": FilesContract(files=("metadata.json",)),
            "SIGNATURE": FilesContract(files=("signature",)),
        },
    ),
)
