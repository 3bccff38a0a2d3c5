"""Compiling for a command: the pipeline and its programs, with every problem of either."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.compiler import compile_pipeline
from pipeline_compiler.script_checks import check_scripts
from script_contracts.core.diagnostics import Diagnostic, raise_errors


def today() -> date:
    """The day that the command runs on: the only thing about a check that depends on the clock."""
    return date.today()


def compiled_and_checked(
    template: str | None, config: Path
) -> tuple[CompiledPipeline, tuple[Diagnostic, ...]]:
    """The compiled pipeline, its programs analysed too; raises where either finds an error."""
    compiled = compile_pipeline(template, config, today=today())
    diagnostics = (*compiled.diagnostics, *check_scripts(compiled))
    raise_errors(diagnostics)
    return compiled, diagnostics
