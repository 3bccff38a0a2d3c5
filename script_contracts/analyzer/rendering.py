"""Reports for people: every finding with the source text that it is about."""

from __future__ import annotations

from pathlib import Path

from script_contracts.analyzer.facts import Span
from script_contracts.analyzer.findings import Finding
from script_contracts.analyzer.report import ContractValidationReport


def render_report(report: ContractValidationReport) -> str:
    """The whole report as text."""
    blocks = [render_finding(each) for each in (*report.findings, *report.unknowns)]
    return "\n\n".join([*blocks, report.summary])


def render_finding(finding: Finding) -> str:
    """One finding: what is wrong, where, an excerpt with a caret, and the remedy."""
    diagnostic, span = finding.diagnostic, finding.span
    lines = [f"{diagnostic.code} {diagnostic.severity.value}: {diagnostic.message}"]
    if span is not None:
        lines.append(f"  {span.file}:{span.line}:{span.column + 1}")
        lines += _excerpt(span)
    elif diagnostic.place.file:
        lines.append(f"  {diagnostic.place.file}")
    lines += [f"  {detail}" for detail in diagnostic.details]
    lines.append(f"  fix: {diagnostic.fix}")
    return "\n".join(lines)


def _excerpt(span: Span) -> list[str]:
    try:
        text = Path(span.file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    if span.line > len(text):
        return []
    line = text[span.line - 1].replace("\t", " ")
    end = span.end_column if span.end_line == span.line else len(line)
    margin = " " * len(str(span.line))
    return [
        f"   {margin} |",
        f"   {span.line} | {line}",
        f"   {margin} | {' ' * span.column}{'^' * max(1, end - span.column)}",
    ]
