"""Convert amounts of many currencies into one."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import ALL_JOB_TYPES, DependencyType, NodeType
from script_contracts.currency_conversion import CURRENCY_CONVERSION_CONTRACT

CURRENCY_CONVERSION_SPEC = StepSpecification(
    step_type="CurrencyConversion",
    node_type=NodeType.INTERNAL,
    summary="Convert amounts of many currencies into one, by the rates of their days.",
    script_contract=CURRENCY_CONVERSION_CONTRACT,
    job_types=ALL_JOB_TYPES,
    config_inputs=("rates",),
    dependencies=(
        DependencySpec(
            logical_name="data_input",
            type=DependencyType.DATASET,
            aliases=("DATA",),
            compatible_sources=("CradleDataLoading",),
            semantic_keywords=("data", "raw", "table"),
            description="shards of Parquet, CSV or JSON lines",
        ),
        DependencySpec(
            logical_name="metadata_input",
            type=DependencyType.METADATA,
            aliases=("METADATA",),
            required=False,
            compatible_sources=("CradleDataLoading",),
            description="checked against the data where present",
        ),
        DependencySpec(
            logical_name="signature_input",
            type=DependencyType.SIGNATURE,
            aliases=("SIGNATURE",),
            required=False,
            compatible_sources=("CradleDataLoading",),
            description="checked against the data where present",
        ),
        DependencySpec(
            logical_name="rates",
            type=DependencyType.DATASET,
            compatible_sources=("CradleDataLoading",),
            source_job_types=ALL_JOB_TYPES,
            semantic_keywords=("rates", "exchange", "currency"),
            description="one rate per currency, or per currency and day",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="DATA",
            type=DependencyType.DATASET,
            semantic_keywords=("data", "converted", "table", "records"),
            description="Parquet shards of one schema, amounts in the target currency",
        ),
        OutputSpec(
            logical_name="METADATA",
            type=DependencyType.METADATA,
            semantic_keywords=("metadata", "schema"),
            description="metadata.json: columns, types, null counts, rows, conversions",
        ),
        OutputSpec(
            logical_name="SIGNATURE",
            type=DependencyType.SIGNATURE,
            semantic_keywords=("signature", "columns"),
            description="the column order, one line",
        ),
    ),
)
