"""Map categories to the risk that the training data show for them."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import ALL_JOB_TYPES, DependencyType, JobType, NodeType
from script_contracts.risk_table_mapping import RISK_TABLE_MAPPING_CONTRACT

RISK_TABLE_MAPPING_SPEC = StepSpecification(
    step_type="RiskTableMapping",
    node_type=NodeType.INTERNAL,
    summary="Map categories to smoothed risk, learned on the training split and applied to all data.",
    script_contract=RISK_TABLE_MAPPING_CONTRACT,
    job_types=ALL_JOB_TYPES,
    dependencies=(
        DependencySpec(
            logical_name="data_input",
            type=DependencyType.DATASET,
            aliases=("processed_data",),
            compatible_sources=("TabularPreprocessing",),
            semantic_keywords=("data", "processed", "tabular"),
            description="one folder of Parquet shards per split",
        ),
        DependencySpec(
            logical_name="risk_tables_input",
            type=DependencyType.RISK_TABLES,
            aliases=("risk_tables",),
            compatible_sources=("RiskTableMapping",),
            source_job_types=(JobType.TRAINING,),
            only_for=tuple(each for each in ALL_JOB_TYPES if each is not JobType.TRAINING),
            semantic_keywords=("risk", "tables"),
            description="the tables that the training variant learned",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="processed_data",
            type=DependencyType.DATASET,
            aliases=("input_path", "eval_data_input"),
            semantic_keywords=("data", "processed", "train", "risk"),
            description="the same splits, with numbers in place of categories",
        ),
        OutputSpec(
            logical_name="risk_tables",
            type=DependencyType.RISK_TABLES,
            only_for=(JobType.TRAINING,),
            aliases=("risk_tables_input",),
            semantic_keywords=("risk", "tables"),
            description="risk_tables.json and, as a table, risk_tables.parquet",
        ),
    ),
)
