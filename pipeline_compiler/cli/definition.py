"""`check DEFINITION`: any pipeline definition, whoever wrote it."""

from __future__ import annotations

from datetime import date

from pipeline_compiler.cli.output import print_diagnostics, print_json, stdout, summary
from pipeline_compiler.conformance import Definition
from pipeline_compiler.conformance.checks import Background, check_definition
from pipeline_compiler.conformance.definition_files import DefinitionFile
from pipeline_compiler.conformance.image_contents import programs_of
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, has_errors
from step_specs import registry


def check_definition_file(found: DefinitionFile, region: str | None, today: date, as_json: bool) -> None:
    """Print what AWS would refuse in a definition.

    Raises:
        PipelineCompilerError: with everything found, if any of it is an error.
    """
    specs = map(registry().for_node, registry().node_names())
    contracts = [spec.script_contract for spec in specs]
    programs = programs_of(Definition(found.document), (each for each in contracts if each is not None))
    findings = check_definition(
        found.document, region=region, today=today, background=Background(programs=programs)
    )
    diagnostics: list[Diagnostic] = [each.diagnostic(found.place(each)) for each in findings]
    if has_errors(diagnostics):
        raise PipelineCompilerError(*diagnostics)
    if as_json:
        print_json({"definition": found.file}, diagnostics)
        return
    print_diagnostics(diagnostics)
    count = len(Definition(found.document).steps)
    stdout.print(f"{found.file}: {count} steps, {summary(diagnostics)}")
