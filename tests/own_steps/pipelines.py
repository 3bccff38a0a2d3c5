"""Pipelines of few words around steps of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_compiler import CompiledPipeline, Template, compile_pipeline
from pipeline_compiler.local import RunReport, run_pipeline
from tests.configs import PIPELINE

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"


def config(steps: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    return {"pipeline": PIPELINE, "steps": dict(steps), **sections}


def compiled(steps: Mapping[str, Any], *edges: str, libraries: Any = (), **sections: Any) -> CompiledPipeline:
    """A pipeline of the steps that have a section."""
    return compile_pipeline(Template.of("Mine", list(steps), edges), config(steps, **sections), libraries)


def executed(pipeline: CompiledPipeline, state: Path, **options: Any) -> RunReport:
    return run_pipeline(
        pipeline.document,
        name=pipeline.name,
        state_dir=state,
        assets=pipeline.assets,
        local_programs=pipeline.local_programs,
        mounts=pipeline.local_sources,
        **options,
    )


def arguments(pipeline: CompiledPipeline, step: str) -> dict[str, Any]:
    (found,) = (each["Arguments"] for each in pipeline.steps if each["Name"] == step)
    return found
