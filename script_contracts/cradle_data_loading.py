"""The data-loading program: one table in, the same DATA, METADATA and SIGNATURE out for any source."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import DataContract, FilesContract, RowCount, StepContract

CRADLE_DATA_LOADING_CONTRACT = ScriptContract(
    entry_point="cradle_data_loading.py",
    description=(
        "Reads the source's files (Parquet, CSV, gzipped CSV, JSON lines) in record batches and writes "
        "them as Parquet shards of one schema, with the schema and row counts (METADATA) and the column "
        "order (SIGNATURE) beside them."
    ),
    expected_input_paths={"source": "/opt/ml/processing/input/source"},
    expected_output_paths={
        "DATA": "/opt/ml/processing/output/data",
        "METADATA": "/opt/ml/processing/output/metadata",
        "SIGNATURE": "/opt/ml/processing/output/signature",
    },
    expected_arguments={"job_type": None},
    optional_env_vars={"SOURCE_FORMAT": "", "COLUMNS": ""},
    framework_requirements={"python": ">=3.9", "pyarrow": ">=14", "numpy": ">=1.24"},
    quality=StepContract(
        inputs={"source": DataContract(formats=("parquet", "csv", "json"), checks=(RowCount(minimum=1),))},
        outputs={
            "DATA": DataContract(formats=("parquet",), checks=(RowCount(minimum=1),)),
            "METADATA": FilesContract(files=("metadata.json",)),
            "SIGNATURE": FilesContract(files=("signature",)),
        },
    ),
)
