"""`contracts ...`: read, compare, share and test the contracts of steps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import yaml
from rich.text import Text

from pipeline_compiler.cli.libraries import ConfigOption, LibraryOption, chosen_library
from pipeline_compiler.cli.options import Json
from pipeline_compiler.cli.output import print_diagnostics, print_json, stdout, table
from pipeline_compiler.contract_tools.composition import suggest_next
from pipeline_compiler.contract_tools.documentation import contract_page
from pipeline_compiler.contract_tools.files import (
    current_interfaces,
    interface_of_spec,
    read_interfaces,
    write_interfaces,
)
from pipeline_compiler.contract_tools.generated_tests import generate_contract_tests, run_tests
from pipeline_compiler.contract_tools.odcs import odcs_documents
from pipeline_compiler.contract_tools.subjects import subject_of
from pipeline_compiler.contract_tools.supplies import Supplies
from pipeline_compiler.step_library import StepLibrary
from pipeline_deps.specification import StepSpecification
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, has_errors, raise_errors
from script_contracts.core.suggestions import did_you_mean
from script_contracts.quality.rules import NOT_TESTABLE
from script_contracts.quality.versions import ContractDiff, diff_all, diff_contracts
from step_builders.core.step import StepDeclaration

contracts_app = typer.Typer(
    help="Read, compare, share and test the contracts of steps.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Step = Annotated[str, typer.Argument(help="a step type, such as TabularPreprocessing")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="FIELD=VALUE of the step's config; repeatable")
]
Scripts = Annotated[
    Path | None,
    typer.Option("--scripts", help="folder with programs that take the place of the shipped ones"),
]


@contracts_app.command()
def show(
    step: Annotated[str | None, typer.Argument(help="a step type; all steps if not given")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="folder to write the contracts into, as JSON")
    ] = None,
    libraries: LibraryOption = None,
    config: ConfigOption = None,
    as_json: Json = False,
) -> None:
    """Show what a step requires and promises. Or write the contracts down, to compare with later."""
    library = chosen_library(libraries, config)
    if step is not None:
        interface = interface_of_spec(_spec(step, library))
        interfaces = {step: interface} if interface else {}
    else:
        interfaces = current_interfaces(library.steps)
    if output is not None:
        files = [str(path) for path in write_interfaces(interfaces, output)]
        if as_json:
            print_json({"files": files})
        else:
            stdout.print(f"wrote {len(files)} contract{'s' * (len(files) != 1)} to {output}")
    elif as_json and step is not None:
        print_json(
            {"step": step, "contract": interfaces[step].model_dump(mode="json") if interfaces else None}
        )
    elif as_json:
        print_json({"contracts": {name: each.model_dump(mode="json") for name, each in interfaces.items()}})
    elif step is not None:
        stdout.print(Text(contract_page(_spec(step, library))), soft_wrap=True)
    else:
        listing = table("Step", "Version", "Inputs", "Outputs")
        for name, each in interfaces.items():
            ports = (", ".join(each.inputs), ", ".join(each.outputs))
            listing.add_row(Text(name, style="bold"), each.quality.version, *ports)
        stdout.print(listing)


@contracts_app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="a contract as JSON, or a folder of them")],
    new: Annotated[
        Path | None, typer.Argument(help="the same of later; the shipped contracts if not given")
    ] = None,
    ci: Annotated[
        bool, typer.Option("--ci", help="exit 1 where a breaking change lacks a major version")
    ] = False,
    libraries: LibraryOption = None,
    config: ConfigOption = None,
    as_json: Json = False,
) -> None:
    """Compare contracts and tell what breaks. And what the versions must become."""
    before = read_interfaces(old)
    after = read_interfaces(new) if new else current_interfaces(chosen_library(libraries, config).steps)
    if not old.is_dir() and new is not None and not new.is_dir():
        difference = diff_contracts(next(iter(before.values())), next(iter(after.values())))
        diffs = {difference.step or new.stem: difference}
        found = list(difference.diagnostics(NOWHERE))
    else:
        diffs, found = diff_all(
            before, after if old.is_dir() else {n: after[n] for n in before if n in after}
        )
    if as_json:
        print_json({"contracts": [each.as_dict() for each in diffs.values()]}, found)
    else:
        _print_diffs(diffs)
        print_diagnostics(found)
    if ci and has_errors(found):
        raise typer.Exit(1)


def _print_diffs(diffs: dict[str, ContractDiff]) -> None:
    listing = table("Contract", "Version", "Must become", "Change", "")
    for name, difference in diffs.items():
        versions = f"{difference.old_version} -> {difference.new_version}"
        if not difference:
            listing.add_row(Text(name, style="bold"), versions, "", Text("unchanged", style="dim"), "")
            continue
        style = "green" if difference.satisfied else "bold red"
        needed = Text(f"{difference.required_version} ({difference.bump})", style=style)
        listing.add_row(Text(name, style="bold"), versions, needed, "", "")
        for change in difference.changes:
            kind = Text("breaking", style="red") if change.breaking else Text("compatible", style="green")
            listing.add_row("", "", "", kind, Text(str(change)))
    stdout.print(listing)


@contracts_app.command()
def export(
    step: Step,
    standard: Annotated[Literal["odcs"], typer.Option("--format", help="the standard")] = "odcs",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="folder for one file per table")
    ] = None,
    libraries: LibraryOption = None,
    config: ConfigOption = None,
    as_json: Json = False,
) -> None:
    """Export a step's data contracts as Open Data Contract Standard."""
    documents = odcs_documents(_spec(step, chosen_library(libraries, config)))
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        for name, document in documents.items():
            (output / f"{step}.{name}.{standard}.yaml").write_text(_yaml(document), encoding="utf-8")
        if not as_json:
            stdout.print(f"wrote {len(documents)} data contract{'s' * (len(documents) != 1)} to {output}")
    if as_json:
        print_json({"step": step, "documents": documents})
    elif output is None:
        stdout.print(Text("---\n".join(_yaml(each) for each in documents.values())), soft_wrap=True, end="")


def _yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


@contracts_app.command()
def suggest(
    step: Annotated[str, typer.Argument(help="a step type, or a node such as TabularPreprocessing_training")],
    libraries: LibraryOption = None,
    config: ConfigOption = None,
    as_json: Json = False,
) -> None:
    """Suggest the steps that could follow a step, and why."""
    found = suggest_next(step, known=chosen_library(libraries, config).registry)
    if as_json:
        print_json({"step": step, "suggestions": [each.as_dict() for each in found]})
        return
    listing = table("Step", "Score", "Why")
    for each in found:
        listing.add_row(Text(each.step, style="bold"), f"{each.score:.2f}", "; ".join(map(str, each.fits)))
        for missing in each.missing:
            listing.add_row("", "", Text(f"'{missing}' has to come from another step", style="dim"))
        for refused in each.refused:
            listing.add_row("", "", Text(f"not {refused}", style="red"))
    stdout.print(listing)


@contracts_app.command()
def synthesize(
    step: Step,
    port: Annotated[str, typer.Argument(metavar="INPUT", help="an input of the step")],
    output: Annotated[Path, typer.Option("--output", "-o", help="folder to write into")],
    seed: Annotated[int, typer.Option("--seed", help="another seed gives other values")] = 0,
    settings: Settings = None,
    libraries: LibraryOption = None,
    config: ConfigOption = None,
    as_json: Json = False,
) -> None:
    """Write synthetic data that satisfy what an input requires."""
    known_steps = chosen_library(libraries, config).steps
    subject = subject_of(step, settings=dict(_pairs(settings)), steps=known_steps)
    known = subject.contract.mounted_inputs
    if port not in known:
        raise typer.BadParameter(f"no input '{port}': {did_you_mean(port, known, what='inputs')}")
    supplies = Supplies(subject, seed)
    files = supplies.write(port, output)
    if as_json:
        print_json({"step": step, "input": port, "files": [str(path) for path in files]})
    else:
        stdout.print("\n".join(map(str, files)), soft_wrap=True)


@contracts_app.command("test")
def run_contract_tests(
    step: Step,
    scripts: Scripts = None,
    settings: Settings = None,
    job_type: Annotated[str | None, typer.Option("--job-type", help="of a step that has variants")] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME=FOLDER", help="an input that cannot be made up (repeatable)"),
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="jobs at once")] = None,
    libraries: LibraryOption = None,
    config: ConfigOption = None,
    as_json: Json = False,
) -> None:
    """Test a step's script against its contract, on inputs that satisfy and that break it."""
    steps = chosen_library(libraries, config).steps
    if scripts is not None:
        raise_errors(_scripts_problems(step, scripts, steps))
    tests = generate_contract_tests(
        step,
        settings=dict(_pairs(settings)),
        job_type=job_type,
        scripts=scripts or (),
        inputs=dict(_folders(inputs)),
        steps=steps,
    )
    outcomes = run_tests(tests, workers)
    failed = [each for each in outcomes if not each.passed]
    if as_json:
        print_json({"step": step, "passed": not failed, "tests": [each.as_dict() for each in outcomes]})
    else:
        listing = table("Test", "Expected", "", "Observed", "Seconds")
        for each in outcomes:
            verdict = Text("passed", style="green") if each.passed else Text("FAILED", style="bold red")
            listing.add_row(each.clause, each.expected, verdict, each.observed, f"{each.seconds:.1f}")
        stdout.print(listing)
        stdout.print(f"{step}: {len(outcomes) - len(failed)} of {len(outcomes)} contract tests passed")
    if failed:
        raise typer.Exit(1)


def _scripts_problems(step: str, scripts: Path, steps: Mapping[str, StepDeclaration]) -> Iterator[Diagnostic]:
    """A folder that does not hold the step's program would leave the shipped one under test."""
    contract = subject_of(step, steps=steps).contract
    found = [path.name for path in scripts.glob("*.py")] if scripts.is_dir() else []
    if contract.entry_point not in found:
        reason = f"holds no {contract.entry_point}" if scripts.is_dir() else "is no folder"
        yield NOT_TESTABLE.error(
            f"--scripts {scripts} {reason}",
            fix=did_you_mean(contract.entry_point, found, what="programs in it"),
        )


def _pairs(options: list[str] | None) -> Iterator[tuple[str, Any]]:
    """FIELD=VALUE options; a value that is JSON is read as such."""
    for option in options or ():
        name, separator, value = option.partition("=")
        if not (name and separator):
            raise typer.BadParameter(f"'{option}' is not FIELD=VALUE", param_hint="--set")
        try:
            yield name, json.loads(value)
        except ValueError:
            yield name, value


def _folders(options: list[str] | None) -> Iterator[tuple[str, Path]]:
    """NAME=FOLDER options."""
    for option in options or ():
        name, _, folder = option.partition("=")
        if not name or not Path(folder).is_dir():
            raise typer.BadParameter(f"'{option}' is not NAME=FOLDER", param_hint="--input")
        yield name, Path(folder)


def _spec(step: str, library: StepLibrary) -> StepSpecification:
    known = library.registry
    if step not in known:
        raise typer.BadParameter(f"no step '{step}': {did_you_mean(step, known, what='steps')}")
    return known[step]
