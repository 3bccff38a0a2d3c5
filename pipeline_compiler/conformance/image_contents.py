"""What images contain, against what the programs in them need, and against each other along one model."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from packaging.specifiers import SpecifierSet

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.conformance.images import Image, images, parse_image
from pipeline_compiler.conformance.jobs import PROCESSING, TRAINING, TUNING, Job, at, containers_of
from pipeline_compiler.conformance.values import known_text
from script_contracts.core.contract import CODE_PATH, ScriptContract
from step_builders.core.images import FRAMEWORKS
from step_builders.core.rules import IMAGE_LACKS_LIBRARY, MIXED_FRAMEWORK_VERSIONS

_BUNDLE = re.compile(r"/code/[0-9a-f]{64}(/|$)")  # the address of a code bundle that this compiler made
# What leads to the model of a step, after its name, by the step's type.
_MODEL_PROPERTIES = {
    TRAINING: ("ModelArtifacts.",),
    TUNING: ("BestTrainingJob.", "OverallBestTrainingJob.", "TrainingJobSummaries["),
}
_STEP_REFERENCE = re.compile(r"Steps\.([^.\[]+)\.")


def check_libraries(definition: Definition, programs: Mapping[str, ScriptContract]) -> Iterator[Finding]:
    """Programs that need other versions of Python or of a library than their image has.

    Args:
        programs: step -> the contract of the program that it runs.
    """
    for job in definition.jobs:
        contract = programs.get(job.step.name)
        image = parse_image(known_text(definition, job.image))
        if contract is None or image is None:
            continue
        for library, wanted in contract.framework_requirements.items():
            has = image.libraries.get(library)
            if has is not None and has not in SpecifierSet(wanted):
                yield Finding(
                    IMAGE_LACKS_LIBRARY,
                    job.step.name,
                    job.image_path,
                    f"the image {image.version} has {library} {has}, and {contract.entry_point} needs "
                    f"{library}{wanted}",
                    "choose another version of the image, or an image of your own",
                )


def programs_of(definition: Definition, contracts: Iterable[ScriptContract]) -> dict[str, ScriptContract]:
    """Step -> the contract of the program that it runs, told from the program's file name.

    Only programs in code bundles of this compiler are looked up.
    """
    known = {each.entry_point: each for each in contracts}
    found = ((job.step.name, known.get(_program(job) or "")) for job in definition.jobs)
    return {step: contract for step, contract in found if contract is not None}


def _program(job: Job) -> str | None:
    """The file name of the program that a job runs out of a code bundle of ours; None for others."""
    if job.kind == PROCESSING:
        last = at(job.request, "AppSpecification", "ContainerEntrypoint")
        path = last[-1] if isinstance(last, list) and last and isinstance(last[-1], str) else ""
        if posixpath.dirname(path) != CODE_PATH:
            return None
        program = posixpath.basename(path)
    elif job.kind == TRAINING:
        encoded = job.hyperparameters.get("sagemaker_program")
        program = encoded.strip('"') if isinstance(encoded, str) else ""
    else:
        return None
    places = [port.uri for port in job.ports]
    places.append(job.hyperparameters.get("sagemaker_submit_directory"))
    ours = any(isinstance(each, str) and _BUNDLE.search(each.strip('"')) for each in places)
    return program if ours else None


def check_model_versions(
    definition: Definition, groups: Collection[Collection[str]] | None = None
) -> Iterator[Finding]:
    """Steps that write, read or serve one model with different versions of its framework.

    Args:
        groups: names of the steps that touch one model, for each model; found in the definition's references
            where it is None.
    """
    found: dict[str, tuple[Path, Image]] = {}
    for step, path, image in images(definition):
        if image.framework is not None:
            found.setdefault(step.name, (path, image))
    for group in _model_groups(definition) if groups is None else groups:
        for framework in FRAMEWORKS:
            versions: dict[str, list[str]] = {}
            for name in sorted(set(group) & set(found)):
                if found[name][1].framework is framework:
                    versions.setdefault(found[name][1].version, []).append(name)
            if len(versions) > 1:
                odd_one = min(versions.values(), key=len)[0]
                yield Finding(
                    MIXED_FRAMEWORK_VERSIONS,
                    odd_one,
                    found[odd_one][0],
                    f"one model, several {framework.title} versions: "
                    + "; ".join(f"{each} in {', '.join(names)}" for each, names in sorted(versions.items())),
                    f"set {framework.version_field} once, under 'defaults'",
                )


def _model_groups(definition: Definition) -> Iterator[set[str]]:
    """For each step that trains: itself, the jobs that read its model, and what serves or registers that."""
    reads = {step.name: _references(step.arguments) for step in definition.steps if step.jobs}
    serves = {
        step.name: {
            _named(reference)
            for _, container in containers_of(step)
            for reference in _references(container.get("ModelDataUrl"))
        }
        for step in definition.steps
    }
    for step in definition.steps:
        properties = _MODEL_PROPERTIES.get(step.type)
        if properties is None:
            continue
        group = {step.name}
        artifacts = tuple(f"Steps.{step.name}.{each}" for each in properties)
        group |= {name for name, found in reads.items() if any(each.startswith(artifacts) for each in found)}
        yield group | {name for name, producers in serves.items() if producers & group}


def _named(reference: str) -> str:
    match = _STEP_REFERENCE.match(reference)
    return match[1] if match else ""


def _references(value: Any) -> set[str]:
    """The `Get` references anywhere in a value."""
    if isinstance(value, dict):
        own = {value["Get"]} if isinstance(value.get("Get"), str) else set()
        return own.union(*map(_references, value.values()))
    if isinstance(value, list):
        return set().union(*map(_references, value))
    return set()
