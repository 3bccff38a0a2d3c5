"""Real definitions pass; every class of mistake in them is found, and told where it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.model_checks import check_model
from pipeline_compiler.conformance.quotas import shipped_quotas
from script_contracts.core.diagnostics import NOWHERE

from . import botocore_validator
from .definitions import NAMES, document
from .mutations import MISTAKES, Mistake, Mutation, mutations


def found(document: dict[str, Any], **quotas: int) -> list[Finding]:
    return list(check_model(Definition(document), shipped_quotas().with_overrides(quotas)))


@pytest.mark.parametrize("name", NAMES)
def test_real_definitions_have_no_finding(name: str) -> None:
    assert found(document(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_validator_that_we_are_compared_with_accepts_real_definitions(name: str) -> None:
    assert not botocore_validator.refused(document(name))


def test_there_are_enough_mutations() -> None:
    counted = Counter(each.mistake.name for each in mutations())
    assert sum(counted.values()) >= 350
    assert set(counted) == {each.name for each in MISTAKES}
    assert all(count >= 4 for count in counted.values())


@cache
def mutated() -> dict[str, list[tuple[Mutation, dict[str, Any], list[Finding]]]]:
    """For each class, its mutations with their documents and what is found in them."""
    made: dict[str, list[tuple[Mutation, dict[str, Any], list[Finding]]]] = {}
    for mutation in mutations():
        changed = mutation.document()
        made.setdefault(mutation.mistake.name, []).append((mutation, changed, found(changed)))
    return made


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.name)
def test_every_mutation_of_a_class_is_found(mistake: Mistake) -> None:
    uncaught = [
        (str(mutation), [finding.message for finding in findings])
        for mutation, _, findings in mutated()[mistake.name]
        if not {finding.rule.code for finding in findings} & mistake.codes
    ]
    assert uncaught == []


def test_most_of_it_is_more_than_botocore_itself_finds() -> None:
    every = [mutation for made in mutated().values() for mutation, _, _ in made]
    refused = sum(botocore_validator.refused(mutation.document()) for mutation in every)
    assert refused < len(every) / 2


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.name)
def test_every_finding_can_be_shown(mistake: Mistake) -> None:
    """A message, a remedy, and a path that leads to the place."""
    for mutation, changed, findings in mutated()[mistake.name]:
        definition = Definition(changed)
        for finding in findings:
            assert finding.message, mutation
            assert finding.fix, mutation
            assert str(finding.diagnostic(NOWHERE))
            if finding.step in definition.by_name and mistake.name != "two steps of one name":
                entry: Any = definition.by_name[finding.step].entry
                for key in finding.path[:-1]:
                    entry = entry[key]


def test_a_typo_is_answered_with_the_right_name() -> None:
    changed = document("golden/XGBoostSimple")
    request = changed["Steps"][0]["Arguments"]
    cluster = request["ProcessingResources"]["ClusterConfig"]
    cluster["InstanceType"] = "ml.m5.xlrage"
    cluster["InstanceCuont"] = cluster.pop("InstanceCount")
    name = changed["Steps"][0]["Name"]
    unknown, enum = sorted(found(changed), key=lambda each: each.rule.code)
    assert (unknown.step, unknown.location) == (
        name,
        "Arguments.ProcessingResources.ClusterConfig.InstanceCuont",
    )
    assert unknown.fix == "did you mean 'InstanceCount'?"  # and not that it is missing, too
    assert enum.fix == "did you mean 'ml.m5.xlarge'?"


def test_a_raised_quota_holds() -> None:
    changed = document("golden/XGBoostSimple")
    changed["Steps"] += [
        {"Name": f"F{number}", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}} for number in range(60)
    ]
    [finding] = found(changed)
    assert finding.rule.code == "PC535"
    assert "63 steps" in finding.message
    assert "50" in finding.message
    assert "'steps'" in finding.fix
    assert found(changed, steps=63) == []


@pytest.mark.parametrize(
    "value", [None, [], "steps", {"Steps": "no"}, {"Steps": [5, None, {}]}, {"Version": 1, "Parameters": {}}]
)
def test_a_malformed_document_is_a_finding_and_no_crash(value: Any) -> None:
    assert found(value if isinstance(value, dict) else {"Steps": value})


@pytest.mark.parametrize("name", ["v3/control", "v3/training"])
@pytest.mark.parametrize("junk", [None, True, 5, "text", [], {}, [[]], {"Get": None}, {"Std:Join": 5}])
def test_junk_anywhere_is_no_crash(junk: Any, name: str) -> None:
    """Every value of a definition with steps of many types replaced by junk, one at a time."""
    changed = document(name)
    for container, key in list(every_place(changed)):
        kept, container[key] = container[key], junk
        found(changed)
        container[key] = kept


def every_place(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in list(entries):
        yield value, key
        yield from every_place(inner)
