"""Reports as SARIF 2.1.0, which code hosts show beside the lines of a change.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from script_contracts.analyzer.findings import Finding
from script_contracts.analyzer.report import ContractValidationReport
from script_contracts.core import analysis_rules
from script_contracts.core.diagnostics import Severity, catalogue

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def to_sarif(reports: Iterable[ContractValidationReport], *, root: Path | None = None) -> dict[str, Any]:
    """One SARIF log of all reports.

    Arguments:
        root: the folder of the repository, to which locations are relative; the current one if not given.
    """
    rules = catalogue(vars(analysis_rules))
    index = {rule.code: number for number, rule in enumerate(rules)}
    base = (root or Path.cwd()).resolve()
    results = [
        _result(finding, report, index, base)
        for report in reports
        for finding in (*report.findings, *report.unknowns)
    ]
    driver = {
        "name": "pipeline-compiler",
        "rules": [
            {
                "id": rule.code,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.explanation},
                "help": {"text": f"{rule.explanation}\n\npipeline-compiler explain {rule.code}"},
            }
            for rule in rules
        ],
    }
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {_ROOT: {"uri": base.as_uri() + "/"}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(
    finding: Finding, report: ContractValidationReport, index: dict[str, int], base: Path
) -> dict[str, Any]:
    diagnostic, span = finding.diagnostic, finding.span
    file = Path(span.file if span else report.script).resolve()
    location: dict[str, Any] = {"artifactLocation": _artifact(file, base)}
    # What is missing has no line of its own: code hosts want one, and the first is where a file is opened.
    location["region"] = {"startLine": 1}
    if span is not None:
        location["region"] = {
            "startLine": span.line,
            "startColumn": span.column + 1,
            "endLine": span.end_line,
        }
        if (span.end_line, span.end_column) > (span.line, span.column):
            location["region"]["endColumn"] = span.end_column + 1
    text = ". ".join([diagnostic.message, *diagnostic.details, f"Fix: {diagnostic.fix}"])
    identity = f"{diagnostic.code}|{file.name}|{diagnostic.message}"
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": index[diagnostic.code],
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"finding/v1": sha256(identity.encode()).hexdigest()[:32]},
    }


def _artifact(file: Path, base: Path) -> dict[str, str]:
    if file.is_relative_to(base):
        return {"uri": file.relative_to(base).as_posix(), "uriBaseId": _ROOT}
    return {"uri": file.as_uri()}
