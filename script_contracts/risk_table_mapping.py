"""The risk mapping program: categories become the risk that the training data show for them."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import (
    AllowedValues,
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    InRange,
    RowCount,
    StepContract,
)

RISK_TABLE_MAPPING_CONTRACT = ScriptContract(
    entry_point="risk_table_mapping.py",
    description=(
        "Replaces categories by their risk: the share of positive rows among the training rows of the "
        "category, smoothed towards the share among all of them, or the weight of evidence of the same. The "
        "training variant learns the tables on the train split, over all its shards, and maps every split; "
        "the other variants apply its tables. Training rows are mapped out of fold, by tables that were "
        "learned without them, because plain target encoding shows a model the labels it is to learn. Can "
        "also fill missing numbers with the training split's mean or median. Unseen categories get the risk "
        "of all rows."
    ),
    expected_input_paths={
        "data_input": "/opt/ml/processing/input/data",
        "risk_tables_input": "/opt/ml/processing/input/risk_tables",
    },
    expected_output_paths={
        "processed_data": "/opt/ml/processing/output/data",
        "risk_tables": "/opt/ml/processing/output/risk_tables",
    },
    expected_arguments={"job_type": None},
    required_env_vars=("LABEL_FIELD",),
    optional_env_vars={
        "ID_FIELD": "",
        "RISK_FIELDS": "",
        "EVIDENCE_FIELDS": "",
        "SMOOTHING": "20",
        "MISSING_CATEGORY": "own",
        "TRAIN_ENCODING": "out_of_fold",
        "FOLDS": "5",
        "IMPUTE_FIELDS": "",
        "IMPUTATION": "median",
        "IMPUTE_VALUE": "0",
    },
    framework_requirements={"python": ">=3.9", "pyarrow": ">=14", "numpy": ">=1.24"},
    quality=StepContract(
        inputs={
            "data_input": DataContract(
                formats=("parquet",),
                splits=True,
                columns=(
                    Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False),
                    Column(name="$ID_FIELD", nullable=False),
                    Column(name="$RISK_FIELDS", description="categories"),
                    Column(name="$EVIDENCE_FIELDS", description="categories"),
                    Column(name="$IMPUTE_FIELDS", type=ColumnType.NUMBER),
                ),
                checks=(AllowedValues(column="$LABEL_FIELD", values=(0, 1)), RowCount(minimum=1)),
            ),
            "risk_tables_input": FilesContract(files=("risk_tables.json",)),
        },
        outputs={
            "processed_data": DataContract(
                formats=("parquet",),
                splits=True,
                columns=(
                    Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False),
                    Column(name="$ID_FIELD", nullable=False),
                    Column(name="$RISK_FIELDS", type=ColumnType.FLOAT, nullable=False),
                    Column(name="$EVIDENCE_FIELDS", type=ColumnType.FLOAT, nullable=False),
                    Column(name="$IMPUTE_FIELDS", type=ColumnType.FLOAT, nullable=False),
                ),
                checks=(
                    AllowedValues(column="$LABEL_FIELD", values=(0, 1)),
                    InRange(column="$RISK_FIELDS", minimum=0, maximum=1),
                    RowCount(minimum=1),
                ),
            ),
            "risk_tables": FilesContract(files=("risk_tables.json", "risk_tables.parquet")),
        },
    ),
)
