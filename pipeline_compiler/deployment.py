"""Bringing a compiled pipeline to AWS with boto3 alone: files first, then the pipeline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.compiled import Asset, CompiledPipeline
from pipeline_compiler.deploy_rules import NOT_DEPLOYABLE, WRONG_REGION
from pipeline_compiler.rules import LOCAL_SOURCE
from pipeline_compiler.uploads import DeployError, Uploads, refusal, upload_assets
from script_contracts.core.diagnostics import Diagnostic, raise_errors

_INLINE = 100 * 1024  # bytes; both lines of the SDK send larger definitions through S3


def deploy(
    compiled: CompiledPipeline, *, session: boto3.Session | None = None, role: str | None = None
) -> str:
    """Upload what is missing, then create the pipeline or update it. Needs no SageMaker SDK.

    Args:
        session: credentials and region; boto3's defaults if not given.
        role: ARN of the execution role; the config's if not given.

    Returns:
        The pipeline's ARN.

    Raises:
        DeployError: (PC501-PC507, PC510) with every problem found; the deployed pipeline is unchanged.
    """
    session = session or boto3.Session()
    large = _definition_asset(compiled)
    upload_files(compiled, session, large)
    request: dict[str, Any] = {
        "PipelineName": compiled.name,
        "RoleArn": role or compiled.role,
        **execution_settings(compiled),
    }
    if large:
        bucket, key = f"{large.uri}/definition.json".removeprefix("s3://").split("/", 1)
        request["PipelineDefinitionS3Location"] = {"Bucket": bucket, "ObjectKey": key}
    else:
        request["PipelineDefinition"] = compiled.definition
    try:
        return _upsert(session.client("sagemaker", region_name=compiled.region), request, compiled)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(refusal(error, f"deploying the pipeline '{compiled.name}'")) from error


def execution_settings(compiled: CompiledPipeline) -> dict[str, Any]:
    """What CreatePipeline and UpdatePipeline take beside the definition: description and parallelism.

    AWS keeps an earlier setting where a request has none, so that one that was removed from the config
    stays until another one replaces it.
    """
    settings: dict[str, Any] = {}
    if compiled.description is not None:
        settings["PipelineDescription"] = compiled.description
    if compiled.parallelism is not None:
        settings["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": compiled.parallelism}
    return settings


def upload_files(compiled: CompiledPipeline, session: boto3.Session, *more: Asset | None) -> Uploads:
    """Bring the pipeline's files, and `more`, to S3: whatever is not there yet.

    Raises:
        DeployError: (PC501, PC503-PC507, PC510) with every problem found.
    """
    raise_errors([*_local_sources(compiled), *_wrong_region(compiled, session)], DeployError)
    assets = (*compiled.assets, *(asset for asset in more if asset))
    return upload_assets(assets, session.client("s3", region_name=compiled.region))


def _local_sources(compiled: CompiledPipeline) -> Iterator[Diagnostic]:
    """The compiler warned of each folder that has no address in S3; deploying makes it an error.

    Folders of the config's `local` section are no such case: they stand in for S3 prefixes that exist.
    """
    for each in compiled.diagnostics:
        if each.code == LOCAL_SOURCE.code:
            yield NOT_DEPLOYABLE.error(
                each.message, fix=each.fix, place=each.place, details=["nothing was uploaded or created"]
            )


def _wrong_region(compiled: CompiledPipeline, session: boto3.Session) -> Iterator[Diagnostic]:
    if session.region_name not in (None, compiled.region):
        yield WRONG_REGION.error(
            f"'{compiled.name}' is for {compiled.region}, and would be deployed to {session.region_name}",
            fix=f"set 'region: {session.region_name}' in the config's pipeline section, or deploy with a "
            f"session in {compiled.region}",
        )


def _definition_asset(compiled: CompiledPipeline) -> Asset | None:
    """The definition as a file of its own, where it is too large for a request."""
    content = compiled.definition.encode()
    if len(content) < _INLINE:
        return None
    return Asset(
        f"{compiled.s3_root}/definitions/{hashlib.sha256(content).hexdigest()}", {"definition.json": content}
    )


def _upsert(client: Any, request: dict[str, Any], compiled: CompiledPipeline) -> str:
    tags = [{"Key": key, "Value": value} for key, value in sorted(compiled.tags.items())]
    try:
        created = client.create_pipeline(**request, **({"Tags": tags} if tags else {}))
    except ClientError as error:
        if "already exists" not in error.response["Error"]["Message"]:
            raise
        arn: str = client.update_pipeline(**request)["PipelineArn"]
        if tags:
            client.add_tags(ResourceArn=arn, Tags=tags)
        return arn
    return str(created["PipelineArn"])
