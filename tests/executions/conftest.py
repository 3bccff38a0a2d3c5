"""A deployed pipeline in an account of its own, and the commands that talk to it over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from pipeline_compiler import compile_pipeline
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.executions import Clients
from tests.configs import minimal_config, with_values
from tests.executions.service import REGION, Recorded, moto_execution, serving

TEMPLATE = "XGBoostTrainEvaluateE2E"
NAME = "fraud-detection"
PARAMETERS = {
    "MinAuc": {"default": 0.8, "sets": "QualityGate.threshold"},
    "Rounds": {"default": 200, "sets": "XGBoostTraining.hyperparameters.num_round"},
    "Size": {
        "default": "ml.m5.xlarge",
        "sets": "XGBoostTraining.instance_type",
        "allowed": ["ml.m5.xlarge", "ml.m5.4xlarge"],
    },
    "Retrain": {"default": True},
}


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[str, Recorded]]:
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One for all tests: a client of a new session reads megabytes of service model."""
    return boto3.Session("testing", "testing", region_name=REGION)


@pytest.fixture(scope="session")
def shared_clients(session: boto3.Session) -> Clients:
    """The same for all tests, for the same reason; made when the environment is the tests' own."""
    return Clients(session, REGION)


@pytest.fixture
def service(
    served: tuple[str, Recorded], shared_clients: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Recorded:
    """An empty account at the only address that boto3 knows, and no waiting between looks."""
    address, recorded = served
    recorded.reset()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    session = shared_clients.session
    monkeypatch.setattr("pipeline_compiler.aws_session.session_for", lambda *_: session)
    monkeypatch.setattr("pipeline_compiler.cli.execution_target.Clients", lambda *_: shared_clients)
    monkeypatch.setattr("pipeline_compiler.executions.watch.SHORTEST", 0.01)
    monkeypatch.setattr("pipeline_compiler.executions.watch.LONGEST", 0.01)
    monkeypatch.setattr("pipeline_compiler.executions.manage._PAUSE", 0.01)
    return recorded


@pytest.fixture
def clients(service: Recorded, shared_clients: Clients) -> Clients:
    return shared_clients


def configuration(**settings: Any) -> dict[str, Any]:
    return with_values(
        {**minimal_config(TEMPLATE), "parameters": PARAMETERS},
        {
            "steps.QualityGate": {},
            "steps.XGBoostTraining.run_if": {"parameter": "Retrain", "equals": True},
            **settings,
        },
    )


@pytest.fixture(scope="session")
def compiled() -> CompiledPipeline:
    return compile_pipeline(TEMPLATE, configuration())


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fraud.yaml"
    path.write_text(yaml.safe_dump(configuration(), sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture
def pipeline(clients: Clients, compiled: CompiledPipeline) -> str:
    """The name of the deployed pipeline."""
    clients.sagemaker.create_pipeline(
        PipelineName=NAME, PipelineDefinition=compiled.definition, RoleArn=compiled.role
    )
    return NAME


class Executed:
    """Executions of the pipeline, as a test wants them."""

    def __init__(self, clients: Clients, service: Recorded) -> None:
        self._clients, self._service = clients, service

    def __call__(self, status: str, steps: Any = (), **told: Any) -> str:
        """The ARN of a new execution, later than those before."""
        arn = self._clients.sagemaker.start_pipeline_execution(PipelineName=NAME)["PipelineExecutionArn"]
        self._service.executions[arn] = {"status": status, "steps": steps, **told}
        record = moto_execution(arn)
        record.pipeline_execution_status = status
        self._service.requests.clear()
        return str(arn)


@pytest.fixture
def executed(clients: Clients, service: Recorded, pipeline: str) -> Executed:
    return Executed(clients, service)
