"""The PyTorch evaluation program: the evaluation of XGBoostModelEvaluation, of another kind of model."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import ModelContract, StepContract
from script_contracts.xgboost_model_evaluation import XGBOOST_MODEL_EVALUATION_CONTRACT as XGBOOST

_PORTS = ("model_input", "eval_data_input")  # calibrations are of XGBoost models

PYTORCH_MODEL_EVALUATION_CONTRACT = ScriptContract(
    entry_point="pytorch_model_evaluation.py",
    description=(
        "Scores a processed data set with the trained model: predictions as Parquet, metrics.json (AUC, "
        "average precision, log loss, and precision, recall and F1 at a threshold) and ROC, "
        "precision-recall and calibration plots."
    ),
    expected_input_paths={name: XGBOOST.expected_input_paths[name] for name in _PORTS},
    expected_output_paths=XGBOOST.expected_output_paths,
    expected_arguments=XGBOOST.expected_arguments,
    required_env_vars=XGBOOST.required_env_vars,
    optional_env_vars=XGBOOST.optional_env_vars,
    framework_requirements={
        "python": ">=3.10",
        "torch": ">=2.5",
        "tokenizers": ">=0.19",
        "pyarrow": ">=14",
        "numpy": ">=1.24",
        "scikit-learn": ">=1.0",
        "matplotlib": ">=3.4",
    },
    quality=StepContract(
        inputs={
            "eval_data_input": XGBOOST.quality.inputs["eval_data_input"],
            "model_input": ModelContract(
                format="pytorch-export",
                files=("model.pt2", "tokenizer.json", "model_info.json"),
                metadata_file="model_info.json",
                metadata_includes=("features", "pytorch_version"),
            ),
        },
        outputs=XGBOOST.quality.outputs,
    ),
)
