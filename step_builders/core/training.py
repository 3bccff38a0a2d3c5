"""The builder of training steps: specification + contract + config -> CreateTrainingJob request."""

from __future__ import annotations

import json
from typing import Any

from pipeline_deps.expressions import Expression
from script_contracts.core.container import ContainerContract
from script_contracts.core.contract import ScriptContract, TrainingScriptContract, channel_name
from step_builders.core.contract_values import arguments, environment, value_text
from step_builders.core.request import BuildContext, StepRequest

SOURCE_ARCHIVE = "sourcedir.tar.gz"
CODE_CHANNEL = "code"
CHECKPOINTS = "/opt/ml/checkpoints"


def build_training(context: BuildContext) -> StepRequest:
    """One training step."""
    return StepRequest(
        name=context.name,
        type="Training",
        arguments={**training_job(context), **context.tags()},
        cache_expire_after=context.value("cache_expire_after"),
    )


def training_job(context: BuildContext) -> dict[str, Any]:
    """One training job, in script mode unless the image has the algorithm; channels from the contract."""
    contract = context.spec.script_contract
    assert isinstance(contract, TrainingScriptContract)
    settings = context.settings
    request: dict[str, Any] = {
        "AlgorithmSpecification": {
            "TrainingImage": context.job_image,
            "TrainingInputMode": "File",
            **_entry_point(context, contract),
            **_metrics(contract),
        },
        "RoleArn": settings.role,
        "InputDataConfig": [
            _channel(channel_name(contract.expected_input_paths[name]), source.uri)
            for name, source in context.inputs.items()
        ],
        "OutputDataConfig": {
            "S3OutputPath": context.output_uri(),
            **({"KmsKeyId": settings.kms_key} if settings.kms_key else {}),
        },
        "ResourceConfig": context.instances(),
        "StoppingCondition": _stopping_condition(context),
    }
    if hyperparameters := _hyperparameters(context, contract):
        request["HyperParameters"] = hyperparameters
    if checkpoints := _checkpoints(context):
        request["CheckpointConfig"] = checkpoints
    variables = environment(context)
    if settings.network_isolation:
        request["EnableNetworkIsolation"] = True
    if settings.network_isolation and context.code_uri is not None:
        request["InputDataConfig"].append(_channel(CODE_CHANNEL, context.code_uri))
        # The launcher's own `pip install .` would otherwise fetch a build backend from the network.
        variables["PIP_NO_BUILD_ISOLATION"] = "0"
    if context.value("use_spot"):
        request["EnableManagedSpotTraining"] = True
    if variables:
        request["Environment"] = variables
    if vpc := context.vpc_config():
        request["VpcConfig"] = vpc
    return request


def _metrics(contract: TrainingScriptContract) -> dict[str, Any]:
    found = [{"Name": name, "Regex": each.regex} for name, each in contract.metric_definitions.items()]
    return {"MetricDefinitions": found} if found else {}


def _entry_point(context: BuildContext, contract: ScriptContract) -> dict[str, Any]:
    """The command line of an image that has the algorithm; empty for script mode, and for `train`."""
    if not isinstance(contract, ContainerContract):
        return {}
    parts = {"ContainerEntrypoint": list(contract.command), "ContainerArguments": arguments(context)}
    return {name: part for name, part in parts.items() if part}


def _checkpoints(context: BuildContext) -> dict[str, Any]:
    """Where the service keeps the checkpoints, and brings them back from when it restarts the job."""
    contract = context.spec.script_contract
    assert contract is not None
    for name, path in contract.expected_output_paths.items():
        if path == CHECKPOINTS:
            return {"S3Uri": context.output_uri(name), "LocalPath": path}
    return {}


def _stopping_condition(context: BuildContext) -> dict[str, Any]:
    longest = context.value("max_runtime_seconds")
    condition = {"MaxRuntimeInSeconds": longest}
    if context.value("use_spot"):
        wait = context.value("max_wait_seconds")
        condition["MaxWaitTimeInSeconds"] = longest if wait is None else wait
    return condition


def _channel(name: str, uri: str | Expression) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": uri,
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }


def _hyperparameters(context: BuildContext, contract: ScriptContract) -> dict[str, str | Expression]:
    """All strings, as the service demands; the two that start script mode are JSON-encoded."""
    hyperparameters: dict[str, str | Expression] = {}
    model = type(context.config).model_fields.get("hyperparameters")
    if model is not None:
        settings = context.value("hyperparameters")
        for name, info in type(settings).model_fields.items():
            value = value_text(context.value(f"hyperparameters.{name}"))
            if value is not None:
                hyperparameters[info.alias or name] = value
    if contract.in_image:
        return dict(sorted(hyperparameters.items()))
    hyperparameters["sagemaker_program"] = json.dumps(contract.entry_point)
    # Without a network the launcher cannot fetch the code: the service delivers it as a channel.
    isolated = context.settings.network_isolation
    folder = f"/opt/ml/input/data/{CODE_CHANNEL}" if isolated else context.code_uri
    hyperparameters["sagemaker_submit_directory"] = json.dumps(f"{folder}/{SOURCE_ARCHIVE}")
    return dict(sorted(hyperparameters.items()))
