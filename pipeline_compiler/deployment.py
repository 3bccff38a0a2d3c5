"""Bringing a compiled pipeline to AWS with boto3 alone: files first, then the pipeline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.compiled import Asset, CompiledPipeline
from pipeline_compiler.deploy_rules import NO_REGION, NOT_DEPLOYABLE, WRONG_REGION
from pipeline_compiler.rules import LOCAL_SOURCE
from pipeline_compiler.uploads import DeployError, Uploads, refusal, upload_assets
from script_contracts.core.diagnostics import Diagnostic, raise_errors

_INLINE = 100 * 1024  # bytes; both lines of the SDK send larger definitions through S3
_ECR_REGION = re.compile(r'"\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.')


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
    region = region_for(compiled, session)
    large = _definition_asset(compiled)
    upload_files(compiled, session, region, large)
    request: dict[str, Any] = {"PipelineName": compiled.name, "RoleArn": role or compiled.role}
    if large:
        bucket, key = f"{large.uri}/definition.json".removeprefix("s3://").split("/", 1)
        request["PipelineDefinitionS3Location"] = {"Bucket": bucket, "ObjectKey": key}
    else:
        request["PipelineDefinition"] = compiled.definition
    try:
        return _upsert(session.client("sagemaker", region_name=region), request, compiled)
    except (BotoCoreError, ClientError) as error:
        raise DeployError(refusal(error, f"deploying the pipeline '{compiled.name}'")) from error


def upload_files(
    compiled: CompiledPipeline, session: boto3.Session, region: str, *more: Asset | None
) -> Uploads:
    """Bring the pipeline's files, and `more`, to S3: whatever is not there yet.

    Raises:
        DeployError: (PC501, PC503-PC507, PC510) with every problem found.
    """
    raise_errors([*_local_sources(compiled), *_wrong_region(compiled, region)], DeployError)
    assets = (*compiled.assets, *(asset for asset in more if asset))
    return upload_assets(assets, session.client("s3", region_name=region))


def region_for(compiled: CompiledPipeline, session: boto3.Session) -> str:
    """The session's region; that of the pipeline's images where the session has none.

    Raises:
        DeployError: (PC502) if neither has one.
    """
    regions = image_regions(compiled)
    if session.region_name:
        return str(session.region_name)
    if len(regions) == 1:
        return regions[0]
    raise DeployError(
        NO_REGION.error(
            f"no AWS region is set, and the images of '{compiled.name}' lie in "
            f"{', '.join(regions) or 'no region'}",
            fix="set AWS_DEFAULT_REGION, or use a session with a region",
        )
    )


def image_regions(compiled: CompiledPipeline) -> list[str]:
    """The regions of the ECR images that the definition names."""
    return sorted(set(_ECR_REGION.findall(compiled.definition)))


def storage_root(compiled: CompiledPipeline) -> str | None:
    """The S3 prefix that holds the pipeline's files; None for a pipeline without any."""
    return compiled.assets[0].uri.rsplit("/", 2)[0] if compiled.assets else None


def _local_sources(compiled: CompiledPipeline) -> Iterator[Diagnostic]:
    """The compiler warned of each folder that has no address in S3; deploying makes it an error.

    Folders of the config's `local` section are no such case: they stand in for S3 prefixes that exist.
    """
    for each in compiled.diagnostics:
        if each.code == LOCAL_SOURCE.code:
            yield NOT_DEPLOYABLE.error(
                each.message, fix=each.fix, place=each.place, details=["nothing was uploaded or created"]
            )


def _wrong_region(compiled: CompiledPipeline, region: str) -> Iterator[Diagnostic]:
    regions = image_regions(compiled)
    if regions and region not in regions:
        yield WRONG_REGION.error(
            f"'{compiled.name}' uses images in {', '.join(regions)}, and would be deployed to {region}",
            fix=f"set 'region: {region}' in the config's pipeline section, or deploy with a session in "
            f"{regions[0]}",
        )


def _definition_asset(compiled: CompiledPipeline) -> Asset | None:
    """The definition as a file of its own, where it is too large for a request."""
    content = compiled.definition.encode()
    root = storage_root(compiled)
    if len(content) < _INLINE or root is None:
        return None
    return Asset(f"{root}/definitions/{hashlib.sha256(content).hexdigest()}", {"definition.json": content})


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
