"""Expressions serialise themselves and refuse to be anything else."""

from __future__ import annotations

import copy
import json
import math
import operator
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pipeline_deps.expressions import (
    PIPELINE_EXECUTION_ID,
    Expression,
    ExpressionError,
    Get,
    Join,
    JsonGet,
    Parameter,
    as_text,
    to_definition,
)
from script_contracts.core.diagnostics import PipelineCompilerError

STRING = Parameter("Bucket", "String", "ml")
COUNT = Parameter("Count", "Integer", 2)
EXPRESSIONS: tuple[Expression, ...] = (
    STRING,
    COUNT,
    Get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
    PIPELINE_EXECUTION_ID,
    Join("/", ("s3://b", STRING)),
    JsonGet("Evaluate", "metrics", "auc"),
)
each_expression = pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda each: type(each).__name__)

MISUSES: dict[str, Callable[[Any], object]] = {
    "str()": str,
    "f-string": lambda e: f"s3://{e}/x",
    "f-string with a format": lambda e: f"{e:>10}",
    "str.format()": lambda e: "s3://{}".format(e),  # noqa: UP032
    "format()": format,
    "%s": lambda e: "s3://%s" % e,  # noqa: UP031
    "%d": lambda e: "%d" % e,  # noqa: UP031
    "text + it": lambda e: "s3://" + e,
    "it + text": lambda e: e + "/x",
    "list + it": lambda e: ["--x"] + e,  # noqa: RUF005
    "it * 2": lambda e: e * 2,
    "2 * it": lambda e: 2 * e,
    "1 - it": lambda e: 1 - e,
    "it - 1": lambda e: e - 1,
    "it / 2": lambda e: e / 2,
    "2 / it": lambda e: 2 / e,
    "it // 2": lambda e: e // 2,
    "2 // it": lambda e: 2 // e,
    "it % 2": lambda e: e % 2,
    "it ** 2": lambda e: e**2,
    "2 ** it": lambda e: 2**e,
    "-it": operator.neg,
    "abs()": abs,
    "bool()": bool,
    "if": lambda e: 1 if e else 2,
    "not": operator.not_,
    "or": lambda e: e or "default",
    "int()": int,
    "float()": float,
    "math.floor()": lambda e: math.floor(e),
    "range()": range,
    "index": lambda e: [1, 2][e],
    "<": lambda e: e < 1,
    "<=": lambda e: e <= 1,
    ">": lambda e: e > 1,
    "1 < it": lambda e: 1 < e,  # noqa: SIM300
    "sorted()": lambda e: sorted([e, "a"]),
    "for": lambda e: list(e),
    "unpacking": lambda e: [*e],
    "in": lambda e: "a" in e,
    "len()": len,
    "join": lambda e: "/".join(e),
}


@each_expression
@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES)
def test_every_misuse_raises_at_once(expression: Expression, misuse: Callable[[Any], object]) -> None:
    with pytest.raises(ExpressionError) as caught:
        misuse(expression)
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC221"
    assert repr(expression) in problem.message
    assert "Join" in problem.fix


@pytest.mark.parametrize(
    ("misuse", "what"),
    [
        ("str()", "as text"),
        ("f-string", "f-string"),
        ("bool()", "truth value"),
        ("int()", "as a number"),
        ("for", "collection"),
        ("<", "comparison"),
        ("it + text", "arithmetic"),
    ],
)
def test_a_misuse_is_told_for_what_it_is(misuse: str, what: str) -> None:
    with pytest.raises(ExpressionError, match=what):
        MISUSES[misuse](STRING)


def test_a_misuse_is_one_of_our_errors() -> None:
    assert issubclass(ExpressionError, PipelineCompilerError)


@each_expression
def test_expressions_are_values(expression: Expression) -> None:
    again = copy.deepcopy(expression)
    assert again == expression
    assert hash(again) == hash(expression)
    assert {expression: 1}[again] == 1
    assert pickle.loads(pickle.dumps(expression)) == expression
    assert repr(expression).startswith(type(expression).__name__ + "(")
    assert expression != "text"
    with pytest.raises(AttributeError):
        expression.name = "other"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("expression", "document"),
    [
        (STRING, {"Get": "Parameters.Bucket"}),
        (Get("Steps.A.B"), {"Get": "Steps.A.B"}),
        (PIPELINE_EXECUTION_ID, {"Get": "Execution.PipelineExecutionId"}),
        (
            Join("/", ("s3://b", STRING, 3)),
            {"Std:Join": {"On": "/", "Values": ["s3://b", {"Get": "Parameters.Bucket"}, 3]}},
        ),
        (
            Join("-", (Join("/", (STRING, "x")), Get("P"))),
            {
                "Std:Join": {
                    "On": "-",
                    "Values": [
                        {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.Bucket"}, "x"]}},
                        {"Get": "P"},
                    ],
                }
            },
        ),
        (
            JsonGet("Evaluate", "metrics", "binary.auc"),
            {
                "Std:JsonGet": {
                    "PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.metrics"},
                    "Path": "binary.auc",
                }
            },
        ),
    ],
)
def test_definition_form(expression: Expression, document: dict[str, Any]) -> None:
    assert expression.definition() == document
    assert to_definition({"a": [expression, (expression,)], "b": 1}) == {"a": [document, [document]], "b": 1}
    json.dumps(to_definition([expression]))


@pytest.mark.parametrize(
    ("parameter", "entry"),
    [
        (STRING, {"Name": "Bucket", "Type": "String", "DefaultValue": "ml"}),
        (Parameter("P", "String"), {"Name": "P", "Type": "String"}),
        (Parameter("P", "Float", 0.0), {"Name": "P", "Type": "Float", "DefaultValue": 0.0}),
        (Parameter("P", "Boolean", False), {"Name": "P", "Type": "Boolean", "DefaultValue": False}),
        (Parameter("P", "String", ""), {"Name": "P", "Type": "String", "DefaultValue": ""}),
        (
            Parameter("P", "Integer", 1, (1, 2)),
            {"Name": "P", "Type": "Integer", "DefaultValue": 1, "EnumValues": [1, 2]},
        ),
    ],
)
def test_parameter_declaration(parameter: Parameter, entry: dict[str, Any]) -> None:
    assert parameter.declaration() == entry


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        ("", ""),
        (3, "3"),
        (0.1, "0.1"),
        (True, "true"),
        (False, "false"),
        (STRING, STRING),
        (COUNT, Join("", (COUNT,))),
        (Parameter("F", "Float", 0.5), Join("", (Parameter("F", "Float", 0.5),))),
        (Parameter("B", "Boolean", True), Join("", (Parameter("B", "Boolean", True),))),
        (Get("Steps.A.B"), Get("Steps.A.B")),
        (Join("/", ("a",)), Join("/", ("a",))),
    ],
)
def test_text_slots(value: Any, text: Any) -> None:
    assert as_text(value) == text
    assert isinstance(as_text(value), (str, Expression))
