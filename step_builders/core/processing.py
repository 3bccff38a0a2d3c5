"""The builder of processing steps: specification + contract + config -> CreateProcessingJob request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_deps.expressions import Expression
from pipeline_deps.vocabulary import DependencyType
from script_contracts.core.container import ContainerContract
from script_contracts.core.contract import CODE_PATH, ScriptContract
from step_builders.core.contract_values import arguments, environment
from step_builders.core.request import BuildContext, StepRequest
from step_builders.core.table_sources import TableSource, dataset_definition

INSTALLER = "with_requirements.py"


def build_processing(context: BuildContext) -> StepRequest:
    """One processing step; every path in it comes from the contract."""
    contract = context.spec.script_contract
    assert contract is not None
    request: dict[str, Any] = {
        "ProcessingResources": {"ClusterConfig": context.instances()},
        "AppSpecification": {"ImageUri": context.job_image, **_entry_point(context, contract)},
        "RoleArn": context.settings.role,
        "ProcessingInputs": [
            *(
                _input(name, source.uri, contract.expected_input_paths[name])
                for name, source in context.inputs.items()
            ),
            *_queries(context),
            *([_input("code", context.code_uri, CODE_PATH)] if context.code_uri is not None else []),
        ],
        "StoppingCondition": {"MaxRuntimeInSeconds": context.value("max_runtime_seconds")},
    }
    if command_line := arguments(context):
        request["AppSpecification"]["ContainerArguments"] = command_line
    if variables := environment(context):
        request["Environment"] = variables
    if outputs := _outputs(context):
        request["ProcessingOutputConfig"] = outputs
    if network := _network(context):
        request["NetworkConfig"] = network
    return StepRequest(
        name=context.name,
        type="Processing",
        arguments={**request, **context.tags()},
        property_files=tuple(
            {"PropertyFileName": port.logical_name, "OutputName": port.logical_name, "FilePath": port.file}
            for port in context.spec.outputs
            if port.type is DependencyType.METRICS and port.file
        ),
        cache_expire_after=context.value("cache_expire_after"),
    )


def _entry_point(context: BuildContext, contract: ScriptContract) -> dict[str, Any]:
    """The command of the container; empty where the image's own is meant.

    What the image lacks is installed first: a processing job has no launcher that would do it.
    """
    if isinstance(contract, ContainerContract):
        return {"ContainerEntrypoint": list(contract.command)} if contract.command else {}
    first = [f"{CODE_PATH}/{INSTALLER}"] if context.requirements else []
    return {"ContainerEntrypoint": ["python3", *first, f"{CODE_PATH}/{contract.entry_point}"]}


def _input(name: str, uri: str | Expression, path: str) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": path,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
        },
    }


def _queries(context: BuildContext) -> Iterator[dict[str, Any]]:
    """The inputs that the service fills with the result of a query."""
    for name in context.spec.config_inputs:
        source = getattr(context.config, name)
        if isinstance(source, TableSource) and (found := dataset_definition(context, name, source)):
            yield found


def _outputs(context: BuildContext) -> dict[str, Any]:
    contract = context.spec.script_contract
    assert contract is not None
    outputs = [
        {
            "OutputName": port.logical_name,
            "S3Output": {
                "S3Uri": context.output_uri(port.logical_name),
                "LocalPath": contract.expected_output_paths[port.logical_name],
                "S3UploadMode": "EndOfJob",
            },
        }
        for port in context.spec.outputs
    ]
    if not outputs:
        return {}
    key = context.settings.kms_key
    return {"Outputs": outputs, **({"KmsKeyId": key} if key else {})}


def _network(context: BuildContext) -> dict[str, Any]:
    network: dict[str, Any] = {}
    if context.settings.network_isolation:
        network["EnableNetworkIsolation"] = True
    if vpc := context.vpc_config():
        network["VpcConfig"] = vpc
    return network
