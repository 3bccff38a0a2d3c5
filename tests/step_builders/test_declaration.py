"""A step whose config does not fit its contract cannot be declared; and how values reach a script."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field, create_model

from pipeline_deps.expressions import Get, Join, Parameter
from pipeline_deps.specification import SpecificationError, StepSpecification
from pipeline_deps.vocabulary import ALL_JOB_TYPES, NodeType
from script_contracts import ScriptContract
from script_contracts.core.contract import JobKind
from step_builders import all_steps
from step_builders.core.config import Config, FileSource, ProcessingConfig, Source
from step_builders.core.contract_values import field_paths, settings_of, value_text
from step_builders.core.step import StepDeclaration
from step_builders.xgboost_training import XGBoostHyperparameters, XGBoostTrainingConfig
from tests.strategies import gives


def declare(contract: dict[str, Any], job_types: bool = False, **fields: Any) -> StepDeclaration:
    paths = {"source": "/opt/ml/processing/input/source"} if "source" in fields else {}
    spec = StepSpecification(
        step_type="Sample",
        node_type=NodeType.SOURCE,
        summary="A sample.",
        outputs=(gives("out"),),
        config_inputs=tuple(paths),
        job_types=ALL_JOB_TYPES if job_types else (),
        script_contract=ScriptContract(
            entry_point="sample.py",
            description="A sample.",
            expected_input_paths=paths,
            expected_output_paths={"out": "/opt/ml/processing/output"},
            **contract,
        ),
    )
    config: Any = create_model("SampleConfig", __base__=ProcessingConfig, **fields)
    return StepDeclaration(spec, config)


TEXT = (str, Field(description="text"))


@pytest.mark.parametrize(
    ("contract", "fields", "expected"),
    [
        ({}, {"colour": TEXT}, [("PC423", "SampleConfig.colour reaches nothing", "COLOUR")]),
        (
            {},
            {"hyperparameters": (XGBoostHyperparameters, ...)},
            [("PC423", "hyperparameters.", "remove it")] * 16,
        ),
        ({}, {"source": (FileSource, ...)}, [("PC423", "source.format", "SOURCE_FORMAT")]),
        ({}, {"other": (Source, ...)}, [("PC423", "other.files", ""), ("PC423", "other.upload", "")]),
        (
            {"required_env_vars": ("LABEL",)},
            {},
            [("PC424", "'label'", "add a field 'label' to SampleConfig")],
        ),
        ({"expected_arguments": {"mode": None}}, {}, [("PC424", "'mode'", "add a field 'mode'")]),
        ({"expected_arguments": {"job_type": None}}, {}, [("PC424", "'job_type'", "add a field")]),
        (
            {"required_env_vars": ("LABEL",)},
            {"lable": TEXT},
            [("PC423", "SampleConfig.lable", "remove"), ("PC424", "'label'", "add")],
        ),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(
    contract: dict[str, Any], fields: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(SpecificationError) as caught:
        declare(contract, **fields)
    assert caught.value.codes == tuple(code for code, _, _ in expected)
    for problem, (_, message, fix) in zip(caught.value.diagnostics, expected, strict=True):
        assert message in problem.message
        assert fix in problem.fix


@pytest.mark.parametrize(
    ("contract", "options"),
    [
        ({"required_env_vars": ("LABEL",)}, {"label": TEXT}),
        ({"optional_env_vars": {"SOURCE_FORMAT": ""}}, {"source": (FileSource, ...)}),
        ({"expected_arguments": {"mode": None}}, {"mode": TEXT}),
        ({"expected_arguments": {"job_type": None}}, {"job_types": True}),
        ({"optional_env_vars": {"UNFED": "1"}}, {}),
    ],
)
def test_a_declaration_that_fits(contract: dict[str, Any], options: dict[str, Any]) -> None:
    assert declare(contract, **options).spec.step_type == "Sample"


@pytest.mark.parametrize("step", all_steps().values(), ids=all_steps())
def test_every_declared_step_has_a_builder(step: StepDeclaration) -> None:
    assert step.builder or step.spec.job_kind in (JobKind.PROCESSING, JobKind.TRAINING, JobKind.TUNING)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ((), None),
        ({}, None),
        ("a", "a"),
        (0, "0"),
        (0.0, "0.0"),
        (False, "false"),
        (("a", "b"), "a,b"),
        ({"ok": 0, "fraud": 1}, '{"fraud": 1, "ok": 0}'),
        (Parameter("P", "String"), Parameter("P", "String")),
        (Parameter("P", "Integer"), Join("", (Parameter("P", "Integer"),))),
        (Get("x"), Get("x")),
    ],
)
def test_values_reach_a_script_as_text(value: Any, text: Any) -> None:
    assert value_text(value) == text


def test_nested_fields_are_joined() -> None:
    class Inner(Config):
        deep: int = 1

    class Outer(Config):
        plain: str = ""
        inner: Inner | None = None

    assert field_paths(Outer) == {"plain": "plain", "inner_deep": "inner.deep"}


def test_settings_of_a_step_are_its_variables_and_hyperparameters() -> None:
    contract = all_steps()["XGBoostTraining"].spec.script_contract
    assert contract is not None
    config = XGBoostTrainingConfig(label_field="y", hyperparameters=XGBoostHyperparameters(reg_lambda=2))
    found = settings_of(contract, config)
    assert (found["LABEL_FIELD"], found["lambda"], found["num_round"]) == ("y", "2.0", "200")
    assert "ID_FIELD" not in found
