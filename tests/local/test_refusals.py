"""What is refused before anything runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler.local import SilentListener
from pipeline_compiler.local.rules import UNSUPPORTED
from script_contracts.core.diagnostics import PipelineCompilerError
from tests.local.lab import Lab, compare, condition, get, join, json_get, output_of

TOUCH = "write('done')"


def refused(lab: Lab, *steps: Any, **options: Any) -> PipelineCompilerError:
    with pytest.raises(PipelineCompilerError) as error:
        lab.run(*steps, **options)
    assert not lab.state.exists(), "something was written before the definition was refused"
    return error.value


@pytest.mark.parametrize(
    ("given", "code", "message", "fix"),
    [
        ({"MinAux": 1}, "PC780", "no parameter 'MinAux'", "did you mean 'MinAuc'?"),
        ({"MinAuc": "high"}, "PC798", "is 'high', not of type Float", "type Float"),
        ({"MinAuc": True}, "PC798", "is True", "type Float"),
        ({"Count": 1.5}, "PC798", "is 1.5, not of type Integer", "type Integer"),
        ({"Count": "1.5"}, "PC798", "is '1.5'", "type Integer"),
        ({"Size": "large"}, "PC798", "is 'large', not one of", "one of 's', 'm'"),
        ({"Size": 3}, "PC798", "is 3, not of type String", "one of 's', 'm'"),
        ({"Flag": "yes"}, "PC798", "is 'yes'", "type Boolean"),
    ],
)
def test_parameters(lab: Lab, given: dict[str, object], code: str, message: str, fix: str) -> None:
    declared = [
        {"Name": "MinAuc", "Type": "Float", "DefaultValue": 0.8},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
        {"Name": "Size", "Type": "String", "DefaultValue": "s", "EnumValues": ["s", "m"]},
        {"Name": "Flag", "Type": "Boolean", "DefaultValue": False},
    ]
    error = refused(lab, lab.processing("A", TOUCH), declared=declared, parameters=given)
    assert error.codes == (code,)
    assert message in error.diagnostics[0].message
    assert fix in error.diagnostics[0].fix


def test_a_parameter_without_default_or_value(lab: Lab) -> None:
    error = refused(lab, lab.processing("A", TOUCH), declared=[{"Name": "X", "Type": "String"}])
    assert error.codes == ("PC798",)


def test_all_problems_at_once(lab: Lab) -> None:
    auto = {"Name": "Auto", "Type": "AutoML", "Arguments": {}}
    step = lab.processing("A", TOUCH, {"data": join("s3://b", get("Parameters.Nope"))})
    query = {"Name": "Q", "Type": "Lambda", "Arguments": {}}
    error = refused(lab, auto, step, query, parameters={"Nope": 1})
    assert sorted(error.codes) == ["PC780", "PC782", "PC782", "PC783"]


def test_broken_references(lab: Lab) -> None:
    first, second = (
        lab.processing("First", TOUCH, {"data": output_of("Second")}),
        lab.processing("Second", TOUCH, {"data": output_of("First")}),
    )
    assert "First" in str(refused(lab, first, second).diagnostics[0])
    assert refused(lab, first).diagnostics[0].message == (
        "step 'First' refers to step 'Second', which does not exist"
    )
    assert refused(lab, lab.processing("A", TOUCH), lab.processing("A", TOUCH)).codes == ("PC783",)
    gate = condition("Gate", [compare("Equals", json_get("A", "auc", "metrix"), 1)], [])
    assert refused(lab, lab.processing("A", TOUCH), gate).codes == ("PC783",)
    step = lab.processing("A", TOUCH, {"data": join("s3://b", get("Execution.Nope"))})
    assert refused(lab, step).codes == ("PC783",)


def test_an_unknown_step_is_selected(lab: Lab) -> None:
    error = refused(lab, lab.processing("Evaluate", TOUCH), only=["Evalaute"])
    assert error.codes == ("PC784",)
    assert error.diagnostics[0].fix == "did you mean 'Evaluate'?"


def unsupported_steps(lab: Lab) -> dict[str, dict[str, Any]]:
    pipe = lab.processing("Pipe", TOUCH)
    pipe["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3InputMode"] = "Pipe"
    manifest = lab.processing("Manifest", TOUCH)
    manifest["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3DataType"] = "ManifestFile"
    athena = lab.processing("Athena", TOUCH)
    athena["Arguments"]["ProcessingInputs"][0] = {"InputName": "data", "DatasetDefinition": {}}
    image = lab.processing("Image", TOUCH)
    del image["Arguments"]["AppSpecification"]["ContainerEntrypoint"]
    builtin = lab.training("Builtin", TOUCH)
    builtin["Arguments"]["HyperParameters"] = {}
    feature_store = lab.processing("Features", TOUCH)
    feature_store["Arguments"]["ProcessingOutputConfig"]["Outputs"][0].pop("S3Output")
    odd = condition("Odd", [{"Type": "Not", "Condition": {"Type": "Like"}}], [])
    steps = [pipe, manifest, athena, image, builtin, feature_store, odd]
    return {step["Name"]: step for step in steps}


@pytest.mark.parametrize("name", ["Pipe", "Manifest", "Athena", "Image", "Builtin", "Features", "Odd"])
def test_what_a_local_run_cannot_do(lab: Lab, name: str) -> None:
    error = refused(lab, unsupported_steps(lab)[name])
    assert error.codes == (UNSUPPORTED.code,)
    assert name in error.diagnostics[0].message


def test_an_unsupported_step_does_not_matter_where_it_is_not_selected(lab: Lab) -> None:
    auto = {"Name": "Auto", "Type": "AutoML", "Arguments": {}}
    assert lab.run(auto, lab.processing("A", TOUCH), only=["A"]).ok


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"Environment": {"A": "x" * 257}}, "Environment.A has 257 characters"),
        ({"Environment": {"A": 1}}, "Environment.A is 1 (int), not a string"),
        ({"Environment": {"A": get("Parameters.N")}}, "Environment.A is 7 (int), not a string"),
        ({"Environment": {f"A{i}": "" for i in range(101)}}, "Environment has 101 entries"),
        ({"Environment": {"1-a": "x"}}, "'1-a' is not a variable name"),
    ],
)
def test_service_limits(lab: Lab, arguments: dict[str, Any], message: str) -> None:
    report = lab.run(
        lab.processing("A", TOUCH, Arguments=arguments),
        declared=[{"Name": "N", "Type": "Integer", "DefaultValue": 7}],
    )
    assert [d.code for d in report.diagnostics] == ["PC785"]
    assert message in report.diagnostics[0].message


def test_limits_of_a_processing_jobs_command_and_ports(lab: Lab) -> None:
    step = lab.processing(
        "A", TOUCH, {f"i{n}": "s3://source/data" for n in range(10)}, tuple(f"o{n}" for n in range(11))
    )
    step["Arguments"]["AppSpecification"]["ContainerArguments"] = ["x" * 257]
    messages = [d.message for d in lab.run(step).diagnostics]
    assert len(messages) == 3
    assert "ProcessingInputs has 11 entries" in messages[0]
    assert "Outputs has 11 entries" in messages[1]
    assert "ContainerArguments[0] has 257 characters" in messages[2]


@pytest.mark.parametrize(
    "uri", ["http://x/y", "s3://", "s3://b/../../etc", "s3://b//k", "s3://b/" + "k" * 1024]
)
def test_bad_locations(lab: Lab, uri: str) -> None:
    report = lab.run(lab.processing("A", TOUCH, {"data": uri}))
    assert [d.code for d in report.diagnostics] == ["PC796"]


def test_an_input_without_objects(lab: Lab) -> None:
    (lab.source / "a.txt").unlink()
    (lab.source / "empty").mkdir()
    report = lab.run(lab.processing("A", TOUCH, {"data": "s3://source/data", "more": "s3://none/x"}))
    assert [d.code for d in report.diagnostics] == ["PC786", "PC786"]
    assert str(lab.source) in report.diagnostics[0].fix


def test_a_namespace_that_cannot_be_had(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_relative_to", lambda self, other: True)  # as if all lay below /opt/ml
    report = lab.run(lab.processing("A", "write(str(ML))"), isolation="namespace")
    assert [d.code for d in report.diagnostics] == ["PC794"]
    report = lab.run(lab.processing("A", "write(str(ML))"), isolation="auto")
    assert report.ok
    assert "containers" in (report.step("A").outputs["result"] / "result.txt").read_text()


def test_two_runs_in_one_state_folder(lab: Lab) -> None:
    second = lab.processing("Inner", TOUCH)

    class Nested(SilentListener):  # starts the second run while the first one is going on
        error: PipelineCompilerError | None = None

        def run_started(self, execution_id: str, steps: object) -> None:
            try:
                lab.run(second)
            except PipelineCompilerError as error:
                self.error = error

    listener = Nested()
    assert lab.run(lab.processing("Outer", TOUCH), listener=listener).ok
    assert listener.error is not None
    assert listener.error.codes == ("PC781",)
    assert str(os.getpid()) in listener.error.diagnostics[0].message
    assert lab.run(second).ok
