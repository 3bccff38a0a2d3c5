"""Images by framework: which one a step gets, what is installed into it, and what cannot work."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline, Template, compile_pipeline
from pipeline_compiler.template import load_template
from script_contracts.core.diagnostics import PipelineCompilerError
from tests.configs import minimal_config, with_values

TEMPLATE = "PyTorchTrainEvaluateE2E"
OWN = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"


def compiled(**values: Any) -> CompiledPipeline:
    named = {name.replace("__", "."): value for name, value in values.items()}
    return compile_pipeline(TEMPLATE, with_values(minimal_config(TEMPLATE), named))


def refused(**values: Any) -> list[tuple[str, str]]:
    with pytest.raises(PipelineCompilerError) as caught:
        compiled(**values)
    return [(each.code, each.message) for each in caught.value.diagnostics]


def steps(pipeline: CompiledPipeline) -> Mapping[str, Any]:
    found = {}

    def walk(entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            found[entry["Name"]] = entry["Arguments"]
            walk(entry["Arguments"].get("IfSteps", []))

    walk(json.loads(pipeline.definition)["Steps"])
    return found


def images(pipeline: CompiledPipeline) -> tuple[str, str, str]:
    """Of training, evaluation and serving, without the registry."""
    found = steps(pipeline)
    (container,) = found["MimsRegistration"]["InferenceSpecification"]["Containers"]
    named = (
        found["PyTorchTraining"]["AlgorithmSpecification"]["TrainingImage"],
        found["PyTorchModelEvaluation_calibration"]["AppSpecification"]["ImageUri"],
        container["Image"],
    )
    training, evaluation, serving = (image.rpartition("/")[2] for image in named)
    return training, evaluation, serving


def files_of(pipeline: CompiledPipeline, entry_point: str) -> dict[str, bytes]:
    """The code bundle with that program."""
    for asset in pipeline.assets:
        files = {name: content for name, content in asset.files.items() if isinstance(content, bytes)}
        if "sourcedir.tar.gz" in files:
            with tarfile.open(fileobj=io.BytesIO(files["sourcedir.tar.gz"])) as archive:
                members = {each.name: archive.extractfile(each) for each in archive.getmembers()}
                files = {name: stream.read() for name, stream in members.items() if stream}
        if json.loads(files["contract.json"])["entry_point"] == entry_point:
            return files
    raise AssertionError(entry_point)


def test_the_instance_type_chooses_the_image() -> None:
    assert images(compiled()) == (
        "pytorch-training:2.6.0-cpu-py312",
        "pytorch-training:2.6.0-cpu-py312",
        "pytorch-inference:2.6.0-cpu-py312",
    )
    on_gpu = compiled(
        steps__PyTorchTraining__instance_type="ml.g5.xlarge",
        steps__MimsRegistration__inference_instances=["ml.g5.xlarge"],
        steps__MimsRegistration__transform_instances=["ml.g4dn.xlarge"],
        defaults__pytorch_version="2.5.1",
    )
    assert images(on_gpu) == (
        "pytorch-training:2.5.1-gpu-py311",
        "pytorch-training:2.5.1-cpu-py311",
        "pytorch-inference:2.5.1-gpu-py311",
    )


def test_the_registry_learns_the_framework_of_the_model() -> None:
    (container,) = steps(compiled())["MimsRegistration"]["InferenceSpecification"]["Containers"]
    assert (container["Framework"], container["FrameworkVersion"]) == ("PYTORCH", "2.6.0")


def test_a_job_installs_what_its_image_lacks() -> None:
    pipeline = compiled()
    training = files_of(pipeline, "pytorch_training.py")["requirements.txt"].decode().splitlines()
    assert [line.split("==")[0] for line in training] == [
        "lightning",
        "onnx",
        "onnxscript",
        "pyarrow",
        "tokenizers",
        "transformers",
    ]
    evaluation = files_of(pipeline, "pytorch_model_evaluation.py")
    assert evaluation["requirements.txt"].decode() == "pyarrow==22.0.0\ntokenizers==0.22.1\n"
    entry = steps(pipeline)["PyTorchModelEvaluation_calibration"]["AppSpecification"]["ContainerEntrypoint"]
    names = [part.rpartition("/")[2] for part in entry]
    assert names == ["python3", "with_requirements.py", "pytorch_model_evaluation.py"]
    assert set(names[1:]) <= set(evaluation)
    assert "requirements.txt" not in files_of(pipeline, "tabular_preprocessing.py")


def test_an_image_of_ones_own_has_all_that_it_needs() -> None:
    own = {"steps__PyTorchTraining__image_uri": OWN}
    own["steps__PyTorchModelEvaluation_calibration__image_uri"] = OWN
    pipeline = compiled(**own, pipeline__network_isolation=True)
    for program in ("pytorch_training.py", "pytorch_model_evaluation.py"):
        assert "requirements.txt" not in files_of(pipeline, program)
    entry = steps(pipeline)["PyTorchModelEvaluation_calibration"]["AppSpecification"]["ContainerEntrypoint"]
    assert entry[1].endswith("/pytorch_model_evaluation.py")


def test_nothing_is_installed_without_a_network() -> None:
    problems = refused(pipeline__network_isolation=True)
    assert [code for code, _ in problems] == ["PC428", "PC428"]
    assert "PyTorchModelEvaluation_calibration would install pyarrow==22.0.0" in problems[0][1]


def test_checkpoints_have_a_place_of_the_executions_own() -> None:
    checkpoints = steps(compiled())["PyTorchTraining"]["CheckpointConfig"]
    assert checkpoints["LocalPath"] == "/opt/ml/checkpoints"
    assert checkpoints["S3Uri"]["Std:Join"]["Values"][-3:] == [
        {"Get": "Execution.PipelineExecutionId"},
        "PyTorchTraining",
        "checkpoints",
    ]


@pytest.mark.parametrize(
    ("values", "code", "message"),
    [
        (
            {"steps__PyTorchModelEvaluation_calibration__pytorch_version": "2.5.1"},
            "PC422",
            "one model, several PyTorch versions: 2.5.1 in PyTorchModelEvaluation_calibration; 2.6.0 in",
        ),
        (
            {"steps__MimsRegistration__xgboost_version": "3.0-5"},
            "PC422",
            "MimsRegistration sets xgboost_version, but its model is trained with PyTorch",
        ),
        (
            {"steps__PyTorchTraining__instance_type": "ml.trn1.2xlarge"},
            "PC429",
            "no PyTorch image is known for ml.trn1.2xlarge",
        ),
        (
            {"steps__MimsRegistration__inference_instances": ["ml.g5.xlarge"]},
            "PC429",
            "one PyTorch image for instances with and without a GPU (ml.g5.xlarge: gpu; ml.m5.xlarge: cpu)",
        ),
        (
            {
                "parameters__Machine": {
                    "default": "ml.m5.xlarge",
                    "sets": "PyTorchTraining.instance_type",
                    "allowed": ["ml.m5.xlarge", "ml.g5.xlarge"],
                }
            },
            "PC429",
            "one PyTorch image for instances with and without a GPU",
        ),
    ],
)
def test_what_cannot_work(values: dict[str, Any], code: str, message: str) -> None:
    (problem,) = refused(**values)
    assert problem[0] == code
    assert message in problem[1]


def test_the_version_of_a_framework_that_only_packs_is_free() -> None:
    assert images(compiled(steps__MimsPackage__xgboost_version="3.0-5"))[0].startswith("pytorch-training")


def test_several_hosts_and_a_metric_gate_are_allowed() -> None:
    pipeline = compiled(steps__PyTorchTraining__instance_count=2, steps__QualityGate__metric="f1")
    assert steps(pipeline)["PyTorchTraining"]["ResourceConfig"]["InstanceCount"] == 2


def scoring(**values: Any) -> CompiledPipeline:
    """The template, with a model of its package, and two jobs that score with that."""
    template = load_template(TEMPLATE)
    jobs = {"Old": "BatchTransform", "New": "BatchTransform"}
    steps = {**{each.name: each.step for each in template.steps}, "CreateModel": "CreateModel", **jobs}
    edges = [*template.edges, "MimsPackage -> CreateModel", *(f"CreateModel -> {each}" for each in jobs)]
    requests = {f"steps.{each}.requests": {"files": "s3://ml-fraud/new/"} for each in jobs}
    named = {name.replace("__", "."): value for name, value in values.items()}
    config = with_values(minimal_config(TEMPLATE), {**requests, **named})
    return compile_pipeline(Template.of("Scoring", steps, edges), {**config, "template": None})


def refused_scoring(**values: Any) -> tuple[str, str]:
    with pytest.raises(PipelineCompilerError) as caught:
        scoring(**values)
    (problem,) = caught.value.diagnostics
    return problem.code, problem.message


def test_a_model_of_this_pipeline_is_served_as_the_registry_would_serve_it() -> None:
    found = steps(scoring())
    (container,) = found["MimsRegistration"]["InferenceSpecification"]["Containers"]
    made = found["CreateModel"]["PrimaryContainer"]
    assert made["Image"].endswith("/pytorch-inference:2.6.0-cpu-py312")
    assert {name: container[name] for name in made} == made


def test_the_jobs_that_score_with_a_model_choose_its_image() -> None:
    on_gpu = scoring(steps__Old__instance_type="ml.g5.xlarge", steps__New__instance_type="ml.g4dn.xlarge")
    image = steps(on_gpu)["CreateModel"]["PrimaryContainer"]["Image"]
    assert image.endswith("/pytorch-inference:2.6.0-gpu-py312")


MACHINE = {
    "default": "ml.m5.xlarge",
    "sets": "New.instance_type",
    "allowed": ["ml.m5.xlarge", "ml.g5.xlarge"],
}


@pytest.mark.parametrize(
    ("values", "code", "message"),
    [
        ({"steps__Old__instance_type": "ml.g5.xlarge"}, "PC429", "ml.g5.xlarge: gpu"),
        ({"parameters__Machine": MACHINE}, "PC429", "ml.g5.xlarge: gpu"),
        ({"steps__CreateModel__pytorch_version": "2.5.1"}, "PC422", "2.5.1 in CreateModel"),
        ({"steps__CreateModel__xgboost_version": "3.0-5"}, "PC422", "its model is trained with PyTorch"),
    ],
)
def test_a_model_that_could_not_be_served(values: dict[str, Any], code: str, message: str) -> None:
    found = refused_scoring(**values)
    assert found[0] == code
    assert message in found[1]


def test_a_package_installs_nothing_without_a_network() -> None:
    own = {"pipeline__network_isolation": True, "steps__PyTorchTraining__image_uri": OWN}
    own["steps__PyTorchModelEvaluation_calibration__image_uri"] = OWN
    code, message = refused_scoring(**own)
    assert (code, message[:62]) == ("PC428", "CreateModel would install what the inference code packed by Mi")
    image = scoring(**own, steps__CreateModel__image_uri=OWN)
    assert steps(image)["CreateModel"]["PrimaryContainer"]["Image"] == OWN
    scripts = {"files": "s3://ml-fraud/code/"}
    assert scoring(**own, steps__MimsPackage__inference_scripts_input=scripts).definition
