"""Plans and deployments against S3 and SageMaker over HTTP."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto.core.exceptions import JsonRESTError
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import S3Backend
from moto.sagemaker.models import SageMakerModelBackend

from pipeline_compiler import CompiledPipeline
from pipeline_compiler.deployment import Action, apply_plan, deploy
from pipeline_compiler.plan.code import FileChange
from pipeline_compiler.plan.differences import Kind
from pipeline_compiler.plan.planning import Plan, make_plan
from pipeline_compiler.plan.tags import DEFINITION_TAG, deployment_tags
from pipeline_compiler.resources import resource
from pipeline_compiler.uploads import DeployError, UploadListener
from tests.aws_server import BUCKET, Aws
from tests.sagemaker_pipeline.conftest import many_steps

from .conftest import compiled
from .edits import EVAL, LEARNING, PREP_T, TRAIN

NAME = "fraud-detection"
DEPTH = {f"steps.{TRAIN}.hyperparameters.max_depth": 9}


def planned(aws: Aws, pipeline: CompiledPipeline) -> Plan:
    return make_plan(pipeline, aws.session)


def described(aws: Aws) -> dict[str, Any]:
    answer: dict[str, Any] = aws.sagemaker.describe_pipeline(PipelineName=NAME)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def by_hand(aws: Aws, change: Callable[[dict[str, Any]], None]) -> None:
    """Somebody edits the deployed definition in the console."""
    document = json.loads(described(aws)["PipelineDefinition"])
    change(document)
    aws.sagemaker.update_pipeline(PipelineName=NAME, PipelineDefinition=json.dumps(document, indent=1))


def cheaper(document: dict[str, Any]) -> None:
    cluster = document["Steps"][0]["Arguments"]["ProcessingResources"]["ClusterConfig"]
    cluster["InstanceType"] = "ml.t3.medium"


def refusing(monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """The account may not do it."""

    def refuse(*_: Any, **__: Any) -> None:
        raise JsonRESTError("AccessDeniedException", f"not authorized to perform {operation}")

    monkeypatch.setattr(SageMakerModelBackend, operation, refuse)


def test_a_new_pipeline(aws: Aws) -> None:
    plan = planned(aws, compiled())
    assert plan
    assert plan.deployed is None
    assert "a new pipeline" in str(plan)
    assert f"+ {TRAIN} (Training)" in str(plan)
    assert aws.writes() == []
    assert aws.pipelines() == []
    done = apply_plan(plan, aws.session)
    assert done.action is Action.CREATED
    assert set(done.uploads.uploaded) == set(plan.files.missing) == set(aws.writes())


def test_after_a_deployment_there_is_nothing_to_plan_or_do(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    before, writes = described(aws), aws.writes()
    plan = planned(aws, compiled())
    assert not plan
    assert plan.drift is None
    assert str(plan) == f"{NAME} in us-east-1: nothing to change"
    done = apply_plan(plan, aws.session)
    assert (done.action, done.uploads.uploaded) == (Action.NOTHING, ())
    assert described(aws) == before
    assert aws.writes() == writes


def test_an_edit_is_planned_and_deployed(aws: Aws) -> None:
    arn = deploy(compiled(), session=aws.session)
    plan = planned(aws, compiled(**DEPTH))
    assert [step.name for step in plan.differences.steps] == [TRAIN]
    assert plan.reruns == LEARNING
    assert "~ hyperparameter max_depth: 6 -> 9" in str(plan)
    done = apply_plan(plan, aws.session)
    assert (done.action, done.arn) == (Action.UPDATED, arn)
    assert not planned(aws, compiled(**DEPTH))
    assert aws.tags(arn)[DEFINITION_TAG] == deployment_tags(compiled(**DEPTH))[DEFINITION_TAG]


def with_scripts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    scripts = folder / "scripts"
    shutil.copytree(resource("scripts"), scripts)
    monkeypatch.setattr("pipeline_compiler.bundles.resource", lambda _: scripts)
    return scripts


@pytest.mark.parametrize(
    ("script", "step"), [("mims_payload.py", "MimsPayload"), ("xgboost_training.py", TRAIN)]
)
def test_an_edited_script_shows_with_its_lines(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, step: str
) -> None:
    deploy(compiled(), session=aws.session)
    scripts = with_scripts(tmp_path, monkeypatch)
    lines = (scripts / script).read_text(encoding="utf-8").splitlines()
    (scripts / script).write_text("\n".join(["# one", "# two", *lines[1:], ""]), encoding="utf-8")
    plan = planned(aws, compiled())
    [comparison] = plan.code.values()
    assert comparison.files == (FileChange(script, Kind.CHANGED, 2, 1),)
    assert f"~ {step}" in str(plan)
    assert f"~ {script}  +2 -1" in str(plan)
    assert plan.reruns[0] == step


def test_files_that_join_and_leave_a_bundle_show(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = with_scripts(tmp_path, monkeypatch)
    (scripts / "helper.py").write_text("X = 1\n", encoding="utf-8")
    original = (scripts / "mims_payload.py").read_text(encoding="utf-8")
    (scripts / "mims_payload.py").write_text(f"{original}import helper\n", encoding="utf-8")
    joined = compiled()
    deploy(joined, session=aws.session)
    (scripts / "mims_payload.py").write_text(original, encoding="utf-8")
    [comparison] = planned(aws, compiled()).code.values()
    assert comparison.files == (
        FileChange("helper.py", Kind.REMOVED, 0, 1),
        FileChange("mims_payload.py", Kind.CHANGED, 0, 1),
    )


def test_deployed_code_that_is_gone_is_told(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(compiled(), session=aws.session)
    for uri in set(aws.writes()):
        if uri.endswith("/mims_payload.py"):
            prefix = uri.removeprefix(f"s3://{BUCKET}/").rpartition("/")[0]
            for other in {each for each in aws.writes() if f"/{prefix}/" in each}:
                aws.s3.delete_object(Bucket=BUCKET, Key=other.removeprefix(f"s3://{BUCKET}/"))
    scripts = with_scripts(tmp_path, monkeypatch)
    (scripts / "mims_payload.py").write_text("import os\n", encoding="utf-8")
    assert "code: the deployed code is gone from s3://" in str(planned(aws, compiled()))


def test_files_that_are_gone_are_planned_and_uploaded_again(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    uri = next(uri for uri in aws.writes() if uri.endswith("mims_payload.py"))
    aws.s3.delete_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))
    plan = planned(aws, compiled())
    assert plan
    assert plan.files.missing == (uri,)
    assert "1 file to upload again" in str(plan)
    before = described(aws)
    done = apply_plan(plan, aws.session)
    assert (done.action, done.uploads.uploaded) == (Action.NOTHING, (uri,))
    assert described(aws) == before


def test_a_change_by_hand_is_told_and_overwritten(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    by_hand(aws, cheaper)
    plan = planned(aws, compiled(**DEPTH))
    assert plan.drift is not None
    [step] = plan.drift.differences.steps
    assert [(each.field, each.before, each.after) for each in step.fields] == [
        ("instance type", "ml.m5.xlarge", "ml.t3.medium")
    ]
    assert "was changed by other means" in str(plan)
    assert "~ instance type: ml.t3.medium -> ml.m5.xlarge" in str(plan)
    assert "~ hyperparameter max_depth: 6 -> 9" in str(plan)
    apply_plan(plan, aws.session)
    assert not planned(aws, compiled(**DEPTH))


def test_a_change_by_hand_shows_where_what_was_deployed_is_not_on_record(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    [record] = [uri for uri in aws.writes() if uri.endswith("/definition.json")]
    by_hand(aws, cheaper)
    aws.s3.delete_object(Bucket=BUCKET, Key=record.removeprefix(f"s3://{BUCKET}/"))
    plan = planned(aws, compiled())
    assert plan.drift is not None
    assert plan.drift.problem
    assert "what was changed is not known: s3://" in str(plan)
    assert "~ instance type: ml.t3.medium -> ml.m5.xlarge" in str(plan)


def test_a_change_by_hand_to_what_the_config_now_says_is_no_drift(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    changed = compiled(**DEPTH)
    aws.sagemaker.update_pipeline(PipelineName=NAME, PipelineDefinition=changed.definition)
    plan = planned(aws, changed)
    assert plan.drift is None
    assert [each.field for each in plan.differences.tags] == [DEFINITION_TAG]


def test_a_definition_that_is_only_written_otherwise_stays(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    by_hand(aws, lambda document: document["Steps"].reverse())
    before, writes = described(aws), aws.writes()
    plan = planned(aws, compiled())
    assert not plan
    assert plan.drift is None
    assert apply_plan(plan, aws.session).action is Action.NOTHING
    other_way = replace(compiled(), definition=before["PipelineDefinition"])
    aws.sagemaker.update_pipeline(PipelineName=NAME, PipelineDefinition=compiled().definition)
    assert not planned(aws, other_way)
    assert aws.writes() == writes


def test_tags_of_others_are_left_alone(aws: Aws) -> None:
    arn = deploy(compiled(), session=aws.session)
    aws.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "ops"}])
    assert not planned(aws, compiled())
    plan = planned(aws, compiled(**{"pipeline.tags": {"team": "risk"}}))
    assert [(each.field, each.before, each.after) for each in plan.differences.tags] == [
        ("team", "fraud", "risk")
    ]
    apply_plan(plan, aws.session)
    assert aws.tags(arn)["owner"] == "ops"
    assert aws.tags(arn)["team"] == "risk"


def test_what_others_say_about_the_pipeline_stays(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    aws.sagemaker.update_pipeline(
        PipelineName=NAME,
        PipelineDescription="nightly",
        ParallelismConfiguration={"MaxParallelExecutionSteps": 3},
    )
    assert not planned(aws, compiled())
    deploy(compiled(**DEPTH), session=aws.session)
    assert described(aws)["PipelineDescription"] == "nightly"
    assert described(aws)["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}


def test_an_upload_that_was_interrupted_goes_on_where_it_stopped(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, left = S3Backend.put_object, [4]

    def refuse_after_a_while(self: S3Backend, *arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise S3AccessDeniedError
        return put(self, *arguments, **options)

    plan = planned(aws, compiled())
    with monkeypatch.context() as patch:
        patch.setattr(S3Backend, "put_object", refuse_after_a_while)
        with pytest.raises(DeployError) as caught:
            apply_plan(plan, aws.session)
    assert set(caught.value.codes) == {"PC506"}
    assert aws.pipelines() == []
    assert len(aws.writes()) == 4
    again = planned(aws, compiled())
    assert len(again.files.missing) == len(plan.files.missing) - 4
    done = apply_plan(again, aws.session)
    assert set(done.uploads.uploaded) == set(again.files.missing)
    assert len(aws.writes()) == len(plan.files.missing)


def test_the_listener_hears_of_every_file(aws: Aws) -> None:
    class Heard(UploadListener):
        def __init__(self) -> None:
            self.total = (0, 0)
            self.uris: list[tuple[str, int]] = []

        def begin(self, files: int, size: int) -> None:
            self.total = (files, size)

        def written(self, uri: str, size: int) -> None:
            self.uris.append((uri, size))

    heard, plan = Heard(), planned(aws, compiled())
    apply_plan(plan, aws.session, heard)
    assert heard.total == (len(heard.uris), sum(size for _, size in heard.uris))
    assert heard.total == (len(plan.files.missing), plan.files.missing_bytes)


@pytest.mark.parametrize("what", ["definition", "role", "nothing but the time"])
def test_a_pipeline_that_changed_since_the_plan_is_left_alone(aws: Aws, what: str) -> None:
    deploy(compiled(), session=aws.session)
    plan = planned(aws, compiled(**DEPTH))
    if what == "definition":
        by_hand(aws, cheaper)
    elif what == "role":
        aws.sagemaker.update_pipeline(PipelineName=NAME, RoleArn="arn:aws:iam::123456789012:role/Other")
    else:
        aws.sagemaker.update_pipeline(PipelineName=NAME)
    theirs = described(aws)
    with pytest.raises(DeployError, match="since the plan was made") as caught:
        apply_plan(plan, aws.session)
    assert caught.value.codes == ("PC513",)
    assert described(aws) == theirs


def test_a_pipeline_that_was_deleted_since_the_plan_stays_deleted(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    plan = planned(aws, compiled(**DEPTH))
    aws.sagemaker.delete_pipeline(PipelineName=NAME)
    with pytest.raises(DeployError, match="has been deleted") as caught:
        apply_plan(plan, aws.session)
    assert caught.value.codes == ("PC513",)
    assert aws.pipelines() == []


def test_a_pipeline_that_was_created_since_the_plan_is_left_alone(aws: Aws) -> None:
    plan = planned(aws, compiled(**DEPTH))
    deploy(compiled(), session=aws.session)
    theirs = described(aws)
    with pytest.raises(DeployError, match="has been created") as caught:
        apply_plan(plan, aws.session)
    assert caught.value.codes == ("PC513",)
    assert described(aws) == theirs


def test_a_definition_of_300_kilobytes_is_planned_and_updated(aws: Aws) -> None:
    large = many_steps(150)
    assert len(large.definition) > 300_000
    deploy(large, session=aws.session)
    assert not planned(aws, large)
    document = json.loads(large.definition)
    cheaper(document)
    changed = replace(large, definition=json.dumps(document))
    plan = planned(aws, changed)
    [step] = plan.differences.steps
    assert [each.field for each in step.fields] == ["instance type"]
    apply_plan(plan, aws.session)
    assert json.loads(described(aws)["PipelineDefinition"]) == document
    assert not planned(aws, changed)


def test_an_update_that_fails_leaves_the_pipeline_as_it_was(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = deploy(compiled(), session=aws.session)
    before, tags = described(aws), aws.tags(arn)
    plan = planned(aws, compiled(**DEPTH))
    with monkeypatch.context() as patch:
        refusing(patch, "update_pipeline")
        with pytest.raises(DeployError, match="updating the pipeline") as caught:
            apply_plan(plan, aws.session)
    assert caught.value.codes == ("PC506",)
    assert described(aws) == before
    assert aws.tags(arn) == tags
    apply_plan(planned(aws, compiled(**DEPTH)), aws.session)
    assert not planned(aws, compiled(**DEPTH))


def test_tags_that_could_not_be_written_are_told_and_written_next_time(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = deploy(compiled(), session=aws.session)
    changed = compiled(**DEPTH, **{"pipeline.tags": {"team": "risk"}})
    with monkeypatch.context() as patch:
        refusing(patch, "add_tags")
        with pytest.raises(DeployError, match="are in effect; writing its tags failed") as caught:
            deploy(changed, session=aws.session)
    assert caught.value.codes == ("PC514",)
    assert "not written: team=risk" in caught.value.diagnostics[0].details
    assert json.loads(described(aws)["PipelineDefinition"]) == changed.document
    updated = described(aws)
    plan = planned(aws, changed)
    assert plan.drift is None
    assert {each.field for each in plan.differences.tags} == {"team", DEFINITION_TAG}
    assert not plan.differences.steps
    apply_plan(plan, aws.session)
    assert described(aws) == updated
    assert aws.tags(arn)["team"] == "risk"
    assert not planned(aws, changed)


def test_another_role(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)
    role = "arn:aws:iam::123456789012:role/Other"
    plan = make_plan(compiled(), aws.session, role)
    assert [(each.field, each.after) for each in plan.differences.settings] == [("role", role)]
    apply_plan(plan, aws.session)
    assert described(aws)["RoleArn"] == role


def test_tags_with_the_keys_of_the_record_are_refused(aws: Aws) -> None:
    with pytest.raises(DeployError, match="begins with 'pipeline-compiler:'") as caught:
        planned(aws, compiled(**{"pipeline.tags": {DEFINITION_TAG: "x"}}))
    assert caught.value.codes == ("PC515",)


@pytest.mark.parametrize("definition", ["not JSON", '"text"', '{"Version": "2020-12-01"}'])
def test_a_deployed_definition_that_is_none_is_a_coded_error(aws: Aws, definition: str) -> None:
    aws.sagemaker.create_pipeline(
        PipelineName=NAME, PipelineDefinition=definition, RoleArn=compiled().role, ClientRequestToken="0" * 32
    )
    with pytest.raises(DeployError, match="cannot be read") as caught:
        planned(aws, compiled())
    assert caught.value.codes == ("PC511",)


def test_a_plan_that_aws_refuses_is_a_coded_error(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "describe_pipeline")
    with pytest.raises(DeployError, match=f"reading the pipeline '{NAME}' failed") as caught:
        planned(aws, compiled())
    assert caught.value.codes == ("PC506",)


def test_steps_of_others_that_are_deployed_show_as_removed(aws: Aws) -> None:
    deploy(compiled(), session=aws.session)

    def more(document: dict[str, Any]) -> None:
        document["Steps"].append({"Name": "Mine", "Type": "Lambda", "Arguments": {}, "DependsOn": [EVAL]})

    by_hand(aws, more)
    plan = planned(aws, compiled())
    assert [(each.name, each.kind) for each in plan.differences.steps] == [("Mine", Kind.REMOVED)]
    assert PREP_T not in plan.reruns
