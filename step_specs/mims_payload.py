"""Make sample requests for a model."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType
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
