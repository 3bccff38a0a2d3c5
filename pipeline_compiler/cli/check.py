"""`check` and `compile`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline_compiler.cli import compiling
from pipeline_compiler.cli.definition import check_definition_file
from pipeline_compiler.cli.options import ConfigFile, Json, TemplateName
from pipeline_compiler.cli.output import (
    print_diagnostics,
    print_json,
    stderr,
    stdout,
    summary,
    write_text,
)
from pipeline_compiler.conformance.definition_files import read_definition


def check(
    config: Annotated[Path, typer.Argument(help="the config, or any pipeline definition (JSON)")],
    template: TemplateName = None,
    region: Annotated[
        str | None, typer.Option("--region", help="the AWS region that a definition is meant for")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find every problem of a pipeline without touching AWS."""
    definition = read_definition(config)
    if definition is not None:
        check_definition_file(definition, region, compiling.today(), as_json)
        return
    if region is not None:
        raise typer.BadParameter("a config says its region itself", param_hint="--region")
    compiled, diagnostics = compiling.compiled_and_checked(template, config)
    if as_json:
        print_json({"pipeline": compiled.name}, diagnostics)
        return
    print_diagnostics(diagnostics)
    stdout.print(
        f"{compiled.name}: {len(compiled.steps)} steps, {len(compiled.wiring.bindings)} inputs wired, "
        f"{summary(diagnostics)}"
    )


def compile_command(
    config: ConfigFile,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="the file to write; standard output if not given")
    ] = None,
    template: TemplateName = None,
    as_json: Json = False,
) -> None:
    """Write the pipeline definition."""
    compiled, diagnostics = compiling.compiled_and_checked(template, config)
    if not as_json:
        print_diagnostics(diagnostics)
    if output:
        write_text(output, compiled.definition + "\n", mode="w")
        stderr.print(f"wrote {output}: {len(compiled.definition):,} characters")
    if as_json:
        assets = {asset.uri: sorted(asset.files) for asset in compiled.assets}
        print_json({"definition": compiled.document, "assets": assets}, diagnostics)
    elif not output:
        sys.stdout.write(compiled.definition + "\n")
