"""Evaluate a PyTorch model on data that it was not trained on."""

from pipeline_deps.specification import DependencySpec, StepSpecification
from pipeline_deps.vocabulary import ALL_JOB_TYPES, DependencyType, NodeType
from script_contracts.pytorch_model_evaluation import PYTORCH_MODEL_EVALUATION_CONTRACT
from step_specs.xgboost_model_evaluation import XGBOOST_MODEL_EVALUATION_SPEC

PYTORCH_MODEL_EVALUATION_SPEC = StepSpecification(
    step_type="PyTorchModelEvaluation",
    node_type=NodeType.INTERNAL,
    summary="Score a data set with a PyTorch model: metrics, predictions and plots.",
    script_contract=PYTORCH_MODEL_EVALUATION_CONTRACT,
    job_types=ALL_JOB_TYPES,
    dependencies=(
        DependencySpec(
            logical_name="model_input",
            type=DependencyType.MODEL,
            compatible_sources=("PyTorchTraining",),
            semantic_keywords=("model", "artifacts"),
            description="the trained model",
        ),
        DependencySpec(
            logical_name="eval_data_input",
            type=DependencyType.DATASET,
            compatible_sources=("TabularPreprocessing", "RiskTableMapping"),
            semantic_keywords=("data", "processed"),
            description="processed data of the same job type",
        ),
    ),
    outputs=XGBOOST_MODEL_EVALUATION_SPEC.outputs,
)
