"""Analyzing a script against its contract."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from script_contracts.analyzer.check_imports import check_imports
from script_contracts.analyzer.check_paths import check_paths
from script_contracts.analyzer.check_settings import check_arguments, check_ports, check_variables
from script_contracts.analyzer.check_unknowns import check_unknowns
from script_contracts.analyzer.facts import Span
from script_contracts.analyzer.facts_of import extract_facts
from script_contracts.analyzer.findings import Finding, at
from script_contracts.analyzer.machine import Container
from script_contracts.analyzer.report import ContractValidationReport
from script_contracts.core.analysis_rules import SCRIPT_UNREADABLE, USE_UNKNOWN
from script_contracts.core.contract import JobKind, ScriptContract


def analyze_script(
    path: Path, contract: ScriptContract, *, siblings: Path | None = None
) -> ContractValidationReport:
    """Prove that a script honours its contract, or say where it does not and what cannot be known.

    Nothing is imported or run: the script, and the modules beside it that it imports, are followed as text.

    Arguments:
        path: the script.
        contract: what it promises.
        siblings: the folder whose modules it can import; its own folder if not given.
    """
    folder = siblings or path.parent
    try:
        facts = extract_facts(path, siblings=folder, container=container_of(contract))
    except (OSError, SyntaxError) as error:
        finding = _unreadable(path, error)
        return ContractValidationReport(str(path), contract.entry_point, (finding,), (), None)
    found = [
        *check_paths(facts, contract),
        *check_variables(facts, contract),
        *check_arguments(facts, contract),
        *check_ports(facts, contract),
        *check_imports(facts, contract, folder),
    ]
    unknown = [each for each in found if each.code == USE_UNKNOWN.code]
    return ContractValidationReport(
        str(path),
        contract.entry_point,
        tuple(sorted((each for each in found if each.code != USE_UNKNOWN.code), key=_order)),
        tuple(sorted([*check_unknowns(facts, contract), *unknown], key=_order)),
        facts,
    )


def container_of(contract: ScriptContract) -> Container:
    """What a contract says of the container, as far as it decides what values a script sees."""
    training = contract.job_kind is JobKind.TRAINING
    channels = [PurePosixPath(path).name for path in contract.mounted_inputs.values()] if training else []
    variables: dict[str, str | None] = dict.fromkeys(contract.required_env_vars)
    return Container(
        training=training,
        channels={name.upper(): name for name in channels},
        variables={**variables, **contract.optional_env_vars},
        arguments=contract.expected_arguments,
    )


def _unreadable(path: Path, error: OSError | SyntaxError) -> Finding:
    if isinstance(error, SyntaxError):
        line, column = error.lineno or 1, max((error.offset or 1) - 1, 0)
        span: Span | None = Span(str(path), line, column, line, column + 1)
        what, fix = f"is not Python: {error.msg}", "correct the syntax"
    else:
        span = None
        what, fix = f"cannot be read: {error.strerror}", "name a script that exists"
    return Finding(SCRIPT_UNREADABLE.error(f"{path.name} {what}", fix=fix, place=at(span, str(path))), span)


def _order(finding: Finding) -> tuple[str, int, str]:
    place = finding.diagnostic.place
    return place.file or "", place.line or 0, finding.code
