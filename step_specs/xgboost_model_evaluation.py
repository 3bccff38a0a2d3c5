"""Evaluate an XGBoost model on data that it was not trained on."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import ALL_JOB_TYPES, DependencyType, NodeType
from script_contracts.xgboost_model_evaluation import XGBOOST_MODEL_EVALUATION_CONTRACT

XGBOOST_MODEL_EVALUATION_SPEC = StepSpecification(
    step_type="XGBoostModelEvaluation",
    node_type=NodeType.INTERNAL,
    summary="Score a data set: metrics, predictions and plots.",
    script_contract=XGBOOST_MODEL_EVALUATION_CONTRACT,
    job_types=ALL_JOB_TYPES,
    dependencies=(
        DependencySpec(
            logical_name="model_input",
            type=DependencyType.MODEL,
            compatible_sources=("XGBoostTraining",),
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
        DependencySpec(
            logical_name="calibration_input",
            type=DependencyType.CALIBRATION,
            required=False,
            aliases=("calibration",),
            compatible_sources=("ModelCalibration",),
            description="evaluate calibrated scores; use other data than the calibration was fitted on",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="eval_output",
            type=DependencyType.EVALUATION,
            semantic_keywords=("predictions", "plots", "evaluation"),
            description="predictions as Parquet, plots",
        ),
        OutputSpec(
            logical_name="metrics_output",
            type=DependencyType.METRICS,
            file="metrics.json",
            aliases=("metrics", "metrics_input"),
            semantic_keywords=("metrics", "auc"),
            description="metrics.json, a property file",
        ),
    ),
)
