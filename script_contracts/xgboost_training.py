"""The XGBoost training program."""

from script_contracts.core.contract import TrainingScriptContract
from script_contracts.core.metrics import Goal, MetricDefinition
from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Column,
    ColumnType,
    ConfigContract,
    DataContract,
    MetricsContract,
    ModelContract,
    RowCount,
    StepContract,
)

_HIGHER_IS_BETTER = {"auc": True, "aucpr": True, "logloss": False, "error": False}

XGBOOST_TRAINING_CONTRACT = TrainingScriptContract(
    entry_point="xgboost_training.py",
    description=(
        "Trains a binary classifier on the train split with early stopping on the val split, and saves "
        "the best iteration as model.ubj together with everything that inference needs: features, "
        "types, categories, label mapping and the XGBoost version."
    ),
    expected_input_paths={
        "processed_data": "/opt/ml/input/data/processed_data",
        "hyperparameters": "/opt/ml/input/config/hyperparameters.json",
    },
    expected_output_paths={
        "model_output": "/opt/ml/model",
        "evaluation_output": "/opt/ml/output/data",
    },
    required_env_vars=("LABEL_FIELD",),
    optional_env_vars={"ID_FIELD": "", "FEATURE_FIELDS": ""},
    framework_requirements={"python": ">=3.9", "xgboost": ">=1.7", "pyarrow": ">=14", "numpy": ">=1.24"},
    metric_definitions={
        f"validation:{name}": MetricDefinition(
            regex=rf"validation:{name}=([-+.0-9e]+)", goal=Goal.MAXIMIZE if higher else Goal.MINIMIZE
        )
        for name, higher in _HIGHER_IS_BETTER.items()
    },
    quality=StepContract(
        inputs={
            "processed_data": DataContract(
                formats=("parquet",),
                splits=True,
                columns=(Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False),),
                checks=(AllowedValues(column="$LABEL_FIELD", values=(0, 1)), RowCount(minimum=2)),
            ),
        },
        outputs={
            "model_output": ModelContract(
                format="xgboost-ubj",
                files=("model.ubj", "model_info.json", "feature_importance.json", "training_metrics.json"),
                metadata_file="model_info.json",
                metadata_includes=("features", "label_field", "best_iteration", "xgboost_version"),
            ),
            "evaluation_output": MetricsContract(
                required_metrics=("best_iteration", "train_rows", "train_positives")
            ),
        },
        config=ConfigContract(ranges={"max_depth": Bounds(minimum=1, maximum=20)}),
    ),
)
