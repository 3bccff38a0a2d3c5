"""A real S3 and SageMaker endpoint over HTTP: a moto server on loopback, for the whole session.

The tests run under either line of the SageMaker SDK. Where it is missing, those that need it are skipped;
REQUIRE_SAGEMAKER=2 or 3 makes a missing or different line a failure instead.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import pytest
from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from pipeline_compiler import Template, compile_pipeline
from pipeline_compiler.compiled import CompiledPipeline

BUCKET = "ml-fraud"
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecution"
TEMPLATE = "XGBoostTrainEvaluateE2E"


def installed_line() -> str | None:
    try:
        return metadata.version("sagemaker").split(".")[0]
    except metadata.PackageNotFoundError:
        return None


def configuration(**pipeline: Any) -> dict[str, Any]:
    return {
        "pipeline": {
            "name": "fraud-detection",
            "role": ROLE,
            "region": "us-east-1",
            "s3_root": f"s3://{BUCKET}/pipelines",
            "tags": {"team": "fraud", "cost": "42"},
            **pipeline,
        },
        "defaults": {"label_field": "is_fraud", "positive_class": "fraud"},
        "parameters": {"MinAuc": {"default": 0.8, "sets": "QualityGate.threshold"}},
        "steps": {
            "CradleDataLoading_training": {
                "source": {"files": "s3://ml-fraud-data/06/", "format": "parquet"}
            },
            "CradleDataLoading_calibration": {
                "source": {"files": "s3://ml-fraud-data/07/", "format": "parquet"}
            },
            "MimsRegistration": {"model_package_group": "fraud"},
        },
    }


@pytest.fixture(scope="session")
def required_sdk() -> None:
    """Fails, rather than skips, where a certain line of the SDK has to be there."""
    required, installed = os.environ.get("REQUIRE_SAGEMAKER"), installed_line()
    if required and installed != required:
        pytest.fail(f"REQUIRE_SAGEMAKER={required}, but the installed line is {installed}")


@pytest.fixture(autouse=True)
def _required(required_sdk: None) -> None:
    """In every test, so that a run in which all others are skipped fails too."""


@pytest.fixture(scope="session")
def sdk(required_sdk: None) -> str:
    """The installed line of the SDK."""
    installed = installed_line()
    if installed is None:
        pytest.skip("no SageMaker SDK is installed: pip install 'sagemaker>=2.245,<4'")
    return installed


@pytest.fixture(scope="session")
def outside_connections() -> Iterator[list[Any]]:
    """Connections attempted to anything but loopback, each of which is refused."""
    attempted: list[Any] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
            attempted.append(address)
            raise ConnectionRefusedError(f"the tests may not connect to {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded)
        yield attempted


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory, outside_connections: list[Any]) -> Iterator[str]:
    """The moto server's address, with an environment in which boto3 and the SDK talk to nothing else."""
    folder = tmp_path_factory.mktemp("sdk")
    config = folder / "config.yaml"
    config.write_text(
        "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n", encoding="utf-8"
    )
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "SAGEMAKER_"))]:
            patch.delenv(name)
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_CONFIG_FILE", str(folder / "none"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")  # moto has no iam:SimulatePrincipalPolicy
        patch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(config))
        patch.setenv("SAGEMAKER_ADMIN_CONFIG_OVERRIDE", str(config))
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def account(endpoint: str) -> Aws:
    """One set of clients: making one reads megabytes of service model."""
    return Aws()


@pytest.fixture
def aws(account: Aws, outside_connections: list[Any]) -> Iterator[Aws]:
    """An empty account with one versioned bucket, so that every write to it can be counted."""
    for service in ("s3", "sagemaker", "scheduler"):  # /moto-api/reset would reset all, in half a second
        for backends in get_backend(service).values():
            for backend in backends.values():
                backend.reset()
    account.s3.create_bucket(Bucket=BUCKET)
    account.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield account
    assert outside_connections == []


class Aws:
    """What the account holds."""

    def __init__(self) -> None:
        self.session = boto3.Session()
        self.s3 = self.session.client("s3")
        self.sagemaker = self.session.client("sagemaker")

    def writes(self) -> list[str]:
        """The address of every object written, once per write."""
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET)
        return sorted(f"s3://{BUCKET}/{each['Key']}" for page in pages for each in page.get("Versions", ()))

    def content(self, uri: str) -> bytes:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def put(self, uri: str, content: bytes, **options: Any) -> None:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        self.s3.put_object(Bucket=bucket, Key=key, Body=content, **options)

    def pipelines(self) -> list[str]:
        return [each["PipelineName"] for each in self.sagemaker.list_pipelines()["PipelineSummaries"]]


def requests_sent(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every CreatePipeline and UpdatePipeline from here on, whichever client sends it."""
    sent: list[dict[str, Any]] = []
    original = botocore.client.BaseClient._make_api_call

    def recording(self: Any, operation: str, request: dict[str, Any]) -> Any:
        if operation in ("CreatePipeline", "UpdatePipeline"):
            sent.append(request)
        return original(self, operation, request)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", recording)
    return sent


Build = Callable[[CompiledPipeline], Any]


@pytest.fixture(scope="session")
def build(sdk: str, endpoint: str, compiled: CompiledPipeline) -> Build:
    """`to_sagemaker_pipeline` with one session for all tests: making one takes most of a second."""
    from pipeline_compiler.sagemaker_pipeline import to_sagemaker_pipeline

    session = to_sagemaker_pipeline(compiled).sagemaker_session
    return lambda compiled: to_sagemaker_pipeline(compiled, session)


@pytest.fixture(scope="session")
def compiled() -> CompiledPipeline:
    """The largest shipped template."""
    return compile_pipeline(TEMPLATE, configuration())


def expected_objects(compiled: CompiledPipeline) -> dict[str, bytes]:
    return {
        f"{asset.uri}/{name}": content.read_bytes() if isinstance(content, Path) else content
        for asset in compiled.assets
        for name, content in asset.files.items()
    }


def many_steps(count: int) -> CompiledPipeline:
    """A pipeline whose definition is larger than a request may be."""
    names = [f"Load{number}" for number in range(count)]
    config = configuration()
    config["defaults"] = {}
    config["parameters"] = {}
    config["steps"] = {name: {"source": {"files": f"s3://ml-fraud-data/{name}/"}} for name in names}
    template = Template.of("Many", dict.fromkeys(names, "CradleDataLoading_training"))
    return compile_pipeline(template, config)
