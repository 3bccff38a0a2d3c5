"""The PyTorch evaluation program: the evaluation of XGBoostModelEvaluation, of another kind of model."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import ModelContract, StepContract
from script_contracts.xgboost_model_evaluation import XGBOOST_MODEL_EVALUATION_CONTRACT as XGBOOST

PYTORCH_MODEL_EVALUATION_CONTRACT = ScriptContract(
    entry_point="pytorch_model_evaluation.py",
    description=XGBOOST.description,
    expected_input_paths=XGBOOST.expected_input_paths,
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
            **XGBOOST.quality.inputs,
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
