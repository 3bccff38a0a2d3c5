"""`steps [NAME]`: the documentation of steps, built-in ones and own ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from pipeline_compiler.cli.libraries import ConfigOption, LibraryOption, chosen_library
from pipeline_compiler.cli.options import Json
from pipeline_compiler.cli.output import print_json, stdout, table, write_text
from pipeline_compiler.step_documentation import fields_of, step_section
from script_contracts.core.suggestions import did_you_mean
from step_builders.core.step import StepDeclaration


def steps(
    step: Annotated[str | None, typer.Argument(help="a step type; a list of all if not given")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write the documentation into, as Markdown")
    ] = None,
    libraries: LibraryOption = None,
    config: ConfigOption = None,
    as_json: Json = False,
) -> None:
    """Document steps: what they take and give, and what can be set. With a library, those of your own."""
    library = chosen_library(libraries, config)
    chosen: Mapping[str, StepDeclaration] = library.own if libraries or config else library.steps
    if step is not None:
        if step not in library.steps:
            raise typer.BadParameter(f"no step '{step}': {did_you_mean(step, library.steps, what='steps')}")
        chosen = {step: library.steps[step]}
    chosen = dict(sorted(chosen.items()))
    text = "\n".join(line for each in chosen.values() for line in step_section(each))
    if output is not None:
        write_text(output, f"# Steps\n\n{text}", mode="w")
    if as_json:
        print_json({"steps": [_as_dict(each, library.origins[name]) for name, each in chosen.items()]})
    elif output is not None:
        stdout.print(f"wrote {output}: {len(chosen)} step{'s' * (len(chosen) != 1)}")
    elif step is not None:
        stdout.print(Text(text), soft_wrap=True)
    else:
        listing = table("Step", "Job", "From", "What it does")
        for name, each in chosen.items():
            row = (each.spec.job_kind.value, library.origins[name], each.spec.summary)
            listing.add_row(Text(name, style="bold"), *row)
        stdout.print(listing)


def _as_dict(step: StepDeclaration, origin: str) -> dict[str, Any]:
    spec = step.spec
    return {
        "name": spec.step_type,
        "summary": spec.summary,
        "from": origin,
        "job_kind": spec.job_kind.value,
        "job_types": [each.value for each in spec.job_types],
        "inputs": [
            {"name": each.logical_name, "type": each.type.value, "required": each.required}
            for each in spec.dependencies
        ],
        "outputs": [{"name": each.logical_name, "type": each.type.value} for each in spec.outputs],
        "fields": [asdict(each) for each in fields_of(step.config, step.config.model_fields)],
    }
