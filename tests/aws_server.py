"""AWS for tests: a moto server on loopback, put right where it differs from what AWS documents.

moto 5.2 stores a definition that it reads from S3 as a Python object and answers with its `repr`; it leaves
LastModifiedTime as it was when a pipeline is updated; it keeps both values of a tag that is written twice;
and it reports a pipeline that does not exist as a ValidationException, where the API reference of
DescribePipeline names ResourceNotFound. `corrected_moto` mends these four for as long as it lasts, and adds
the IAM simulator, which moto lacks: here it denies nothing. tests/access has one that does.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.backends import get_backend
from moto.core.exceptions import JsonRESTError
from moto.iam.responses import IamResponse
from moto.s3.models import s3_backends
from moto.sagemaker import models
from moto.server import ThreadedMotoServer

BUCKET = "ml-fraud"
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecution"

_NOTHING_DENIED = (
    '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
    "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults/>"
    "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
)


class ResourceNotFoundError(JsonRESTError):
    """As SageMaker's API reference names it."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFound", message)


@contextmanager
def corrected_moto() -> Iterator[None]:
    """moto's SageMaker as AWS documents it, where the tests depend on it."""
    backend = models.SageMakerModelBackend
    update, describe, add_tags = backend.update_pipeline, backend.describe_pipeline, backend.add_tags

    def definition_from_s3(location: dict[str, Any], account_id: str, partition: str) -> str:
        stored = s3_backends[account_id][partition].get_object(location["Bucket"], location["ObjectKey"])
        assert stored is not None
        return str(stored.value.decode())

    def update_and_date(self: Any, pipeline_name: str, **changes: Any) -> str:
        arn: str = update(self, pipeline_name, **changes)
        self.pipelines[pipeline_name].last_modified_time += timedelta(seconds=1)
        return arn

    def describe_if_there(self: Any, pipeline_name: str) -> dict[str, Any]:
        if pipeline_name not in self.pipelines:
            raise ResourceNotFoundError(f"Pipeline '{pipeline_name}' does not exist.")
        described: dict[str, Any] = describe(self, pipeline_name)
        return described

    def replace_tags(self: Any, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
        self.delete_tags(arn, [tag["Key"] for tag in tags])
        written: list[dict[str, str]] = add_tags(self, arn, tags)
        return written

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "load_pipeline_definition_from_s3", definition_from_s3)
        patch.setattr(backend, "update_pipeline", update_and_date)
        patch.setattr(backend, "describe_pipeline", describe_if_there)
        patch.setattr(backend, "add_tags", replace_tags)
        patch.setattr(IamResponse, "simulate_principal_policy", lambda _: _NOTHING_DENIED, raising=False)
        yield


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


@contextmanager
def aws_server(folder: Path) -> Iterator[str]:
    """The server's address, with an environment in which boto3 and the SDK talk to nothing else.

    Args:
        folder: for the SDK's config file.
    """
    config = folder / "config.yaml"
    config.write_text(
        "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n", encoding="utf-8"
    )
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAGEMAKER_VALIDATE_ROLE": "false",  # moto has no iam:SimulatePrincipalPolicy
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(config),
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(config),
    }
    with pytest.MonkeyPatch.context() as patch, corrected_moto():
        for name in [name for name in os.environ if name.startswith(("AWS_", "SAGEMAKER_"))]:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(name, value)
        yield settings["AWS_ENDPOINT_URL"]
    server.stop()


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory, outside_connections: list[Any]) -> Iterator[str]:
    """The address of the server that all tests of a session share."""
    with aws_server(tmp_path_factory.mktemp("aws")) as address:
        yield address


class OneOfEach(boto3.Session):
    """A session that makes one client for a service: each takes a tenth of a second or more."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def client(self, service: str, **options: Any) -> Any:  # type: ignore[override]
        if service not in self._made:
            self._made[service] = super().client(service, **options)  # type: ignore[call-overload]
        return self._made[service]


class Aws:
    """What the account holds."""

    def __init__(self) -> None:
        self.session = OneOfEach()
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

    def tags(self, arn: str) -> dict[str, str]:
        return {each["Key"]: each["Value"] for each in self.sagemaker.list_tags(ResourceArn=arn)["Tags"]}


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
