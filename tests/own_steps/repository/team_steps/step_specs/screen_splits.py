"""What ScreenSplits depends on and produces."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType

from ..script_contracts.screen_splits import SCREEN_SPLITS_CONTRACT

SCREEN_SPLITS_SPEC = StepSpecification(
    step_type="ScreenSplits",
    node_type=NodeType.INTERNAL,
    summary="Screen the splits.",
    script_contract=SCREEN_SPLITS_CONTRACT,
    dependencies=(
        DependencySpec(
            logical_name="processed_data",
            type=DependencyType.DATASET,
            compatible_sources=("TabularPreprocessing",),
            description="the splits",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="screening",
            type=DependencyType.METRICS,
            file="screening.json",
            description="what was found",
        ),
    ),
)
