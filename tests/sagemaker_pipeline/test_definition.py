"""The SDK object of a compiled pipeline: equal, real, and defined without AWS, network, region or HOME."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import build_pipeline, compile_pipeline, sdk_line
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.template import shipped_templates
from script_contracts.core.diagnostics import PipelineCompilerError
from tests.configs import minimal_config

from .conftest import TEMPLATE, configuration

ROOT = Path(__file__).parents[2]

OFFLINE = """
import json, os, socket, sys, threading

def refuse(*args):
    attempts.append(args[1:])
    raise OSError("the network is out of bounds")

attempts = []
for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = refuse
environment = dict(os.environ)

from pipeline_compiler import build_pipeline, compile_pipeline

assert "sagemaker" not in sys.modules, "compiling imports the SDK"
config = json.loads(sys.argv[1])
pipeline = build_pipeline("XGBoostTrainEvaluateE2E", config)
assert pipeline.definition() == compile_pipeline("XGBoostTrainEvaluateE2E", config).definition
assert pipeline.step("XGBoostTraining").properties.ModelArtifacts.S3ModelArtifacts.expr

import boto3

assert boto3.Session().region_name is None, "a region leaked"
assert boto3.DEFAULT_SESSION is None, "a session leaked"
assert dict(os.environ) == environment, "the environment changed"
assert attempts == [], attempts
print("defined by", type(pipeline).__mro__[1].__module__)
"""


def sdk_module(sdk: str) -> str:
    return "sagemaker.mlops.workflow.pipeline" if sdk == "3" else "sagemaker.workflow.pipeline"


def test_it_is_defined_without_network_region_credentials_or_home(sdk: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", OFFLINE, json.dumps(configuration())],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    # SDK v2 logs to stdout while it is imported
    assert run.stdout.splitlines()[-1] == f"defined by {sdk_module(sdk)}"


@pytest.mark.parametrize("template", shipped_templates())
def test_the_definition_is_the_compiled_one(template: str, sdk: str, endpoint: str) -> None:
    config = minimal_config(template)
    pipeline = build_pipeline(template, config)
    assert pipeline.definition() == compile_pipeline(template, config).definition
    assert pipeline.compiled.name == pipeline.name == config["pipeline"]["name"]


def test_it_is_made_of_the_sdks_own_classes(compiled: CompiledPipeline, sdk: str, endpoint: str) -> None:
    from pipeline_compiler import sagemaker_pipeline as bridge

    pipeline = bridge.to_sagemaker_pipeline(compiled)
    assert isinstance(pipeline, bridge.Pipeline)
    assert all(isinstance(step, bridge.Step) for step in pipeline.steps)
    assert isinstance(pipeline.step("QualityGate"), bridge.ConditionStep)
    assert isinstance(pipeline.parameters[0], bridge.ParameterFloat)
    assert {step["Name"] for step in compiled.steps} == {
        pipeline.step(step["Name"]).name for step in compiled.steps
    }


def test_a_notebook_shows_it_in_a_line(compiled: CompiledPipeline, sdk: str, endpoint: str) -> None:
    from pipeline_compiler import sagemaker_pipeline as bridge

    assert repr(bridge.to_sagemaker_pipeline(compiled)).startswith(f"<SageMakerPipeline {compiled.name} in ")


def executions_configured() -> dict[str, Any]:
    """Everything of the config that is about executions."""
    config = configuration(experiment={}, parallelism=2, description="weekly")
    config["defaults"]["retry"] = [{"exceptions": ["SageMaker.CAPACITY_ERROR"], "max_attempts": 2}]
    config["parameters"]["Retrain"] = {"default": True}
    config["steps"]["XGBoostTraining"] = {
        "run_if": {"parameter": "Retrain", "equals": True},
        "use_spot": True,
    }
    return config


@pytest.mark.parametrize("make", [configuration, executions_configured])
def test_what_the_sdk_builds_from_the_steps_is_the_compiled_document(
    make: Callable[[], dict[str, Any]], sdk: str, endpoint: str
) -> None:
    """The steps carry the whole definition: the SDK's own compiler makes the same of them."""
    from pipeline_compiler import sagemaker_pipeline as bridge

    compiled = compile_pipeline(TEMPLATE, make())
    pipeline = bridge.to_sagemaker_pipeline(compiled)
    built = json.loads(bridge.Pipeline.definition(pipeline))
    assert {key: value for key, value in built.items() if value is not None} == compiled.document


@pytest.mark.parametrize(
    ("declaration", "kind"),
    [
        ({"Name": "P", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]}, "ParameterString"),
        ({"Name": "P", "Type": "String"}, "ParameterString"),
        ({"Name": "P", "Type": "Integer", "DefaultValue": 3}, "ParameterInteger"),
        ({"Name": "P", "Type": "Float", "DefaultValue": 1}, "ParameterFloat"),
        ({"Name": "P", "Type": "Boolean", "DefaultValue": False}, "Parameter"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_parameter_type(
    compiled: CompiledPipeline, sdk: str, endpoint: str, declaration: dict[str, Any], kind: str
) -> None:
    from pipeline_compiler.sagemaker_pipeline import to_sagemaker_pipeline

    document = {**compiled.document, "Parameters": [declaration], "Steps": compiled.document["Steps"][:1]}
    pipeline = to_sagemaker_pipeline(replace(compiled, definition=json.dumps(document)))
    [parameter] = pipeline.parameters
    assert type(parameter).__name__ == kind
    assert parameter.to_request() == declaration


@pytest.mark.parametrize(
    ("installed", "message"),
    [(None, "is not installed"), ("2.100.0", "2.100.0 is installed"), ("4.0.0", "4.0.0 is installed")],
)
def test_a_missing_or_unsupported_sdk_is_a_coded_error(
    monkeypatch: pytest.MonkeyPatch, installed: str | None, message: str
) -> None:
    def version(_: str) -> str:
        if installed is None:
            raise sdk_line.metadata.PackageNotFoundError
        return installed

    monkeypatch.setattr(sdk_line.metadata, "version", version)
    with pytest.raises(PipelineCompilerError, match=message) as caught:
        sdk_line.sdk_line.__wrapped__()
    assert caught.value.codes == ("PC508",)
    assert "pip install" in caught.value.diagnostics[0].fix


@pytest.mark.parametrize(("installed", "line"), [("2.245.0", 2), ("2.257.7", 2), ("3.0.0", 3), ("3.27.0", 3)])
def test_both_lines_are_supported(monkeypatch: pytest.MonkeyPatch, installed: str, line: int) -> None:
    monkeypatch.setattr(sdk_line.metadata, "version", lambda _: installed)
    assert sdk_line.sdk_line.__wrapped__() == line
