"""The preprocessing program: label mapping and a split that is stable under re-sharding."""

from script_contracts.core.contract import ScriptContract

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
)
