"""Steps made with the SDK beside compiled ones."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline_compiler import compile_pipeline
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.model_checks import check_model
from script_contracts.core.diagnostics import PipelineCompilerError
from tests.configs import minimal_config
from tests.conformance.handwritten import tuning

from .conftest import ROLE, Aws, Build


@pytest.fixture(scope="module")
def classes(sdk: str, endpoint: str) -> SimpleNamespace:
    """The SDK's own classes, from where the installed line has them."""

    def module(name: str) -> Any:
        if sdk == "2":
            return importlib.import_module(f"sagemaker.workflow.{name}")
        layer = "mlops" if name in ("steps", "fail_step", "condition_step", "pipeline") else "core"
        return importlib.import_module(f"sagemaker.{layer}.workflow.{name}")

    return SimpleNamespace(
        ProcessingStep=module("steps").ProcessingStep,
        FailStep=module("fail_step").FailStep,
        ConditionStep=module("condition_step").ConditionStep,
        ConditionLessThan=module("conditions").ConditionLessThan,
        JsonGet=module("functions").JsonGet,
        Join=module("functions").Join,
        ParameterString=module("parameters").ParameterString,
        PipelineSession=module("pipeline_context").PipelineSession,
    )


@pytest.fixture
def pipeline(compiled: CompiledPipeline, build: Build) -> Any:
    return build(compiled)


def steps_of(pipeline: Any) -> dict[str, Any]:
    def flat(steps: list[Any]) -> list[Any]:
        nested = [
            flat(s["Arguments"].get("IfSteps", []) + s["Arguments"].get("ElseSteps", [])) for s in steps
        ]
        return [*steps, *(step for each in nested for step in each)]

    return {step["Name"]: step for step in flat(json.loads(pipeline.definition())["Steps"])}


def audit_step(classes: SimpleNamespace, sdk: str, source: Any, **options: Any) -> Any:
    """A processing step made with the SDK's own wrapper, which reads `source`."""
    session = classes.PipelineSession(default_bucket="ml-fraud")
    prefix = "sagemaker.core.processing" if sdk == "3" else "sagemaker.processing"
    processor = importlib.import_module(prefix).Processor(
        role=ROLE,
        image_uri="123456789012.dkr.ecr.us-east-1.amazonaws.com/audit:1",
        instance_count=1,
        instance_type="ml.m5.xlarge",
        entrypoint=["python3", "audit.py"],
        sagemaker_session=session,
    )
    path = "/opt/ml/processing/input/model"
    if sdk == "3":
        shapes = importlib.import_module("sagemaker.core.shapes")
        location = shapes.ProcessingS3Input(
            s3_uri=source, local_path=path, s3_data_type="S3Prefix", s3_input_mode="File"
        )
        given = shapes.ProcessingInput(input_name="model", s3_input=location)
    else:
        inputs = importlib.import_module("sagemaker.processing")
        given = inputs.ProcessingInput(source=source, destination=path, input_name="model")
    return classes.ProcessingStep(name="Audit", step_args=processor.run(inputs=[given]), **options)


def test_properties_are_the_sdks(pipeline: Any) -> None:
    training = pipeline.step("XGBoostTraining").properties
    assert training.ModelArtifacts.S3ModelArtifacts.expr == {
        "Get": "Steps.XGBoostTraining.ModelArtifacts.S3ModelArtifacts"
    }
    outputs = pipeline.step("TabularPreprocessing_training").properties.ProcessingOutputConfig.Outputs
    assert outputs["processed_data"].S3Output.S3Uri.expr == {
        "Get": "Steps.TabularPreprocessing_training.ProcessingOutputConfig."
        "Outputs['processed_data'].S3Output.S3Uri"
    }
    registered = pipeline.step("MimsRegistration").properties.ModelPackageArn
    assert registered.expr == {"Get": "Steps.MimsRegistration.ModelPackageArn"}
    assert pipeline.step("QualityGate").properties.Outcome.expr == {"Get": "Steps.QualityGate.Outcome"}
    with pytest.raises(AttributeError):
        _ = training.ModelArtefacts


def test_models_and_transform_jobs_have_the_sdks_properties(build: Build) -> None:
    compiled = compile_pipeline("XGBoostScoreNewData", minimal_config("XGBoostScoreNewData"))
    pipeline = build(compiled)
    name = pipeline.step("ModelFromPackage").properties.ModelName
    assert name.expr == {"Get": "Steps.ModelFromPackage.ModelName"}
    predictions = pipeline.step("BatchTransform").properties.TransformOutput.S3OutputPath
    assert predictions.expr == {"Get": "Steps.BatchTransform.TransformOutput.S3OutputPath"}
    assert pipeline.definition() == compiled.definition


def test_a_tuning_step_has_the_sdks_properties(build: Build) -> None:
    compiled = compile_pipeline("XGBoostSimple", minimal_config("XGBoostSimple"))
    document = {**compiled.document, "Steps": [tuning("Tune")]}
    pipeline = build(replace(compiled, definition=json.dumps(document)))
    step = pipeline.step("Tune")
    found = step.properties
    properties = {
        "BestTrainingJob.TrainingJobName": found.BestTrainingJob.TrainingJobName,
        "TrainingJobDefinition.OutputDataConfig.S3OutputPath": (
            found.TrainingJobDefinition.OutputDataConfig.S3OutputPath
        ),
        "TrainingJobSummaries[0].TrainingJobName": found.TrainingJobSummaries[0].TrainingJobName,
    }
    for path, value in properties.items():
        assert value.expr == {"Get": f"Steps.Tune.{path}"}
    assert pipeline.definition() == json.dumps(document)
    assert step.to_request()["Arguments"] == document["Steps"][0]["Arguments"]


def test_an_sdk_processing_step_reads_what_a_compiled_step_wrote(
    pipeline: Any, classes: SimpleNamespace, sdk: str, aws: Aws, compiled: CompiledPipeline
) -> None:
    artifacts = pipeline.step("XGBoostTraining").properties.ModelArtifacts.S3ModelArtifacts
    evaluation = pipeline.step("XGBoostModelEvaluation_calibration")
    pipeline.steps.append(audit_step(classes, sdk, artifacts, depends_on=[evaluation]))
    steps = steps_of(pipeline)
    assert steps["Audit"]["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] == artifacts.expr
    assert steps["Audit"]["DependsOn"] == ["XGBoostModelEvaluation_calibration"]
    assert {name: step for name, step in steps.items() if name != "Audit"} == {
        step["Name"]: step for step in compiled.steps
    }
    pipeline.upsert()
    assert pipeline.describe()["PipelineDefinition"] == pipeline.definition()


def test_a_condition_on_a_compiled_steps_metrics(pipeline: Any, classes: SimpleNamespace) -> None:
    evaluation = pipeline.step("XGBoostModelEvaluation_calibration")
    loss = classes.JsonGet(
        step_name=evaluation.name, property_file=evaluation.property_files[0], json_path="log_loss"
    )
    pipeline.parameters.append(classes.ParameterString("Contact", default_value="nobody"))
    message = classes.Join(on=" ", values=["ask", pipeline.parameters[-1]])
    alarm = classes.FailStep(name="Alarm", error_message=message)
    pipeline.steps.append(
        classes.ConditionStep(
            name="LossGate",
            conditions=[classes.ConditionLessThan(left=loss, right=0.7)],
            if_steps=[],
            else_steps=[alarm],
        )
    )
    document = json.loads(pipeline.definition())
    assert [each["Name"] for each in document["Parameters"]] == ["MinAuc", "Contact"]
    [gate] = [step for step in document["Steps"] if step["Name"] == "LossGate"]
    assert gate["Arguments"]["Conditions"][0]["LeftValue"]["Std:JsonGet"] == {
        "PropertyFile": {"Get": "Steps.XGBoostModelEvaluation_calibration.PropertyFiles.metrics_output"},
        "Path": "log_loss",
    }
    assert gate["Arguments"]["ElseSteps"][0]["Name"] == "Alarm"


def test_a_step_inside_a_compiled_gate(pipeline: Any, classes: SimpleNamespace) -> None:
    package = pipeline.step("MimsPackage")
    message = classes.Join(
        on="", values=["stop ", package.properties.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri]
    )
    stop = classes.FailStep(name="Stop", error_message=message, depends_on=["MimsRegistration"])
    pipeline.step("QualityGate").if_steps.append(stop)
    document = json.loads(pipeline.definition())
    [gate] = [step for step in document["Steps"] if step["Type"] == "Condition"]
    inside = {step["Name"]: step for step in gate["Arguments"]["IfSteps"]}
    assert set(inside) == {"MimsPackage", "MimsPayload", "MimsRegistration", "Stop"}
    assert inside["Stop"]["DependsOn"] == ["MimsRegistration"]
    assert pipeline.step("Stop") is stop


def test_a_step_outside_may_refer_to_one_inside_a_gate(pipeline: Any, classes: SimpleNamespace) -> None:
    """The SDK would otherwise take the gated step for one that the pipeline lacks, and add it again."""
    uri = pipeline.step("MimsPackage").properties.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri
    pipeline.steps.append(classes.FailStep(name="Stop", error_message=classes.Join(on="", values=["x", uri])))
    top = [step["Name"] for step in json.loads(pipeline.definition())["Steps"]]
    assert "Stop" in top
    assert "MimsPackage" not in top


def test_a_compiled_step_may_wait_for_an_added_one(pipeline: Any, classes: SimpleNamespace, sdk: str) -> None:
    added = audit_step(classes, sdk, "s3://ml-fraud/model/")
    pipeline.steps.append(added)
    pipeline.step("MimsPackage").add_depends_on([added])
    assert steps_of(pipeline)["MimsPackage"]["DependsOn"] == ["Audit"]


def test_an_added_step_that_aws_would_refuse(pipeline: Any, classes: SimpleNamespace) -> None:
    pipeline.steps.append(classes.FailStep(name="Stop", error_message="x" * 4000))
    with pytest.raises(PipelineCompilerError) as caught:
        pipeline.definition()
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC557"
    assert "Stop: the ErrorMessage has 4000 characters" in problem.message
    assert problem.details == ("in the definition: Stop.Arguments.ErrorMessage",)


def test_dependencies_between_compiled_steps_can_be_added(pipeline: Any, compiled: CompiledPipeline) -> None:
    pipeline.step("MimsPayload").add_depends_on(["MimsPackage"])
    steps = steps_of(pipeline)
    assert steps.pop("MimsPayload")["DependsOn"] == ["MimsPackage"]
    assert steps.keys() == {step["Name"] for step in compiled.steps} - {"MimsPayload"}


def test_a_changed_default_shows(pipeline: Any) -> None:
    pipeline.parameters[0].default_value = 0.95
    assert json.loads(pipeline.definition())["Parameters"][0]["DefaultValue"] == 0.95


def test_what_is_removed_again_leaves_no_trace(pipeline: Any, classes: SimpleNamespace) -> None:
    pipeline.steps.append(classes.FailStep(name="Stop", error_message="no"))
    assert pipeline.definition() != pipeline.compiled.definition
    pipeline.steps.pop()
    assert pipeline.definition() == pipeline.compiled.definition


def test_a_steps_request_cannot_be_changed_by_accident(pipeline: Any) -> None:
    pipeline.step("XGBoostTraining").arguments["RoleArn"] = "mine"
    pipeline.step("XGBoostTraining").to_request()["Arguments"]["RoleArn"] = "mine"
    pipeline.steps.append(pipeline.steps.pop())
    assert pipeline.definition() == pipeline.compiled.definition


def test_a_step_of_an_earlier_build_is_refused(
    pipeline: Any, classes: SimpleNamespace, compiled: CompiledPipeline
) -> None:
    """As in a notebook whose cells ran out of order: the SDK would silently add the old step as well."""
    from pipeline_compiler.sagemaker_pipeline import to_sagemaker_pipeline

    earlier = to_sagemaker_pipeline(compiled).step("XGBoostTraining")
    message = classes.Join(on="", values=["x", earlier.properties.ModelArtifacts.S3ModelArtifacts])
    pipeline.steps.append(classes.FailStep(name="Stop", error_message=message))
    with pytest.raises(PipelineCompilerError, match="2 steps are called 'XGBoostTraining'") as caught:
        pipeline.definition()
    assert caught.value.codes == ("PC509",)


def test_an_undeclared_parameter_is_refused(pipeline: Any, classes: SimpleNamespace) -> None:
    message = classes.Join(on="", values=["x", classes.ParameterString("Contact")])
    pipeline.steps.append(classes.FailStep(name="Stop", error_message=message))
    with pytest.raises(PipelineCompilerError, match="parameter 'Contact'"):
        pipeline.definition()


def test_an_unknown_property_reference_is_refused(pipeline: Any, classes: SimpleNamespace) -> None:
    stop = classes.FailStep(name="Stop", error_message={"Get": "Steps.XGBoostTrainin.CreationTime"})
    pipeline.steps.append(stop)
    with pytest.raises(PipelineCompilerError, match="refers to the step 'XGBoostTrainin'") as caught:
        pipeline.definition()
    assert "XGBoostTraining" in caught.value.diagnostics[0].fix


def test_a_name_that_is_taken_is_refused(pipeline: Any, classes: SimpleNamespace) -> None:
    pipeline.steps.append(classes.FailStep(name="MimsPackage", error_message="no"))
    with pytest.raises(ValueError, match="duplicate names"):  # the SDK's own error
        pipeline.definition()


def test_an_unknown_step_is_named_with_a_suggestion(pipeline: Any) -> None:
    with pytest.raises(PipelineCompilerError, match="has no step 'XGBoostTrainin'") as caught:
        pipeline.step("XGBoostTrainin")
    assert caught.value.codes == ("PC509",)
    assert "did you mean 'XGBoostTraining'?" in caught.value.diagnostics[0].fix


def test_a_definition_with_steps_of_the_sdk_conforms(
    pipeline: Any, classes: SimpleNamespace, sdk: str
) -> None:
    artifacts = pipeline.step("XGBoostTraining").properties.ModelArtifacts.S3ModelArtifacts
    message = classes.Join(on=" ", values=["stop", artifacts])
    pipeline.steps.append(audit_step(classes, sdk, artifacts))
    pipeline.step("QualityGate").if_steps.append(classes.FailStep(name="Stop", error_message=message))
    document = json.loads(pipeline.definition())
    assert list(check_model(Definition(document))) == []
    audit = next(step for step in document["Steps"] if step["Name"] == "Audit")
    audit["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"]["Get"] += "Uri"
    [finding] = check_model(Definition(document))
    assert "S3ModelArtifactsUri" in finding.message
    assert finding.fix == "did you mean 'S3ModelArtifacts'?"
