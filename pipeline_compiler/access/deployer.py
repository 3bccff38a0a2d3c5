"""The least that whoever deploys and starts the pipeline needs, and who may act as its execution role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_compiler.access import table
from pipeline_compiler.access.addresses import Usage
from pipeline_compiler.access.policy import Arns, Policy, Statement
from pipeline_compiler.access.statements import SERVICE, keys, listings, objects, passing, statement
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.definition import Definition

# What deploying writes below the S3 root; everything lies at the address of its content.
_UPLOADED = ("code", "data", "definitions")


def deployer_policy(compiled: CompiledPipeline) -> Policy:
    """The policy for `deploy`, `upsert()`, starting the pipeline and following its executions."""
    arns = Arns.of_role(compiled.role, compiled.region)
    usage = Usage(Definition(compiled.document, compiled.region))
    root = compiled.s3_root.removeprefix("s3://")
    uploads = tuple(f"{root}/{folder}/*" for folder in _UPLOADED)
    return Policy(
        (
            statement("ManagePipeline", table.PIPELINE, arns.names("pipeline", compiled.name)),
            statement(
                "FollowExecutions", table.EXECUTIONS, arns.names("pipeline", compiled.name, "/execution/*")
            ),
            *_jobs(usage, arns),
            passing("GiveRole", table.GIVE_ROLE, [compiled.role]),
            statement("CheckRole", table.SIMULATE, [compiled.role]),
            # HeadObject needs the permission too, and is a request without a prefix.
            *listings("ListUploads", table.LIST_UPLOADS, uploads, arns, "StringLikeIfExists"),
            *objects("Upload", table.UPLOAD, uploads, arns),
            *keys("UseKeys", table.UPLOAD_KEY, usage.values("KmsKeyId"), arns),
        )
    )


def _jobs(usage: Usage, arns: Arns) -> Iterator[Statement]:
    """Looking at the jobs that executions start: why one failed, how long it took."""
    for type_ in sorted({step.type for step in usage.definition.steps} & set(table.STEP_KINDS)):
        kind = table.STEP_KINDS[type_]
        if kind.log_group is not None:
            describe = tuple(each for each in kind.manage.actions if ":Describe" in each or ":List" in each)
            group = kind.log_group
            logs = (arns.logs(group), arns.logs(f"{group}:*"))
            yield statement(f"ReadLogsOf{type_}", table.READ_LOGS, logs)
            grant = table.Grant(describe, "see why a job failed, and how long it took", kind.manage.source)
            yield statement(f"Follow{type_}", grant, [arns.sagemaker(f"{kind.resource}/{kind.names}")])
            if kind.starts is not None:
                resource, look = kind.starts
                yield statement(f"FollowJobsOf{type_}", look, [arns.sagemaker(f"{resource}/{kind.names}")])


def trust_policy(compiled: CompiledPipeline) -> dict[str, Any]:
    """The trust policy of the execution role: SageMaker, on behalf of this account only.

    Source: SageMaker developer guide, 'How to use SageMaker AI execution roles' (the principal), and
    'Cross-service confused deputy prevention' (the condition).
    """
    account = Arns.of_role(compiled.role, compiled.region).account
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "SageMakerRunsAsThisRole",
                "Effect": "Allow",
                "Principal": {"Service": SERVICE},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ],
    }
