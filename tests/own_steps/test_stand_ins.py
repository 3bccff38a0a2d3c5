"""An output in the place of another step's: it passes the gate, says so, and is held to its own promise."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline, PipelineCompilerError, quick_step
from pipeline_deps.gates import gate_failures
from pipeline_deps.specification import OutputSpec, SpecificationError
from pipeline_deps.vocabulary import DependencyType
from script_contracts.quality import Column, ColumnType, DataContract, StepContract
from step_builders import all_steps
from tests.own_steps.pipelines import compiled

LABEL = Column(name="is_fraud", type=ColumnType.INTEGER, nullable=False)
EDGE = "OwnSplits -> XGBoostTraining"


def own(sources: tuple[str, ...], quality: StepContract | None) -> Any:
    output = OutputSpec(logical_name="splits", type=DependencyType.DATASET, stands_in_for=sources)
    return quick_step("OwnSplits", __file__, inputs=(), outputs=[output], quality=quality)


def promising(*columns: Column, **more: Any) -> StepContract:
    table = DataContract(formats=("parquet",), splits=True, columns=columns, **more)
    return StepContract(outputs={"splits": table})


def pipeline(sources: tuple[str, ...], quality: StepContract) -> CompiledPipeline:
    sections: dict[str, Any] = {"OwnSplits": {}, "XGBoostTraining": {"label_field": "is_fraud"}}
    return compiled(sections, EDGE, libraries=[own(sources, quality)])


def test_an_own_step_feeds_a_built_in_one_that_accepts_only_another() -> None:
    (binding,) = pipeline(("TabularPreprocessing",), promising(LABEL)).wiring.bindings
    assert (binding.producer, binding.consumer) == ("OwnSplits", "XGBoostTraining")


@pytest.mark.parametrize("sources", [(), ("CradleDataLoading",)])
def test_without_the_right_word_it_does_not(sources: tuple[str, ...]) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        pipeline(sources, promising(LABEL))
    assert caught.value.codes == ("PC310",)
    assert "is not among its compatible sources" in str(caught.value)
    assert "'OwnSplits.splits -> XGBoostTraining.processed_data'" in caught.value.diagnostics[0].fix


def test_an_edge_that_names_both_ports_needs_no_word() -> None:
    step = own((), promising(LABEL))
    sections: dict[str, Any] = {"OwnSplits": {}, "XGBoostTraining": {"label_field": "is_fraud"}}
    edge = "OwnSplits.splits -> XGBoostTraining.processed_data"
    (binding,) = compiled(sections, edge, libraries=[step]).wiring.bindings
    assert binding.producer == "OwnSplits"


def test_its_promise_is_compared_along_the_wire() -> None:
    other = Column(name="colour", type=ColumnType.STRING)
    with pytest.raises(PipelineCompilerError) as caught:
        pipeline(("TabularPreprocessing",), promising(other, closed=True))
    assert caught.value.codes == ("PC320",)


def test_it_must_promise_something() -> None:
    with pytest.raises(SpecificationError) as caught:
        own(("TabularPreprocessing",), None)
    assert caught.value.codes == ("PC202",)
    assert "promises nothing about it" in str(caught.value)


def test_standing_in_changes_nothing_about_what_the_data_is() -> None:
    step = own(("XGBoostTraining",), promising(LABEL)).spec
    consumer = all_steps()["MimsPackage"].spec
    failures = gate_failures(step, step.outputs[0], consumer, consumer.dependencies[0])
    assert failures == ("carries dataset, not model",)
