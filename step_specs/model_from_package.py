"""Make a SageMaker model of a version in the Model Registry."""

from pipeline_deps.specification import OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DataType, DependencyType, NodeType
from script_contracts.core.contract import JobKind

MODEL_FROM_PACKAGE_SPEC = StepSpecification(
    step_type="ModelFromPackage",
    node_type=NodeType.SOURCE,
    summary="Make a SageMaker model of a registered model package, to score data with it.",
    job_kind=JobKind.MODEL,
    outputs=(
        OutputSpec(
            logical_name="model_name",
            type=DependencyType.MODEL_NAME,
            data_type=DataType.NAME,
            semantic_keywords=("model", "name"),
            description="the name that the service gave to the model",
        ),
    ),
)
