"""Map the label and split a table, the same way however it is sharded."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import ALL_JOB_TYPES, DependencyType, NodeType
from script_contracts.tabular_preprocessing import TABULAR_PREPROCESSING_CONTRACT

TABULAR_PREPROCESSING_SPEC = StepSpecification(
    step_type="TabularPreprocessing",
    node_type=NodeType.INTERNAL,
    summary="Map the label to 0 and 1 and split the data into train, val and test.",
    script_contract=TABULAR_PREPROCESSING_CONTRACT,
    job_types=ALL_JOB_TYPES,
    dependencies=(
        DependencySpec(
            logical_name="DATA",
            type=DependencyType.DATASET,
            compatible_sources=("CradleDataLoading", "CurrencyConversion"),
            semantic_keywords=("data", "raw", "table"),
            description="shards of Parquet, CSV or JSON lines",
        ),
        DependencySpec(
            logical_name="METADATA",
            type=DependencyType.METADATA,
            required=False,
            compatible_sources=("CradleDataLoading", "CurrencyConversion"),
            description="checked against the data where present",
        ),
        DependencySpec(
            logical_name="SIGNATURE",
            type=DependencyType.SIGNATURE,
            required=False,
            compatible_sources=("CradleDataLoading", "CurrencyConversion"),
            description="checked against the data where present",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="processed_data",
            type=DependencyType.DATASET,
            aliases=("input_path", "eval_data_input"),
            semantic_keywords=("data", "processed", "train", "tabular"),
            description="one folder of Parquet shards per split",
        ),
    ),
)
