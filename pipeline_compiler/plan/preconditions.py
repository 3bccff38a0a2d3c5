"""What must hold before a pipeline can be brought to AWS at all."""

from __future__ import annotations

from collections.abc import Iterator

import boto3

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.deploy_rules import NOT_DEPLOYABLE, WRONG_REGION
from pipeline_compiler.plan.tags import reserved_tags
from pipeline_compiler.rules import LOCAL_SOURCE
from script_contracts.core.diagnostics import Diagnostic


def deploy_problems(compiled: CompiledPipeline, session: boto3.Session) -> Iterator[Diagnostic]:
    """Every reason (PC501, PC504, PC515) why the pipeline cannot be deployed with that session."""
    yield from _local_sources(compiled)
    yield from reserved_tags(compiled.tags)
    if session.region_name not in (None, compiled.region):
        yield WRONG_REGION.error(
            f"'{compiled.name}' is for {compiled.region}, and would be deployed to {session.region_name}",
            fix=f"set 'region: {session.region_name}' in the config's pipeline section, or deploy with a "
            f"session in {compiled.region}",
        )


def _local_sources(compiled: CompiledPipeline) -> Iterator[Diagnostic]:
    """The compiler warned of each folder that has no address in S3; deploying makes it an error.

    Folders of the config's `local` section are no such case: they stand in for S3 prefixes that exist.
    """
    for each in compiled.diagnostics:
        if each.code == LOCAL_SOURCE.code:
            yield NOT_DEPLOYABLE.error(
                each.message, fix=each.fix, place=each.place, details=["nothing was uploaded or created"]
            )
