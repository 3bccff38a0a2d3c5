"""Make sample requests for a model."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, JobType, NodeType
from script_contracts.mims_payload import MIMS_PAYLOAD_CONTRACT

MIMS_PAYLOAD_SPEC = StepSpecification(
    step_type="MimsPayload",
    node_type=NodeType.INTERNAL,
    summary="Make one sample request per content type.",
    script_contract=MIMS_PAYLOAD_CONTRACT,
    dependencies=(
        DependencySpec(
            logical_name="model_input",
            type=DependencyType.MODEL,
            compatible_sources=("XGBoostTraining", "PyTorchTraining"),
            semantic_keywords=("model", "artifacts"),
            description="the trained model, for its features",
        ),
        DependencySpec(
            logical_name="risk_tables_input",
            type=DependencyType.RISK_TABLES,
            aliases=("risk_tables",),
            required=False,
            compatible_sources=("RiskTableMapping",),
            source_job_types=(JobType.TRAINING,),
            semantic_keywords=("risk", "tables"),
            description="for requests with raw categories, where the model was trained on mapped data",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="payload_sample",
            type=DependencyType.PAYLOAD_SAMPLES,
            file="payload.tar.gz",
            aliases=("GeneratedPayloadSamples",),
            semantic_keywords=("payload", "sample", "request"),
            description="payload.tar.gz with one request body per content type",
        ),
    ),
)
