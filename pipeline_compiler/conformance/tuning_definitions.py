"""The training definitions of a tuning step, one or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.jobs import TUNING_CLUSTER, at
from pipeline_compiler.conformance.scope import Problem, shown
from pipeline_compiler.conformance.tuning_ranges import CONFIG
from pipeline_compiler.conformance.tuning_rules import BAD_TRAINING_DEFINITIONS
from pipeline_compiler.conformance.values import known_text

_MOST_VARIABLES = 48  # API reference, HyperParameterTrainingJobDefinition, Environment: of all definitions


def definition_problems(step: Step, definition: Definition) -> Iterator[Problem]:
    """Training definitions that are missing, that exclude each other, or that several may not have."""
    single, several = (key in step.arguments for key in ("TrainingJobDefinition", "TrainingJobDefinitions"))
    if single == several:
        yield Problem(
            BAD_TRAINING_DEFINITIONS,
            f"the tuning job has {'both' if single else 'neither'} TrainingJobDefinition "
            f"{'and' if single else 'nor'} TrainingJobDefinitions",
            "give TrainingJobDefinition, or TrainingJobDefinitions for several algorithms",
            path=("Arguments",),
        )
    for job in step.jobs:
        given = {"ResourceConfig", TUNING_CLUSTER} & job.request.keys()
        if len(given) != 1:
            yield Problem(
                BAD_TRAINING_DEFINITIONS,
                f"the training definition has {'both' if given else 'neither'} ResourceConfig "
                f"{'and' if given else 'nor'} {TUNING_CLUSTER}",
                "give one of them: the instances of each training job",
                path=job.path,
            )
    environments = (job.request.get("Environment") for job in step.jobs)
    variables = sum(len(each) for each in environments if isinstance(each, Mapping))
    if len(step.jobs) > 1:
        yield from _several_definitions(step, definition)
        if variables > _MOST_VARIABLES:
            yield Problem(
                BAD_TRAINING_DEFINITIONS,
                f"the training definitions have {variables} environment variables together; AWS allows "
                f"{_MOST_VARIABLES}",
                "leave some out, or put them into a file in S3",
                path=("Arguments", "TrainingJobDefinitions"),
            )


def _several_definitions(step: Step, definition: Definition) -> Iterator[Problem]:
    seen: set[str] = set()
    for job in step.jobs:
        name = known_text(definition, job.request.get("DefinitionName"))
        if name in seen or "DefinitionName" not in job.request:
            yield Problem(
                BAD_TRAINING_DEFINITIONS,
                f"two training definitions are called {shown(name)}" if name else "it has no DefinitionName",
                "give each of several training definitions a name of its own",
                path=(*job.path, "DefinitionName"),
            )
        seen |= {name} if name else set()
    stopping = known_text(definition, at(step.entry, *CONFIG, "TrainingJobEarlyStoppingType"))
    for used, path in (
        (stopping == "Auto", (*CONFIG, "TrainingJobEarlyStoppingType")),
        ("WarmStartConfig" in step.arguments, ("Arguments", "WarmStartConfig")),
    ):
        if used:
            yield Problem(
                BAD_TRAINING_DEFINITIONS,
                f"{path[-1]} is for tuning jobs with one training definition, and there are {len(step.jobs)}",
                "leave it out, or tune each algorithm in a step of its own",
                path=path,
            )
