"""The packaging program: model artifacts plus inference code in one archive that can be served."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import FilesContract, ModelContract, StepContract

MIMS_PACKAGE_CONTRACT = ScriptContract(
    entry_point="mims_package.py",
    description=(
        "Adds inference code to the trained model and writes one model.tar.gz that a SageMaker endpoint "
        "or batch transform can serve. Without scripts of its own, a pipeline gets the inference.py "
        "that travels with this program. A calibration goes into the package, and the shipped inference.py "
        "of XGBoost models applies it to the scores. Risk tables that mapped the training data go into the "
        "package, so that requests carry raw categories."
    ),
    expected_input_paths={
        "model_input": "/opt/ml/processing/input/model",
        "inference_scripts_input": "/opt/ml/processing/input/script",
        "calibration_input": "/opt/ml/processing/input/calibration",
        "risk_tables_input": "/opt/ml/processing/input/risk_tables",
    },
    expected_output_paths={"packaged_model": "/opt/ml/processing/output"},
    framework_requirements={"python": ">=3.9"},
    bundle_files=(
        "inference.py",
        "inference_pytorch.py",
        "inference_requests.py",
        "inference_risk_tables.py",
        "pytorch_scoring.py",
        "score_calibration.py",
    ),
    quality=StepContract(
        inputs={
            "model_input": ModelContract(
                files=("model_info.json",),
                metadata_file="model_info.json",
                metadata_includes=("features",),
            ),
            "inference_scripts_input": FilesContract(files=("inference.py",)),
            "calibration_input": FilesContract(files=("calibration.json",)),
            "risk_tables_input": FilesContract(files=("risk_tables.json",)),
        },
        outputs={"packaged_model": FilesContract(files=("model.tar.gz",))},
    ),
)
