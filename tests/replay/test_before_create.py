"""What CreatePipeline refuses with an opaque message, or only a running job finds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.handwritten import condition, fail, processing, training

from .replay import complaints, findings, told


def test_an_unknown_condition_member() -> None:
    """#2746: the SDK wrote a Not with 'Expression'; CreatePipeline said no more than "unknown property"."""
    inner = {"Type": "Equals", "LeftValue": True, "RightValue": True}
    found = findings(condition({"Type": "Not", "Expression": inner}))
    assert told(found, "PC556", "Gate", "Expression")
    assert findings(condition({"Type": "Not", "Condition": inner})) == []


def test_an_unknown_member_of_a_request() -> None:
    """#4994: CreatePipeline named a member that it did not know, and not where it stood."""
    found = findings(training(AdditionalModelDataSources=[]))
    assert told(found, "PC520", "Train Arguments.AdditionalModelDataSources")


def test_a_text_where_a_structure_is_expected() -> None:
    """#3908: "Expecting start of Json Object", for a text in place of an object, somewhere."""
    found = findings(training(StoppingCondition="3600"))
    assert told(found, "PC522", "Train Arguments.StoppingCondition")


@pytest.mark.parametrize("instance_type", ["ml.m5.huge", "local", "m5.xlarge"])
def test_an_instance_type_that_does_not_exist(instance_type: str) -> None:
    """#2345: values that the SDK passes on unseen are refused when the pipeline is created."""
    found = findings(training(ResourceConfig__InstanceType=instance_type))
    assert told(found, "PC523", "Train Arguments.ResourceConfig.InstanceType", instance_type)


def test_in_a_config_too() -> None:
    """#2345: the same, at the field of the config."""
    (problem,) = complaints({"steps.XGBoostTraining": {"instance_type": "ml.m5.huge"}})
    assert (problem.code, problem.place.field) == ("PC523", "steps.XGBoostTraining.instance_type")
    assert "ml.m5.huge" in problem.message


def test_every_problem_is_told_at_once() -> None:
    """#2345, #3908: one problem per call of CreatePipeline makes for many calls."""
    broken = training(ResourceConfig__InstanceType="ml.x", OutputDataConfig={}, Environment={"A": 1})
    assert {code for code, _ in findings(broken)} >= {"PC521", "PC522", "PC523"}


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"AppSpecification__ContainerArguments": ["x" * 257]}, "PC525", "ContainerArguments[0]"),
        ({"Environment": {"TEXT": "x" * 257}}, "PC525", "Environment.TEXT"),
        ({"ProcessingInputs": [{"InputName": f"i{n}"} for n in range(11)]}, "PC525", "ProcessingInputs"),
    ],
)
def test_limits_of_a_job(change: dict[str, Any], code: str, says: str) -> None:
    """#5224: 256 characters for an argument, told when the job starts."""
    assert told(findings(processing(**change)), code, says)


def test_an_argument_that_a_parameter_makes_too_long() -> None:
    """#5224: whether an argument is too long may depend on a parameter; its default is known."""
    text = {"Std:Join": {"On": " ", "Values": [{"Get": "Parameters.About"}, "and more"]}}
    found = findings(processing(AppSpecification__ContainerArguments=[text]), About=("String", "x" * 250))
    assert told(found, "PC555", "argument 1 of ContainerArguments has 259 characters")


def test_long_names() -> None:
    """#2933: pipelines with names of more than 82 characters cannot be created, whatever the guide says."""
    (problem,) = complaints({"pipeline.name": "a" * 83})
    assert (problem.code, problem.place.field) == ("PC404", "pipeline.name")
    assert "82" in problem.message
    assert (
        complaints({"parameters." + "P" * 65: {"default": 1, "sets": "QualityGate.threshold"}})[0].code
        == "PC416"
    )
    assert told(findings({**processing(), "Name": "s" * 65}), "PC535", "65", "64")


def test_a_definition_larger_than_a_request_may_be() -> None:
    """#2825: definitions above 100 KB go through S3; above AWS's limit for those they are refused here."""
    steps = [processing(f"Step{n}", AppSpecification__ContainerArguments=["x" * 250] * 90) for n in range(48)]
    assert told(findings(*steps), "PC525", "the definition has", "characters")


def test_too_long_a_failure_message() -> None:
    """#2345: another limit that only the service knows."""
    assert told(findings(fail("x" * 3073)), "PC557", "3073")
