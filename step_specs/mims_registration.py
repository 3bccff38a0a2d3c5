"""Register a packaged model in the SageMaker Model Registry."""

from pipeline_deps.specification import DependencySpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType
from script_contracts.core.contract import JobKind

MIMS_REGISTRATION_SPEC = StepSpecification(
    step_type="MimsRegistration",
    node_type=NodeType.SINK,
    summary="Register the packaged model, its metrics and sample requests as a model package.",
    job_kind=JobKind.REGISTER_MODEL,
    dependencies=(
        DependencySpec(
            logical_name="PackagedModel",
            type=DependencyType.PACKAGED_MODEL,
            compatible_sources=("MimsPackage",),
            semantic_keywords=("packaged", "model"),
            description="the archive to serve",
        ),
        DependencySpec(
            logical_name="GeneratedPayloadSamples",
            type=DependencyType.PAYLOAD_SAMPLES,
            required=False,
            compatible_sources=("MimsPayload",),
            semantic_keywords=("payload", "sample"),
            description="sample requests for load tests and validation",
        ),
        DependencySpec(
            logical_name="metrics",
            type=DependencyType.METRICS,
            required=False,
            compatible_sources=("XGBoostModelEvaluation", "PyTorchModelEvaluation"),
            semantic_keywords=("metrics",),
            description="model quality statistics shown in the registry",
        ),
        DependencySpec(
            logical_name="drift_statistics",
            type=DependencyType.DRIFT_STATISTICS,
            required=False,
            aliases=("data_statistics",),
            compatible_sources=("DriftBaseline",),
            semantic_keywords=("drift", "statistics"),
            description="what monitors compare the served data with",
        ),
        DependencySpec(
            logical_name="drift_constraints",
            type=DependencyType.DRIFT_CONSTRAINTS,
            required=False,
            aliases=("data_constraints",),
            compatible_sources=("DriftBaseline",),
            semantic_keywords=("drift", "constraints"),
            description="what monitors hold the served data to",
        ),
    ),
)
