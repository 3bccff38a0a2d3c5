"""Specifications that contradict themselves or their contract cannot be constructed."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_deps.expressions import Get, Join
from pipeline_deps.specification import DependencySpec, OutputSpec, SpecificationError, StepSpecification
from pipeline_deps.validation import validate_contract_alignment, validate_cross_step_compatibility
from pipeline_deps.vocabulary import ALL_JOB_TYPES, DataType, DependencyType, JobType, NodeType
from script_contracts import ScriptContract, TrainingScriptContract
from script_contracts.core.contract import JobKind
from script_contracts.quality import FilesContract, StepContract
from tests.strategies import DATA, METRICS, MODEL, gives, needs, step

ROOT = "/opt/ml/processing"
CONTRACT = ScriptContract(
    entry_point="score.py",
    description="Scores.",
    expected_input_paths={"model": f"{ROOT}/input/model", "table": f"{ROOT}/input/table"},
    expected_output_paths={"scores": f"{ROOT}/output"},
)
TRAINING = TrainingScriptContract(
    entry_point="fit.py",
    description="Fits.",
    expected_input_paths={
        "table": "/opt/ml/input/data/table",
        "hyperparameters": "/opt/ml/input/config/hyperparameters.json",
    },
    expected_output_paths={"model": "/opt/ml/model", "report": "/opt/ml/output/data"},
)


def score(**changes: Any) -> StepSpecification:
    fields: dict[str, Any] = {
        "step_type": "Score",
        "node_type": NodeType.INTERNAL,
        "summary": "Score a table.",
        "script_contract": CONTRACT,
        "dependencies": (needs("model", MODEL), needs("table")),
        "outputs": (gives("scores"),),
        "job_types": (JobType.TRAINING, JobType.TESTING),
    }
    return StepSpecification(**{**fields, **changes})


# name, changes, (code, part of the message, part of the fix)...
MALFORMED: list[tuple[str, dict[str, Any], list[tuple[str, str, str]]]] = [
    ("source with inputs", {"node_type": NodeType.SOURCE}, [("PC201", "SOURCE", "declare it INTERNAL")]),
    ("sink with outputs", {"node_type": NodeType.SINK}, [("PC201", "2 dependencies", "INTERNAL")]),
    ("singular", {"node_type": NodeType.SINGULAR}, [("PC201", "1 outputs", "INTERNAL")]),
    (
        "misspelt input",
        {"dependencies": (needs("modell", MODEL), needs("table"))},
        [("PC202", "'modell'", "did you mean 'model'?"), ("PC202", "'model'", "declare 'model'")],
    ),
    ("input left out", {"dependencies": (needs("model", MODEL),)}, [("PC202", "'table'", "remove it from")]),
    (
        "misspelt output",
        {"outputs": (gives("score"),)},
        [("PC202", "output 'score'", "'scores'"), ("PC202", "'scores'", "declare")],
    ),
    (
        "config input unknown",
        {"config_inputs": ("tabel",)},
        [("PC202", "'tabel'", "no unused contract inputs")],
    ),
    (
        "two inputs of one name",
        {"dependencies": (needs("model", MODEL), needs("table", aliases=("model",)))},
        [("PC204", "two dependencies called 'model'", "rename")],
    ),
    (
        "alias is the name",
        {"outputs": (gives("scores", aliases=("scores",)),)},
        [("PC204", "two outputs called 'scores'", "rename")],
    ),
    (
        "an alias with a dot",
        {"outputs": (gives("scores", aliases=("the.scores",)),)},
        [("PC209", "Score: 'the.scores'", "letters")],
    ),
    ("a type of two words", {"step_type": "Score it"}, [("PC209", "'Score it'", "letters")]),
    (
        "wrong property path",
        {"outputs": (gives("scores", property_path="properties.ModelArtifacts.S3ModelArtifacts"),)},
        [("PC203", "ModelArtifacts", "ProcessingOutputConfig.Outputs['scores'].S3Output.S3Uri")],
    ),
    ("another job kind", {"job_kind": JobKind.TRAINING}, [("PC202", "Training step", "leave job_kind out")]),
    (
        "no contract",
        {"script_contract": None, "job_kind": JobKind.PROCESSING},
        [("PC202", "without", "give it")],
    ),
    ("foreign job type", {"job_type": JobType.CALIBRATION}, [("PC205", "'calibration'", "training")]),
    (
        "port for a foreign job type",
        {"outputs": (gives("scores", only_for=(JobType.TESTING, JobType.VALIDATION)),)},
        [("PC205", "'validation', which Score does not have", "leave only_for out")],
    ),
    (
        "port of another variant",
        {"job_type": JobType.TESTING, "outputs": (gives("scores", only_for=(JobType.TRAINING,)),)},
        [("PC205", "Score.scores is not for the job type 'testing'", "variant()")],
    ),
    ("unknown field", {"dependancies": ()}, [("PC101", "'dependancies'", "'dependencies'")]),
    ("text for an enum", {"node_type": "internal"}, [("PC101", "'internal'", "correct")]),
    (
        "several at once",
        {"node_type": NodeType.SOURCE, "outputs": (gives("scores"), gives("scores"))},
        [("PC201", "SOURCE", ""), ("PC204", "'scores'", "")],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [pytest.param(*each[1:], id=each[0]) for each in MALFORMED])
def test_a_malformed_specification_is_refused(
    changes: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(SpecificationError) as caught:
        score(**changes)
    assert caught.value.codes == tuple(code for code, _, _ in expected)
    for problem, (_, message, fix) in zip(caught.value.diagnostics, expected, strict=True):
        assert message in problem.message
        assert fix in problem.fix


@pytest.mark.parametrize("kind", [DependencySpec, OutputSpec])
@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"logical_name": "a"}, "type is missing"),
        ({"logical_name": "a", "type": "dataset"}, "got 'dataset'"),
        ({"logical_name": "a", "type": DATA, "kind": 1}, "no field 'kind'"),
        ({"logical_name": "a", "type": DATA, "semantic_keywords": "data"}, "got 'data'"),
    ],
)
def test_a_malformed_port_is_refused(kind: Any, fields: dict[str, Any], text: str) -> None:
    with pytest.raises(SpecificationError, match="PC101") as caught:
        kind(**fields)
    assert text in str(caught.value)


def test_nothing_is_converted_silently() -> None:
    with pytest.raises(SpecificationError, match="got 'no'"):
        needs("a", required="no")


def test_a_processing_output_is_found_by_its_logical_name() -> None:
    spec = score()
    assert spec.property_path(spec.outputs[0]) == "ProcessingOutputConfig.Outputs['scores'].S3Output.S3Uri"
    given = "properties.ProcessingOutputConfig.Outputs['scores'].S3Output.S3Uri"
    assert score(outputs=(gives("scores", property_path=given),))


def test_a_training_output_is_found_by_what_the_job_collects() -> None:
    spec = StepSpecification(
        step_type="Fit",
        node_type=NodeType.INTERNAL,
        summary="Fit.",
        script_contract=TRAINING,
        dependencies=(needs("table"),),
        outputs=(gives("model", MODEL), gives("report", METRICS)),
    )
    paths = {each.logical_name: spec.property_path(each) for each in spec.outputs}
    assert paths == {"model": "ModelArtifacts.S3ModelArtifacts", "report": "OutputDataConfig.S3OutputPath"}
    assert spec.job_kind is JobKind.TRAINING, "the contract gives the job kind"


def test_a_tuning_step_has_the_outputs_of_its_best_training_job() -> None:
    training = StepSpecification(
        step_type="Fit",
        node_type=NodeType.INTERNAL,
        summary="Fit.",
        script_contract=TRAINING,
        dependencies=(needs("table"),),
        outputs=(gives("model", MODEL), gives("report", METRICS)),
    )
    spec = training.tuning("Search", "Search.")
    assert (spec.job_kind, spec.dependencies) == (JobKind.TUNING, training.dependencies)
    for output, archive in zip(spec.outputs, ("model.tar.gz", "output.tar.gz"), strict=True):
        assert output.stands_in_for == ("Fit",)
        assert spec.location("Node", output) == Join(
            "/",
            (
                Get("Steps.Node.TrainingJobDefinition.OutputDataConfig.S3OutputPath"),
                Get("Steps.Node.BestTrainingJob.TrainingJobName"),
                f"output/{archive}",
            ),
        )


def test_a_registered_model_is_known_by_its_arn() -> None:
    output = gives("package", DependencyType.MODEL_PACKAGE, data_type=DataType.ARN)
    fields: dict[str, Any] = {
        "step_type": "Register",
        "node_type": NodeType.SOURCE,
        "summary": "Register.",
        "job_kind": JobKind.REGISTER_MODEL,
    }
    assert StepSpecification(**fields, outputs=(output,)).property_path(output) == "ModelPackageArn"
    with pytest.raises(SpecificationError) as caught:
        StepSpecification(**fields, outputs=(output.model_copy(update={"property_path": "Arn"}),))
    assert caught.value.codes == ("PC203",)


def test_variants_differ_in_their_job_type_only() -> None:
    spec = score()
    variant = spec.variant("training")
    assert (spec.name, variant.name) == ("Score", "Score_training")
    assert variant == spec.variant(JobType.TRAINING)
    assert variant.variant("testing").name == "Score_testing"
    assert variant.model_copy(update={"job_type": None}) == spec


@pytest.mark.parametrize(
    ("spec", "wanted", "fix"),
    [
        (score(), "trainig", "did you mean 'training'?"),
        (score(), "calibration", "testing, training"),
        (score(job_types=()), "training", "leave it out"),
        (score(), "nonsense", "use one of the job types: testing, training"),
    ],
)
def test_a_variant_that_does_not_exist(spec: StepSpecification, wanted: str, fix: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        spec.variant(wanted)
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC205"
    assert f"'{wanted}'" in problem.message
    assert fix in problem.fix


def test_ports_are_found_by_alias() -> None:
    spec = score(outputs=(gives("scores", aliases=("predictions",)),))
    assert spec.output("predictions") is spec.output("scores")
    assert spec.output("nothing") is None
    assert spec.dependency("table") is spec.dependencies[1]


def test_alignment_is_valid_for_what_could_be_constructed() -> None:
    result = validate_contract_alignment(score())
    assert result.is_valid
    assert result.errors == result.warnings == ()


def test_alignment_of_what_was_bent_afterwards() -> None:
    result = validate_contract_alignment(score().model_copy(update={"outputs": ()}))
    assert not result.is_valid
    assert [each.code for each in result.errors] == ["PC201", "PC202"]


def test_steps_that_fit_each_other() -> None:
    producer, consumer = step("Load", gives("x"), gives("m", MODEL)), step("Use", needs("model", MODEL))
    assert validate_cross_step_compatibility(producer, consumer).is_valid


def test_steps_that_do_not_fit_list_every_pair_with_its_gate() -> None:
    producer = step("Load", gives("x"), gives("y", METRICS), job="training")
    consumer = step("Use", needs("model", MODEL), needs("x", compatible_sources=("Other",)), job="testing")
    result = validate_cross_step_compatibility(producer, consumer)
    (problem,) = result.errors
    assert problem.code == "PC211"
    assert "Load_training" in problem.message
    assert len(problem.details) == 4
    details = dict(each.split(": ", 1) for each in problem.details)
    assert details["x -> model"].startswith("carries dataset, not model")
    assert details["x -> x"] == (
        "Load is not among its compatible sources (Other); job type is training, not testing"
    )


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ((), NodeType.SINGULAR),
        ((gives("a"),), NodeType.SOURCE),
        ((needs("a"),), NodeType.SINK),
        ((needs("a"), gives("b")), NodeType.INTERNAL),
    ],
)
def test_node_types(ports: tuple[Any, ...], expected: NodeType) -> None:
    assert step("S", *ports).node_type is expected


def test_all_job_types_are_those_that_exist() -> None:
    assert [each.value for each in ALL_JOB_TYPES] == ["training", "calibration", "validation", "testing"]


def test_a_variant_has_the_ports_of_its_job_type_and_a_contract_without_the_others() -> None:
    model, scores = needs("model", MODEL, only_for=(JobType.TESTING,)), gives("scores", only_for=())
    spec = score(dependencies=(model, needs("table")), outputs=(scores,))
    training, testing = spec.variant("training"), spec.variant(JobType.TESTING)
    assert [each.logical_name for each in training.dependencies] == ["table"]
    assert training.dependency("model") is None
    assert testing.dependencies == spec.dependencies
    assert testing.script_contract is CONTRACT
    assert training.script_contract is not None
    assert set(training.script_contract.mounted_inputs) == {"table"}
    assert training.script_contract.expected_output_paths == CONTRACT.expected_output_paths
    assert validate_contract_alignment(training).is_valid
    assert StepSpecification(**dict(training)) == training


def test_a_variant_that_loses_a_side_becomes_another_node_type() -> None:
    restricted = {"only_for": (JobType.TESTING,)}
    spec = score(dependencies=(needs("model", MODEL, **restricted), needs("table", **restricted)))
    assert (spec.node_type, spec.variant("testing").node_type) == (NodeType.INTERNAL, NodeType.INTERNAL)
    assert spec.variant("training").node_type is NodeType.SOURCE


def test_the_clauses_about_a_port_go_with_it() -> None:
    wanted = StepContract(inputs={name: FilesContract(files=("a",)) for name in ("model", "table")})
    contract = CONTRACT.model_copy(update={"quality": wanted})
    spec = score(
        script_contract=contract,
        dependencies=(needs("model", MODEL, only_for=(JobType.TESTING,)), needs("table")),
    )
    training = spec.variant("training").script_contract
    assert training is not None
    assert set(training.quality.inputs) == {"table"}
    assert set(contract.quality.inputs) == {"model", "table"}
