"""Let a model pass only if a metric is good enough."""

from pipeline_deps.specification import DependencySpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType
from script_contracts.core.contract import JobKind

QUALITY_GATE_SPEC = StepSpecification(
    step_type="QualityGate",
    node_type=NodeType.SINK,
    summary="Run what follows only if a metric reaches its threshold.",
    job_kind=JobKind.CONDITION,
    dependencies=(
        DependencySpec(
            logical_name="metrics",
            type=DependencyType.METRICS,
            compatible_sources=("XGBoostModelEvaluation", "PyTorchModelEvaluation", "ModelCalibration"),
            semantic_keywords=("metrics",),
            description="the property file that holds the metric",
        ),
    ),
)
