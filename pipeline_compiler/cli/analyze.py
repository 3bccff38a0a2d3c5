"""`analyze [SCRIPT | FOLDER]`: scripts against their contracts, without running them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.text import Text

from pipeline_compiler.bundles import scripts_of
from pipeline_compiler.cli.libraries import ConfigOption, LibraryOption, chosen_library
from pipeline_compiler.cli.options import Json
from pipeline_compiler.cli.output import print_json, stderr, stdout
from pipeline_compiler.resources import resource
from pipeline_compiler.step_library import StepLibrary
from script_contracts import ScriptContract, all_contracts
from script_contracts.analyzer import ContractValidationReport, analyze_script
from script_contracts.analyzer.contract_files import contracts_from, contracts_from_module
from script_contracts.analyzer.rendering import render_finding
from script_contracts.analyzer.sarif import to_sarif
from script_contracts.core.analysis_rules import BAD_CONTRACT_FILE
from script_contracts.core.diagnostics import PipelineCompilerError, Place
from script_contracts.core.suggestions import did_you_mean

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def analyze(
    target: Annotated[
        Path | None, typer.Argument(help="a script, or a folder of scripts; all shipped ones if not given")
    ] = None,
    contract: Annotated[
        Path | None,
        typer.Option("--contract", "-c", help="contracts of these scripts: JSON, YAML, or a Python module"),
    ] = None,
    libraries: LibraryOption = None,
    config: ConfigOption = None,
    as_json: Json = False,
    sarif: Annotated[Path | None, typer.Option("--sarif", help="also write a SARIF file")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="fail on what cannot be known, too")] = False,
) -> None:
    """Prove that scripts honour their contracts; none is run."""
    if libraries or config:
        if target is not None or contract is not None:
            raise typer.BadParameter("a library's steps have their own scripts", param_hint="TARGET")
        pairs = _own_scripts(chosen_library(libraries, config))
    else:
        pairs = _pairs(target, contract)
    reports = [analyze_script(path, each) for path, each in pairs]
    if sarif:
        sarif.write_text(json.dumps(to_sarif(reports), indent=2) + "\n", encoding="utf-8")
    if as_json:
        found = [diagnostic for report in reports for diagnostic in report.diagnostics]
        print_json({"reports": [report.as_dict() for report in reports]}, found)
    else:
        _print_reports(reports)
    failed = [each for each in reports if not each.is_compliant or (strict and each.unknowns)]
    if failed:
        raise typer.Exit(1)


def _own_scripts(library: StepLibrary) -> list[tuple[Path, ScriptContract]]:
    """The programs of the steps that are not built in; that of a search is its training step's, once."""
    pairs: list[tuple[Path, ScriptContract]] = []
    for _, step in sorted(library.own.items()):
        contract = step.spec.script_contract
        if contract is not None and contract.entry_point:
            pair = (scripts_of(step) / contract.entry_point, contract)
            if pair not in pairs:
                pairs.append(pair)
    return pairs


def _pairs(target: Path | None, file: Path | None) -> list[tuple[Path, ScriptContract]]:
    """Every script to analyze, with its contract."""
    contracts = _read_contracts(file) if file else list(all_contracts().values())
    folder = target if target is not None else resource("scripts")
    if target is None and file is not None:
        raise typer.BadParameter("name the script or folder that the contracts are for", param_hint="TARGET")
    if target is not None and not target.exists():
        raise typer.BadParameter(f"there is no '{target}'", param_hint="TARGET")
    if folder.is_dir():
        if target is not None and file is None and folder.resolve() != resource("scripts").resolve():
            raise typer.BadParameter(f"which contracts hold for '{target}'?", param_hint="--contract")
        return [(folder / each.entry_point, each) for each in contracts]
    fitting = [each for each in contracts if each.entry_point == folder.name]
    if not fitting and file is not None and len(contracts) == 1:
        fitting = contracts
    if not fitting:
        known = [each.entry_point for each in contracts]
        fix = did_you_mean(folder.name, known, what="entry points")
        raise typer.BadParameter(f"no contract for '{folder.name}': {fix}", param_hint="--contract")
    return [(folder, fitting[0])]


def _read_contracts(file: Path) -> list[ScriptContract]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"'{file}' cannot be read: {error}", param_hint="--contract") from None
    if file.suffix == ".py":
        return contracts_from_module(text, str(file))
    try:
        data = yaml.safe_load(text)  # JSON is YAML
    except yaml.YAMLError as error:
        raise PipelineCompilerError(
            BAD_CONTRACT_FILE.error(
                f"{file} is neither JSON nor YAML: {' '.join(str(error).split())}",
                fix="correct the syntax",
                place=Place(str(file)),
            )
        ) from None
    return contracts_from(data, str(file))


def _print_reports(reports: list[ContractValidationReport]) -> None:
    for report in reports:
        for finding in (*report.findings, *report.unknowns):
            first, *rest = render_finding(finding).splitlines()
            text = Text(first)
            text.stylize(_STYLES[finding.diagnostic.severity.value], 0, first.index(":"))
            stderr.print(text)
            for line in rest:
                stderr.print(Text(line, style="green" if line.startswith("  fix:") else ""))
            stderr.print()
    for report in reports:
        stdout.print(Text(report.summary, style="green" if report.is_compliant else "bold"))
