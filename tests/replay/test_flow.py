"""Conditions, dependencies, property files, and channels that a program needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import Template, compile_pipeline
from script_contracts.analyzer import analyze_script
from step_specs import registry
from tests.configs import minimal_config
from tests.conformance.handwritten import condition, fail, processing

from .replay import compiled, findings, refusal, told

METRICS = {"PropertyFileName": "metrics", "OutputName": "train", "FilePath": "metrics.json"}


def gate(step: str = "Prepare", name: str = "metrics", path: str = "auc") -> dict[str, Any]:
    reference = {"Get": f"Steps.{step}.PropertyFiles.{name}"}
    value = {"Std:JsonGet": {"PropertyFile": reference, "Path": path}}
    return condition({"Type": "GreaterThan", "LeftValue": value, "RightValue": 0.8})


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"name": "metricks"}, "PC531", "metricks"),
        ({"step": "Prepair"}, "PC529", "Prepair"),
        ({"path": "auc."}, "PC531", "auc."),
    ],
)
def test_a_property_file_that_is_not_there(changes: dict[str, str], code: str, says: str) -> None:
    """#3642, #4418: the condition reads a property file that the step does not list, or by a wrong path."""
    step = {**processing(), "PropertyFiles": [METRICS]}
    assert told(findings(step, gate(**changes)), code, says)
    assert findings(step, gate()) == []


def test_a_property_file_of_an_output_that_is_not_there() -> None:
    """#3642: the property file names an output that the step does not have."""
    step = {**processing(), "PropertyFiles": [{**METRICS, "OutputName": "evaluation"}]}
    assert told(findings(step, gate()), "PC531", "evaluation")


def test_property_files_of_compiled_steps_come_from_the_specification() -> None:
    """#3642: here nobody writes a property file by hand."""
    pipeline = compiled()
    steps = {each["Name"]: each for each in pipeline.steps}
    reference = steps["QualityGate"]["Arguments"]["Conditions"][0]["LeftValue"]["Std:JsonGet"][
        "PropertyFile"
    ]["Get"]
    _, step, _, name = reference.split(".")
    assert name in [each["PropertyFileName"] for each in steps[step]["PropertyFiles"]]


@pytest.mark.parametrize("waits_for", ["Gate2", "Prepair"])
def test_a_dependency_on_a_step_that_is_not_there(waits_for: str) -> None:
    """#2556, #3565: a wrong name in DependsOn failed while serialising, or at CreatePipeline."""
    found = findings({**processing(), "DependsOn": [waits_for]})
    assert told(found, "PC529", "Prepare DependsOn[0]", waits_for)


def test_steps_that_wait_for_each_other() -> None:
    """#2556: dependencies that form a circle."""
    steps = [{**processing("A"), "DependsOn": ["B"]}, {**processing("B"), "DependsOn": ["A"]}]
    assert told(findings(*steps), "PC532", "A -> B -> A")


def test_a_step_after_both_branches() -> None:
    """#3565: a step that waits for steps of both branches of a condition would never run."""
    one, other = processing("One"), processing("Other")
    both = {**processing("After"), "DependsOn": ["One", "Other"]}
    less = {"Type": "LessThan", "LeftValue": 1, "RightValue": 2}
    inside = condition(less, IfSteps=[one], ElseSteps=[other])
    after_fail = {**processing("Late"), "DependsOn": ["Stop"]}
    assert told(findings(fail(), after_fail), "PC557", "Late", "Stop")
    wrong = condition(less, IfSteps=[one], ElseSteps=[{**other, "DependsOn": ["One"]}])
    assert told(findings(wrong), "PC533", "Other")
    assert "PC529" not in {code for code, _ in findings(inside, both)}


def test_a_missing_edge() -> None:
    """#2556: an input that no edge feeds is an error before anything is deployed."""
    template = Template.of("NoEdge", ["CradleDataLoading_training", "TabularPreprocessing_training"])
    config = minimal_config(template)
    problems = refusal(lambda: compile_pipeline(template, config))
    assert {each.code for each in problems} == {"PC310"}
    assert any(
        "TabularPreprocessing_training" in each.message and "DATA" in each.message for each in problems
    )


def test_every_channel_that_a_program_reads_is_fed() -> None:
    """#2521, #1036, #2618: KeyError SM_CHANNEL_TRAIN, minutes into the job."""
    pipeline = compiled()
    step = next(each for each in pipeline.steps if each["Name"] == "XGBoostTraining")
    channels = {each["ChannelName"] for each in step["Arguments"]["InputDataConfig"]}
    contract = registry().for_node("XGBoostTraining").script_contract
    assert contract is not None
    mounted = [path for path in contract.expected_input_paths.values() if "/input/data/" in path]
    assert {path.rsplit("/", 1)[1] for path in mounted} == channels


@pytest.mark.parametrize("line", ["os.environ['SM_CHANNEL_VALIDATION']", "os.environ['NO_SUCH_SETTING']"])
def test_a_program_that_reads_what_nothing_sets(line: str, tmp_path: Path) -> None:
    """#2521, #1036, #2618: the analyzer finds a channel or a variable that the contract does not promise."""
    contract = registry().for_node("XGBoostTraining").script_contract
    assert contract is not None
    script = tmp_path / contract.entry_point
    script.write_text(f"import os\n\n\ndef main():\n    print({line})\n\n\nmain()\n")
    found = [str(each) for each in analyze_script(script, contract).diagnostics]
    name = line.split("'")[1]
    assert any(name in text or name.removeprefix("SM_CHANNEL_").lower() in text for text in found)
