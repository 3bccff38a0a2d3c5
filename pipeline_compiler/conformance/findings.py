"""What a conformance check finds: a rule that one place of a definition breaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from script_contracts.core.diagnostics import Diagnostic, Place, Rule, Severity

Path = tuple[str | int, ...]
_SHOWN = 3  # steps that a message names


@dataclass(frozen=True)
class Finding:
    """One place of a definition that AWS would refuse, or that would fail when the pipeline runs.

    Attributes:
        step: the step's name; None for what concerns the whole definition.
        path: keys and indexes from the step's entry (or the definition) to the value, such as
            `("Arguments", "ProcessingResources", "ClusterConfig", "InstanceType")`.
        message: what is wrong with the actual value, and the limit, without the place.
        fix: the remedy.
    """

    rule: Rule
    step: str | None
    path: Path
    message: str
    fix: str
    severity: Severity = Severity.ERROR

    @property
    def location(self) -> str:
        """The place in the definition, as people write it: `Arguments.ProcessingInputs[0].InputName`."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return text.removeprefix(".")

    @property
    def where(self) -> str:
        """The step and the place in its entry, for the details of a diagnostic."""
        return f"in the definition: {f'{self.step}.' if self.step else ''}{self.location}"

    def diagnostic(self, place: Place) -> Diagnostic:
        """The finding at a place of the user's input; the place in the definition becomes a detail."""
        return _diagnostic([self], place)


def merged_diagnostics(findings: Iterable[tuple[Finding, Place]]) -> list[Diagnostic]:
    """A diagnostic for each thing to mend: what one place of the input does to many steps is told once."""
    same: dict[object, list[Finding]] = {}
    places: dict[object, Place] = {}
    for finding, place in findings:
        key = (finding.rule.code, finding.severity, finding.message, finding.fix, place)
        same.setdefault(key, []).append(finding)
        places[key] = place
    return [_diagnostic(found, places[key]) for key, found in same.items()]


def _diagnostic(findings: list[Finding], place: Place) -> Diagnostic:
    first, *others = findings
    steps = list(dict.fromkeys(each.step for each in findings if each.step))
    subject = ", ".join(steps[:_SHOWN]) + (f" and {len(steps) - _SHOWN} more" if len(steps) > _SHOWN else "")
    details = [first.where, *([f"and in {len(others)} more places"] if others else [])]
    message = f"{subject}: {first.message}" if subject else first.message
    return Diagnostic(first.rule.code, first.severity, message, first.fix, place, tuple(details))
