"""Script analysis at build time: every program of a pipeline against its contract."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.compiled import CompiledPipeline
from script_contracts.analyzer import analyze_script
from script_contracts.core.diagnostics import Diagnostic


def check_scripts(compiled: CompiledPipeline) -> Iterator[Diagnostic]:
    """What the programs of a pipeline do that their contracts do not say, and the reverse.

    Nothing is imported or run. It takes some tenths of a second, which `compile_pipeline` does not spend:
    the command line does, in `check` and `compile`.
    """
    for path, contract in compiled.scripts.items():
        yield from analyze_script(path, contract).diagnostics
