"""`new-step NAME`: the files of a step of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline_compiler.cli.options import Json
from pipeline_compiler.cli.output import print_json, stdout
from pipeline_compiler.new_step import Kind, step_files, write_step

_NEXT = """
The step works as it is. Change the files to what it is for, and prove it:

  pipeline-compiler analyze --library {folder}
  pipeline-compiler contracts test {step} --library {folder}

Use it in a template (the folder is relative to the template's file):

  template: MyPipeline
  step_libraries: [./{name}]
  steps: [{step}]

Then 'pipeline-compiler init TEMPLATE.yaml' writes a config for it."""


def new_step(
    name: Annotated[str, typer.Argument(help="the step type, such as CleanText")],
    kind: Annotated[
        Kind, typer.Option("--kind", help="a script in a job of this kind, or a program in an image of yours")
    ] = "processing",
    output: Annotated[
        Path, typer.Option("--output", "-o", help="the step library; made if it is not there")
    ] = Path("my_steps"),
    as_json: Json = False,
) -> None:
    """Write the four files of a step of your own, for you to change."""
    names, files = step_files(name, kind)
    written = [str(path) for path in write_step(files, output)]
    if as_json:
        print_json({"step": names.step_type, "library": str(output), "files": written})
        return
    stdout.print("\n".join(f"wrote {path}" for path in written), soft_wrap=True)
    stdout.print(_NEXT.format(step=names.step_type, folder=output, name=output.name), soft_wrap=True)
