"""Quality gates: what lies behind a gate runs only if the gate opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline, PipelineCompilerError, Template, compile_pipeline
from tests.configs import minimal_config, with_values

_TRAIN = {
    "CradleDataLoading_training": None,
    "CradleDataLoading_calibration": None,
    "TabularPreprocessing_training": None,
    "TabularPreprocessing_calibration": None,
    "XGBoostTraining": None,
    "XGBoostModelEvaluation_calibration": None,
}
_EDGES = (
    "CradleDataLoading_training -> TabularPreprocessing_training",
    "CradleDataLoading_calibration -> TabularPreprocessing_calibration",
    "TabularPreprocessing_training -> XGBoostTraining",
    "TabularPreprocessing_calibration -> XGBoostModelEvaluation_calibration",
    "XGBoostTraining -> XGBoostModelEvaluation_calibration",
)


def gated(
    steps: Mapping[str, str], *edges: str, settings: Mapping[str, Any] | None = None
) -> CompiledPipeline:
    """A pipeline that trains and evaluates, followed by `steps`; every gate reads the evaluation."""
    gates = [name for name, step in steps.items() if step == "QualityGate"]
    template = Template.of(
        "Gated",
        {**_TRAIN, **steps},
        [
            *_EDGES,
            *(f"XGBoostModelEvaluation_calibration -> {gate}" for gate in gates),
            *(f"XGBoostTraining -> {name}" for name, step in steps.items() if step == "MimsPackage"),
            *edges,
        ],
    )
    return compile_pipeline(template, with_values(minimal_config(template), settings or {}))


def failures(steps: Mapping[str, str], *edges: str) -> PipelineCompilerError:
    with pytest.raises(PipelineCompilerError) as error:
        gated(steps, *edges)
    return error.value


def nesting(steps: list[dict[str, Any]]) -> list[Any]:
    """Names, with the contents of both branches behind a gate's name."""
    return [
        (step["Name"], nesting(step["Arguments"]["IfSteps"]), nesting(step["Arguments"]["ElseSteps"]))
        if step["Type"] == "Condition"
        else step["Name"]
        for step in steps
    ]


def shape(pipeline: CompiledPipeline) -> list[Any]:
    return [entry for entry in nesting(pipeline.document["Steps"]) if entry not in list(_TRAIN)]


def by_name(pipeline: CompiledPipeline) -> dict[str, dict[str, Any]]:
    return {step["Name"]: step for step in pipeline.steps}


ONE = {"Gate": "QualityGate", "Pack": "MimsPackage"}


def test_a_gate_holds_what_follows_it_and_fails_the_execution_otherwise() -> None:
    pipeline = gated(ONE, "Gate -> Pack")
    assert shape(pipeline) == [("Gate", ["Pack"], ["Gate-Failed"])]
    gate = by_name(pipeline)["Gate"]["Arguments"]
    metrics = "Steps.XGBoostModelEvaluation_calibration.PropertyFiles.metrics_output"
    assert gate["Conditions"] == [
        {
            "Type": "GreaterThanOrEqualTo",
            "LeftValue": {"Std:JsonGet": {"PropertyFile": {"Get": metrics}, "Path": "auc"}},
            "RightValue": 0.8,
        }
    ]
    assert gate["ElseSteps"] == [
        {
            "Name": "Gate-Failed",
            "Type": "Fail",
            "Arguments": {
                "ErrorMessage": {
                    "Std:Join": {
                        "On": "",
                        "Values": [
                            "Gate: 'auc' of XGBoostModelEvaluation_calibration is not >= ",
                            "0.8",
                        ],
                    }
                }
            },
        }
    ]


def test_a_gate_that_skips_has_no_other_branch() -> None:
    pipeline = gated(ONE, "Gate -> Pack", settings={"steps.Gate.on_fail": "skip"})
    assert shape(pipeline) == [("Gate", ["Pack"], [])]


@pytest.mark.parametrize(
    ("comparison", "condition"),
    [
        (">=", "GreaterThanOrEqualTo"),
        (">", "GreaterThan"),
        ("<=", "LessThanOrEqualTo"),
        ("<", "LessThan"),
    ],
)
def test_the_metric_and_the_comparison_are_the_configs(comparison: str, condition: str) -> None:
    settings = {"steps.Gate.comparison": comparison, "steps.Gate.metric": "log_loss"}
    pipeline = gated(ONE, "Gate -> Pack", settings=settings)
    (entry,) = by_name(pipeline)["Gate"]["Arguments"]["Conditions"]
    assert (entry["Type"], entry["LeftValue"]["Std:JsonGet"]["Path"]) == (condition, "log_loss")


def test_a_threshold_can_be_a_parameter() -> None:
    template = Template.of(
        "G", {**_TRAIN, "Gate": "QualityGate"}, [*_EDGES, "XGBoostModelEvaluation_calibration -> Gate"]
    )
    config = minimal_config(template)
    config["steps"]["Gate"] = {}
    config["parameters"] = {"MinAuc": {"default": 0.8, "sets": "Gate.threshold"}}
    pipeline = compile_pipeline(template, config)
    gate = by_name(pipeline)["Gate"]["Arguments"]
    assert gate["Conditions"][0]["RightValue"] == {"Get": "Parameters.MinAuc"}
    (fail,) = gate["ElseSteps"]
    assert fail["Arguments"]["ErrorMessage"]["Std:Join"]["Values"][1] == {
        "Std:Join": {"On": "", "Values": [{"Get": "Parameters.MinAuc"}]}
    }


def test_what_lies_behind_the_gate_does_not_wait_for_it_by_name() -> None:
    steps = by_name(gated(ONE, "Gate -> Pack"))
    assert "DependsOn" not in steps["Pack"]


def test_gates_nest_and_everything_behind_both_lies_in_the_inner_one() -> None:
    pipeline = gated(
        {
            "Outer": "QualityGate",
            "Inner": "QualityGate",
            "Early": "MimsPackage",
            "Late": "MimsPackage",
            "MimsRegistration": "MimsRegistration",
        },
        "Outer -> Inner",
        "Outer -> Early",
        "Inner -> Late",
        "Late -> MimsRegistration",
        settings={"steps.Inner.on_fail": "skip"},
    )
    inner = ("Inner", ["Late", "MimsRegistration"], [])
    assert shape(pipeline) == [("Outer", ["Early", inner], ["Outer-Failed"])]


def test_two_gates_beside_each_other() -> None:
    pipeline = gated(
        {"A": "QualityGate", "B": "QualityGate", "PackA": "MimsPackage", "PackB": "MimsPackage"},
        "A -> PackA",
        "B -> PackB",
    )
    assert shape(pipeline) == [("A", ["PackA"], ["A-Failed"]), ("B", ["PackB"], ["B-Failed"])]


@pytest.mark.parametrize("order", [("A", "B"), ("B", "A")])
def test_a_step_behind_two_gates_that_are_not_nested_is_an_error(order: tuple[str, str]) -> None:
    steps = dict.fromkeys(order, "QualityGate") | {"Pack": "MimsPackage"}
    error = failures(steps, "A -> Pack", "B -> Pack")
    (diagnostic,) = error.diagnostics
    assert diagnostic.code == "PC411"
    assert diagnostic.message == "Pack lies behind the gates A and B, of which neither follows the other"
    assert diagnostic.fix == "add an edge 'B -> A', or let one gate guard Pack"


def test_the_remedy_for_entangled_gates_works() -> None:
    steps = {"A": "QualityGate", "B": "QualityGate", "Pack": "MimsPackage"}
    pipeline = gated(steps, "A -> Pack", "B -> Pack", "B -> A")
    assert shape(pipeline) == [("B", [("A", ["Pack"], ["A-Failed"])], ["B-Failed"])]


def packs(count: int) -> tuple[dict[str, str], list[str]]:
    names = [f"Pack{index:02}" for index in range(count)]
    return dict.fromkeys(names, "MimsPackage"), [f"Gate -> {name}" for name in names]


def test_twenty_steps_fit_behind_a_gate() -> None:
    steps, edges = packs(20)
    assert len(shape(gated({"Gate": "QualityGate", **steps}, *edges))[0][1]) == 20


def test_twenty_one_do_not() -> None:
    steps, edges = packs(21)
    (diagnostic,) = failures({"Gate": "QualityGate", **steps}, *edges).diagnostics
    assert diagnostic.code == "PC412"
    assert diagnostic.message == "21 steps lie behind Gate; AWS allows 20"
    assert diagnostic.fix == "split them between two gates, one behind the other"


def test_the_steps_of_an_inner_gate_do_not_count_for_the_outer_one() -> None:
    steps, edges = packs(20)
    pipeline = gated(
        {"Gate": "QualityGate", "Second": "QualityGate", "Last": "MimsPackage", **steps},
        "Gate -> Second",
        "Second -> Last",
        *edges[1:],
    )
    (outer,) = [entry for entry in shape(pipeline) if entry[0] == "Gate"]
    assert len(outer[1]) == 20
    assert ("Second", ["Last"], ["Second-Failed"]) in outer[1]


def test_the_step_that_fails_the_execution_needs_a_name_too() -> None:
    gate = "G" * 60
    (diagnostic,) = failures({gate: "QualityGate", "Pack": "MimsPackage"}, f"{gate} -> Pack").diagnostics
    assert diagnostic.code == "PC416"
    assert f"'{gate}-Failed'" in diagnostic.message
    skipping = {f"steps.{gate}.on_fail": "skip"}
    gated({gate: "QualityGate", "Pack": "MimsPackage"}, f"{gate} -> Pack", settings=skipping)


def test_no_node_may_take_the_name_of_the_step_that_fails_the_execution() -> None:
    (diagnostic,) = failures(
        {"Gate": "QualityGate", "Gate-Failed": "MimsPackage"}, "Gate -> Gate-Failed"
    ).diagnostics
    assert diagnostic.code == "PC301"
    assert "'Gate-Failed'" in diagnostic.message
