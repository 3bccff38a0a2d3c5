"""What deduplicate.py needs and promises."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import Column, DataContract, RowCount, StepContract

DEDUPLICATE_CONTRACT = ScriptContract(
    entry_point="deduplicate.py",
    description="Keeps the first of the rows that agree in the key columns.",
    expected_input_paths={"records": "/opt/ml/processing/input/records"},
    expected_output_paths={"DATA": "/opt/ml/processing/output/data"},
    required_env_vars=("KEY_FIELD",),
    framework_requirements={"python": ">=3.9", "pyarrow": ">=14", "numpy": ">=1.24"},
    quality=StepContract(
        inputs={
            "records": DataContract(
                formats=("csv",), columns=(Column(name="$KEY_FIELD"),), checks=(RowCount(minimum=1),)
            )
        },
        outputs={
            "DATA": DataContract(
                formats=("csv",), columns=(Column(name="$KEY_FIELD"),), checks=(RowCount(minimum=1),)
            )
        },
    ),
)
