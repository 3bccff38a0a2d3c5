"""`pipeline.plan()`, and what `upsert` records, with whichever line of the SDK is installed."""

from __future__ import annotations

import json

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.plan.definitions import digest
from pipeline_compiler.plan.tags import DEFINITION_TAG

from .conftest import Aws, Build, compiled_from, configuration


def changed() -> CompiledPipeline:
    config = configuration()
    config["steps"]["XGBoostTraining"] = {"hyperparameters": {"max_depth": 9}}
    return compiled_from(config)


def test_the_plan_of_an_upsert(aws: Aws, compiled: CompiledPipeline, build: Build) -> None:
    assert build(compiled).plan().deployed is None
    build(compiled).upsert()
    assert not build(compiled).plan()
    plan = build(changed()).plan()
    assert "~ hyperparameter max_depth: 6 -> 9" in str(plan)
    assert "hyperparameter max_depth: 6 -&gt; 9" in plan._repr_html_()
    assert plan.reruns[0] == "XGBoostTraining"
    build(changed()).upsert()
    assert not build(changed()).plan()


def test_what_upsert_and_update_record_makes_drift_visible(
    aws: Aws, compiled: CompiledPipeline, build: Build
) -> None:
    arn = build(compiled).upsert()["PipelineArn"]
    assert aws.tags(arn)[DEFINITION_TAG] == digest(compiled.definition)
    build(changed()).update()
    assert aws.tags(arn)[DEFINITION_TAG] == digest(changed().definition)
    document = json.loads(changed().definition)
    document["Steps"][0]["Arguments"]["StoppingCondition"]["MaxRuntimeInSeconds"] = 5
    aws.sagemaker.update_pipeline(PipelineName=compiled.name, PipelineDefinition=json.dumps(document))
    drift = build(changed()).plan().drift
    assert drift is not None
    assert [step.name for step in drift.differences.steps] == ["CradleDataLoading_calibration"]


def test_steps_that_were_added_are_part_of_the_plan(
    aws: Aws, compiled: CompiledPipeline, build: Build
) -> None:
    build(compiled).upsert()
    pipeline = build(compiled)
    pipeline.step("MimsPayload").add_depends_on(["MimsPackage"])
    plan = pipeline.plan()
    assert [(step.name, [each.field for each in step.fields]) for step in plan.differences.steps] == [
        ("MimsPayload", ["waits for"])
    ]
    pipeline.upsert()
    assert not pipeline.plan()
    assert build(compiled).plan()
