"""Load one table from the source that the config names."""

from pipeline_deps.specification import OutputSpec, StepSpecification
from pipeline_deps.vocabulary import ALL_JOB_TYPES, DependencyType, NodeType
from script_contracts.cradle_data_loading import CRADLE_DATA_LOADING_CONTRACT

CRADLE_DATA_LOADING_SPEC = StepSpecification(
    step_type="CradleDataLoading",
    node_type=NodeType.SOURCE,
    summary="Load a table from files into Parquet shards of one schema.",
    script_contract=CRADLE_DATA_LOADING_CONTRACT,
    job_types=ALL_JOB_TYPES,
    config_inputs=("source",),
    outputs=(
        OutputSpec(
            logical_name="DATA",
            type=DependencyType.DATASET,
            semantic_keywords=("data", "raw", "table", "records"),
            description="Parquet shards of one schema",
        ),
        OutputSpec(
            logical_name="METADATA",
            type=DependencyType.METADATA,
            semantic_keywords=("metadata", "schema"),
            description="metadata.json: columns, types, null counts, rows",
        ),
        OutputSpec(
            logical_name="SIGNATURE",
            type=DependencyType.SIGNATURE,
            semantic_keywords=("signature", "columns"),
            description="the column order, one line",
        ),
    ),
)
