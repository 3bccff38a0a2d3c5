from __future__ import annotations

import re

import pytest

from script_contracts.core.diagnostics import PipelineCompilerError, Place
from step_builders.core.images import XGBOOST_VERSIONS, known_regions, xgboost_image
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


@pytest.mark.parametrize("region", known_regions())
@pytest.mark.parametrize("version", XGBOOST_VERSIONS)
def test_every_image_is_well_formed(region: str, version: str) -> None:
    uri = xgboost_image(region, version)
    suffix = SUFFIXES.get(region, "amazonaws.com")
    pattern = rf"\d{{12}}\.dkr\.ecr\.{region}\.{re.escape(suffix)}/sagemaker-xgboost:{re.escape(version)}"
    assert re.fullmatch(pattern, uri)


def test_regions_of_every_partition_are_covered() -> None:
    assert set(SUFFIXES) <= set(known_regions())
    assert {"us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"} <= set(known_regions())
    assert len(set(known_regions())) > 30


def test_no_two_regions_share_a_registry() -> None:
    accounts = [xgboost_image(region, "3.2-0").split(".")[0] for region in known_regions()]
    assert len(set(accounts)) == len(accounts)


def test_a_known_image() -> None:
    expected = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    assert xgboost_image("us-east-1", "3.2-0") == expected


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
        xgboost_image(region, version, Place("a.yaml", 3))
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
