"""Gates decide who is a candidate; the score only orders those who passed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_deps.gates import gate_failures
from pipeline_deps.scoring import score
from pipeline_deps.specification import DependencySpec, OutputSpec
from pipeline_deps.vocabulary import DataType, JobType
from tests.strategies import DATA, METRICS, MODEL, gives, needs, step

# name, output, dependency, producer's job, consumer's job, what the gate says (None where it opens)
GATES: list[tuple[str, OutputSpec, DependencySpec, str | None, str | None, str | None]] = [
    ("all fit", gives("a"), needs("b"), None, None, None),
    ("dependency type", gives("a", METRICS), needs("a"), None, None, "carries metrics, not dataset"),
    ("data type", gives("a", data_type=DataType.ARN), needs("a"), None, None, "is a Arn, not a S3Uri"),
    ("source", gives("a"), needs("a", compatible_sources=("X", "Y")), None, None, "sources (X, Y)"),
    ("listed source", gives("a"), needs("a", compatible_sources=("Producer",)), None, None, None),
    ("job type", gives("a"), needs("a"), "training", "testing", "job type is training, not testing"),
    ("same job type", gives("a"), needs("a"), "testing", "testing", None),
    ("producer of any job", gives("a"), needs("a"), None, "testing", None),
    ("consumer of any job", gives("a"), needs("a"), "training", None, None),
    (
        "listed job type",
        gives("a"),
        needs("a", source_job_types=(JobType.TRAINING,)),
        "training",
        "testing",
        None,
    ),
    (
        "not among listed job types",
        gives("a"),
        needs("a", source_job_types=(JobType.TRAINING, JobType.VALIDATION)),
        "testing",
        "testing",
        "job type is testing, not training or validation",
    ),
    (
        "listed job type without own",
        gives("a"),
        needs("a", source_job_types=(JobType.TRAINING,)),
        "calibration",
        None,
        "not training",
    ),
]


@pytest.mark.parametrize(
    ("output", "dependency", "producer_job", "consumer_job", "reason"),
    [pytest.param(*each[1:], id=each[0]) for each in GATES],
)
def test_each_gate_alone(
    output: OutputSpec,
    dependency: DependencySpec,
    producer_job: str | None,
    consumer_job: str | None,
    reason: str | None,
) -> None:
    producer = step("Producer", output, job=producer_job)
    consumer = step("Consumer", dependency, job=consumer_job)
    failures = gate_failures(producer, output, consumer, dependency)
    assert len(failures) == (0 if reason is None else 1)
    if reason is not None:
        assert reason in failures[0]


def test_every_failed_gate_is_named() -> None:
    output, dependency = gives("a", METRICS, data_type=DataType.ARN), needs("a", compatible_sources=("X",))
    producer, consumer = step("P", output, job="training"), step("C", dependency, job="testing")
    assert len(gate_failures(producer, output, consumer, dependency)) == 4
    explicit = gate_failures(producer, output, consumer, dependency, explicit=True)
    assert explicit == ("carries metrics, not dataset", "is a Arn, not a S3Uri")


def total(output: str, dependency: str, **options: Any) -> float:
    outputs = {key[4:]: value for key, value in options.items() if key.startswith("out_")}
    inputs = {key[3:]: value for key, value in options.items() if key.startswith("in_")}
    return score(gives(output, **outputs), needs(dependency, **inputs)).total


def test_names_are_ordered_exact_alias_similar_other() -> None:
    exact = total("train_data", "train_data")
    alias = total("x", "train_data", out_aliases=("train_data",))
    similar = total("data_train", "train_data")
    partly = total("training", "train_data")
    other = total("qqq", "train_data")
    assert exact > alias > similar > partly > other


def test_leads_of_better_kinds_of_match_are_no_near_ties() -> None:
    from pipeline_deps.matching import TIE_MARGIN

    exact = total("train_data", "train_data")
    alias = total("x", "train_data", out_aliases=("train_data",))
    best_similar = total("TRAIN_DATA", "train_data")
    assert exact - alias > TIE_MARGIN
    assert alias - best_similar > TIE_MARGIN


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"out_aliases": ("b",)}, "alias"),
        ({"in_aliases": ("a",)}, "alias"),
        ({"out_aliases": ("z",), "in_aliases": ("z",)}, "alias"),
        ({}, "similar words"),
    ],
)
def test_aliases_of_either_side_count(options: dict[str, Any], reason: str) -> None:
    outputs = {key[4:]: value for key, value in options.items() if key.startswith("out_")}
    inputs = {key[3:]: value for key, value in options.items() if key.startswith("in_")}
    assert score(gives("a", **outputs), needs("b", **inputs)).name_reason == reason
    assert score(gives("b"), needs("b")).name_reason == "same name"


def test_words_count_however_they_are_joined() -> None:
    assert total("XGBoostModel", "xg_boost_model") == total("xg-boost-model", "xg_boost_model")
    assert total("PackagedModel", "packaged_model") > total("PackagedModel", "payload_sample")


def test_keywords_decide_between_equal_names() -> None:
    plain = total("a", "b", in_semantic_keywords=("train", "data"))
    half = total("a", "b", in_semantic_keywords=("train", "data"), out_semantic_keywords=("Train",))
    full = total(
        "a", "b", in_semantic_keywords=("train", "data"), out_semantic_keywords=("DATA", "train", "x")
    )
    assert plain < half < full
    assert full - plain == pytest.approx(0.25)


names = st.text("abcXY_19", min_size=1, max_size=12)
words = st.lists(st.sampled_from(["data", "train", "model"]), max_size=3).map(tuple)


@given(names, names, words, words)
def test_a_score_lies_between_0_and_1_and_only_equals_reach_1(
    a: str, b: str, offered: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    found = score(gives(a, MODEL, semantic_keywords=offered), needs(b, MODEL, semantic_keywords=wanted))
    assert 0 <= found.total <= 1
    assert found.total == pytest.approx(0.75 * found.name + 0.25 * found.keywords, abs=1e-4)
    assert (found.name == 1.0) == (a == b)
    assert found.keywords <= 1.0


def test_equal_names_do_not_open_a_gate() -> None:
    assert gate_failures(
        step("P", gives("a", DATA)), gives("a", DATA), step("C", needs("a", MODEL)), needs("a", MODEL)
    )
