"""Deployed pipelines that no server holds."""

from __future__ import annotations

from datetime import datetime, timezone

from pipeline_compiler import CompiledPipeline
from pipeline_compiler.plan.deployed import DeployedPipeline


def deployed_as(compiled: CompiledPipeline) -> DeployedPipeline:
    """What SageMaker holds after the pipeline was deployed by other means than ours."""
    return DeployedPipeline(
        name=compiled.name,
        arn=f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{compiled.name}",
        definition=compiled.definition,
        role=compiled.role,
        description=compiled.description or "",
        display_name=compiled.name,
        parallelism=compiled.execution_settings.get("ParallelismConfiguration", {}),
        tags=compiled.tags,
        modified=datetime(2026, 11, 1, tzinfo=timezone.utc),
    )
