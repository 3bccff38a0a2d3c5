"""Which line of the SageMaker Python SDK is installed, and how to use it without a region or session."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from importlib import metadata
from typing import Any

import boto3

from pipeline_compiler.deploy_rules import NO_SDK
from script_contracts.core.diagnostics import PipelineCompilerError

_SINCE = (2, 245)
_INSTALL = "pip install 'sagemaker-pipeline-compiler[sagemaker]'"


@cache
def sdk_line() -> int:
    """2 or 3.

    Raises:
        PipelineCompilerError: (PC508) if no SDK of a supported version is installed.
    """
    try:
        version = metadata.version("sagemaker")
    except metadata.PackageNotFoundError:
        raise PipelineCompilerError(
            NO_SDK.error("the package 'sagemaker' is not installed", fix=_INSTALL)
        ) from None
    parts = re.findall(r"\d+", version)
    numbers = tuple(int(part) for part in parts[:2])
    if not _SINCE <= numbers < (4,):
        raise PipelineCompilerError(NO_SDK.error(f"sagemaker {version} is installed", fix=_INSTALL))
    return numbers[0]


@contextmanager
def importable_without_region() -> Iterator[None]:
    """Let SDK v3 be imported where no AWS region is set.

    It makes a boto3 client while it is imported (`sagemaker.ai_registry.air_hub`), which raises
    NoRegionError without a region, and looks for credentials on the network where it finds none. In that
    case alone, where the import would have failed, a region is set and the instance's metadata service
    ignored, for as long as the import takes.
    """
    if boto3.Session().region_name is not None:
        yield
        return
    settings = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    before = {name: os.environ.get(name) for name in settings}
    default_session = boto3.DEFAULT_SESSION
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        boto3.DEFAULT_SESSION = default_session


class SessionLater:
    """Stands in for an SDK session where a pipeline is defined: its clients are made when first used.

    Attributes:
        boto_session: itself.
        boto_region_name: None.
    """

    boto_region_name = None

    def __init__(self, session: Callable[[], Any]) -> None:
        self.boto_session = self
        self._session = session

    def client(self, service: str) -> ClientLater:
        """A client of the real session, which is not asked for yet."""
        return ClientLater(lambda: self._session().boto_session.client(service))


class ClientLater:
    """A boto3 client that is made when something of it is first used."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _client(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)
