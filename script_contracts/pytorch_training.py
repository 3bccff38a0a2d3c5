"""The PyTorch training program."""

from script_contracts.core.contract import TrainingScriptContract
from script_contracts.core.metrics import Goal, MetricDefinition
from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Column,
    ColumnType,
    ConfigContract,
    DataContract,
    FilesContract,
    MetricsContract,
    ModelContract,
    RowCount,
    StepContract,
)

_METRICS = {
    "train:loss": Goal.MINIMIZE,
    "validation:loss": Goal.MINIMIZE,
    "validation:auc": Goal.MAXIMIZE,
    "validation:average_precision": Goal.MAXIMIZE,
}

PYTORCH_TRAINING_CONTRACT = TrainingScriptContract(
    entry_point="pytorch_training.py",
    description=(
        "Trains a binary classifier of text and tabular columns with PyTorch Lightning: a Hugging Face text "
        "encoder, embeddings of categories and standardised numbers. It stops early on the val split, goes "
        "on from its checkpoints after an interruption, shares the work among GPUs and hosts, and exports "
        "the best epoch as model.pt2 together with everything that inference needs."
    ),
    expected_input_paths={
        "processed_data": "/opt/ml/input/data/processed_data",
        "text_encoder": "/opt/ml/input/data/text_encoder",
        "hyperparameters": "/opt/ml/input/config/hyperparameters.json",
    },
    expected_output_paths={
        "model_output": "/opt/ml/model",
        "evaluation_output": "/opt/ml/output/data",
        "checkpoints": "/opt/ml/checkpoints",
    },
    required_env_vars=("LABEL_FIELD", "TEXT_FIELDS"),
    optional_env_vars={"ID_FIELD": "", "FEATURE_FIELDS": ""},
    framework_requirements={
        "python": ">=3.10",
        "torch": ">=2.5",
        "lightning": ">=2.4",
        "transformers": ">=4.44",
        "tokenizers": ">=0.19",
        "onnx": ">=1.17",
        "onnxscript": ">=0.3",
        "pyarrow": ">=14",
        "numpy": ">=1.24",
        "scikit-learn": ">=1.0",
    },
    multi_host=True,
    metric_definitions={
        name: MetricDefinition(regex=rf"{name}=([-+.0-9e]+)", goal=goal) for name, goal in _METRICS.items()
    },
    quality=StepContract(
        inputs={
            "processed_data": DataContract(
                formats=("parquet",),
                splits=True,
                columns=(
                    Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False),
                    Column(name="$TEXT_FIELDS", type=ColumnType.STRING),
                ),
                checks=(AllowedValues(column="$LABEL_FIELD", values=(0, 1)), RowCount(minimum=2)),
            ),
            "text_encoder": FilesContract(files=("config.json",)),
        },
        outputs={
            "model_output": ModelContract(
                format="pytorch-export",
                files=("model.pt2", "tokenizer.json", "model_info.json", "training_metrics.json"),
                metadata_file="model_info.json",
                metadata_includes=("features", "label_field", "best_epoch", "pytorch_version"),
            ),
            "evaluation_output": MetricsContract(
                required_metrics=("best_epoch", "train_rows", "train_positives", "train_loss")
            ),
        },
        config=ConfigContract(ranges={"max_text_tokens": Bounds(minimum=4, maximum=8192)}),
    ),
)
