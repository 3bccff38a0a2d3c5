"""What a conformance check finds: a rule that one place of a definition breaks."""

from __future__ import annotations

from dataclasses import dataclass

from script_contracts.core.diagnostics import Diagnostic, Place, Rule, Severity

Path = tuple[str | int, ...]


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

    def diagnostic(self, place: Place) -> Diagnostic:
        """The finding at a place of the user's input; the place in the definition becomes a detail."""
        subject = f"{self.step}: " if self.step else ""
        location = f"in the definition: {f'{self.step}.' if self.step else ''}{self.location}"
        return Diagnostic(
            self.rule.code, self.severity, f"{subject}{self.message}", self.fix, place, (location,)
        )
