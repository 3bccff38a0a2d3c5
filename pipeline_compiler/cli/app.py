"""The commands."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from pipeline_compiler.cli import compiling
from pipeline_compiler.cli.analyze import analyze
from pipeline_compiler.cli.contracts import contracts_app
from pipeline_compiler.cli.cost import cost
from pipeline_compiler.cli.definition import check_definition_file
from pipeline_compiler.cli.deploy import deploy, plan
from pipeline_compiler.cli.executions import delete, start, status, stop, watch
from pipeline_compiler.cli.iam import iam
from pipeline_compiler.cli.libraries import LibraryOption
from pipeline_compiler.cli.new_step import new_step
from pipeline_compiler.cli.options import ConfigFile, Json, TemplateName
from pipeline_compiler.cli.output import print_diagnostics, print_json, stderr, stdout, summary, table
from pipeline_compiler.cli.run import run
from pipeline_compiler.cli.wiring import explain_wiring
from pipeline_compiler.compiler import load_pipeline, resolve_wiring
from pipeline_compiler.conformance.definition_files import read_definition
from pipeline_compiler.rules import UNWRITABLE
from pipeline_compiler.starter import starter_config
from pipeline_compiler.template import load_template, shipped_templates
from script_contracts.core.diagnostics import (
    PipelineCompilerError,
    Place,
)
from script_contracts.core.suggestions import did_you_mean

app = typer.Typer(
    help="Compile a template and one typed config file into an Amazon SageMaker Pipeline.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command()
def templates(as_json: Json = False) -> None:
    """List the templates."""
    found = [load_template(path) for path in shipped_templates().values()]
    if as_json:
        entries = [{"name": t.name, "summary": t.summary, "steps": [s.name for s in t.steps]} for t in found]
        print_json({"templates": entries})
        return
    listing = table("Template", "Steps", "What it does")
    for template in found:
        listing.add_row(Text(template.name, style="bold"), str(len(template.steps)), template.summary)
    stdout.print(listing)


@app.command()
def init(
    template: Annotated[str, typer.Argument(help="a template's name or file")],
    output: Annotated[Path, typer.Option("--output", "-o", help="the file to write")] = Path("pipeline.yaml"),
    libraries: LibraryOption = None,
    as_json: Json = False,
) -> None:
    """Write a commented starter config for a template."""
    # A config names a template's file relative to itself.
    file = os.path.relpath(template, output.parent) if Path(template).suffix else None
    text = starter_config(load_template(template), file, libraries or (), output.parent)
    _write(output, text, mode="x")
    if as_json:
        print_json({"file": str(output)})
    else:
        stdout.print(f"wrote {output}: fill in the empty fields, then run 'pipeline-compiler check {output}'")


@app.command()
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


@app.command("compile")
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
        _write(output, compiled.definition + "\n", mode="w")
        stderr.print(f"wrote {output}: {len(compiled.definition):,} characters")
    if as_json:
        assets = {asset.uri: sorted(asset.files) for asset in compiled.assets}
        print_json({"definition": compiled.document, "assets": assets}, diagnostics)
    elif not output:
        sys.stdout.write(compiled.definition + "\n")


def _write(output: Path, text: str, mode: str) -> None:
    try:
        with output.open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise PipelineCompilerError(
            UNWRITABLE.error(
                f"{output} cannot be written: {error.strerror}",
                fix="choose another file with --output",
                place=Place(str(output)),
            )
        ) from None


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="a config file, or a code such as PC311")],
    step: Annotated[str | None, typer.Option("--step", help="one step only")] = None,
    template: TemplateName = None,
    as_json: Json = False,
) -> None:
    """Explain how inputs were wired, with scores and losing candidates; or what a code means."""
    if not Path(subject).exists() and subject[:2].upper() == "PC":
        _explain_code(subject.upper(), as_json)
        return
    loaded = load_pipeline(template, subject)
    explain_wiring(loaded, resolve_wiring(loaded), step, as_json)


def _explain_code(code: str, as_json: bool) -> None:
    from pipeline_compiler.catalogue import (
        all_rules,  # every layer's rules, which other commands need not load
    )

    rule = all_rules().get(code)
    if rule is None:
        raise typer.BadParameter(f"no code {code}: {did_you_mean(code, all_rules(), what='codes')}")
    if as_json:
        print_json({"code": rule.code, "title": rule.title, "explanation": rule.explanation})
        return
    stdout.print(Text(f"{rule.code}: {rule.title}", style="bold"))
    stdout.print(Text(rule.explanation))


app.command()(run)
app.command()(plan)
app.command()(deploy)
app.command()(analyze)
app.command("new-step")(new_step)
for command in (start, status, watch, stop, delete):
    app.command()(command)
app.command()(cost)
app.command()(iam)
app.add_typer(contracts_app, name="contracts")


def main() -> None:
    """Run the command line; exits 0 only if nothing failed, 1 on diagnostics, 2 on wrong usage."""
    try:
        app()
    except PipelineCompilerError as error:
        if "--json" in sys.argv:
            print_json({}, error.diagnostics)
        else:
            print_diagnostics(error.diagnostics)
            count = len(error.diagnostics)
            stderr.print(Text(f"{count} problem{'s' * (count != 1)} found", style="bold"))
        sys.exit(1)
