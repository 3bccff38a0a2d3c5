"""The result of analyzing one script against its contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from script_contracts.analyzer.facts import ScriptFacts
from script_contracts.analyzer.findings import Finding
from script_contracts.core.diagnostics import Diagnostic, Severity


@dataclass(frozen=True)
class ContractValidationReport:
    """What analysis found.

    Attributes:
        script: the script's path.
        entry_point: the contract's entry point.
        findings: where script and contract disagree; errors make the script non-compliant.
        unknowns: what cannot be known without running the script, and why.
        facts: everything that the script does; None where it cannot be read.
    """

    script: str
    entry_point: str
    findings: tuple[Finding, ...]
    unknowns: tuple[Finding, ...]
    facts: ScriptFacts | None

    @property
    def is_compliant(self) -> bool:
        """Whether no finding is an error. Unknowns do not count."""
        return not any(each.diagnostic.severity is Severity.ERROR for each in self.findings)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Findings and unknowns as diagnostics, in the order of their places."""
        return tuple(each.diagnostic for each in (*self.findings, *self.unknowns))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings, in order."""
        return tuple(each.code for each in self.findings)

    @property
    def summary(self) -> str:
        """One line for people."""
        if self.is_compliant and not self.findings and not self.unknowns:
            return f"{self.entry_point}: honours its contract"
        errors = sum(each.diagnostic.severity is Severity.ERROR for each in self.findings)
        parts = [
            (errors, "violation"),
            (len(self.findings) - errors, "warning"),
            (len(self.unknowns), "unknown"),
        ]
        text = ", ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in parts if count)
        return f"{self.entry_point}: {text}"

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return {
            "script": self.script,
            "entry_point": self.entry_point,
            "is_compliant": self.is_compliant,
            "summary": self.summary,
            "findings": [each.diagnostic.as_dict() for each in self.findings],
            "unknowns": [each.diagnostic.as_dict() for each in self.unknowns],
            "facts": self.facts.as_dict() if self.facts else None,
        }
