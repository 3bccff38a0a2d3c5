"""`run_if`: a step, and all that follows it, runs only where a parameter has a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline, PipelineCompilerError, Template, compile_pipeline
from pipeline_compiler.local import run_pipeline
from pipeline_compiler.template import load_template
from tests.cli.harness import cli
from tests.configs import CONFIG_YAML, TEMPLATE_YAML, minimal_config, with_values

E2E = "XGBoostTrainEvaluateE2E"
RETRAIN = {"parameter": "Retrain", "equals": True}
FULL = {"parameter": "Mode", "equals": "full"}
CALIBRATION = ["CradleDataLoading_calibration", "TabularPreprocessing_calibration"]
TRAINING = ["CradleDataLoading_training", "TabularPreprocessing_training"]
BEHIND_THE_GATE = ("QualityGate", ["MimsPackage", "MimsPayload", "MimsRegistration"])


def compiled(run_if: dict[str, Any], parameters: dict[str, Any] | None = None) -> CompiledPipeline:
    """The largest template, with the conditions of its nodes, and no failing gates."""
    settings = {f"steps.{node}.run_if": condition for node, condition in run_if.items()}
    config = with_values(minimal_config(E2E), {"steps.QualityGate.on_fail": "skip", **settings})
    declared = {"Retrain": {"default": True}} if parameters is None else parameters
    return compile_pipeline(E2E, {**config, "parameters": declared})


def shape(pipeline: CompiledPipeline) -> list[Any]:
    """Names, with what lies behind a gate beside its name."""

    def nested(steps: list[dict[str, Any]]) -> list[Any]:
        return sorted(
            (
                (step["Name"], nested(step["Arguments"]["IfSteps"]))
                if step["Type"] == "Condition"
                else step["Name"]
                for step in steps
            ),
            key=str,
        )

    return nested(pipeline.document["Steps"])


def sorted_shape(*entries: Any) -> list[Any]:
    return sorted(entries, key=str)


def test_the_step_and_all_that_follows_it_lie_behind_a_condition() -> None:
    pipeline = compiled({"XGBoostTraining": RETRAIN})
    behind = sorted_shape("XGBoostTraining", "XGBoostModelEvaluation_calibration", BEHIND_THE_GATE)
    assert shape(pipeline) == sorted_shape(*CALIBRATION, *TRAINING, ("RunIf-Retrain-true", behind))
    (gate,) = [each for each in pipeline.steps if each["Name"] == "RunIf-Retrain-true"]
    assert gate["Arguments"]["Conditions"] == [
        {"Type": "Equals", "LeftValue": {"Get": "Parameters.Retrain"}, "RightValue": True}
    ]
    assert gate["Arguments"]["ElseSteps"] == []
    assert "DependsOn" not in gate
    assert pipeline.document["Parameters"] == [{"Name": "Retrain", "Type": "Boolean", "DefaultValue": True}]


def test_steps_with_one_condition_share_a_gate_and_so_do_those_that_follow_both() -> None:
    pipeline = compiled(dict.fromkeys((CALIBRATION[0], TRAINING[0]), RETRAIN))
    ((name, behind),) = shape(pipeline)
    assert name == "RunIf-Retrain-true"
    assert behind == sorted_shape(
        *CALIBRATION, *TRAINING, "XGBoostTraining", "XGBoostModelEvaluation_calibration", BEHIND_THE_GATE
    )


def test_a_condition_under_defaults_needs_one_gate() -> None:
    config = with_values(minimal_config(E2E), {"defaults.run_if": RETRAIN})
    pipeline = compile_pipeline(E2E, {**config, "parameters": {"Retrain": {"default": True}}})
    gates = [each["Name"] for each in pipeline.steps if each["Name"].startswith("RunIf")]
    assert gates == ["RunIf-Retrain-true"]


def test_behind_a_quality_gate_it_nests_in_that() -> None:
    pipeline = compiled({"MimsRegistration": FULL}, {"Mode": {"default": "full"}})
    ((_, behind),) = [each for each in shape(pipeline) if isinstance(each, tuple)]
    assert behind == sorted_shape("MimsPackage", "MimsPayload", ("RunIf-Mode-full", ["MimsRegistration"]))


def test_what_lies_behind_both_waits_for_neither_by_name() -> None:
    pipeline = compiled({"MimsPackage": FULL}, {"Mode": {"default": "full"}})
    (package,) = [each for each in pipeline.steps if each["Name"] == "MimsPackage"]
    assert "DependsOn" not in package


def test_allowed_values_have_the_type_of_the_default() -> None:
    pipeline = compiled(
        {"XGBoostTraining": {"parameter": "Share", "equals": 1}},
        {"Share": {"default": 0.5, "allowed": [0.5, 1]}},
    )
    assert json.dumps(pipeline.document["Parameters"][0]["EnumValues"]) == "[0.5, 1.0]"


def test_one_condition_inside_and_outside_of_a_gate_takes_two() -> None:
    """A shared one would put the validation data behind the quality gate, which does not concern them."""
    known = load_template(E2E)
    nodes = {step.name: step.step for step in known.steps}
    aside = "CradleDataLoading_validation"
    template = Template.of("WithMore", {**nodes, aside: aside}, known.edges)
    config = with_values(
        minimal_config(template),
        {
            "steps.QualityGate.on_fail": "skip",
            "steps.MimsPayload.run_if": FULL,
            f"steps.{aside}.run_if": FULL,
        },
    )
    pipeline = compile_pipeline(template, {**config, "parameters": {"Mode": {"default": "full"}}})
    gates = dict(each for each in shape(pipeline) if isinstance(each, tuple))
    assert gates["RunIf-Mode-full"] == [aside]
    assert ("RunIf-Mode-full-2", ["MimsPayload", "MimsRegistration"]) in gates["QualityGate"]


def test_different_conditions_nest_where_one_step_follows_the_other() -> None:
    pipeline = compiled(
        {"XGBoostTraining": RETRAIN, "MimsPayload": FULL},
        {"Mode": {"default": "full", "allowed": ["full", "light"]}, "Retrain": {"default": True}},
    )
    (outer,) = [each for each in shape(pipeline) if isinstance(each, tuple)]
    assert outer[0] == "RunIf-Retrain-true"
    assert "RunIf-Mode-full" in str(outer[1])


def test_conditions_that_entangle_are_an_error_whose_remedy_can_be_written() -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        compiled(
            {TRAINING[0]: RETRAIN, CALIBRATION[0]: FULL},
            {"Mode": {"default": "full"}, "Retrain": {"default": True}},
        )
    assert set(caught.value.codes) == {"PC411"}
    first = caught.value.diagnostics[0]
    assert "RunIf-Retrain-true" in first.message
    assert "RunIf-Mode-full" in first.message
    assert TRAINING[0] in first.fix
    assert CALIBRATION[0] in first.fix


@pytest.mark.parametrize(
    ("default", "equals", "kind", "emitted"),
    [
        (True, False, "Boolean", False),
        ("a b", "a b", "String", "a b"),
        (2, 3, "Integer", 3),
        (0.5, 1, "Float", 1.0),
    ],
)
def test_the_parameters_type_is_that_of_its_default(
    default: object, equals: object, kind: str, emitted: object
) -> None:
    pipeline = compiled(
        {"XGBoostTraining": {"parameter": "P", "equals": equals}}, {"P": {"default": default}}
    )
    assert pipeline.document["Parameters"][0]["Type"] == kind
    (gate,) = [each for each in pipeline.steps if each["Name"].startswith("RunIf-P-")]
    value = gate["Arguments"]["Conditions"][0]["RightValue"]
    assert (value, type(value)) == (emitted, type(emitted))


def test_a_parameter_may_set_a_field_and_decide_too() -> None:
    pipeline = compiled(
        {"MimsPayload": {"parameter": "Rounds", "equals": 100}},
        {"Rounds": {"default": 100, "sets": "XGBoostTraining.hyperparameters.num_round"}},
    )
    assert [each["Name"] for each in pipeline.document["Parameters"]] == ["Rounds"]


@pytest.mark.parametrize(
    ("condition", "parameters", "code", "says", "fix"),
    [
        (
            {"parameter": "Retrian", "equals": True},
            {"Retrain": {"default": True}},
            "PC419",
            "Retrian",
            "'Retrain'",
        ),
        (RETRAIN, {}, "PC419", "no parameter", "Retrain: {default: True}"),
        ({**RETRAIN, "equals": "yes"}, None, "PC419", "its type is Boolean", "such as True"),
        ({**RETRAIN, "equals": 1}, None, "PC419", "its type is Boolean", "such as True"),
        (
            {"parameter": "Mode", "equals": "fulll"},
            {"Mode": {"default": "full", "allowed": ["full", "light"]}},
            "PC419",
            "'fulll', which it never is",
            "did you mean 'full'?",
        ),
        (FULL, {"Mode": {"default": ["full"]}}, "PC408", "holds ['full'], a list", "text, a number"),
        (
            FULL,
            {"Mode": {"default": "full", "allowed": ["full", 2]}},
            "PC408",
            "holds 2, a int",
            "type String",
        ),
        ({"parameter": "P" * 60, "equals": True}, {"P" * 60: {"default": True}}, "PC416", "64", "shorten"),
    ],
)
def test_conditions_that_can_never_be_met(
    condition: dict[str, Any], parameters: dict[str, Any] | None, code: str, says: str, fix: str
) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        compiled({"XGBoostTraining": condition}, parameters)
    first = caught.value.diagnostics[0]
    assert first.code == code, str(first)
    assert says in first.message
    assert fix in first.fix


def test_a_problem_points_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML, encoding="utf-8")
    config = tmp_path / "config.yaml"
    text = CONFIG_YAML.replace(
        "    train_ratio: 0.7\n", "    train_ratio: 0.7\n    run_if: {parameter: MinAucc, equals: 1}\n"
    )
    config.write_text(text, encoding="utf-8")
    result = cli("check", config)
    assert result.code == 1
    assert "PC419" in result.err
    line = text.splitlines().index("    run_if: {parameter: MinAucc, equals: 1}") + 1
    assert f"{config}:{line}" in result.err
    assert "did you mean 'MinAuc'?" in result.err


def test_a_local_run_skips_or_runs_by_the_parameters_value(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "part.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    name = "CradleDataLoading_training"
    config = with_values(
        minimal_config("CradleOnly"),
        {f"steps.{name}.source.files": str(tmp_path / "data"), f"steps.{name}.run_if": RETRAIN},
    )
    pipeline = compile_pipeline("CradleOnly", {**config, "parameters": {"Retrain": {"default": False}}})

    def statuses(**parameters: object) -> dict[str, str]:
        report = run_pipeline(
            pipeline.document,
            name="p",
            state_dir=tmp_path / "state",
            assets=pipeline.assets,
            mounts=pipeline.local_sources,
            parameters=parameters,
        )
        assert report.ok, report.diagnostics
        return {step.name: step.status.value for step in report.steps}

    assert statuses() == {"RunIf-Retrain-true": "Succeeded", name: "Skipped"}
    assert statuses(Retrain="true") == {"RunIf-Retrain-true": "Succeeded", name: "Succeeded"}
