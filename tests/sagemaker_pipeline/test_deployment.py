"""`deploy`: the pipeline in SageMaker with boto3 alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from pipeline_compiler import compile_pipeline
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.deploy_rules import NOT_DEPLOYABLE
from pipeline_compiler.deployment import deploy
from pipeline_compiler.plan.definitions import digest
from pipeline_compiler.plan.tags import DEFINITION_TAG
from pipeline_compiler.uploads import DeployError
from pipeline_deps.wiring import Wiring
from tests.configs import with_few_files

from .conftest import (
    BUCKET,
    ROLE,
    TEMPLATE,
    Aws,
    compiled_from,
    configuration,
    expected_objects,
    many_steps,
    requests_sent,
)

MINIMAL = CompiledPipeline(
    name="minimal",
    role=ROLE,
    region="us-east-1",
    s3_root=f"s3://{BUCKET}/root",
    definition=json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": []}),
    wiring=Wiring((), (), {}, ()),
    assets=(),
)


def with_local_folder(folder: Path, **source: object) -> CompiledPipeline:
    (folder / "data.csv").write_text("a\n1\n", encoding="utf-8")
    config = configuration()
    config["steps"]["CradleDataLoading_training"] = {"source": {"files": str(folder), **source}}
    return compiled_from(config)


def test_creates_the_pipeline_with_its_files_and_tags(aws: Aws, whole: CompiledPipeline) -> None:
    arn = deploy(whole)
    described = aws.sagemaker.describe_pipeline(PipelineName="fraud-detection")
    assert described["PipelineArn"] == arn
    assert described["PipelineDefinition"] == whole.definition
    assert described["RoleArn"] == ROLE
    assert aws.tags(arn) == {"team": "fraud", "cost": "42", DEFINITION_TAG: digest(whole.definition)}
    assert {uri: aws.content(uri) for uri in aws.writes()} == expected_objects(whole)


def test_description_and_parallelism_of_the_config(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto keeps neither, so that the requests themselves are looked at."""
    sent = requests_sent(aws, monkeypatch)
    for parallelism in (3, 5):  # create, then update
        config = configuration(description="weekly", parallelism=parallelism)
        deploy(compiled_from(config))
        assert sent[-1]["PipelineDescription"] == "weekly"
        assert sent[-1]["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": parallelism}
    count = len(sent)
    deploy(compiled_from(configuration()))  # what the config leaves out stays as it is
    assert len(sent) == count


def test_the_experiment_of_the_config(aws: Aws) -> None:
    deploy(compiled_from(configuration(experiment={"name": "fraud"})))
    described = aws.sagemaker.describe_pipeline(PipelineName="fraud-detection")
    assert json.loads(described["PipelineDefinition"])["PipelineExperimentConfig"] == {
        "ExperimentName": "fraud",
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    }


def test_deploying_again_updates_and_uploads_nothing(
    aws: Aws, whole: CompiledPipeline, compiled: CompiledPipeline
) -> None:
    arn = deploy(compiled)
    written = aws.writes()
    config = configuration(tags={"owner": "me"})
    config["parameters"]["MinAuc"]["default"] = 0.9
    changed = compile_pipeline(TEMPLATE, config)
    assert {asset.uri for asset in changed.assets} == {asset.uri for asset in whole.assets}
    assert deploy(with_few_files(changed), role="arn:aws:iam::123456789012:role/Other") == arn
    described = aws.sagemaker.describe_pipeline(PipelineName="fraud-detection")
    assert json.loads(described["PipelineDefinition"])["Parameters"][0]["DefaultValue"] == 0.9
    assert described["RoleArn"].endswith("Other")
    assert [uri for uri in aws.writes() if "/definitions/" not in uri] == [
        uri for uri in written if "/definitions/" not in uri
    ]
    assert set(aws.tags(arn)) == {"team", "cost", "owner", DEFINITION_TAG}


def test_a_large_definition_goes_through_s3(aws: Aws) -> None:
    large = many_steps(80)
    assert len(large.definition) > 100 * 1024
    deploy(large)
    described = aws.sagemaker.describe_pipeline(PipelineName="fraud-detection")
    assert json.loads(described["PipelineDefinition"]) == large.document
    [stored] = [uri for uri in aws.writes() if uri.endswith("/definition.json")]
    assert stored.startswith(f"s3://{BUCKET}/pipelines/definitions/")
    assert json.loads(aws.content(stored)) == large.document


def test_a_pipeline_without_files_deploys(aws: Aws) -> None:
    deploy(MINIMAL)
    assert aws.pipelines() == ["minimal"]
    assert set(aws.writes()) == set(expected_objects(MINIMAL))


def test_a_local_folder_is_refused_before_anything_happens(aws: Aws, tmp_path: Path) -> None:
    with pytest.raises(DeployError) as caught:
        deploy(with_local_folder(tmp_path))
    assert caught.value.codes == (NOT_DEPLOYABLE.code,) == ("PC501",)
    assert "CradleDataLoading_training.source" in str(caught.value)
    assert "upload: true" in caught.value.diagnostics[0].fix
    assert aws.writes() == []
    assert aws.pipelines() == []


def test_a_local_folder_with_upload_is_uploaded_where_the_definition_names_it(
    aws: Aws, tmp_path: Path
) -> None:
    compiled = with_local_folder(tmp_path, upload=True)
    deploy(compiled)
    [data] = [uri for uri in aws.writes() if uri.endswith("/data.csv")]
    assert aws.content(data) == b"a\n1\n"
    assert f'"{data.removesuffix("/data.csv")}"' in compiled.definition


def test_a_folder_that_stands_for_an_s3_source_in_local_runs_does_not_matter(
    aws: Aws, tmp_path: Path
) -> None:
    config = {**configuration(), "local": {"s3://ml-fraud-data/06/": str(tmp_path)}}
    compiled = compiled_from(config)
    assert compiled.local_mounts
    assert not compiled.local_sources
    deploy(compiled)
    assert aws.pipelines() == ["fraud-detection"]


def test_a_failing_upload_leaves_the_deployed_pipeline_as_it_was(
    aws: Aws, compiled: CompiledPipeline
) -> None:
    deploy(compiled)
    before = aws.sagemaker.describe_pipeline(PipelineName="fraud-detection")
    config = configuration(s3_root="s3://no-such-bucket/pipelines")
    with pytest.raises(DeployError) as caught:
        deploy(compiled_from(config))
    assert set(caught.value.codes) == {"PC506"}
    after = aws.sagemaker.describe_pipeline(PipelineName="fraud-detection")
    assert after["PipelineDefinition"] == before["PipelineDefinition"]
    assert after["LastModifiedTime"] == before["LastModifiedTime"]


def test_a_damaged_bundle_stops_the_deployment(aws: Aws, compiled: CompiledPipeline) -> None:
    uri = sorted(expected_objects(compiled))[0]
    aws.put(uri, b"print('something else')")
    with pytest.raises(DeployError, match=uri):
        deploy(compiled)
    assert aws.writes() == [uri]
    assert aws.pipelines() == []


def test_a_refused_pipeline_is_a_coded_error(aws: Aws) -> None:
    with pytest.raises(DeployError, match="creating the pipeline 'minimal' failed") as caught:
        deploy(replace(MINIMAL, role="x"))  # shorter than an ARN: boto3 refuses it without asking
    assert caught.value.codes == ("PC506",)


def test_another_region_than_the_pipelines_is_refused(aws: Aws, compiled: CompiledPipeline) -> None:
    with pytest.raises(DeployError, match=r"is for us-east-1.*deployed to eu-west-1") as caught:
        deploy(compiled, session=boto3.Session(region_name="eu-west-1"))
    assert caught.value.codes == ("PC504",)
    assert aws.writes() == []


def test_the_pipelines_region_serves_where_the_environment_has_none(
    aws: Aws, compiled: CompiledPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert ":us-east-1:" in deploy(compiled)


def test_missing_credentials_are_a_coded_error(
    aws: Aws, compiled: CompiledPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(DeployError) as caught:
        deploy(compiled)
    assert caught.value.codes == ("PC503",)


def test_an_unreachable_endpoint_is_a_coded_error(
    aws: Aws, compiled: CompiledPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(DeployError, match="Could not connect") as caught:
        deploy(compiled)
    assert set(caught.value.codes) == {"PC506"}
