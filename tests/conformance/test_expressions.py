"""Which expression fits where, and what is said of one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.model_checks import check_model

PARAMETERS = [
    {"Name": "Text", "Type": "String", "DefaultValue": "ml.m5.xlarge"},
    {"Name": "Whole", "Type": "Integer", "DefaultValue": 2},
    {"Name": "Ratio", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Flag", "Type": "Boolean", "DefaultValue": True},
    {"Name": "Open", "Type": "String"},
]
JSON_GET = {
    "Std:JsonGet": {"PropertyFile": {"Get": "Steps.First.PropertyFiles.Report"}, "Path": "a.b[0]['c d']"}
}


def get(path: str) -> dict[str, Any]:
    return {"Get": path}


def join(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "/", "Values": list(values)}}


def output(name: str, uri: Any) -> dict[str, Any]:
    location = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": location}


def processing(name: str, **arguments: Any) -> dict[str, Any]:
    request = {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
        },
        "AppSpecification": {"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1"},
        "RoleArn": "arn:aws:iam::123456789012:role/Role",
        "ProcessingOutputConfig": {"Outputs": [output("out", "s3://bucket/out")]},
        **arguments,
    }
    return {"Name": name, "Type": "Processing", "Arguments": request}


def definition(**changes: Any) -> dict[str, Any]:
    """Two steps; the second takes what is given for the instance type, count, a variable, isolation."""
    first = processing("First")
    first["PropertyFiles"] = [{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "a.json"}]
    second = processing("Second")
    cluster = second["Arguments"]["ProcessingResources"]["ClusterConfig"]
    for name, value in changes.items():
        if name == "variable":
            second["Arguments"]["Environment"] = {"V": value}
        elif name == "isolation":
            second["Arguments"]["NetworkConfig"] = {"EnableNetworkIsolation": value}
        elif name == "inputs":
            second["Arguments"]["ProcessingInputs"] = value
        else:
            cluster[name] = value
    return {"Version": "2020-12-01", "Parameters": PARAMETERS, "Steps": [first, second]}


def codes(document: dict[str, Any]) -> list[str]:
    return [each.rule.code for each in check_model(Definition(document))]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("variable", get("Parameters.Text")),
        ("variable", get("Parameters.Open")),
        ("variable", get("Execution.PipelineExecutionId")),
        ("variable", get("Execution.StartDateTime")),
        ("variable", join("a", get("Parameters.Whole"), get("Parameters.Flag"), 5, True, 0.5)),
        ("variable", join(join("a", get("Parameters.Text")), "b")),
        ("variable", JSON_GET),
        ("variable", get("Steps.First.ProcessingJobArn")),
        ("variable", get("Steps.First.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")),
        ("variable", get('Steps.First.ProcessingOutputConfig.Outputs["out"].S3Output.S3Uri')),
        ("variable", get("Steps.First.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri")),
        ("variable", get("Steps.First.ProcessingEndTime")),
        ("InstanceType", get("Parameters.Text")),
        ("InstanceCount", get("Parameters.Whole")),
        ("InstanceCount", JSON_GET),
        ("InstanceCount", get("Steps.First.ProcessingResources.ClusterConfig.InstanceCount")),
        ("isolation", get("Parameters.Flag")),
    ],
)
def test_what_fits(place: str, value: Any) -> None:
    assert codes(definition(**{place: value})) == []


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("variable", get("Parameters.Whole"), "PC526"),
        ("variable", get("Parameters.Ratio"), "PC526"),
        ("variable", get("Parameters.Flag"), "PC526"),
        ("variable", get("Steps.First.ProcessingResources"), "PC526"),
        ("variable", get("Steps.First.ProcessingResources.ClusterConfig.InstanceCount"), "PC526"),
        ("variable", get("Steps.First.PropertyFiles.Report"), "PC526"),
        ("variable", join("a", get("Steps.First.ProcessingResources")), "PC526"),
        ("variable", join("a", ["b"]), "PC526"),
        ("variable", join("a", None), "PC526"),
        ("InstanceCount", get("Parameters.Text"), "PC526"),
        ("InstanceCount", get("Parameters.Ratio"), "PC526"),
        ("InstanceCount", join("1"), "PC526"),
        ("isolation", get("Parameters.Text"), "PC526"),
        ("inputs", get("Parameters.Text"), "PC526"),
        ("InstanceType", join("ml.m5", "xlarge"), "PC523"),
        ("variable", get("Parameters.Txet"), "PC527"),
        ("variable", join("a", join(get("Parameters.Txet"))), "PC527"),
        ("variable", get("Execution.ExecutionId"), "PC527"),
        ("variable", get("Parameter.Text"), "PC527"),
        ("variable", get("Steps.First"), "PC527"),
        ("variable", get("Steps.First.ProcessingOutputConfig.Outputs['out'.S3Uri"), "PC527"),
        ("variable", get("ForEach.CurrentItem"), "PC527"),
        ("variable", get("Steps.Frist.ProcessingJobArn"), "PC529"),
        ("variable", get("Steps.First.ProcessingOutputConfig.Outputs['no'].S3Output.S3Uri"), "PC530"),
        ("variable", get("Steps.First.ProcessingOutputConfig.Outputs[1].S3Output.S3Uri"), "PC530"),
        ("variable", get("Steps.First.ProcessingOutputConfig.Outputs['out'].S3Uri"), "PC530"),
        ("variable", get("Steps.First.ProcessingJobArn.Name"), "PC530"),
        ("variable", get("Steps.First.ModelArtifacts.S3ModelArtifacts"), "PC530"),
        ("variable", get("Steps.Second.ProcessingJobArn"), "PC532"),
        ("InstanceType", get("Parameters.Open"), None),
    ],
)
def test_what_does_not(place: str, value: Any, code: str | None) -> None:
    assert codes(definition(**{place: value})) == ([code] if code else [])


def test_a_number_in_a_text_is_answered_with_a_join() -> None:
    [finding] = check_model(Definition(definition(variable=get("Parameters.Whole"))))
    assert "yields a integer" not in finding.message
    assert "an integer, where AWS expects a text" in finding.message
    assert "Std:Join" in finding.fix


def test_a_default_and_every_enum_value_are_held_against_each_use() -> None:
    document = definition(InstanceType=get("Parameters.Kind"))
    kinds = {"Name": "Kind", "Type": "String", "DefaultValue": "ml.m5.xlarge"}
    document["Parameters"] = [*PARAMETERS, {**kinds, "EnumValues": ["ml.m5.xlarge", "ml.m5.xlrage"]}]
    [finding] = check_model(Definition(document))
    assert finding.rule.code == "PC528"
    assert finding.step == "Second"
    assert "'Kind'" in finding.message
    assert "'ml.m5.xlrage'" in finding.message
    assert finding.fix == "did you mean 'ml.m5.xlarge'?"


@pytest.mark.parametrize(
    ("text", "suspicious"),
    [
        ("{'Get': 'Parameters.Text'}", True),
        ('s3://b/{"Std:Join": {"On": "/"}}', True),
        ("Parameters.Text", True),
        ("Steps.First.ProcessingJobArn", True),
        ("<sagemaker.workflow.parameters.ParameterString object at 0x7f11>", True),
        ("ParameterString(name='Text')", True),
        ("Parameters.Other", False),
        ("Steps.Other.x", False),
        ("Steps. First we load", False),
        ('{"get": 1}', False),
        ("Get", False),
    ],
)
def test_text_that_reads_like_an_expression_is_a_warning(text: str, suspicious: bool) -> None:
    findings = list(check_model(Definition(definition(variable=text))))
    assert [(each.rule.code, each.severity.value) for each in findings] == (
        [("PC536", "warning")] if suspicious else []
    )


def test_the_name_of_an_argument_may_be_that_of_a_parameter() -> None:
    document = definition()
    document["Steps"][1]["Arguments"]["AppSpecification"]["ContainerArguments"] = [
        "Parameters.Text",
        get("Parameters.Text"),
    ]
    assert codes(document) == []


def test_a_cycle_is_told_once_with_its_steps() -> None:
    document = definition(variable=get("Steps.First.ProcessingJobArn"))
    document["Steps"][0]["DependsOn"] = ["Second"]
    [finding] = check_model(Definition(document))
    assert finding.rule.code == "PC532"
    assert "First -> Second -> First" in finding.message


def test_a_condition_cannot_wait_for_a_step_behind_itself() -> None:
    document = definition()
    inside = processing("Inside")
    condition = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    arguments = {"Conditions": [condition], "IfSteps": [inside], "ElseSteps": []}
    gate = {"Name": "Gate", "Type": "Condition", "Arguments": arguments}
    document["Steps"].append(gate)
    assert codes(document) == []
    gate["DependsOn"] = ["Inside"]
    assert codes(document) == ["PC532"]


def test_steps_of_different_branches_cannot_wait_for_each_other() -> None:
    document = definition()
    outer, inner, other = processing("Outer"), processing("Inner"), processing("Other")
    condition = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}

    def gate(name: str, then: list[Any], otherwise: list[Any]) -> dict[str, Any]:
        arguments = {"Conditions": [condition], "IfSteps": then, "ElseSteps": otherwise}
        return {"Name": name, "Type": "Condition", "Arguments": arguments}

    document["Steps"].append(gate("Gate", [outer, gate("Nested", [inner], [])], [other]))
    inner["DependsOn"] = ["Outer", "First"]  # what runs before the inner gate, in the same branch
    assert codes(document) == []
    inner["DependsOn"] = ["Other"]
    assert codes(document) == ["PC533"]
