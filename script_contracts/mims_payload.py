"""The payload program: sample requests that the model registry can replay."""

from script_contracts.core.contract import ScriptContract
from script_contracts.quality import FilesContract, ModelContract, StepContract

MIMS_PAYLOAD_CONTRACT = ScriptContract(
    entry_point="mims_payload.py",
    description=(
        "Writes one sample request per content type, made from the model's own features, as payload.tar.gz."
    ),
    expected_input_paths={
        "model_input": "/opt/ml/processing/input/model",
        "risk_tables_input": "/opt/ml/processing/input/risk_tables",
    },
    expected_output_paths={"payload_sample": "/opt/ml/processing/output"},
    optional_env_vars={
        "CONTENT_TYPES": "text/csv,application/json",
        "DEFAULT_NUMERIC_VALUE": "0.0",
        "DEFAULT_TEXT_VALUE": "unknown",
    },
    framework_requirements={"python": ">=3.9"},
    quality=StepContract(
        inputs={
            "model_input": ModelContract(
                files=("model_info.json",),
                metadata_file="model_info.json",
                metadata_includes=("features",),
            ),
            "risk_tables_input": FilesContract(files=("risk_tables.json",)),
        },
        outputs={"payload_sample": FilesContract(files=("payload.tar.gz",))},
    ),
)
