"""`run CONFIG`: the pipeline on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline_compiler.cli.options import ConfigFile, Json, StateDir, TemplateName, named_values, state_folder
from pipeline_compiler.cli.output import print_diagnostics, print_json, stderr
from pipeline_compiler.cli.run_report import at_their_steps, print_report
from pipeline_compiler.compiler import compile_at_any_cost
from pipeline_compiler.local import SilentListener, progress_listener, run_pipeline
from pipeline_compiler.sources import mapping_problems
from script_contracts.core.diagnostics import raise_errors


def run(
    config: ConfigFile,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="run this step, and what it needs; repeatable")
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="NAME=VALUE; repeatable")
    ] = None,
    mount: Annotated[
        list[str] | None,
        typer.Option("--map", help="S3PREFIX=FOLDER or NODE.INPUT=FOLDER that stands for it; repeatable"),
    ] = None,
    state_dir: StateDir = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            help="steps at once; the number of CPUs, or the config's parallelism if less, if not given",
        ),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="run every step even if unchanged")] = False,
    template: TemplateName = None,
    as_json: Json = False,
) -> None:
    """Run the pipeline on this machine: no Docker, no AWS."""
    compiled = compile_at_any_cost(template, config)  # this machine is free
    mounts = {prefix: Path(folder) for prefix, folder in named_values(mount, "--map")}
    raise_errors(mapping_problems({**compiled.local_mounts, **mounts}))
    report = run_pipeline(
        compiled.document,
        name=compiled.name,
        state_dir=state_dir or state_folder(compiled.name),
        assets=compiled.assets,
        local_programs=compiled.local_programs,
        mounts={**compiled.local_sources, **compiled.local_mounts, **mounts},
        parameters=dict(named_values(parameter, "--parameter")),
        only=only or (),
        workers=workers or _workers(compiled.parallelism),
        use_cache=not no_cache,
        listener=SilentListener() if as_json else progress_listener(stderr),
    )
    diagnostics = at_their_steps(report, config)
    if as_json:
        print_json({"pipeline": compiled.name, **report.as_dict()}, diagnostics)
    else:
        print_diagnostics(diagnostics)
        print_report(report)
    if not report.ok:
        raise typer.Exit(1)


def _workers(parallelism: int | None) -> int:
    """Steps at once, as the deployed pipeline would have them where this machine can."""
    return min(os.cpu_count() or 1, parallelism or sys.maxsize)
