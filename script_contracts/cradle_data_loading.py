"""The data-loading program: one table in, the same DATA, METADATA and SIGNATURE out for any source."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import DataContract, FilesContract, RowCount, StepContract

CRADLE_DATA_LOADING_CONTRACT = ScriptContract(
    entry_point="cradle_data_loading.py",
    description=(
        "Reads the source (Parquet, CSV, gzipped CSV, JSON lines, the result of a query, a service through "
        "its adapter) in record batches, selects rows and columns, and writes Parquet shards of one schema, "
        "with the schema and row counts (METADATA) and the column order (SIGNATURE) beside them."
    ),
    expected_input_paths={"source": "/opt/ml/processing/input/source"},
    expected_output_paths={
        "DATA": "/opt/ml/processing/output/data",
        "METADATA": "/opt/ml/processing/output/metadata",
        "SIGNATURE": "/opt/ml/processing/output/signature",
    },
    expected_arguments={"job_type": None},
    optional_env_vars={
        "COLUMNS": "",
        "SOURCE_FORMAT": "",
        "SOURCE_INCLUDE": "",
        "SOURCE_PARTITIONS": "",
        "SOURCE_TEXT_COLUMNS": "",
        "SOURCE_DATES_COLUMN": "",
        "SOURCE_DATES_START": "",
        "SOURCE_DATES_END": "",
        "SOURCE_UNLOAD_URI": "",
    },
    framework_requirements={"python": ">=3.9", "pyarrow": ">=14", "numpy": ">=1.24", "boto3": ">=1.17"},
    quality=StepContract(
        inputs={"source": DataContract(formats=("parquet", "csv", "json"), checks=(RowCount(minimum=1),))},
        outputs={
            "DATA": DataContract(formats=("parquet",), checks=(RowCount(minimum=1),)),
            "METADATA": FilesContract(files=("metadata.json",)),
            "SIGNATURE": FilesContract(files=("signature",)),
        },
    ),
)
