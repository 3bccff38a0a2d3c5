"""The program that describes what a model learned from, for monitors to compare with."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import DataContract, FilesContract, ModelContract, RowCount, StepContract

DRIFT_BASELINE_CONTRACT = ScriptContract(
    entry_point="drift_baseline.py",
    description=(
        "Streams the training split once and writes statistics.json and constraints.json of the model's "
        "features and of its scores, in the shape of SageMaker Model Monitor's data quality baselines. "
        "Distributions of numbers are KLL sketches; all other figures are exact. With a calibration, scores "
        "are the calibrated ones."
    ),
    expected_input_paths={
        "model_input": "/opt/ml/processing/input/model",
        "training_data_input": "/opt/ml/processing/input/training_data",
        "calibration_input": "/opt/ml/processing/input/calibration",
    },
    expected_output_paths={
        "data_statistics": "/opt/ml/processing/output/statistics",
        "data_constraints": "/opt/ml/processing/output/constraints",
    },
    optional_env_vars={"COMPARISON_THRESHOLD": "0.1"},
    framework_requirements={"python": ">=3.9", "xgboost": ">=1.7", "pyarrow": ">=14", "numpy": ">=1.24"},
    quality=StepContract(
        inputs={
            "model_input": ModelContract(
                format="xgboost-ubj",
                files=("model.ubj", "model_info.json"),
                metadata_file="model_info.json",
                metadata_includes=("features", "xgboost_version"),
            ),
            "training_data_input": DataContract(
                formats=("parquet",), splits=True, checks=(RowCount(minimum=1),)
            ),
            "calibration_input": FilesContract(files=("calibration.json",)),
        },
        outputs={
            "data_statistics": FilesContract(files=("statistics.json",)),
            "data_constraints": FilesContract(files=("constraints.json",)),
        },
    ),
)
