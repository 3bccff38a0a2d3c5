"""Pipelines to deploy to the server of tests/aws_server.py.

The tests run under either line of the SageMaker SDK. Where it is missing, those that need it are skipped;
REQUIRE_SAGEMAKER=2 or 3 makes a missing or different line a failure instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import botocore.client
import pytest

from pipeline_compiler import Template, compile_pipeline
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.plan.record import definition_record
from tests.aws_server import BUCKET, ROLE, Aws
from tests.configs import with_few_files

__all__ = [
    "BUCKET",
    "ROLE",
    "TEMPLATE",
    "Aws",
    "Build",
    "compiled_from",
    "configuration",
    "expected_objects",
    "many_steps",
]

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
def whole() -> CompiledPipeline:
    """A template with steps of most kinds."""
    return compile_pipeline(TEMPLATE, configuration())


@pytest.fixture(scope="session")
def compiled(whole: CompiledPipeline) -> CompiledPipeline:
    """The same with few files: for all that is not about each of them."""
    return with_few_files(whole)


def compiled_from(config: dict[str, Any]) -> CompiledPipeline:
    """The same from another config."""
    return with_few_files(compile_pipeline(TEMPLATE, config))


def expected_objects(compiled: CompiledPipeline) -> dict[str, bytes]:
    record = definition_record(compiled.s3_root, compiled.definition)
    return {
        f"{asset.uri}/{name}": content.read_bytes() if isinstance(content, Path) else content
        for asset in (*compiled.assets, record)
        for name, content in asset.files.items()
    }


def many_steps(count: int) -> CompiledPipeline:
    """A pipeline whose definition is larger than a request may be."""
    names = [f"Load{number}" for number in range(count)]
    config = configuration(quotas={"steps": count})
    config["defaults"] = {}
    config["parameters"] = {}
    config["steps"] = {name: {"source": {"files": f"s3://ml-fraud-data/{name}/"}} for name in names}
    template = Template.of("Many", dict.fromkeys(names, "CradleDataLoading_training"))
    return compile_pipeline(template, config)
