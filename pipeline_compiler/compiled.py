"""What a compile produces: one frozen value that everything after it reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline_deps.wiring import Wiring
from script_contracts.core.contract import ScriptContract
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, Place


@dataclass(frozen=True)
class Asset:
    """Files that must lie in S3 before the pipeline starts, addressed by their content.

    Attributes:
        uri: the S3 prefix, which contains the SHA-256 of the files' names and contents.
        files: name below the prefix -> the bytes, or the local file that holds them.
    """

    uri: str
    files: Mapping[str, bytes | Path]


@dataclass(frozen=True)
class LocalProgram:
    """What runs on this machine in place of a program in an image.

    Attributes:
        code: its code bundle, which no deployed pipeline needs.
        name: its file name in there.
    """

    code: Asset
    name: str


@dataclass(frozen=True)
class Costs:
    """What the config says of costs.

    Attributes:
        budget: the most that one execution may cost; None for no limit.
        prices: the user's own price file; None for the shipped prices only.
        place: where the config says it.
    """

    budget: float | None = None
    prices: Path | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, repr=False)
class CompiledPipeline:
    """A complete pipeline: nothing about it depends on this machine, the clock, or AWS.

    Attributes:
        name: the pipeline's name in SageMaker.
        role: the execution role's ARN.
        region: the AWS region, whose images it uses.
        s3_root: the S3 prefix for code, data and outputs.
        definition: the pipeline definition, the JSON text that CreatePipeline takes.
        scripts: the programs that it runs, with their contracts.
        wiring: how every input was wired, and why.
        assets: code bundles and uploaded folders, at the addresses that the definition names.
        local_sources: S3 prefix in the definition -> the folder on this machine that stands for it, which
            deploying will not upload.
        local_mounts: S3 prefix -> the folder that stands for it in local runs, from the config.
        local_programs: step whose program is in an image -> what takes the image's place in local runs; None
            where nothing does.
        tags: tag key -> value, for the pipeline and every job it starts.
        description: what SageMaker shows about the pipeline.
        parallelism: how many steps of an execution may run at once; None for no limit.
        config_file: the config that it was compiled from; None for a mapping made in Python.
        quotas: name -> value, for quotas that AWS has raised.
        costs: the budget, and where prices come from.
        diagnostics: warnings and notes; a pipeline with errors is never built.
    """

    name: str
    role: str
    region: str
    s3_root: str
    definition: str
    wiring: Wiring
    assets: tuple[Asset, ...]
    scripts: Mapping[Path, ScriptContract] = field(default_factory=dict)
    local_sources: Mapping[str, Path] = field(default_factory=dict)
    local_mounts: Mapping[str, Path] = field(default_factory=dict)
    local_programs: Mapping[str, LocalProgram | None] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    parallelism: int | None = None
    config_file: Path | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)
    costs: Costs = Costs()
    diagnostics: tuple[Diagnostic, ...] = ()

    def __repr__(self) -> str:
        """In a line, as a notebook shows it."""
        return f"<CompiledPipeline {self.name} in {self.region}, {len(self.steps)} steps>"

    @property
    def execution_settings(self) -> dict[str, Any]:
        """What CreatePipeline and UpdatePipeline take beside the definition: description and parallelism.

        One that the config leaves out is not here: what somebody set in AWS then stays.
        """
        settings: dict[str, Any] = {}
        if self.description is not None:
            settings["PipelineDescription"] = self.description
        if self.parallelism is not None:
            settings["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": self.parallelism}
        return settings

    @cached_property
    def document(self) -> dict[str, Any]:
        """The definition, parsed."""
        document: dict[str, Any] = json.loads(self.definition)
        return document

    @cached_property
    def steps(self) -> tuple[dict[str, Any], ...]:
        """Every step of the definition, those inside conditions included."""
        return tuple(flat_steps(self.document["Steps"]))


def flat_steps(entries: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The entries of a definition's steps, each with those inside its branches after it."""
    for entry in entries:
        yield dict(entry)
        arguments = entry.get("Arguments", {})
        yield from flat_steps(arguments.get("IfSteps", ()))
        yield from flat_steps(arguments.get("ElseSteps", ()))
