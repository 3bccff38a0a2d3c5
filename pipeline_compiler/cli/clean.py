"""`clean CONFIG`: what old local runs left behind."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline_compiler.cli.options import ConfigFile, Json, StateDir, state_folder
from pipeline_compiler.cli.output import print_json, stdout
from pipeline_compiler.documents import read_document
from pipeline_compiler.loading import ConfigError
from pipeline_compiler.local.cleaning import clean as clean_state
from pipeline_compiler.validation import Section, validate_section
from script_contracts.core.diagnostics import raise_errors
from step_builders.core.pipeline_settings import PipelineSettings


def clean(
    config: ConfigFile,
    keep: Annotated[int, typer.Option("--keep", min=1, help="executions to keep, the latest")] = 3,
    everything: Annotated[
        bool, typer.Option("--all", help="remove all: executions, cache, registered model packages")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be removed")] = False,
    state_dir: StateDir = None,
    as_json: Json = False,
) -> None:
    """Remove what old local runs left behind: results, logs, cache."""
    settings, problems = validate_section(PipelineSettings, Section.of_pipeline(read_document(config)))
    raise_errors(problems, ConfigError)
    assert settings is not None
    folder = state_dir or state_folder(settings.name)
    if not (folder / "lock").is_file():
        raise typer.BadParameter(f"{folder} is not what a local run makes", param_hint="--state-dir")
    found = clean_state(folder, 0 if everything else keep, dry_run)
    if as_json:
        document = {"folder": str(folder), "removed": not dry_run, "executions": list(found.executions)}
        print_json({**document, "files": found.files, "bytes": found.size})
        return
    verb = "would remove" if dry_run else "removed"
    count = len(found.executions)
    stdout.print(
        f"{verb} {count} execution{'s' * (count != 1)}, {found.files} files, "
        f"{found.size / 1e6:,.1f} MB from {folder}",
        soft_wrap=True,
    )
