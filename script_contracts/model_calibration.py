"""The calibration program: from a model's scores to probabilities."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    MetricsContract,
    ModelContract,
    RowCount,
    StepContract,
)

_BETWEEN_0_AND_1 = ("brier_score", "expected_calibration_error")

MODEL_CALIBRATION_CONTRACT = ScriptContract(
    entry_point="model_calibration.py",
    description=(
        "Fits a monotone curve from scores to probabilities on the calibration split, isotonic or Platt's, "
        "and writes it as plain JSON with reliability bins and the Brier score and log loss before and "
        "after. The figures after are two-fold cross-fitted. Scores are counted as they stream by: exact "
        "up to 1,048,576 different scores, rounded to 12 binary digits beyond."
    ),
    expected_input_paths={
        "model_input": "/opt/ml/processing/input/model",
        "calibration_data_input": "/opt/ml/processing/input/calibration_data",
    },
    expected_output_paths={
        "calibration": "/opt/ml/processing/output/calibration",
        "metrics_output": "/opt/ml/processing/output/metrics",
    },
    required_env_vars=("LABEL_FIELD",),
    optional_env_vars={"CALIBRATION_METHOD": "isotonic"},
    framework_requirements={"python": ">=3.9", "xgboost": ">=1.7", "pyarrow": ">=14", "numpy": ">=1.24"},
    quality=StepContract(
        inputs={
            "model_input": ModelContract(
                format="xgboost-ubj",
                files=("model.ubj", "model_info.json"),
                metadata_file="model_info.json",
                metadata_includes=("features", "xgboost_version"),
            ),
            "calibration_data_input": DataContract(
                formats=("parquet",),
                splits=True,
                columns=(Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False),),
                checks=(AllowedValues(column="$LABEL_FIELD", values=(0, 1)), RowCount(minimum=2)),
            ),
        },
        outputs={
            "calibration": FilesContract(files=("calibration.json",)),
            "metrics_output": MetricsContract(
                required_metrics=tuple(
                    f"{name}_{when}"
                    for name in (*_BETWEEN_0_AND_1, "log_loss")
                    for when in ("before", "after")
                ),
                thresholds={
                    f"{name}_{when}": Bounds(minimum=0, maximum=1)
                    for name in _BETWEEN_0_AND_1
                    for when in ("before", "after")
                },
            ),
        },
    ),
)
