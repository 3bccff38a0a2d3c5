"""The gates: what must fit before an output is a candidate for an input at all."""

from __future__ import annotations

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification


def gate_failures(
    producer: StepSpecification,
    output: OutputSpec,
    consumer: StepSpecification,
    dependency: DependencySpec,
    *,
    explicit: bool = False,
) -> tuple[str, ...]:
    """Why `output` cannot feed `dependency`; empty where it can.

    Args:
        explicit: whether an edge names both ports. That overrides `compatible_sources` and job types,
            which guard against guesses, but not what the data is.
    """
    failures = []
    if output.type is not dependency.type:
        failures.append(f"carries {output.type.value}, not {dependency.type.value}")
    if output.data_type is not dependency.data_type:
        failures.append(f"is a {output.data_type.value}, not a {dependency.data_type.value}")
    if explicit:
        return tuple(failures)
    sources = dependency.compatible_sources
    if sources and producer.step_type not in sources and stand_in(producer, output, dependency) is None:
        failures.append(f"{producer.step_type} is not among its compatible sources ({', '.join(sources)})")
    failures += _job_type_failures(producer, consumer, dependency)
    return tuple(failures)


def stand_in(producer: StepSpecification, output: OutputSpec, dependency: DependencySpec) -> str | None:
    """The compatible source whose place `output` takes; None where the producer needs none, or has none."""
    if producer.step_type in dependency.compatible_sources:
        return None
    return next((each for each in output.stands_in_for if each in dependency.compatible_sources), None)


def _job_type_failures(
    producer: StepSpecification, consumer: StepSpecification, dependency: DependencySpec
) -> list[str]:
    if producer.job_type is None:
        return []
    accepted = dependency.source_job_types or ((consumer.job_type,) if consumer.job_type else ())
    if not accepted or producer.job_type in accepted:
        return []
    wanted = " or ".join(each.value for each in accepted)
    return [f"job type is {producer.job_type.value}, not {wanted}"]
