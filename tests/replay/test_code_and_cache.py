"""Code that is uploaded, caches that never hit, credentials that a definition should not need, drift."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline
from tests.configs import PIPELINE

from .replay import compiled

_CODE = re.compile(rf"{PIPELINE['s3_root']}/code/[0-9a-f]{{64}}")


def arguments(pipeline: CompiledPipeline) -> dict[str, str]:
    """What the cache of the service compares: the arguments of each step."""
    return {step["Name"]: json.dumps(step["Arguments"], sort_keys=True) for step in pipeline.steps}


def test_compiling_again_hits_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """#2736, #2940, #3384: upload paths and job names with a time in them, so that no step is ever reused."""
    before = arguments(compiled())
    later = time.time() + 86400
    monkeypatch.setattr(time, "time", lambda: later)
    monkeypatch.setattr(time, "strftime", lambda *_: "another day")
    assert arguments(compiled()) == before
    assert "sagemaker_job_name" not in json.dumps(before)


def test_code_behind_a_condition_has_the_same_kind_of_address() -> None:
    """#4142: steps behind a condition got other upload paths, with a time in them."""
    pipeline = compiled()
    gate = next(each for each in pipeline.steps if each["Type"] == "Condition")
    for step in gate["Arguments"]["IfSteps"]:
        if step["Type"] == "Processing":
            uris = [each["S3Input"]["S3Uri"] for each in step["Arguments"]["ProcessingInputs"]]
            assert any(isinstance(uri, str) and _CODE.fullmatch(uri) for uri in uris)


def test_one_setting_changes_one_step() -> None:
    """#4374: which change makes which step run again is hard to tell; here the definition says it."""
    before = arguments(compiled())
    after = arguments(compiled({"steps.XGBoostTraining": {"hyperparameters": {"max_depth": 3}}}))
    assert [name for name in before if before[name] != after[name]] == ["XGBoostTraining"]


def test_steps_have_code_of_their_own_below_the_users_prefix() -> None:
    """#4879, #3607, #2667: code in the bucket's root, uploaded again and again, or overwritten."""
    pipeline = compiled()
    addresses = [asset.uri for asset in pipeline.assets]
    assert all(_CODE.fullmatch(uri) for uri in addresses)
    assert len(set(addresses)) == len(addresses) == len(pipeline.scripts)


def test_defining_a_pipeline_needs_no_credentials_region_or_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """#2676, #2910, #1165, #2725: a session, a role or a bucket, merely to define a pipeline."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("compiling opened a connection")

    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert compiled().steps


def test_what_is_compiled_is_what_the_files_say() -> None:
    """#2587: changes in code that did not reach the definition."""
    changed = compiled(
        {"parameters.MinAuc": {"default": 0.5, "sets": "QualityGate.threshold"}, "steps.QualityGate": {}}
    )
    assert changed.document["Parameters"] == [{"Name": "MinAuc", "Type": "Float", "DefaultValue": 0.5}]


def test_the_most_that_a_job_can_cost_is_bounded() -> None:
    """#4643: nobody knows the cost before the run; every job has an instance count and a longest run time."""
    for step in compiled().steps:
        if step["Type"] in ("Processing", "Training"):
            request = step["Arguments"]
            cluster = request.get("ResourceConfig") or request["ProcessingResources"]["ClusterConfig"]
            assert cluster["InstanceCount"] >= 1
            assert 1 <= request["StoppingCondition"]["MaxRuntimeInSeconds"] <= 86400
