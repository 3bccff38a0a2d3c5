"""`build_pipeline(...)` against S3 and SageMaker over HTTP, with whichever line of the SDK is installed."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import build_pipeline, compile_pipeline
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.plan.definitions import digest
from pipeline_compiler.plan.tags import DEFINITION_TAG
from pipeline_compiler.resources import resource
from pipeline_compiler.uploads import DeployError
from tests.configs import with_few_files

from .conftest import (
    BUCKET,
    ROLE,
    TEMPLATE,
    Aws,
    Build,
    compiled_from,
    configuration,
    expected_objects,
    many_steps,
    requests_sent,
)


def test_the_life_of_a_pipeline(aws: Aws) -> None:
    pipeline = build_pipeline(TEMPLATE, configuration())
    arn = pipeline.upsert()["PipelineArn"]
    described = pipeline.describe()
    assert described["PipelineArn"] == arn
    assert described["PipelineDefinition"] == pipeline.compiled.definition
    assert described["RoleArn"] == ROLE

    execution = pipeline.start(parameters={"MinAuc": 0.85})
    assert execution.describe()["PipelineArn"] == arn
    started = aws.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=execution.arn)
    assert started["PipelineParameters"] == [{"Name": "MinAuc", "Value": "0.85"}]

    config = configuration()
    config["parameters"]["MinAuc"]["default"] = 0.9
    changed = build_pipeline(TEMPLATE, config)
    assert changed.upsert()["PipelineArn"] == arn
    assert json.loads(changed.describe()["PipelineDefinition"])["Parameters"][0]["DefaultValue"] == 0.9

    changed.delete()
    assert aws.pipelines() == []


def test_every_address_that_the_definition_names_as_code_holds_it(
    aws: Aws, whole: CompiledPipeline, build: Build
) -> None:
    build(whole).upsert()
    written = aws.writes()
    assert {uri: aws.content(uri) for uri in written} == expected_objects(whole)
    named = [uri for uri in strings(whole.document) if f"s3://{BUCKET}/pipelines/code/" in uri]
    assert len(named) >= 7
    for uri in named:
        uri = json.loads(uri) if uri.startswith('"') else uri  # hyperparameters are JSON
        assert any(each == uri or each.startswith(f"{uri}/") for each in written)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for child in children for text in strings(child)]


def test_a_second_upsert_writes_nothing(aws: Aws, compiled: CompiledPipeline, build: Build) -> None:
    pipeline = build(compiled)
    first = pipeline.upsert()
    written = aws.writes()
    assert len(written) == len(set(written)) == len(expected_objects(compiled))
    assert pipeline.upsert()["PipelineArn"] == first["PipelineArn"]
    assert build(compiled).upsert()["PipelineArn"] == first["PipelineArn"]
    assert aws.writes() == written


def test_editing_one_script_uploads_its_bundle_alone(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: Build
) -> None:
    scripts = tmp_path / "scripts"
    shutil.copytree(resource("scripts"), scripts)
    monkeypatch.setattr("pipeline_compiler.bundles.resource", lambda _: scripts)
    original = compile_pipeline(TEMPLATE, configuration())
    build(with_few_files(original)).upsert()
    before = set(aws.writes())
    with (scripts / "mims_payload.py").open("a", encoding="utf-8") as script:
        script.write("# edited\n")
    edited = compile_pipeline(TEMPLATE, configuration())
    build(with_few_files(edited)).upsert()
    [new] = {asset.uri for asset in edited.assets} - {asset.uri for asset in original.assets}
    added = set(aws.writes()) - before
    assert f"{new}/mims_payload.py" in added
    assert all(uri.startswith((f"{new}/", f"s3://{BUCKET}/pipelines/definitions/")) for uri in added)
    assert aws.content(f"{new}/mims_payload.py").endswith(b"# edited\n")


def test_a_damaged_bundle_stops_the_deployment(aws: Aws, compiled: CompiledPipeline, build: Build) -> None:
    pipeline = build(compiled)
    pipeline.upsert()
    before = pipeline.describe()
    uri = sorted(expected_objects(compiled))[0]
    aws.put(uri, aws.content(uri)[:-1])
    with pytest.raises(DeployError, match=uri) as caught:
        pipeline.upsert(description="not to be seen")
    assert caught.value.codes == ("PC505",)
    assert pipeline.describe().get("PipelineDescription") == before.get("PipelineDescription")


@pytest.mark.parametrize("method", ["create", "update", "upsert"])
def test_a_local_folder_is_refused_before_anything_happens(aws: Aws, tmp_path: Path, method: str) -> None:
    (tmp_path / "data.csv").write_text("a\n1\n", encoding="utf-8")
    config = configuration()
    config["steps"]["CradleDataLoading_training"] = {"source": {"files": str(tmp_path)}}
    pipeline = build_pipeline(TEMPLATE, config)
    with pytest.raises(DeployError) as caught:
        getattr(pipeline, method)()
    assert caught.value.codes == ("PC501",)
    assert aws.writes() == []
    assert aws.pipelines() == []


def test_create_and_update_bring_the_files_too(aws: Aws, compiled: CompiledPipeline, build: Build) -> None:
    pipeline = build(compiled)
    pipeline.create(role_arn="arn:aws:iam::123456789012:role/Other")
    assert pipeline.describe()["RoleArn"].endswith("Other")
    assert set(aws.writes()) == set(expected_objects(compiled))
    aws.s3.delete_object(Bucket=BUCKET, Key=aws.writes()[0].removeprefix(f"s3://{BUCKET}/"))
    pipeline.update()
    assert pipeline.describe()["RoleArn"] == ROLE
    assert {uri: aws.content(uri) for uri in set(aws.writes())} == expected_objects(compiled)


def test_description_and_parallelism_are_the_configs_unless_given(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, build: Build
) -> None:
    sent = requests_sent(aws, monkeypatch)
    pipeline = build(compiled_from(configuration(description="weekly", parallelism=3)))
    for call in (pipeline.create, pipeline.update, pipeline.upsert):
        call()
        assert sent[-1]["PipelineDescription"] == "weekly"
        assert sent[-1]["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}
    pipeline.upsert(description="today", parallelism_config={"MaxParallelExecutionSteps": 9})
    assert sent[-1]["PipelineDescription"] == "today"
    assert sent[-1]["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 9}


@pytest.mark.parametrize("given", [{"cost": "7"}, [{"Key": "cost", "Value": "7"}]], ids=["mapping", "list"])
def test_tags_of_the_config_and_those_given(
    aws: Aws, compiled: CompiledPipeline, given: Any, build: Build
) -> None:
    pipeline = build(compiled)
    arn = pipeline.upsert()["PipelineArn"]
    record = {DEFINITION_TAG: digest(compiled.definition)}
    assert aws.tags(arn) == {"team": "fraud", "cost": "42", **record}
    pipeline.upsert(tags=given)
    assert aws.tags(arn) == {"team": "fraud", "cost": "7", **record}


def test_a_large_definition_goes_through_the_pipelines_own_bucket(aws: Aws, build: Build) -> None:
    large = many_steps(80)
    assert len(large.definition) > 100 * 1024
    pipeline = build(large)
    pipeline.upsert()
    pipeline.upsert()
    assert json.loads(pipeline.describe()["PipelineDefinition"]) == large.document
    stored = f"s3://{BUCKET}/pipelines/definitions/fraud-detection"
    assert stored in aws.writes()
    assert aws.content(stored).decode() == large.definition
    assert [each["Name"] for each in aws.s3.list_buckets()["Buckets"]] == [BUCKET]


def test_the_sessions_region_must_be_that_of_the_images(aws: Aws, compiled: CompiledPipeline) -> None:
    import boto3

    from pipeline_compiler.sagemaker_pipeline import Session, to_sagemaker_pipeline

    session = Session(boto_session=boto3.Session(region_name="eu-west-1"))
    pipeline = to_sagemaker_pipeline(compiled, session)
    assert pipeline.sagemaker_session is session
    with pytest.raises(DeployError) as caught:
        pipeline.upsert()
    assert caught.value.codes == ("PC504",)


def test_the_pipelines_region_serves_where_the_environment_has_none(
    aws: Aws, compiled: CompiledPipeline, monkeypatch: pytest.MonkeyPatch, sdk: str
) -> None:
    from pipeline_compiler.sagemaker_pipeline import to_sagemaker_pipeline

    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert ":us-east-1:" in to_sagemaker_pipeline(compiled).upsert()["PipelineArn"]


def test_a_schedule_is_put_with_the_session_that_is_made_later(
    aws: Aws, compiled: CompiledPipeline, sdk: str
) -> None:
    from pipeline_compiler.sagemaker_pipeline import to_sagemaker_pipeline

    triggers = "sagemaker.mlops.workflow.triggers" if sdk == "3" else "sagemaker.workflow.triggers"
    nightly = importlib.import_module(triggers).PipelineSchedule(name="nightly", rate=(1, "days"))
    pipeline = to_sagemaker_pipeline(compiled)
    pipeline.upsert()
    [schedule] = pipeline.put_triggers([nightly], role_arn=ROLE)
    assert schedule.endswith("/nightly")
    assert pipeline.describe_trigger("nightly")["Schedule_Expression"] == "rate(1 days)"
    pipeline.delete_triggers(["nightly"])
