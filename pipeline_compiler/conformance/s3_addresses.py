"""S3 addresses: prefixes that read too much, and outputs that overwrite each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.jobs import TRAINING, Job, Port, at
from pipeline_compiler.conformance.service_rules import (
    EXECUTIONS_OVERWRITE,
    PREFIX_OVERMATCH,
    READS_OWN_OUTPUT,
    SHARED_OUTPUT,
)
from pipeline_compiler.conformance.values import address
from script_contracts.core.diagnostics import Severity

# What differs between executions: everything about one, except what it shares with all others.
_SHARED_VARIABLES = ("{Execution.PipelineName}", "{Execution.PipelineArn}")


@dataclass(frozen=True)
class _Place:
    """One port and its address, with `{...}` for what only the run will tell."""

    job: Job
    port: Port
    uri: str

    @property
    def title(self) -> str:
        """The port as messages name it."""
        kind = "output" if self.port.is_output else "input"
        return f"{kind} '{self.port.name}'" if self.port.name else f"the {kind}"


def check_addresses(definition: Definition) -> Iterator[Finding]:
    """All of them are warnings: each is legitimate where it is meant, and rarely is."""
    places = [
        _Place(job, port, uri)
        for job in definition.jobs
        for port in job.ports
        if (uri := address(definition, port.uri)) is not None and uri.startswith("s3://")
    ]
    yield from _overmatches(definition, places)
    yield from _shared_outputs(places)
    yield from _executions(places)
    yield from _own_outputs(places)


def _overmatches(definition: Definition, places: list[_Place]) -> Iterator[Finding]:
    known = sorted({place.uri for place in places} | set(_model_prefixes(definition)))
    for place in places:
        uri = place.uri
        if place.port.is_output or uri.endswith("/") or place.port.storage.get("S3DataType") != "S3Prefix":
            continue
        for other in known[bisect_left(known, uri) :]:
            if not other.startswith(uri):
                break
            if other != uri and other[len(uri)] != "/":
                yield Finding(
                    PREFIX_OVERMATCH,
                    place.job.step.name,
                    place.port.uri_path,
                    f"{place.title} reads everything that begins with '{uri}', and so '{other}' too",
                    f"end it with a '/': '{uri}/'",
                    Severity.WARNING,
                )
                break


def _model_prefixes(definition: Definition) -> Iterator[str]:
    """Where training jobs write; SageMaker adds the job's name, so that these never collide."""
    for job in definition.jobs:
        if job.kind == TRAINING:
            uri = address(definition, at(job.request, "OutputDataConfig", "S3OutputPath"))
            if uri is not None:
                yield uri


def _shared_outputs(places: list[_Place]) -> Iterator[Finding]:
    written: dict[str, _Place] = {}
    for place in places:
        if not place.port.is_output:
            continue
        first = written.setdefault(place.uri.rstrip("/"), place)
        if first is place or _exclude_each_other(first, place):
            continue
        yield Finding(
            SHARED_OUTPUT,
            place.job.step.name,
            place.port.uri_path,
            f"{place.title} is written to '{place.uri}', where {first.job.step.name} writes {first.title}",
            "give each output an address of its own",
            Severity.WARNING,
        )


def _exclude_each_other(one: _Place, other: _Place) -> bool:
    """Whether the steps lie in the two branches of one condition, of which only one runs."""
    ours = dict(one.job.step.branches)
    return any(ours.get(gate, branch) != branch for gate, branch in other.job.step.branches)


def _executions(places: list[_Place]) -> Iterator[Finding]:
    for place in places:
        if not place.port.is_output:
            continue
        rest = place.uri
        for variable in _SHARED_VARIABLES:
            rest = rest.replace(variable, "")
        if "{" not in rest:
            yield Finding(
                EXECUTIONS_OVERWRITE,
                place.job.step.name,
                place.port.uri_path,
                f"every execution writes {place.title} to '{place.uri}'",
                'join the address from a prefix and {"Get": "Execution.PipelineExecutionId"}',
                Severity.WARNING,
            )


def _own_outputs(places: list[_Place]) -> Iterator[Finding]:
    reads: dict[tuple[int, str], _Place] = {}
    for place in places:
        key = (id(place.job), place.uri.rstrip("/"))
        if not place.port.is_output:
            reads[key] = place
        elif key in reads:
            yield Finding(
                READS_OWN_OUTPUT,
                place.job.step.name,
                place.port.uri_path,
                f"{place.title} is written to '{place.uri}', where {reads[key].title} is read from",
                "write to another address",
                Severity.WARNING,
            )
