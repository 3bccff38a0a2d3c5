"""What SageMaker holds of a pipeline, read with boto3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.deploy_rules import NO_DEFINITION
from pipeline_compiler.plan.definitions import digest
from pipeline_compiler.plan.tags import DEFINITION_TAG, REVISION_TAG
from pipeline_compiler.uploads import DeployError, refusal


@dataclass(frozen=True)
class DeployedPipeline:
    """A pipeline as it was in SageMaker when it was read.

    Attributes:
        definition: its JSON text.
        role: ARN of the role that its executions run as.
        description, display_name: what people wrote about it; empty where nobody did.
        parallelism: how many steps may run at once, as in the API; empty where nobody said.
        modified: when it was last changed, and by whom.
    """

    name: str
    arn: str
    definition: str
    role: str
    description: str
    display_name: str
    parallelism: Mapping[str, Any]
    tags: Mapping[str, str]
    modified: datetime
    modified_by: str = ""

    @cached_property
    def document(self) -> dict[str, Any]:
        """The definition, parsed."""
        document: dict[str, Any] = json.loads(self.definition)
        return document

    @cached_property
    def digest(self) -> str:
        """The digest of the definition that is there."""
        return digest(self.definition)

    @property
    def recorded_digest(self) -> str | None:
        """The digest of the definition that was last deployed from here; None if none was."""
        return self.tags.get(DEFINITION_TAG)

    @property
    def revision(self) -> str | None:
        """The source revision that it was deployed from, where that was recorded."""
        return self.tags.get(REVISION_TAG)

    @property
    def state(self) -> tuple[object, ...]:
        """What must be the same for it to be the same pipeline still."""
        return (self.arn, self.digest, self.role, self.modified)


def read_deployed(name: str, sagemaker: Any) -> DeployedPipeline | None:
    """The pipeline of that name; None if there is none.

    Args:
        sagemaker: a boto3 SageMaker client.

    Raises:
        DeployError: (PC503, PC506) if AWS does not say, (PC511) if what it says is no definition.
    """
    try:
        described = sagemaker.describe_pipeline(PipelineName=name)
        pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=described["PipelineArn"])
        tags = {each["Key"]: each["Value"] for page in pages for each in page["Tags"]}
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFound":
            return None
        raise DeployError(refusal(error, f"reading the pipeline '{name}'")) from error
    except BotoCoreError as error:
        raise DeployError(refusal(error, f"reading the pipeline '{name}'")) from error
    return DeployedPipeline(
        name=name,
        arn=described["PipelineArn"],
        definition=_definition(name, described.get("PipelineDefinition", "")),
        role=described["RoleArn"],
        description=described.get("PipelineDescription") or "",
        display_name=described.get("PipelineDisplayName") or "",
        parallelism=described.get("ParallelismConfiguration") or {},
        tags=tags,
        modified=described["LastModifiedTime"],
        modified_by=(described.get("LastModifiedBy") or {}).get("UserProfileName", ""),
    )


def _definition(name: str, text: str) -> str:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise DeployError(_no_definition(name, f"it is not JSON ({error})")) from None
    if not isinstance(document, dict) or not isinstance(document.get("Steps"), list):
        raise DeployError(_no_definition(name, "it lists no steps"))
    return text


def _no_definition(name: str, reason: str) -> Any:
    return NO_DEFINITION.error(
        f"the definition of the deployed pipeline '{name}' cannot be read: {reason}",
        fix=f"look at it (aws sagemaker describe-pipeline --pipeline-name {name}); to start over, delete the "
        "pipeline and deploy again",
    )
