"""Compile a template and one typed config file into a complete Amazon SageMaker Pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.compiler import Config, compile_pipeline
from pipeline_compiler.quick_steps import quick_step
from pipeline_compiler.step_library import Libraries, StepLibrary
from pipeline_compiler.template import Template
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError

if TYPE_CHECKING:
    from pipeline_compiler.sagemaker_pipeline import SageMakerPipeline

__all__ = [
    "CompiledPipeline",
    "Diagnostic",
    "PipelineCompilerError",
    "StepLibrary",
    "Template",
    "build_pipeline",
    "compile_pipeline",
    "quick_step",
]


def build_pipeline(
    template: str | Path | Template | None,
    config: Config,
    sagemaker_session: Any = None,
    libraries: Libraries = (),
) -> SageMakerPipeline:
    """Compile into a real SageMaker SDK `Pipeline`, ready to `upsert()` and `start()`.

    Defining it makes no AWS call. Needs the SDK (`pip install sagemaker-pipeline-compiler[sagemaker]`).

    Args:
        template: as for `compile_pipeline`.
        config: as for `compile_pipeline`.
        libraries: as for `compile_pipeline`.
        sagemaker_session: the SDK session to deploy with; the SDK's default when first needed.

    Raises:
        PipelineCompilerError: with every problem that the first failing pass found.
    """
    from pipeline_compiler.sagemaker_pipeline import to_sagemaker_pipeline

    return to_sagemaker_pipeline(compile_pipeline(template, config, libraries), sagemaker_session)
