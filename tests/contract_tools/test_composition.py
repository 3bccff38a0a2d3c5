from __future__ import annotations

import pytest

from pipeline_compiler.contract_tools.composition import suggest_next
from pipeline_compiler.template import load_template, shipped_templates
from pipeline_deps.specification import OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType
from script_contracts.core.contract import ScriptContract
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality import Column, ColumnType, DataContract, StepContract
from step_specs import registry
from step_specs.tabular_preprocessing import TABULAR_PREPROCESSING_SPEC


def test_what_follows_comes_with_scores_and_reasons() -> None:
    suggestions = suggest_next("TabularPreprocessing_training")
    assert [each.step for each in suggestions[:3]] == ["PyTorchTraining", "XGBoostTraining", "XGBoostTuning"]
    first, mapping, second = suggestions[2:5]
    assert first.missing == ()
    assert (mapping.step, mapping.missing) == ("RiskTableMapping_training", ())
    assert second.step == "PyTorchModelEvaluation_training"
    assert second.missing == ("model_input",)
    assert first.score > second.score > 0
    assert "same name" in str(first.fits[0])


def test_job_types_are_kept_apart() -> None:
    names = [each.step for each in suggest_next("TabularPreprocessing_calibration")]
    assert set(names) == {
        "PyTorchModelEvaluation_calibration",
        "RiskTableMapping_calibration",
        "XGBoostModelEvaluation_calibration",
        "ModelCalibration",
    }


@pytest.mark.parametrize("template", shipped_templates())
def test_every_data_carrying_edge_of_a_template_is_suggested(template: str) -> None:
    loaded = load_template(template)
    steps = {step.name: step.step for step in loaded.steps}
    for edge in loaded.dag.edges:
        producer = registry().for_node(steps[edge.producer])
        consumer = registry().for_node(steps[edge.consumer])
        if producer.outputs and consumer.dependencies:
            assert consumer.name in [each.step for each in suggest_next(producer)]


def test_a_violated_contract_is_no_suggestion() -> None:
    label = Column(name="$LABEL_FIELD", type=ColumnType.STRING, nullable=False)
    promise = DataContract(columns=(label,), splits=True)
    spec = StepSpecification(
        step_type="TabularPreprocessing",
        node_type=NodeType.SOURCE,
        summary="Promises a label of text.",
        script_contract=ScriptContract(
            entry_point="other.py",
            description="",
            expected_output_paths={"processed_data": "/opt/ml/processing/output"},
            required_env_vars=("LABEL_FIELD",),
            quality=StepContract(outputs={"processed_data": promise}),
        ),
        outputs=(OutputSpec(logical_name="processed_data", type=DependencyType.DATASET),),
    )
    assert "XGBoostTraining" not in [each.step for each in suggest_next(spec)]


def test_the_outputs_can_be_chosen() -> None:
    assert suggest_next("CradleDataLoading", outputs=["SIGNATURE"]) != []
    assert suggest_next(TABULAR_PREPROCESSING_SPEC, outputs=[]) == []


def test_an_unknown_step_is_told_apart() -> None:
    with pytest.raises(PipelineCompilerError, match="did you mean 'XGBoostTraining'"):
        suggest_next("XGBoostTrainin")
