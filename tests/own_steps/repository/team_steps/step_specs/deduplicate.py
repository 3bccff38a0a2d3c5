"""What Deduplicate depends on and produces."""

from pipeline_deps.specification import OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType

from ..script_contracts.deduplicate import DEDUPLICATE_CONTRACT

DEDUPLICATE_SPEC = StepSpecification(
    step_type="Deduplicate",
    node_type=NodeType.SOURCE,
    summary="Drop rows that come twice.",
    script_contract=DEDUPLICATE_CONTRACT,
    config_inputs=("records",),
    outputs=(
        OutputSpec(
            logical_name="DATA",
            type=DependencyType.DATASET,
            stands_in_for=("CradleDataLoading",),
            semantic_keywords=("data", "records"),
            description="the rows, each once, as CSV",
        ),
    ),
)
