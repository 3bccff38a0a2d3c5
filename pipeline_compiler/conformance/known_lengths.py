"""Lengths of values that are put together: with the parameters' defaults they are known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.conformance.jobs import PROCESSING, TRAINING, Job, at
from pipeline_compiler.conformance.service_rules import TOO_LONG_WHEN_KNOWN
from pipeline_compiler.conformance.values import address

# botocore's sagemaker service model: ContainerArgument, ProcessingEnvironmentValue,
# TrainingEnvironmentValue, HyperParameterValue, S3Uri
ARGUMENT, PROCESSING_VARIABLE, TRAINING_VARIABLE, HYPERPARAMETER, URI = 256, 256, 512, 2500, 1024


def check_known_lengths(definition: Definition) -> Iterator[Finding]:
    """Expressions whose known parts alone are longer than the service takes.

    Plain text is the service model's to judge.
    """
    for job in definition.jobs:
        for path, value, limit, what in _values(job):
            if not isinstance(value, dict):
                continue
            text = address(definition, value)
            if text is not None and len(text) > limit and len(_without_unknown(text)) > limit:
                yield Finding(
                    TOO_LONG_WHEN_KNOWN,
                    job.step.name,
                    path,
                    f"{what} has {len(_without_unknown(text))} characters with the parameters' defaults, "
                    f"and AWS takes {limit}",
                    "shorten it, or put the text into a file in S3 and pass its address",
                )


def _without_unknown(text: str) -> str:
    """The known characters of an address: what stands in `{...}` may turn out to be empty."""
    kept, depth = [], 0
    for character in text:
        depth += character == "{"
        if depth == 0:
            kept.append(character)
        depth -= character == "}" and depth > 0
    return "".join(kept)


def _values(job: Job) -> Iterator[tuple[Path, Any, int, str]]:
    if job.kind == PROCESSING:
        for key in ("ContainerArguments", "ContainerEntrypoint"):
            for index, value in enumerate(at(job.request, "AppSpecification", key) or ()):
                path = (*job.path, "AppSpecification", key, index)
                yield path, value, ARGUMENT, f"argument {index + 1} of {key}"
    variable = PROCESSING_VARIABLE if job.kind == PROCESSING else TRAINING_VARIABLE
    yield from _mapping(job, "Environment", variable, "environment variable")
    if job.kind == TRAINING:
        yield from _mapping(job, job.hyperparameters_key, HYPERPARAMETER, "hyperparameter")
    for port in job.ports:
        yield port.uri_path, port.uri, URI, f"the S3 address of '{port.name}'"


def _mapping(job: Job, key: str, limit: int, what: str) -> Iterator[tuple[Path, Any, int, str]]:
    found = job.request.get(key)
    for name, value in found.items() if isinstance(found, dict) else ():
        yield (*job.path, key, name), value, limit, f"{what} '{name}'"
