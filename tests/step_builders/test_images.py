from __future__ import annotations

import re
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from script_contracts.core.diagnostics import PipelineCompilerError, Place
from step_builders import all_steps
from step_builders.core.frameworks import Framework, processor_of
from step_builders.core.images import FRAMEWORKS
from step_builders.core.pytorch_images import PYTORCH
from step_builders.core.xgboost_images import XGBOOST
from tests.step_builders.samples import compiled, entry

SUFFIXES = {
    "cn-north-1": "amazonaws.com.cn",
    "cn-northwest-1": "amazonaws.com.cn",
    "us-gov-east-1": "amazonaws.com",
    "us-gov-west-1": "amazonaws.com",
    "us-iso-east-1": "c2s.ic.gov",
    "us-isob-east-1": "sc2s.sgov.gov",
    "us-isof-east-1": "csp.hci.ic.gov",
    "us-isof-south-1": "csp.hci.ic.gov",
}


EVERY_IMAGE = [
    pytest.param(framework, region, version, id=f"{framework.key}-{version}-{region}")
    for framework in FRAMEWORKS
    for version in framework.versions
    for region in framework.accounts
]
CPU, GPU = "ml.m5.xlarge", "ml.g5.xlarge"


@pytest.mark.parametrize(("framework", "region", "version"), EVERY_IMAGE)
def test_every_image_is_well_formed(framework: Framework, region: str, version: str) -> None:
    suffix = SUFFIXES.get(region, "amazonaws.com")
    for instance_type in (CPU, GPU):
        uri = framework.image(region, version, [instance_type])
        registry = rf"\d{{12}}\.dkr\.ecr\.{region}\.{re.escape(suffix)}"
        assert re.fullmatch(rf"{registry}/[a-z-]+:{re.escape(version)}[a-z0-9-]*", uri)


def test_regions_of_every_partition_are_covered() -> None:
    for framework in FRAMEWORKS:
        assert {
            "cn-north-1",
            "us-gov-west-1",
            "us-east-1",
            "us-west-2",
            "eu-west-1",
            "ap-northeast-1",
        } <= set(framework.accounts)
        assert len(framework.accounts) > 30
    assert set(SUFFIXES) <= set(XGBOOST.accounts)


def test_no_two_regions_share_a_registry_of_xgboost() -> None:
    assert len(set(XGBOOST.accounts.values())) == len(XGBOOST.accounts)


@pytest.mark.parametrize(
    ("framework", "version", "instance_type", "purpose", "expected"),
    [
        (XGBOOST, "3.2-0", CPU, "training", "683313688378@sagemaker-xgboost:3.2-0"),
        (XGBOOST, "3.2-0", GPU, "inference", "683313688378@sagemaker-xgboost:3.2-0"),
        (PYTORCH, "2.6.0", CPU, "training", "763104351884@pytorch-training:2.6.0-cpu-py312"),
        (PYTORCH, "2.6.0", GPU, "training", "763104351884@pytorch-training:2.6.0-gpu-py312"),
        (PYTORCH, "2.5.1", GPU, "inference", "763104351884@pytorch-inference:2.5.1-gpu-py311"),
    ],
)
def test_a_known_image(
    framework: Framework, version: str, instance_type: str, purpose: Any, expected: str
) -> None:
    account, repository = expected.split("@")
    uri = framework.image("us-east-1", version, [instance_type], purpose)
    assert uri == f"{account}.dkr.ecr.us-east-1.amazonaws.com/{repository}"


@pytest.mark.parametrize(
    ("instance_type", "processor"),
    [
        ("ml.m5.xlarge", "cpu"),
        ("ml.c7i.large", "cpu"),
        ("ml.t3.medium", "cpu"),
        ("ml.g4dn.xlarge", "gpu"),
        ("ml.g6e.12xlarge", "gpu"),
        ("ml.gr6.4xlarge", "gpu"),
        ("ml.p4de.24xlarge", "gpu"),
        ("ml.p6-b200.48xlarge", "gpu"),
        ("ml.c7g.xlarge", None),
        ("ml.m6gd.large", None),
        ("ml.g5g.xlarge", None),
        ("ml.trn1.2xlarge", None),
        ("ml.inf2.xlarge", None),
    ],
)
def test_what_computes_on_an_instance_type(instance_type: str, processor: str | None) -> None:
    assert processor_of(instance_type) == processor


@pytest.mark.parametrize(
    ("instance_types", "reason"),
    [
        (["ml.c7g.xlarge"], "no PyTorch image is known for ml.c7g.xlarge"),
        ([CPU, GPU], "one PyTorch image for instances with and without a GPU"),
    ],
)
def test_instances_that_no_one_image_fits(instance_types: list[str], reason: str) -> None:
    with pytest.raises(PipelineCompilerError, match=reason) as caught:
        PYTORCH.image("us-east-1", "2.6.0", instance_types)
    (problem,) = caught.value.diagnostics
    assert (problem.code, "image_uri" in problem.fix) == ("PC429", True)


def test_what_a_job_installs_fits_what_the_programs_ask_for() -> None:
    contracts = [each.spec.script_contract for each in all_steps().values() if each.spec.script_contract]
    for framework in FRAMEWORKS:
        for version in framework.versions:
            for name, installed in framework.installed.get(version, {}).items():
                wanted = [each.framework_requirements.get(name, "") for each in contracts]
                assert all(installed in SpecifierSet(each) for each in wanted), name


def test_every_library_of_a_pytorch_program_is_in_the_image_or_installed() -> None:
    for name in ("PyTorchTraining", "PyTorchModelEvaluation"):
        contract = all_steps()[name].spec.script_contract
        assert contract is not None
        for version in PYTORCH.versions:
            known = {*PYTORCH.libraries[version], *PYTORCH.installed[version]}
            assert set(contract.framework_requirements) <= known


@pytest.mark.parametrize(
    ("region", "version", "unknown", "suggestion"),
    [
        ("us-esat-1", "3.2-0", "us-esat-1", "did you mean 'us-east-1'?"),
        ("US-EAST-1", "3.2-0", "US-EAST-1", "did you mean 'us-east-1'?"),
        ("moon", "3.2-0", "moon", "use one of the regions: af-south-1"),
        ("", "3.2-0", "''", "use one of the regions"),
        ("us-east-1", "3.2-1", "3.2-1", "did you mean '3.2-0'?"),
        ("us-east-1", "latest", "latest", "use one of the versions: 1.7-1, 3.0-5, 3.2-0"),
    ],
)
def test_an_image_that_is_not_in_the_table(region: str, version: str, unknown: str, suggestion: str) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        XGBOOST.image(region, version, place=Place("a.yaml", 3))
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC421"
    assert unknown in problem.message
    assert suggestion in problem.fix
    assert "image_uri" in problem.fix
    assert problem.place.line == 3


def test_an_image_of_ones_own_needs_no_table() -> None:
    image = "123456789012.dkr.ecr.moon-1.amazonaws.com/mine:1"
    node = "CradleDataLoading_training"
    step = entry(compiled(node, {("image_uri",): image}, pipeline={"region": "moon-1"}), node)
    assert step["Arguments"]["AppSpecification"]["ImageUri"] == image
