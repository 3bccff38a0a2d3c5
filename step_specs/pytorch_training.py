"""Train a PyTorch binary classifier of text and tabular columns."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, JobType, NodeType
from script_contracts.pytorch_training import PYTORCH_TRAINING_CONTRACT

PYTORCH_TRAINING_SPEC = StepSpecification(
    step_type="PyTorchTraining",
    node_type=NodeType.INTERNAL,
    summary="Train a PyTorch binary classifier of text and tabular columns.",
    script_contract=PYTORCH_TRAINING_CONTRACT,
    config_inputs=("text_encoder",),
    dependencies=(
        DependencySpec(
            logical_name="processed_data",
            type=DependencyType.DATASET,
            compatible_sources=("TabularPreprocessing", "RiskTableMapping"),
            source_job_types=(JobType.TRAINING,),
            semantic_keywords=("data", "processed", "train"),
            description="train and val splits",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="model_output",
            type=DependencyType.MODEL,
            aliases=("model_input", "model_artifacts"),
            semantic_keywords=("model", "artifacts", "pytorch"),
            description="model.tar.gz with model.pt2 and all that inference needs",
        ),
        OutputSpec(
            logical_name="evaluation_output",
            type=DependencyType.EVALUATION,
            semantic_keywords=("training", "metrics", "epochs"),
            description="output.tar.gz with training metrics and the log of the epochs",
        ),
        OutputSpec(
            logical_name="checkpoints",
            type=DependencyType.CHECKPOINTS,
            semantic_keywords=("checkpoints",),
            description="the best and the last checkpoint, from which an interrupted job goes on",
        ),
    ),
)
