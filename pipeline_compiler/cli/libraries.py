"""`--library` and `--config`: which steps of the user's own a command knows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline_compiler.cli.output import print_diagnostics
from pipeline_compiler.compiler import library_of
from pipeline_compiler.step_library import StepLibrary, complete_library

LibraryOption = Annotated[
    list[Path] | None,
    typer.Option("--library", help="folder with steps of your own, as new-step makes it; repeatable"),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="a config: the steps of its step libraries, too")
]


def chosen_library(libraries: list[Path] | None, config: Path | None = None) -> StepLibrary:
    """The built-in and installed steps, with those of the folders, or of the config and its template.

    Raises:
        PipelineCompilerError: with every problem of the libraries.
    """
    if config is not None and libraries:
        raise typer.BadParameter("give --library or --config, not both", param_hint="--library")
    library = library_of(str(config)) if config is not None else complete_library(libraries or ())
    print_diagnostics(library.left_out)
    return library
