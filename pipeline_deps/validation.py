"""Whether layers agree: a specification with its contract, a producer with a consumer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline_deps.gates import gate_failures
from pipeline_deps.rules import INCOMPATIBLE_STEPS
from pipeline_deps.specification import StepSpecification
from script_contracts.core.diagnostics import Diagnostic, Severity


@dataclass(frozen=True)
class ValidationResult:
    """What a check found; `is_valid` unless one finding is an error."""

    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether nothing found is an error."""
        return not self.errors

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The findings that are errors."""
        return tuple(each for each in self.diagnostics if each.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The findings that are warnings."""
        return tuple(each for each in self.diagnostics if each.severity is Severity.WARNING)

    @staticmethod
    def of(diagnostics: Iterable[Diagnostic]) -> ValidationResult:
        """The result that holds these findings."""
        return ValidationResult(tuple(diagnostics))


def validate_contract_alignment(spec: StepSpecification) -> ValidationResult:
    """Whether a specification and its contract agree; constructing one already proves it."""
    return ValidationResult.of(spec.problems())


def validate_cross_step_compatibility(
    producer: StepSpecification, consumer: StepSpecification
) -> ValidationResult:
    """Whether `producer` alone could satisfy at least one dependency of `consumer`.

    A producer that fits none gives an error that lists, for every pair, the gate that it failed.
    """
    failures = {
        (dependency.logical_name, output.logical_name): gate_failures(producer, output, consumer, dependency)
        for dependency in consumer.dependencies
        for output in producer.outputs
    }
    if any(not reasons for reasons in failures.values()):
        return ValidationResult()
    return ValidationResult.of(
        [
            INCOMPATIBLE_STEPS.error(
                f"nothing that {producer.name} produces fits {consumer.name}",
                fix="join two steps of which one lists the other in compatible_sources",
                details=[f"{out} -> {dep}: {'; '.join(why)}" for (dep, out), why in failures.items()],
            )
        ]
    )
