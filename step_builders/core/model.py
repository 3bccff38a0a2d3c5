"""Model steps: a SageMaker model, which Transform steps and endpoints run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from step_builders.core.request import BuildContext, StepRequest

# Where the serving image finds the code that MimsPackage put into the archive.
SERVING_ENVIRONMENT: Mapping[str, str] = {
    "SAGEMAKER_PROGRAM": "inference.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
}


def build_model(context: BuildContext, container: Mapping[str, Any]) -> StepRequest:
    """One CreateModel request; the service names the model."""
    request: dict[str, Any] = {"ExecutionRoleArn": context.settings.role, "PrimaryContainer": container}
    if context.settings.network_isolation:
        request["EnableNetworkIsolation"] = True
    if vpc := context.vpc_config():
        request["VpcConfig"] = vpc
    return StepRequest(context.name, "Model", {**request, **context.tags()})
