"""Findings: diagnostics that know the stretch of source text they are about."""

from __future__ import annotations

from dataclasses import dataclass

from script_contracts.analyzer.facts import Span
from script_contracts.core.diagnostics import Diagnostic, Place


@dataclass(frozen=True)
class Finding:
    """A diagnostic about a script; `span` is None where it is about something that is not there."""

    diagnostic: Diagnostic
    span: Span | None

    @property
    def code(self) -> str:
        """The diagnostic's code."""
        return self.diagnostic.code


def at(span: Span | None, file: str | None = None) -> Place:
    """The place of a span, or the file alone."""
    return Place(span.file, span.line) if span else Place(file)
