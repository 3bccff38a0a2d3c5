"""What the program in the screening image needs and promises."""

from script_contracts.core.container import ContainerContract
from script_contracts.quality import DataContract, MetricsContract, RowCount, StepContract

SCREEN_SPLITS_CONTRACT = ContainerContract(
    command=("/opt/screen/bin/screen", "--quiet"),
    local_program="screen_splits.py",
    description="Looks for values that must not be in the data; a program in an image of its own.",
    expected_input_paths={"processed_data": "/opt/ml/processing/input/splits"},
    expected_output_paths={"screening": "/opt/ml/processing/output/screening"},
    expected_arguments={"level": None},
    optional_env_vars={"LANGUAGE": "en"},
    framework_requirements={"python": ">=3.9", "pyarrow": ">=14", "numpy": ">=1.24"},
    quality=StepContract(
        inputs={
            "processed_data": DataContract(formats=("parquet",), splits=True, checks=(RowCount(minimum=1),))
        },
        outputs={"screening": MetricsContract(file="screening.json", required_metrics=("files",))},
    ),
)
