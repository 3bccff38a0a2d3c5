"""`templates` and `init`: what to start from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from pipeline_compiler.cli.libraries import LibraryOption
from pipeline_compiler.cli.options import Json
from pipeline_compiler.cli.output import print_json, stdout, table, write_text
from pipeline_compiler.starter import starter_config
from pipeline_compiler.template import load_template, shipped_templates


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
    write_text(output, text, mode="x")
    if as_json:
        print_json({"file": str(output)})
    else:
        stdout.print(f"wrote {output}: fill in the empty fields, then run 'pipeline-compiler check {output}'")
