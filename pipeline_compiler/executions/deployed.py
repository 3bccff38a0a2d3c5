"""The pipeline as it is deployed: its definition, and whether that is what a config compiles to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline_compiler.compiled import CompiledPipeline, flat_steps
from pipeline_compiler.executions.clients import Clients, ExecutionError, asking, is_missing
from pipeline_compiler.executions.rules import NO_PIPELINE, NOT_AS_COMPILED
from script_contracts.core.diagnostics import Diagnostic


@dataclass(frozen=True)
class DeployedPipeline:
    """A pipeline in SageMaker.

    Attributes:
        name: its name.
        arn: its ARN.
        document: its definition, parsed.
    """

    name: str
    arn: str
    document: Mapping[str, Any]

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """The declarations of its parameters: Name, Type, DefaultValue, EnumValues."""
        return list(self.document.get("Parameters", ()))


def deployed_pipeline(clients: Clients, name: str) -> DeployedPipeline:
    """The pipeline of that name.

    Raises:
        ExecutionError: (PC561) if there is none, (PC503, PC560) if AWS does not tell.
    """
    from botocore.exceptions import ClientError

    with asking(f"reading the pipeline '{name}'"):
        try:
            found = clients.sagemaker.describe_pipeline(PipelineName=name)
        except ClientError as error:
            if not is_missing(error):
                raise
            raise no_pipeline(name, clients.region) from None
    return DeployedPipeline(name, found["PipelineArn"], json.loads(found["PipelineDefinition"]))


def no_pipeline(name: str, region: str) -> ExecutionError:
    """The error where there is no pipeline of that name."""
    return ExecutionError(
        NO_PIPELINE.error(
            f"there is no pipeline '{name}' in {region}",
            fix="deploy it, or look at the name, the region and the account of the credentials",
        )
    )


def differences(deployed: DeployedPipeline, compiled: CompiledPipeline) -> Iterator[Diagnostic]:
    """A warning that names the steps and parameters in which the two differ, if they do."""
    if deployed.document == compiled.document:
        return
    details = [
        *_changes("step", _by_name(flat_steps(deployed.document["Steps"])), _by_name(compiled.steps)),
        *_changes("parameter", _by_name(deployed.parameters), _by_name(compiled.document["Parameters"])),
    ]
    yield NOT_AS_COMPILED.warning(
        f"the deployed pipeline '{deployed.name}' is not what the config compiles to; it runs as deployed",
        fix="deploy the config first, if that is what should run",
        details=details or ["the order of steps, the experiment or the metadata differ"],
    )


def _by_name(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The entries without the steps nested in them, which are entries of their own."""
    return {each["Name"]: {**each, "Arguments": _own(each.get("Arguments", {}))} for each in entries}


def _own(arguments: Mapping[str, Any]) -> dict[str, Any]:
    branches = {
        key: [step["Name"] for step in arguments[key]] for key in ("IfSteps", "ElseSteps") if key in arguments
    }
    return {**arguments, **branches}


def _changes(kind: str, deployed: Mapping[str, Any], compiled: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(deployed.keys() | compiled.keys()):
        if name not in compiled:
            yield f"{kind} {name}: deployed, and not in the config"
        elif name not in deployed:
            yield f"{kind} {name}: in the config, and not deployed"
        elif deployed[name] != compiled[name]:
            yield f"{kind} {name}: differs"
