from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline_compiler.contract_tools.generated_tests import (
    GeneratedTest,
    generate_contract_tests,
    run_tests,
)
from script_contracts.core.contract import JobKind
from script_contracts.core.diagnostics import PipelineCompilerError
from step_builders import all_steps
from tests.contract_tools.model_steps import GRADE, SCRIPTS, STEPS
from tests.contract_tools.own_step import CARELESS_SCRIPT, SCRIPT, STEP

WITH_SCRIPT = [
    name
    for name, step in all_steps().items()
    if step.spec.script_contract is not None and step.spec.job_kind is not JobKind.TUNING
]
ENCODER = Path(__file__).parents[2] / "examples" / "support_tickets" / "text_encoder"
GIVEN = {"text_encoder": ENCODER}  # what cannot be made up
QUICK = ("CradleDataLoading",)
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in WITH_SCRIPT if name not in QUICK]


def longer_encoder(folder: Path) -> Path:
    """The example's encoder, for texts as long as the default of max_text_tokens."""
    from transformers import BertConfig, BertModel

    shutil.copytree(ENCODER, folder)
    config = BertConfig.from_pretrained(folder)
    config.max_position_embeddings = 128
    BertModel(config).save_pretrained(folder)
    tokenizer = folder / "tokenizer_config.json"
    tokenizer.write_text(json.dumps({**json.loads(tokenizer.read_text()), "model_max_length": 128}))
    return folder


@pytest.mark.parametrize("step", [*QUICK, *SLOW])
def test_every_shipped_script_passes_the_tests_of_its_contract(step: str, tmp_path: Path) -> None:
    given = {"text_encoder": longer_encoder(tmp_path / "encoder")} if step.startswith("PyTorch") else GIVEN
    outcomes = run_tests(generate_contract_tests(step, inputs=given))
    assert [str(each) for each in outcomes if not each.passed] == []


@pytest.mark.parametrize("step", WITH_SCRIPT)
def test_every_demand_of_a_contract_gets_a_test(step: str) -> None:
    for job_type in all_steps()[step].spec.job_types or (None,):
        tests = generate_contract_tests(step, job_type=job_type and job_type.value)
        clauses = [test.clause for test in tests]
        assert len(set(clauses)) == len(clauses)
        contract = tests[0].subject.contract
        named = "\n".join(clauses)
        for name in (*contract.mounted_inputs, *contract.required_env_vars):
            assert f"'{name}'" in named


@pytest.fixture
def own_tests(tmp_path: Path) -> list[GeneratedTest]:
    (tmp_path / "average.py").write_text(SCRIPT)
    return generate_contract_tests(STEP, scripts=tmp_path)


def test_a_step_of_ones_own_can_be_tested(own_tests: list[GeneratedTest]) -> None:
    outcomes = {each.clause: each for each in run_tests(own_tests)}
    assert [str(each) for each in outcomes.values() if not each.passed] == []
    warning = outcomes["input 'people': column 'name' unique"]
    assert (warning.expected, warning.code[:4]) == ("warning", "PC71")


def test_one_test_can_be_run_alone(own_tests: list[GeneratedTest]) -> None:
    (test,) = [each for each in own_tests if "in_range above" in each.clause]
    outcome = test.run()
    assert outcome.passed
    assert "'age'" in outcome.observed
    assert str(test) == "AverageAge: input 'people': column 'age' in_range above"


def test_a_script_that_does_not_use_the_runtime_is_held_to_its_contract_too(
    own_tests: list[GeneratedTest], tmp_path: Path
) -> None:
    (tmp_path / "average.py").write_text(CARELESS_SCRIPT)
    outcomes = run_tests(own_tests)
    assert not any(each.passed for each in outcomes)
    assert outcomes[0].observed == "output 'numbers': metric 'mean': is missing"


def test_rows_to_score_have_the_columns_that_the_model_was_trained_on(tmp_path: Path) -> None:
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text)
    outcomes = run_tests(generate_contract_tests(GRADE, scripts=tmp_path, steps=STEPS))
    assert [str(each) for each in outcomes if not each.passed] == []


def test_the_settings_of_a_test_can_be_chosen() -> None:
    (test, *_) = generate_contract_tests(
        "TabularPreprocessing", settings={"label_field": "fraud", "id_field": None}, job_type="calibration"
    )
    assert str(test) == "TabularPreprocessing_calibration: satisfying inputs"
    assert test.run().passed


@pytest.mark.parametrize(
    ("step", "settings", "named"),
    [
        ("QualityGate", {}, "runs no script"),
        ("TabularPreprocesing", {}, "did you mean 'TabularPreprocessing'"),
        ("XGBoostTraining", {"colour": "red"}, "colour"),
        ("XGBoostTuning", {}, "test XGBoostTraining"),
    ],
)
def test_what_cannot_be_tested_is_told(step: str, settings: dict[str, object], named: str) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        generate_contract_tests(step, settings=settings)
    assert caught.value.codes == ("PC137",)
    assert named in str(caught.value)


def test_a_script_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PipelineCompilerError, match=r"there is no average\.py"):
        generate_contract_tests(STEP, scripts=tmp_path)[0].run()
