"""The specification registry: a closed world of step types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from pipeline_deps.rules import DUPLICATE_STEP, UNKNOWN_SOURCE, UNKNOWN_STEP
from pipeline_deps.specification import SpecificationError, StepSpecification
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, Place, raise_errors
from script_contracts.core.suggestions import did_you_mean


class SpecificationRegistry(Mapping[str, StepSpecification]):
    """Step type -> specification.

    Raises:
        SpecificationError: if a step type is registered twice, or `compatible_sources` or
            `stands_in_for` names a step that is not registered.
    """

    def __init__(self, specifications: Iterable[StepSpecification]) -> None:
        given = tuple(specifications)
        self._specs = {spec.step_type: spec for spec in given}
        raise_errors(self._problems(given), SpecificationError)

    def _problems(self, given: tuple[StepSpecification, ...]) -> Iterator[Diagnostic]:
        types = [spec.step_type for spec in given]
        for step_type in sorted({each for each in types if types.count(each) > 1}):
            yield DUPLICATE_STEP.error(
                f"step type '{step_type}' is registered twice", fix="rename one of the two steps"
            )
        for spec in given:
            yield from unknown_sources(spec, self._specs)

    def __getitem__(self, step_type: str) -> StepSpecification:
        return self._specs[step_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def node_names(self) -> tuple[str, ...]:
        """Every name that by itself says which step a node is."""
        return tuple(name for spec in self._specs.values() for name in _node_names(spec))

    def for_node(self, name: str, place: Place = NOWHERE) -> StepSpecification:
        """The specification that a node's name (step type, with _<job type>) stands for.

        Raises:
            SpecificationError: (PC208) with the closest name that exists.
        """
        if name in self._specs and not self._specs[name].job_types:
            return self._specs[name]
        step_type, _, job_type = name.rpartition("_")
        spec = self._specs.get(step_type)
        if spec is not None and job_type in [each.value for each in spec.job_types]:
            return spec.variant(job_type)
        if name in self._specs:
            reason, names = "needs a job type in its name", _node_names(self._specs[name])
            fix = f"use one of {', '.join(names)}"
        elif spec is not None:
            names = _node_names(spec)
            reason = f"names a job type that {step_type} does not have"
            fix = did_you_mean(name, names, what="names")
        else:
            reason, fix = "is not a known step", did_you_mean(name, self.node_names(), what="steps")
        raise SpecificationError(UNKNOWN_STEP.error(f"'{name}' {reason}", fix=fix, place=place))


def unknown_sources(spec: StepSpecification, known: Collection[str]) -> Iterator[Diagnostic]:
    """The steps that a specification names and that are not among the known ones.

    Args:
        known: step types.
    """
    for dependency in spec.dependencies:
        for source in dependency.compatible_sources:
            if source not in known:
                yield UNKNOWN_SOURCE.error(
                    f"{spec.step_type}.{dependency.logical_name}: compatible source '{source}' "
                    "is not a registered step",
                    fix=did_you_mean(source, known, what="registered steps"),
                )
    for output in spec.outputs:
        for source in output.stands_in_for:
            if source not in known:
                yield UNKNOWN_SOURCE.error(
                    f"{spec.step_type}.{output.logical_name} stands in for '{source}', "
                    "which is not a registered step",
                    fix=did_you_mean(source, known, what="registered steps"),
                )


def _node_names(spec: StepSpecification) -> tuple[str, ...]:
    return tuple(spec.variant(each).name for each in spec.job_types) or (spec.step_type,)
