"""The XGBoost evaluation program."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    InRange,
    MetricsContract,
    ModelContract,
    RowCount,
    StepContract,
)

XGBOOST_MODEL_EVALUATION_CONTRACT = ScriptContract(
    entry_point="xgboost_model_evaluation.py",
    description=(
        "Scores a processed data set with the trained model: predictions as Parquet, metrics.json (AUC, "
        "average precision, log loss, and precision, recall and F1 at a threshold) and ROC, "
        "precision-recall and calibration plots. With a calibration, scores are the calibrated ones."
    ),
    expected_input_paths={
        "model_input": "/opt/ml/processing/input/model",
        "eval_data_input": "/opt/ml/processing/input/eval_data",
        "calibration_input": "/opt/ml/processing/input/calibration",
    },
    expected_output_paths={
        "eval_output": "/opt/ml/processing/output/eval",
        "metrics_output": "/opt/ml/processing/output/metrics",
    },
    expected_arguments={"job_type": None},
    required_env_vars=("LABEL_FIELD",),
    optional_env_vars={"ID_FIELD": "", "DECISION_THRESHOLD": "0.5"},
    framework_requirements={
        "python": ">=3.9",
        "xgboost": ">=1.7",
        "pyarrow": ">=14",
        "numpy": ">=1.24",
        "scikit-learn": ">=1.0",
        "matplotlib": ">=3.4",
    },
    quality=StepContract(
        inputs={
            "model_input": ModelContract(
                format="xgboost-ubj",
                files=("model.ubj", "model_info.json"),
                metadata_file="model_info.json",
                metadata_includes=("features", "xgboost_version"),
            ),
            "eval_data_input": DataContract(
                formats=("parquet",),
                splits=True,
                columns=(Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False),),
                checks=(AllowedValues(column="$LABEL_FIELD", values=(0, 1)), RowCount(minimum=2)),
            ),
            "calibration_input": FilesContract(files=("calibration.json",)),
        },
        outputs={
            # Beside the plots lies the folder with the predictions.
            "eval_output": DataContract(
                formats=("parquet",),
                splits=True,
                columns=(
                    Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False),
                    Column(name="$ID_FIELD"),
                    Column(name="score", type=ColumnType.FLOAT, nullable=False),
                    Column(name="predicted", type=ColumnType.INTEGER, nullable=False),
                ),
                closed=True,
                checks=(
                    AllowedValues(column="$LABEL_FIELD", values=(0, 1)),
                    InRange(column="score", minimum=0, maximum=1),
                    AllowedValues(column="predicted", values=(0, 1)),
                    RowCount(minimum=2),
                ),
            ),
            "metrics_output": MetricsContract(
                required_metrics=(
                    "auc",
                    "average_precision",
                    "log_loss",
                    "precision",
                    "recall",
                    "f1",
                    "accuracy",
                ),
                thresholds={
                    **dict.fromkeys(
                        ("auc", "average_precision", "precision", "recall", "f1", "accuracy"),
                        Bounds(minimum=0, maximum=1),
                    ),
                    "log_loss": Bounds(minimum=0),
                },
            ),
        },
    ),
)
