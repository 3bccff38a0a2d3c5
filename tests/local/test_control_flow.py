from __future__ import annotations

from typing import Any

import pytest

from tests.local.lab import (
    Lab,
    compare,
    condition,
    get,
    join,
    json_get,
    output_of,
    result_of,
    statuses,
)

METRICS = """{"auc": 0.9, "binary": {"auc": {"value": 0.8}}, "folds": [{"b": 0.7}], "a.b": "text"}"""
EVALUATE = f"write('''{METRICS}''', 'metrics.json')"
METRICS_FILE = [{"PropertyFileName": "metrics", "OutputName": "result", "FilePath": "metrics.json"}]
TOUCH = "write('done')"


def evaluate(lab: Lab, script: str = EVALUATE) -> dict[str, Any]:
    return lab.processing("Evaluate", script, PropertyFiles=METRICS_FILE)


def fail(name: str = "Stop", message: Any = "too bad") -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def gate_outcome(lab: Lab, *conditions: dict[str, Any], **options: Any) -> str:
    gate = condition("Gate", list(conditions), [])
    report = lab.run(evaluate(lab), gate, **options)
    assert report.ok, report.diagnostics
    return str(report.step("Gate").properties["Outcome"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("auc", 0.9),
        ("$.auc", 0.9),
        ("binary.auc.value", 0.8),
        ("folds[0].b", 0.7),
        ("['a.b']", "text"),
        ('binary["auc"].value', 0.8),
    ],
)
def test_property_file_paths(lab: Lab, path: str, expected: object) -> None:
    assert gate_outcome(lab, compare("Equals", json_get("Evaluate", path), expected)) == "True"


@pytest.mark.parametrize(
    ("script", "path", "message"),
    [
        (EVALUATE, "acu", "the top level has no 'acu', only 'auc', 'binary'"),
        (EVALUATE, "folds[3].b", "'folds' has 1 elements, no [3]"),
        (EVALUATE, "auc.value", "'auc' is 0.9, which has no parts"),
        (EVALUATE, "a[", "is not a path"),
        (TOUCH, "auc", "does not exist"),
        ("write('{', 'metrics.json')", "auc", "is not JSON"),
    ],
)
def test_a_value_missing_from_a_property_file(lab: Lab, script: str, path: str, message: str) -> None:
    gate = condition("Gate", [compare("Equals", json_get("Evaluate", path), 1)], [fail()])
    report = lab.run(evaluate(lab, script), gate)
    assert [d.code for d in report.diagnostics] == ["PC787"]
    assert message in str(report.diagnostics[0])
    assert statuses(report) == {"Evaluate": "Succeeded", "Gate": "Failed", "Stop": "Blocked"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (compare("Equals", 1, 1.0), True),
        (compare("Equals", "a", "b"), False),
        (compare("GreaterThan", 2, 2), False),
        (compare("GreaterThanOrEqualTo", 2, 2), True),
        (compare("LessThan", 1, 2), True),
        (compare("LessThanOrEqualTo", 3, 2), False),
        (compare("LessThan", "a", "b"), True),
        ({"Type": "In", "QueryValue": "a", "Values": ["b", "a"]}, True),
        ({"Type": "In", "QueryValue": 3, "Values": [1, 2]}, False),
        ({"Type": "Not", "Condition": compare("Equals", 1, 1)}, False),
        ({"Type": "Or", "Conditions": [compare("Equals", 1, 2), compare("Equals", 2, 2)]}, True),
        ({"Type": "Or", "Conditions": [compare("Equals", 1, 2)]}, False),
    ],
)
def test_condition_types(lab: Lab, given: dict[str, Any], expected: bool) -> None:
    report = lab.run(condition("Gate", [given], []))
    assert report.step("Gate").properties["Outcome"] == str(expected)


def test_conditions_are_anded_and_shown_with_their_values(lab: Lab) -> None:
    report = lab.run(condition("Gate", [compare("Equals", 1, 1), compare("LessThan", 2, 1)], []))
    assert report.step("Gate").message == "1 == 1 and 2 < 1 is false"


@pytest.mark.parametrize("kind", ["Equals", "GreaterThan"])
def test_text_and_number_do_not_compare(lab: Lab, kind: str) -> None:
    report = lab.run(condition("Gate", [compare(kind, "0.9", 0.8)], []))
    assert [d.code for d in report.diagnostics] == ["PC799"]


@pytest.mark.parametrize(("least", "taken"), [(0.8, True), (0.95, False)])
def test_only_the_taken_branch_runs_and_skips_propagate(isolated_lab: Lab, least: float, taken: bool) -> None:
    lab = isolated_lab
    nested = condition("Nested", [compare("Equals", 1, 1)], [lab.processing("Deep", TOUCH)])
    gate = condition(
        "Gate",
        [compare("GreaterThanOrEqualTo", json_get("Evaluate", "auc"), get("Parameters.Least"))],
        [lab.processing("Package", TOUCH), nested],
        [fail(message=join("AUC is", json_get("Evaluate", "auc")))],
    )
    after = lab.processing("After", TOUCH, {"data": output_of("Package")})
    depending = lab.processing("Depending", TOUCH, DependsOn=["After"])
    report = lab.run(
        depending,
        after,
        gate,
        evaluate(lab),
        declared=[{"Name": "Least", "Type": "Float", "DefaultValue": least}],
    )
    expected = "Succeeded" if taken else "Skipped"
    assert statuses(report) == {
        "Evaluate": "Succeeded",
        "Gate": "Succeeded",
        "Stop": "Skipped" if taken else "Failed",
        **dict.fromkeys(["Package", "Nested", "Deep", "After", "Depending"], expected),
    }
    assert report.ok == taken
    if not taken:
        assert [d.code for d in report.diagnostics] == ["PC793"]
        assert "AUC is/0.9" in report.diagnostics[0].message


def test_a_failure_blocks_what_depends_on_it_and_nothing_else(lab: Lab) -> None:
    report = lab.run(
        lab.processing("Bad", "sys.exit(3)"),
        lab.processing("Next", TOUCH, {"data": output_of("Bad")}),
        lab.processing("Last", TOUCH, DependsOn=["Next"]),
        lab.processing("Other", TOUCH),
    )
    assert statuses(report) == {"Bad": "Failed", "Next": "Blocked", "Last": "Blocked", "Other": "Succeeded"}
    assert not report.ok


def test_only_runs_a_step_and_what_it_needs(lab: Lab) -> None:
    a = lab.processing("A", TOUCH)
    b = lab.processing("B", TOUCH, {"data": output_of("A")})
    c = lab.processing("C", TOUCH, {"data": output_of("B")})
    other = lab.processing("Other", TOUCH)
    assert statuses(lab.run(a, b, c, other, only=["B"])) == {"A": "Succeeded", "B": "Succeeded"}
    assert statuses(lab.run(a, b, c, other, only=["B"])) == {"A": "Cached", "B": "Cached"}
    again = lab.run(a, b, c, other, only=["B"], use_cache=False)
    assert statuses(again) == {"A": "Cached", "B": "Succeeded"}
    assert again.executed == ("B",)


def test_execution_variables_and_parameters_reach_the_job(isolated_lab: Lab) -> None:
    step = isolated_lab.processing("Look", "write(os.environ['WHO'])")
    step["Arguments"]["Environment"] = {
        "WHO": join(
            get("Execution.PipelineName"),
            get("Execution.PipelineExecutionId"),
            get("Parameters.Count"),
            get("Parameters.Flag"),
        )
    }
    declared: list[dict[str, Any]] = [
        {"Name": "Count", "Type": "Integer"},
        {"Name": "Flag", "Type": "Boolean", "DefaultValue": True},
    ]
    report = isolated_lab.run(step, declared=declared, parameters={"Count": "3"})
    assert result_of(report, "Look") == f"pipe/{report.execution_id}/3/true"
    assert len(report.execution_id) == 12
