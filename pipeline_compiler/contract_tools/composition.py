"""Composition: which steps could follow a step, judged by the same gates, score and contracts as wiring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_deps.gates import gate_failures
from pipeline_deps.matching import assign
from pipeline_deps.scoring import Score, score
from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.core.suggestions import did_you_mean
from script_contracts.quality.compatibility import Compatibility, is_compatible
from script_contracts.quality.rules import NOT_TESTABLE
from step_specs import registry


@dataclass(frozen=True)
class Fit:
    """One input of a step that could follow, and the output that would feed it."""

    dependency: str
    output: str
    score: Score
    compatibility: Compatibility

    def __str__(self) -> str:
        left = len(self.compatibility.deferred)
        clauses = "1 clause is" if left == 1 else f"{left} clauses are"
        data = f"{clauses} left to run time" if left else "the contracts agree"
        return f"{self.output} -> {self.dependency}: {self.score.name_reason} {self.score.total:.2f}, {data}"


@dataclass(frozen=True)
class Suggestion:
    """A step that could follow.

    Attributes:
        step: its node name, with the job type where there is one.
        score: the mean fit of the inputs that would be fed, times their share of those that must be fed;
            1 is a step whose every need is met under its very name.
        fits: the inputs that would be fed.
        missing: the required inputs that other steps would have to feed.
        refused: outputs that pass the gates and violate the contract, with the violated clauses.
    """

    step: str
    score: float
    fits: tuple[Fit, ...]
    missing: tuple[str, ...]
    refused: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The suggestion as JSON-ready data."""
        return {
            "step": self.step,
            "score": self.score,
            "feeds": [
                {
                    "input": fit.dependency,
                    "output": fit.output,
                    "score": fit.score.total,
                    "reason": fit.score.name_reason,
                    "left_to_run_time": [str(each) for each in fit.compatibility.deferred],
                }
                for fit in self.fits
            ],
            "missing": list(self.missing),
            "refused": list(self.refused),
        }


def suggest_next(
    producer: str | StepSpecification,
    *,
    outputs: Sequence[str] | None = None,
    known: Mapping[str, StepSpecification] | None = None,
) -> list[Suggestion]:
    """The steps that could follow one, best first.

    Args:
        producer: a node name such as `TabularPreprocessing_training` (a bare step type stands for every
            job type), or a specification, which need not be registered.
        outputs: consider these outputs only.
        known: the steps to choose from; every registered step if not given.

    Raises:
        PipelineCompilerError: (PC137) if there is no such step.
    """
    specs = registry() if known is None else known
    makers = [producer] if isinstance(producer, StepSpecification) else _named(producer, specs)
    best: dict[str, Suggestion] = {}
    for maker in makers:
        offered = [each for each in maker.outputs if outputs is None or each.logical_name in outputs]
        for spec in specs.values():
            for variant in _variants(spec):
                suggestion = _suggestion(maker, offered, variant)
                known_score = best[variant.name].score if variant.name in best else 0.0
                if suggestion is not None and suggestion.score > known_score:
                    best[variant.name] = suggestion
    return sorted(best.values(), key=lambda each: (-each.score, each.step))


def _named(name: str, specs: Mapping[str, StepSpecification]) -> list[StepSpecification]:
    variants = {each.name: each for spec in specs.values() for each in _variants(spec)}
    if name in variants:
        return [variants[name]]
    if name in specs:
        return list(_variants(specs[name]))
    fix = did_you_mean(name, [*specs, *variants], what="steps")
    raise PipelineCompilerError(NOT_TESTABLE.error(f"there is no step '{name}'", fix=fix))


def _variants(spec: StepSpecification) -> Iterator[StepSpecification]:
    if spec.job_type is not None or not spec.job_types:
        yield spec
    else:
        yield from (spec.variant(job_type) for job_type in spec.job_types)


def _suggestion(
    producer: StepSpecification, offered: Sequence[OutputSpec], consumer: StepSpecification
) -> Suggestion | None:
    fits: dict[tuple[str, str], Fit] = {}
    refused = []
    for dependency in consumer.dependencies:
        for output in offered:
            if gate_failures(producer, output, consumer, dependency):
                continue
            answer = _compatibility(producer, output, consumer, dependency)
            if answer:
                fit = Fit(dependency.logical_name, output.logical_name, score(output, dependency), answer)
                fits[fit.dependency, fit.output] = fit
            else:
                clauses = "; ".join(map(str, answer.violations))
                refused.append(f"{output.logical_name} -> {dependency.logical_name}: {clauses}")
    if not fits:
        return None
    required = {each.logical_name for each in consumer.dependencies if each.required}
    chosen = _assigned(producer, consumer, fits, required)
    fed = {fit.dependency for fit in chosen}
    missing = tuple(sorted(required - fed))
    mean = sum(fit.score.total for fit in chosen) / len(chosen)
    share = len(fed) / len(required | fed)
    return Suggestion(consumer.name, round(mean * share, 4), chosen, missing, tuple(refused))


def _assigned(
    producer: StepSpecification,
    consumer: StepSpecification,
    fits: Mapping[tuple[str, str], Fit],
    required: set[str],
) -> tuple[Fit, ...]:
    """The fits that wiring would choose: each output feeds at most one input."""
    offers: dict[str, dict[tuple[str, str], float]] = {
        each.logical_name: {} for each in consumer.dependencies
    }
    for (dependency, output), fit in fits.items():
        offers[dependency][producer.name, output] = fit.score.total
    chosen = assign(offers, required=required).chosen
    return tuple(fits[dependency, output] for dependency, (_, output) in sorted(chosen.items()))


def _compatibility(
    producer: StepSpecification, output: OutputSpec, consumer: StepSpecification, dependency: DependencySpec
) -> Compatibility:
    promised = producer.script_contract and producer.script_contract.quality.outputs.get(output.logical_name)
    wanted = consumer.script_contract and consumer.script_contract.quality.inputs.get(dependency.logical_name)
    return is_compatible(promised, wanted) if promised and wanted else Compatibility()
