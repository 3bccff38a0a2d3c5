"""Make a SageMaker model of an archive that the pipeline itself has packaged."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DataType, DependencyType, NodeType
from script_contracts.core.contract import JobKind

CREATE_MODEL_SPEC = StepSpecification(
    step_type="CreateModel",
    node_type=NodeType.INTERNAL,
    summary="Make a SageMaker model of a packaged model, to score data with it.",
    job_kind=JobKind.MODEL,
    dependencies=(
        DependencySpec(
            logical_name="PackagedModel",
            type=DependencyType.PACKAGED_MODEL,
            compatible_sources=("MimsPackage",),
            semantic_keywords=("packaged", "model"),
            description="the archive to serve",
        ),
    ),
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
