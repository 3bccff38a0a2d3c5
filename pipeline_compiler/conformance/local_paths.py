"""Where a processing job's inputs and outputs lie in its container."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.jobs import PROCESSING, Job, Port
from pipeline_compiler.conformance.service_rules import BAD_LOCAL_PATH, NESTED_LOCAL_PATHS, SAME_LOCAL_PATH
from pipeline_compiler.conformance.values import known_text
from script_contracts.core.diagnostics import Severity

ROOT = "/opt/ml/processing"


def check_local_paths(definition: Definition) -> Iterator[Finding]:
    """Paths that are not mounted, paths that two ports share, and paths inside of others."""
    for job in definition.jobs:
        if job.kind == PROCESSING:
            yield from _job(definition, job)


def _job(definition: Definition, job: Job) -> Iterator[Finding]:
    placed: list[tuple[tuple[str, ...], Port]] = []
    for port in job.ports:
        path = known_text(definition, port.storage.get("LocalPath"))
        if path is None:
            continue
        placed.append((tuple(posixpath.normpath(path).split("/")), port))
        if not posixpath.normpath(path).startswith(f"{ROOT}/"):
            yield Finding(
                BAD_LOCAL_PATH,
                job.step.name,
                _local_path(port),
                f"{_title(port)} has the local path '{path}', which is not below {ROOT}/",
                f"choose a path below {ROOT}/",
                Severity.WARNING if port.is_output else Severity.ERROR,
            )
    placed.sort(key=lambda each: each[0])
    outer: tuple[tuple[str, ...], Port] | None = None
    for parts, port in placed:
        if outer is None or parts[: len(outer[0])] != outer[0]:
            outer = (parts, port)
            continue
        yield _overlap(job, port, outer[1], "/".join(parts), same=parts == outer[0])


def _overlap(job: Job, inner: Port, outer: Port, path: str, *, same: bool) -> Finding:
    if same:
        return Finding(
            SAME_LOCAL_PATH,
            job.step.name,
            _local_path(inner),
            f"{_title(inner)} and {_title(outer)} have the same local path '{path}'",
            "give each a folder of its own",
        )
    return Finding(
        NESTED_LOCAL_PATHS,
        job.step.name,
        _local_path(inner),
        f"{_title(inner)} lies inside of {_title(outer)}, at '{path}'",
        "give each a folder of its own, side by side",
        Severity.WARNING,
    )


def _title(port: Port) -> str:
    return f"{'output' if port.is_output else 'input'} '{port.name}'"


def _local_path(port: Port) -> tuple[str | int, ...]:
    return (*port.storage_path, "LocalPath")
