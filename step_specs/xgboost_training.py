"""Train an XGBoost binary classifier."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, JobType, NodeType
from script_contracts.xgboost_training import XGBOOST_TRAINING_CONTRACT

XGBOOST_TRAINING_SPEC = StepSpecification(
    step_type="XGBoostTraining",
    node_type=NodeType.INTERNAL,
    summary="Train an XGBoost binary classifier with early stopping.",
    script_contract=XGBOOST_TRAINING_CONTRACT,
    dependencies=(
        DependencySpec(
            logical_name="processed_data",
            type=DependencyType.DATASET,
            compatible_sources=("TabularPreprocessing", "RiskTableMapping"),
            source_job_types=(JobType.TRAINING,),
            semantic_keywords=("data", "processed", "train"),
            description="train and val splits",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="model_output",
            type=DependencyType.MODEL,
            aliases=("model_input", "model_artifacts"),
            semantic_keywords=("model", "artifacts", "xgboost"),
            description="model.tar.gz with model.ubj and all that inference needs",
        ),
        OutputSpec(
            logical_name="evaluation_output",
            type=DependencyType.EVALUATION,
            semantic_keywords=("training", "metrics", "importance"),
            description="output.tar.gz with training metrics and feature importance",
        ),
    ),
)
