"""Parameters and properties where a plain value was expected."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline_deps.expressions import Get, Join, Parameter
from step_builders.core.pipeline_settings import PipelineSettings
from step_builders.xgboost_training import XGBoostTrainingConfig
from tests.configs import PIPELINE
from tests.conformance.handwritten import processing, training

from .replay import compiled, findings, refusal, told

BUCKET = Parameter("Bucket", "String", "ml-fraud")
FOLDS = Parameter("Folds", "Integer", 5)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: f"s3://{BUCKET}/data",
        lambda: "jobs/{}".format(BUCKET),  # noqa: UP032
        lambda: "jobs/%s" % BUCKET,  # noqa: UP031
        lambda: "s3://" + BUCKET,  # type: ignore[operator]
        lambda: str(Get("Steps.Train.ModelArtifacts.S3ModelArtifacts")),
    ],
)
def test_an_expression_in_an_f_string(attempt: Callable[[], object]) -> None:
    """#3123, #3495, #2631: a parameter pasted into text fails late, or arrives as Python's text for it."""
    (problem,) = refusal(attempt)
    assert problem.code == "PC221"
    assert "Bucket" in problem.message or "S3ModelArtifacts" in problem.message
    assert "Join" in problem.fix


def test_text_is_put_together_with_a_join() -> None:
    """#3162: people need to append text to a step's property; a Join does that, and stays an expression."""
    path = Join("/", (Get("Steps.Train.ModelArtifacts.S3ModelArtifacts"), "part-0.csv")).definition()
    assert path["Std:Join"]["Values"][1] == "part-0.csv"


@pytest.mark.parametrize(
    "attempt", [lambda: int(FOLDS), lambda: FOLDS + 1, lambda: FOLDS > 3, lambda: range(FOLDS)]
)
def test_arithmetic_with_a_number_that_is_not_there_yet(attempt: Callable[[], object]) -> None:
    """#2631: an Integer parameter is not an int while the pipeline is defined."""
    (problem,) = refusal(attempt)
    assert (problem.code, "Folds" in problem.message) == ("PC221", True)


def test_the_representation_of_a_parameter_as_an_argument() -> None:
    """#2978: str(parameter) reached the job as "ParameterInteger(name=...)"; argparse failed there."""
    text = "ParameterInteger(name='KFold', parameter_type=<ParameterTypeEnum.INTEGER: 'Integer'>)"
    found = findings(processing(AppSpecification__ContainerArguments=["-k", text]))
    assert told(found, "PC536", "KFold")


def test_an_integer_parameter_as_an_argument() -> None:
    """#2978, #2631: arguments are text, and an Integer parameter is refused there at CreatePipeline."""
    arguments = ["-k", {"Get": "Parameters.Folds"}]
    found = findings(processing(AppSpecification__ContainerArguments=arguments), Folds=("Integer", 5))
    assert told(found, "PC526", "Folds")


@pytest.mark.parametrize(("field", "value"), [("hyperparameters.max_depth", 4), ("hyperparameters.eta", 0.2)])
def test_a_number_as_a_parameter_of_a_hyperparameter(field: str, value: Any) -> None:
    """#5520, #3162: hyperparameters are text; a number parameter is joined into text by the compiler."""
    pipeline = compiled({"parameters.P": {"default": value, "sets": f"XGBoostTraining.{field}"}})
    step = next(each for each in pipeline.steps if each["Name"] == "XGBoostTraining")
    expected = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.P"}]}}
    assert step["Arguments"]["HyperParameters"][field.rpartition(".")[2]] == expected


def test_a_parameter_in_a_typed_field() -> None:
    """#5520: typed arguments refused parameters with a validation error that did not say what to do."""
    for attempt in (
        lambda: XGBoostTrainingConfig(label_field="y", instance_type=BUCKET),  # type: ignore[arg-type]
        lambda: PipelineSettings(**{**PIPELINE, "s3_root": BUCKET}),
    ):
        (problem,) = refusal(attempt)
        assert problem.code == "PC221"
        assert "sets:" in problem.fix


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"ResourceConfig__InstanceCount": "1"}, "InstanceCount"),
        ({"ResourceConfig__VolumeSizeInGB": 30.5}, "VolumeSizeInGB"),
        ({"HyperParameters": {"max_depth": 6}}, "max_depth"),
        ({"Environment": {"DEBUG": True}}, "DEBUG"),
    ],
)
def test_values_of_the_wrong_type(change: dict[str, Any], wrong: str) -> None:
    """#2631: a number where AWS wants text, or text where it wants a number, is refused at CreatePipeline."""
    found = findings(training(**change))
    assert told(found, "PC522", wrong)
    assert "ParameterInteger" not in json.dumps(found)
