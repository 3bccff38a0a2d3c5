"""Score files of requests with a SageMaker model."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DataType, DependencyType, NodeType
from script_contracts.core.contract import JobKind

BATCH_TRANSFORM_SPEC = StepSpecification(
    step_type="BatchTransform",
    node_type=NodeType.INTERNAL,
    summary="Score files of requests with a model: one file of predictions for each.",
    job_kind=JobKind.TRANSFORM,
    config_inputs=("requests",),
    dependencies=(
        DependencySpec(
            logical_name="model_name",
            type=DependencyType.MODEL_NAME,
            data_type=DataType.NAME,
            compatible_sources=("CreateModel", "ModelFromPackage"),
            semantic_keywords=("model", "name"),
            description="the model that scores",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="predictions",
            type=DependencyType.PREDICTIONS,
            semantic_keywords=("predictions", "scores"),
            description="for each file of requests one of predictions, named <file>.out",
        ),
    ),
)
