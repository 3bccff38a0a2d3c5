"""Diagnostics: what is wrong, where, and how to mend it, as data.

Every check in every layer returns `Diagnostic` values, and every failure is raised as one
`PipelineCompilerError` that carries all of them. Codes are stable; each is declared once, as a `Rule`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any


class Severity(str, Enum):
    """How much a diagnostic matters: only `ERROR` stops a compile."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Place:
    """Where in the user's input a problem lies. Every part is optional: a dict has no lines."""

    file: str | None = None
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        location = f"{self.file}:{self.line}" if self.file and self.line else self.file or ""
        return "  ".join(part for part in (location, self.field) if part)


NOWHERE = Place()  # for problems of a declaration, which no user's file contains


@dataclass(frozen=True)
class Diagnostic:
    """One problem: its code, where it is, what is wrong with the actual value, and the remedy."""

    code: str
    severity: Severity
    message: str
    fix: str
    place: Place = NOWHERE
    details: tuple[str, ...] = ()

    def at(self, place: Place) -> Diagnostic:
        """The same diagnostic at another place."""
        return replace(self, place=place)

    def as_dict(self) -> dict[str, Any]:
        """The diagnostic as JSON-ready data."""
        return {**asdict(self), "severity": self.severity.value, "details": list(self.details)}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Diagnostic:
        """The diagnostic that `as_dict` made the data of."""
        return Diagnostic(
            data["code"],
            Severity(data["severity"]),
            data["message"],
            data["fix"],
            Place(**data["place"]),
            tuple(data["details"]),
        )

    def __str__(self) -> str:
        lines = [f"{self.code} {self.severity.value}: {self.message}"]
        if str(self.place):
            lines.append(f"  {self.place}")
        lines += [f"  {detail}" for detail in self.details]
        lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Rule:
    """One entry of the code catalogue.

    Attributes:
        code: stable identifier, `PC` and three digits; the first digit names the layer.
        title: one line, without the actual value.
        explanation: the long form that `pipeline-compiler explain CODE` prints.
    """

    code: str
    title: str
    explanation: str

    def error(
        self, message: str, *, fix: str, place: Place = NOWHERE, details: Iterable[str] = ()
    ) -> Diagnostic:
        """A diagnostic of this rule that stops the compile."""
        return Diagnostic(self.code, Severity.ERROR, message, fix, place, tuple(details))

    def warning(
        self, message: str, *, fix: str, place: Place = NOWHERE, details: Iterable[str] = ()
    ) -> Diagnostic:
        """A diagnostic of this rule that is shown and does not stop the compile."""
        return Diagnostic(self.code, Severity.WARNING, message, fix, place, tuple(details))

    def note(
        self, message: str, *, fix: str, place: Place = NOWHERE, details: Iterable[str] = ()
    ) -> Diagnostic:
        """A diagnostic of this rule that only explains."""
        return Diagnostic(self.code, Severity.NOTE, message, fix, place, tuple(details))


def catalogue(namespace: Mapping[str, object]) -> tuple[Rule, ...]:
    """The rules that a `rules` module declares, in order of their codes."""
    return tuple(sorted((v for v in namespace.values() if isinstance(v, Rule)), key=lambda rule: rule.code))


class PipelineCompilerError(Exception):
    """The root of everything this project raises on purpose.

    Attributes:
        diagnostics: every problem that the failing pass found, never only the first.
    """

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of all diagnostics, in order."""
        return tuple(diagnostic.code for diagnostic in self.diagnostics)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any diagnostic is an error."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def raise_errors(
    diagnostics: Iterable[Diagnostic], error: type[PipelineCompilerError] = PipelineCompilerError
) -> None:
    """Raise one `error` with all diagnostics if any of them is an error."""
    found = tuple(diagnostics)
    if has_errors(found):
        raise error(*found)
