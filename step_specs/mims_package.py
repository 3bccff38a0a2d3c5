"""Package a model with its inference code."""

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, JobType, NodeType
from script_contracts.mims_package import MIMS_PACKAGE_CONTRACT

MIMS_PACKAGE_SPEC = StepSpecification(
    step_type="MimsPackage",
    node_type=NodeType.INTERNAL,
    summary="Put the model and its inference code into one archive that can be served.",
    script_contract=MIMS_PACKAGE_CONTRACT,
    config_inputs=("inference_scripts_input",),
    dependencies=(
        DependencySpec(
            logical_name="model_input",
            type=DependencyType.MODEL,
            compatible_sources=("XGBoostTraining", "PyTorchTraining"),
            semantic_keywords=("model", "artifacts"),
            description="the trained model",
        ),
        DependencySpec(
            logical_name="inference_scripts_input",
            type=DependencyType.SCRIPTS,
            required=False,
            description="a folder with an inference.py of your own, in place of the shipped one",
        ),
        DependencySpec(
            logical_name="calibration_input",
            type=DependencyType.CALIBRATION,
            required=False,
            aliases=("calibration",),
            compatible_sources=("ModelCalibration",),
            description="put into the package, so that the shipped inference.py serves probabilities",
        ),
        DependencySpec(
            logical_name="risk_tables_input",
            type=DependencyType.RISK_TABLES,
            aliases=("risk_tables",),
            required=False,
            compatible_sources=("RiskTableMapping",),
            source_job_types=(JobType.TRAINING,),
            semantic_keywords=("risk", "tables"),
            description="put into the package, where the model was trained on mapped data",
        ),
    ),
    outputs=(
        OutputSpec(
            logical_name="packaged_model",
            type=DependencyType.PACKAGED_MODEL,
            file="model.tar.gz",
            aliases=("PackagedModel",),
            semantic_keywords=("packaged", "model", "archive"),
            description="model.tar.gz with code/inference.py",
        ),
    ),
)
