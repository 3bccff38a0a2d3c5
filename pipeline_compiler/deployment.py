"""Bringing a compiled pipeline to AWS with boto3 alone: files first, then the pipeline, its tags last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.compiled import Asset, CompiledPipeline
from pipeline_compiler.deploy_rules import DEPLOYED_MEANWHILE, NOT_TAGGED
from pipeline_compiler.plan.deployed import DeployedPipeline, read_deployed
from pipeline_compiler.plan.planning import Plan, make_plan
from pipeline_compiler.plan.preconditions import deploy_problems
from pipeline_compiler.plan.record import FILE, definition_record
from pipeline_compiler.uploads import DeployError, UploadListener, Uploads, refusal, upload_assets
from script_contracts.core.diagnostics import raise_errors

_INLINE = 100 * 1024  # bytes; both lines of the SDK send larger definitions through S3


class Action(str, Enum):
    """What deploying did with the pipeline in SageMaker."""

    CREATED = "created"
    UPDATED = "updated"
    NOTHING = "unchanged"


@dataclass(frozen=True)
class Deployment:
    """What deploying did."""

    arn: str
    action: Action
    uploads: Uploads


def deploy(
    compiled: CompiledPipeline, *, session: boto3.Session | None = None, role: str | None = None
) -> str:
    """Upload what is missing, then create the pipeline or update it, if anything differs from what is there.

    Needs no SageMaker SDK. To look first, and to be asked, use `make_plan` and `apply_plan`.

    Args:
        session: credentials and region; boto3's defaults if not given.
        role: ARN of the execution role; the config's if not given.

    Returns:
        The pipeline's ARN.

    Raises:
        DeployError: (PC501-PC507, PC510-PC515) with every problem found. Except with PC514, the deployed
            pipeline is unchanged.
    """
    session = session or boto3.Session()
    return apply_plan(make_plan(compiled, session, role), session).arn


def apply_plan(plan: Plan, session: boto3.Session, listener: UploadListener | None = None) -> Deployment:
    """Do what a plan says: upload its missing files, create or update the pipeline in one request, then tag.

    Just before an update the deployed pipeline is read once more, and must be the one that the plan was made
    against. SageMaker's UpdatePipeline takes no condition and no ClientRequestToken, so that between this
    look and the update a window of one request remains. CreatePipeline needs neither look nor window: it
    fails where a pipeline of that name exists. (API reference of both operations; botocore's service model.)

    Args:
        listener: told how the upload goes on.

    Raises:
        DeployError: (PC501, PC503-PC507, PC510, PC513, PC514) with every problem found. Except with
            PC514, the deployed pipeline is unchanged.
    """
    compiled = plan.compiled
    uploads = upload_files(plan.assets, compiled, session, listener)
    if plan.deployed and not plan.differences:
        return Deployment(plan.deployed.arn, Action.NOTHING, uploads)
    client = session.client("sagemaker", region_name=compiled.region)
    if plan.deployed is None:
        return Deployment(_create(plan, client), Action.CREATED, uploads)
    arn = plan.deployed.arn
    if plan.differences.steps or plan.differences.parameters or plan.differences.settings:
        _update(plan, plan.deployed, client)
    _tag(plan, arn, client)
    return Deployment(arn, Action.UPDATED, uploads)


def upload_files(
    assets: Iterable[Asset],
    compiled: CompiledPipeline,
    session: boto3.Session,
    listener: UploadListener | None = None,
) -> Uploads:
    """Bring files of the pipeline to S3: whatever is not there yet.

    Raises:
        DeployError: (PC501, PC503-PC507, PC510, PC515) with every problem found.
    """
    raise_errors(deploy_problems(compiled, session), DeployError)
    return upload_assets(assets, session.client("s3", region_name=compiled.region), listener)


def _request(plan: Plan) -> dict[str, Any]:
    request: dict[str, Any] = {
        "PipelineName": plan.compiled.name,
        "RoleArn": plan.role,
        **plan.compiled.execution_settings,
    }
    if len(plan.compiled.definition.encode()) < _INLINE:
        return {**request, "PipelineDefinition": plan.compiled.definition}
    record = definition_record(plan.compiled.s3_root, plan.compiled.definition)
    bucket, key = f"{record.uri}/{FILE}".removeprefix("s3://").split("/", 1)
    return {**request, "PipelineDefinitionS3Location": {"Bucket": bucket, "ObjectKey": key}}


def _tag_list(plan: Plan) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(plan.tags.items())]


def _create(plan: Plan, client: Any) -> str:
    try:
        # boto3 fills in the ClientRequestToken, so that its own retries create one pipeline.
        created = client.create_pipeline(**_request(plan), Tags=_tag_list(plan))
    except ClientError as error:
        if "already exists" in error.response["Error"]["Message"]:
            raise DeployError(_meanwhile(plan, "has been created")) from error
        raise DeployError(refusal(error, f"creating the pipeline '{plan.compiled.name}'")) from error
    except BotoCoreError as error:
        raise DeployError(refusal(error, f"creating the pipeline '{plan.compiled.name}'")) from error
    return str(created["PipelineArn"])


def _update(plan: Plan, planned: DeployedPipeline, client: Any) -> None:
    found = read_deployed(planned.name, client)
    if found is None:
        raise DeployError(_meanwhile(plan, "has been deleted"))
    if found.state != planned.state:
        by = f" by {found.modified_by}" if found.modified_by else ""
        raise DeployError(_meanwhile(plan, f"was changed on {found.modified:%Y-%m-%d at %H:%M:%S}{by}"))
    try:
        client.update_pipeline(**{**_kept(planned), **_request(plan)})
    except (BotoCoreError, ClientError) as error:
        raise DeployError(refusal(error, f"updating the pipeline '{plan.compiled.name}'")) from error


def _kept(planned: DeployedPipeline) -> dict[str, Any]:
    """What others say about the pipeline, sent along: AWS does not document that leaving it out keeps it."""
    said = {
        "PipelineDisplayName": planned.display_name,
        "PipelineDescription": planned.description,
        "ParallelismConfiguration": dict(planned.parallelism),
    }
    return {key: value for key, value in said.items() if value}


def _meanwhile(plan: Plan, what: str) -> Any:
    return DEPLOYED_MEANWHILE.error(
        f"the pipeline '{plan.compiled.name}' {what} since the plan was made",
        fix="look at the new plan (pipeline-compiler plan), then deploy again",
        details=["it was left as it is"],
    )


def _tag(plan: Plan, arn: str, client: Any) -> None:
    """Write the tags; those of other people stay."""
    try:
        client.add_tags(ResourceArn=arn, Tags=_tag_list(plan))
    except (BotoCoreError, ClientError) as error:
        raise DeployError(
            NOT_TAGGED.error(
                f"the definition and role of '{plan.compiled.name}' are in effect; writing its tags failed: "
                f"{error}",
                fix="allow sagemaker:AddTags, then deploy again, which writes only the tags",
                details=[f"not written: {key}={value}" for key, value in sorted(plan.tags.items())],
            )
        ) from error
