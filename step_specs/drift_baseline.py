"""Describe what a model learned from, for monitors to compare with."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, JobType, NodeType
from script_contracts.drift_baseline import DRIFT_BASELINE_CONTRACT

DRIFT_BASELINE_SPEC = StepSpecification(
    step_type="DriftBaseline",
    node_type=NodeType.INTERNAL,
    summary="Describe the training features and the scores, as Model Monitor reads it.",
    script_contract=DRIFT_BASELINE_CONTRACT,
    dependencies=(
        DependencySpec(
            logical_name="model_input",
            type=DependencyType.MODEL,
            compatible_sources=("XGBoostTraining",),
            semantic_keywords=("model", "artifacts"),
            description="the trained model",
        ),
        DependencySpec(
            logical_name="training_data_input",
            type=DependencyType.DATASET,
            compatible_sources=("TabularPreprocessing", "RiskTableMapping"),
            source_job_types=(JobType.TRAINING,),
            semantic_keywords=("data", "processed", "train"),
            description="the data that the model was trained on",
        ),
        DependencySpec(
            logical_name="calibration_input",
            type=DependencyType.CALIBRATION,
            required=False,
            aliases=("calibration",),
            compatible_sources=("ModelCalibration",),
            description="describe calibrated scores, where those are served",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="data_statistics",
            type=DependencyType.DRIFT_STATISTICS,
            file="statistics.json",
            semantic_keywords=("drift", "statistics"),
            description="statistics.json: counts, moments and distributions by column",
        ),
        OutputSpec(
            logical_name="data_constraints",
            type=DependencyType.DRIFT_CONSTRAINTS,
            file="constraints.json",
            semantic_keywords=("drift", "constraints"),
            description="constraints.json: types, completeness, domains and the comparison's threshold",
        ),
    ),
)
