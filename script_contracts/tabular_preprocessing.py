"""The preprocessing program: label mapping and a split that is stable under re-sharding."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import (
    AllowedValues,
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    RowCount,
    StepContract,
)

TABULAR_PREPROCESSING_CONTRACT = ScriptContract(
    entry_point="tabular_preprocessing.py",
    description=(
        "Maps the label to 0 and 1 once for the whole data set and writes Parquet splits: train, val and "
        "test for the training job type, one split named after the job type otherwise. A row's split "
        "depends on its id only (on its content where there is no id), so that renamed, reordered or "
        "re-sharded data split the same way."
    ),
    expected_input_paths={
        "DATA": "/opt/ml/processing/input/data",
        "METADATA": "/opt/ml/processing/input/metadata",
        "SIGNATURE": "/opt/ml/processing/input/signature",
    },
    expected_output_paths={"processed_data": "/opt/ml/processing/output"},
    expected_arguments={"job_type": None},
    required_env_vars=("LABEL_FIELD", "TRAIN_RATIO", "TEST_VAL_RATIO"),
    optional_env_vars={
        "ID_FIELD": "",
        "POSITIVE_CLASS": "",
        "LABEL_MAPPING": "",
        "DROP_FIELDS": "",
        "SPLIT_SEED": "0",
    },
    framework_requirements={"python": ">=3.9", "pyarrow": ">=14", "numpy": ">=1.24"},
    quality=StepContract(
        inputs={
            "DATA": DataContract(
                formats=("parquet", "csv", "json"),
                columns=(
                    Column(name="$LABEL_FIELD", nullable=False, description="the label"),
                    Column(name="$ID_FIELD", nullable=False, description="identifies a row"),
                ),
                checks=(RowCount(minimum=1),),
            ),
            "METADATA": FilesContract(files=("metadata.json",)),
            "SIGNATURE": FilesContract(files=("signature",)),
        },
        outputs={
            "processed_data": DataContract(
                formats=("parquet",),
                splits=True,
                columns=(
                    Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False),
                    Column(name="$ID_FIELD", nullable=False),
                ),
                checks=(AllowedValues(column="$LABEL_FIELD", values=(0, 1)), RowCount(minimum=1)),
            ),
        },
    ),
)
