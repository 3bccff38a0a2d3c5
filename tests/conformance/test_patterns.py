"""AWS's patterns, in Python: every one of them can be used, and means what it means in Java."""

from __future__ import annotations

import re
import warnings

import pytest

from pipeline_compiler.conformance.patterns import pattern_of
from pipeline_compiler.conformance.service_model import service_shapes

PATTERNS = sorted(
    {
        shape["pattern"]
        for service in ("sagemaker", "emr", "emr-serverless")
        for shape in service_shapes(service).values()
        if "pattern" in shape
    }
)


def test_every_pattern_of_the_service_models_can_be_used() -> None:
    assert len(PATTERNS) > 250
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Python warns of what it reads otherwise than Java
        for pattern in PATTERNS:
            pattern_of(pattern)


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ("TagKey", ["Straße_1", "日本 ", "a=b+c-d@e", "½"], ["a#b", "a;b", "a\nb", "→"]),
        ("CustomerMetadataKey", ["abc", "é/è"], ["a*b"]),
        ("Catalog", ["AwsDataCatalog", "\U0001f600", "a\tb"], ["a\nb"]),
        ("EntityDescription", ["any: thing, €5 [x]", "ascii ~ only"], ["a\x07b"]),
        (
            "TrainingRepositoryCredentialsProviderArn",
            ["arn:aws-cn:lambda:us-east-1:123456789012:function:x"],
            ["arn:aws:lambda:us_east:123456789012:function:x", "arn:äws:lambda:us:123456789012:function:x"],
        ),
        ("S3Uri", ["s3://bucket/key", "https://host"], ["s3:/bucket", "file://x", " s3://b/k", "s3://b/k\n"]),
        ("ProcessingJobName", ["a-job", "a"], ["-a", "a-", "a_b", ""]),
        ("ChannelName", ["train.v1_a-b"], ["tr ain", "träin"]),
    ],
)
def test_what_matches(shape: str, good: list[str], bad: list[str]) -> None:
    pattern = pattern_of(service_shapes("sagemaker")[shape]["pattern"])
    assert [text for text in good if not pattern.matches(text)] == []
    assert [text for text in bad if pattern.matches(text)] == []


@pytest.mark.parametrize(
    ("java", "text", "matches"),
    [
        (r"a*+b", "aab", True),
        (r"[0-9]++", "12", True),
        (r"a\++b", "a++b", True),  # a plus sign, repeated: not possessive
        (r"\d+", "٣", False),  # digits are ASCII in Java
        (r"\w+", "é", False),
        (r"\p{XDigit}+", "aF0", True),
        (r"[\p{Lower}]+", "é", False),
        (r"(a)${1,128}", "a", True),
        (r"\${2}", "$$", True),
    ],
)
def test_the_dialect(java: str, text: str, matches: bool) -> None:
    assert pattern_of(java).matches(text) is matches


def test_an_unknown_class_is_an_error_and_not_ignored() -> None:
    with pytest.raises(re.error, match="IsGreek"):
        pattern_of(r"\p{IsGreek}+")
