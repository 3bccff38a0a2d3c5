"""Turn a model's scores into probabilities."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, JobType, NodeType
from script_contracts.model_calibration import MODEL_CALIBRATION_CONTRACT

MODEL_CALIBRATION_SPEC = StepSpecification(
    step_type="ModelCalibration",
    node_type=NodeType.INTERNAL,
    summary="Fit what a model's scores are worth as probabilities: isotonic, or Platt's.",
    script_contract=MODEL_CALIBRATION_CONTRACT,
    dependencies=(
        DependencySpec(
            logical_name="model_input",
            type=DependencyType.MODEL,
            compatible_sources=("XGBoostTraining",),
            semantic_keywords=("model", "artifacts"),
            description="the trained model",
        ),
        DependencySpec(
            logical_name="calibration_data_input",
            type=DependencyType.DATASET,
            compatible_sources=("TabularPreprocessing", "RiskTableMapping"),
            source_job_types=(JobType.CALIBRATION,),
            semantic_keywords=("data", "processed"),
            description="processed data of the calibration job type",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="calibration",
            type=DependencyType.CALIBRATION,
            file="calibration.json",
            aliases=("calibration_input",),
            semantic_keywords=("calibration", "probabilities"),
            description="calibration.json: the curve, with reliability bins before and after",
        ),
        OutputSpec(
            logical_name="metrics_output",
            type=DependencyType.METRICS,
            file="metrics.json",
            aliases=("metrics", "metrics_input"),
            semantic_keywords=("metrics", "brier"),
            description="metrics.json, a property file: Brier score and log loss before and after",
        ),
    ),
)
