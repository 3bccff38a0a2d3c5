"""`start --latest-approved`: the newest approved version of a group, asked for at the start."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline_compiler import compile_pipeline
from pipeline_compiler.executions import Clients
from tests.cli.harness import cli
from tests.configs import minimal_config, with_values
from tests.executions.service import Recorded

TEMPLATE, GROUP = "XGBoostScoreNewData", "fraud"


@pytest.fixture
def scoring(clients: Clients, tmp_path: Path) -> Path:
    """The config of a deployed pipeline that scores with the version that its parameter names."""
    config = minimal_config(TEMPLATE)
    arn = config["steps"].pop("ModelFromPackage")["model_package_arn"]
    declared = {"parameters.Package": {"default": arn, "sets": "ModelFromPackage.model_package_arn"}}
    path = tmp_path / "score.yaml"
    path.write_text(yaml.safe_dump(with_values(config, declared)), encoding="utf-8")
    compiled = compile_pipeline(TEMPLATE, path)
    clients.sagemaker.create_pipeline(
        PipelineName=compiled.name, PipelineDefinition=compiled.definition, RoleArn=compiled.role
    )
    clients.sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
    return path


def register(clients: Clients, status: str) -> str:
    answer = clients.sagemaker.create_model_package(ModelPackageGroupName=GROUP, ModelApprovalStatus=status)
    return str(answer["ModelPackageArn"])


def test_the_newest_approved_version_is_scored_with(
    service: Recorded, clients: Clients, scoring: Path
) -> None:
    _, newest, *_ = [
        register(clients, status) for status in ("Approved", "Approved", "PendingManualApproval", "Rejected")
    ]
    result = cli("start", scoring, "--latest-approved", f"{GROUP}=Package")
    assert (result.code, result.err) == (0, "")
    (request,) = service.sent("StartPipelineExecution")
    assert request["PipelineParameters"] == [{"Name": "Package", "Value": newest}]
    assert newest in result.out.replace("\n", "")


def test_without_an_approved_version_nothing_starts(
    service: Recorded, clients: Clients, scoring: Path
) -> None:
    register(clients, "PendingManualApproval")
    result = cli("start", scoring, "--latest-approved", f"{GROUP}=Package", "--json")
    (problem,) = result.json["diagnostics"]
    assert (result.code, problem["code"]) == (1, "PC516")
    assert "approve one" in problem["fix"]
    assert service.sent("StartPipelineExecution") == []


def test_the_parameter_must_be_the_pipelines_own(clients: Clients, scoring: Path) -> None:
    register(clients, "Approved")
    result = cli("start", scoring, "--latest-approved", f"{GROUP}=Packag", "--json")
    assert [each["code"] for each in result.json["diagnostics"]] == ["PC780"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--latest-approved", GROUP), "is not NAME=VALUE"),
        (("--latest-approved", f"{GROUP}=Package", "-p", "Package=x"), "'Package' is given twice"),
    ],
)
def test_wrong_usage(scoring: Path, options: tuple[str, ...], says: str) -> None:
    result = cli("start", scoring, *options)
    assert result.code == 2
    assert says in result.err
