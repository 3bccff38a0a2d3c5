"""Every declared specification: aligned with its contract, with paths and variants derived."""

from __future__ import annotations

import json

import pytest

from pipeline_deps.expressions import to_definition
from pipeline_deps.gates import gate_failures
from pipeline_deps.specification import DependencySpec, SpecificationError, StepSpecification
from pipeline_deps.validation import validate_contract_alignment, validate_cross_step_compatibility
from pipeline_deps.vocabulary import DependencyType, NodeType
from script_contracts import all_contracts
from script_contracts.core.contract import JobKind
from step_builders import all_steps
from step_specs import all_specs, registry

each_spec = pytest.mark.parametrize(
    ("module", "spec"), [pytest.param(*entry, id=entry[0]) for entry in all_specs().items()]
)
VARIANTS = [registry().for_node(name) for name in registry().node_names()]
DEPENDENCIES = [
    pytest.param(spec, dependency, id=f"{spec.name}.{dependency.logical_name}")
    for spec in VARIANTS
    for dependency in spec.dependencies
]


@each_spec
def test_a_specification_agrees_with_its_contract(module: str, spec: StepSpecification) -> None:
    result = validate_contract_alignment(spec)
    assert result.is_valid, [str(each) for each in result.errors]
    assert StepSpecification(**dict(spec)) == spec


@each_spec
def test_one_name_stands_for_a_step_everywhere(module: str, spec: StepSpecification) -> None:
    assert module.replace("_", "") == spec.step_type.lower()
    assert spec.step_type in all_steps()
    assert all_steps()[spec.step_type].spec is spec
    if spec.job_kind is JobKind.TUNING:
        assert spec.script_contract in all_contracts().values(), "the program is a training step's"
    elif spec.script_contract is not None:
        assert all_contracts()[module] is spec.script_contract


def test_every_contract_belongs_to_a_step() -> None:
    assert set(all_contracts()) <= set(all_specs())
    assert {spec.step_type for spec in all_specs().values()} == set(all_steps()) == set(registry())


@each_spec
def test_where_an_output_is_found_is_derived(module: str, spec: StepSpecification) -> None:
    for output in spec.outputs:
        path = spec.property_path(output)
        if spec.job_kind is JobKind.PROCESSING:
            assert path == f"ProcessingOutputConfig.Outputs['{output.logical_name}'].S3Output.S3Uri"
        elif spec.job_kind is JobKind.TRAINING:
            assert path in (
                "ModelArtifacts.S3ModelArtifacts",
                "OutputDataConfig.S3OutputPath",
                "CheckpointConfig.S3Uri",
            )
        elif spec.job_kind is JobKind.TUNING:
            assert path.startswith("TrainingJobDefinition.")
    places = [json.dumps(to_definition(spec.location("Node", output))) for output in spec.outputs]
    assert len(set(places)) == len(places)


@each_spec
def test_variants_are_derived_and_named(module: str, spec: StepSpecification) -> None:
    for job_type in spec.job_types:
        variant = spec.variant(job_type)
        assert variant.name == f"{spec.step_type}_{job_type.value}"
        assert registry().for_node(variant.name) == variant
        for ours, theirs in ((variant.dependencies, spec.dependencies), (variant.outputs, spec.outputs)):
            assert ours == tuple(each for each in theirs if not each.only_for or job_type in each.only_for)
        assert validate_contract_alignment(variant).is_valid
    if not spec.job_types:
        assert registry().for_node(spec.step_type) == spec
        with pytest.raises(SpecificationError, match="PC205"):
            spec.variant("training")


@each_spec
def test_people_are_told_what_ports_are(module: str, spec: StepSpecification) -> None:
    assert spec.summary.endswith(".")
    for port in (*spec.dependencies, *spec.outputs):
        assert port.description
        assert not port.description.endswith(".")


@each_spec
def test_a_node_type_tells_which_ports_there_are(module: str, spec: StepSpecification) -> None:
    assert spec.node_type is NodeType.of(bool(spec.dependencies), bool(spec.outputs))


@each_spec
def test_metrics_are_a_file_that_the_service_can_read(module: str, spec: StepSpecification) -> None:
    for output in spec.outputs:
        if output.type is DependencyType.METRICS and spec.job_kind is JobKind.PROCESSING:
            assert output.file
            assert output.file.endswith(".json")


@pytest.mark.parametrize(("spec", "dependency"), DEPENDENCIES)
def test_something_can_feed_every_dependency(spec: StepSpecification, dependency: DependencySpec) -> None:
    """Of the steps that exist, or else the config: what nothing can supply would be dead."""
    if dependency.logical_name in spec.config_inputs:
        return
    fitting = [
        producer.name
        for producer in VARIANTS
        for output in producer.outputs
        if not gate_failures(producer, output, spec, dependency)
    ]
    assert fitting


@pytest.mark.parametrize(("spec", "dependency"), DEPENDENCIES)
def test_every_compatible_source_is_one(spec: StepSpecification, dependency: DependencySpec) -> None:
    for source in dependency.compatible_sources:
        variants = [each for each in VARIANTS if each.step_type == source]
        assert any(validate_cross_step_compatibility(each, spec).is_valid for each in variants)


@pytest.mark.parametrize("job_type", ["training", "calibration", "validation", "testing"])
def test_a_model_learns_from_training_data_only(job_type: str) -> None:
    producer = registry().for_node(f"TabularPreprocessing_{job_type}")
    result = validate_cross_step_compatibility(producer, registry()["XGBoostTraining"])
    assert result.is_valid == (job_type == "training")


@pytest.mark.parametrize("job_type", ["training", "calibration", "validation", "testing"])
def test_a_model_is_evaluated_on_data_of_the_same_job_type(job_type: str) -> None:
    consumer = registry().for_node("XGBoostModelEvaluation_calibration")
    producer = registry().for_node(f"TabularPreprocessing_{job_type}")
    assert validate_cross_step_compatibility(producer, consumer).is_valid == (job_type == "calibration")


def test_names_that_users_of_the_ports_know() -> None:
    """The logical names that templates and scripts outside of this project already use."""
    names = {
        step_type: (
            {each.logical_name for each in spec.dependencies},
            {n for each in spec.outputs for n in each.names},
        )
        for step_type, spec in registry().items()
    }
    assert {"DATA", "METADATA", "SIGNATURE"} <= names["CradleDataLoading"][1]
    assert {"DATA", "METADATA", "SIGNATURE"} <= names["TabularPreprocessing"][0]
    assert "processed_data" in names["TabularPreprocessing"][1]
    assert "model_output" in names["XGBoostTraining"][1]
    assert {"model_input", "eval_data_input"} <= names["XGBoostModelEvaluation"][0]
    assert {"eval_output", "metrics_output"} <= names["XGBoostModelEvaluation"][1]
    assert {"model_input", "inference_scripts_input"} <= names["MimsPackage"][0]
    assert "PackagedModel" in names["MimsPackage"][1]
    assert {"payload_sample", "GeneratedPayloadSamples"} <= names["MimsPayload"][1]
    assert {"PackagedModel", "GeneratedPayloadSamples"} <= names["MimsRegistration"][0]


@pytest.mark.parametrize("name", ["XGBoostTrainig", "TabularPreprocessing", "XGBoostTraining_calibration"])
def test_unknown_steps_are_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        registry().for_node(name)
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC208"
    assert ("XGBoostTraining" if name.startswith("XGB") else "TabularPreprocessing_training") in problem.fix
