"""Which pipeline, and which of its executions, a command line means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from pipeline_compiler.cli.options import aws_session
from pipeline_compiler.documents import read_document
from pipeline_compiler.executions import Clients
from pipeline_compiler.executions.lookup import ARN
from pipeline_compiler.loading import ConfigError
from pipeline_compiler.validation import Section, validate_section
from script_contracts.core.diagnostics import raise_errors
from step_builders.core.pipeline_settings import PipelineSettings


@dataclass(frozen=True)
class Target:
    """What a command line means.

    Attributes:
        name: the pipeline's name.
        region: its region.
        execution: id or ARN of an execution; None where none is named.
        config: the config file; None where the pipeline is named otherwise.
    """

    name: str
    region: str
    execution: str | None = None
    config: Path | None = None

    def clients(self, profile: str | None, region: str | None, assume_role: str | None) -> Clients:
        """Clients with the credentials that the options ask for. Imports boto3."""
        return Clients(aws_session(self.region, profile, region, assume_role), self.region)


def read_target(words: list[str] | None, name: str | None, region: str | None) -> Target:
    """The target that `CONFIG [EXECUTION]`, `--name NAME --region REGION [EXECUTION]` or an ARN names.

    Of a config, only the pipeline section is read.

    Raises:
        ConfigError: (PC401-PC404) if the config cannot be read or its pipeline section is wrong.
    """
    given = list(words or ())
    if name is not None:
        if region is None:
            raise typer.BadParameter("--name needs the region too", param_hint="--region")
        _at_most(given, 1, "with --name, give at most an execution")
        return Target(name, region, next(iter(given), None))
    if not given:
        raise typer.BadParameter("give a config file, the ARN of an execution, or --name and --region")
    if found := ARN.fullmatch(given[0]):
        _at_most(given, 1, "an execution's ARN says everything")
        return Target(found["pipeline"], found["region"], given[0])
    _at_most(given, 2, "give a config file and an execution")
    config = Path(given[0])
    document = read_document(config)
    settings, problems = validate_section(PipelineSettings, Section.of_pipeline(document))
    raise_errors(problems, ConfigError)
    assert settings is not None
    return Target(settings.name, settings.region, given[1] if len(given) > 1 else None, config)


def _at_most(words: list[str], count: int, message: str) -> None:
    if len(words) > count:
        raise typer.BadParameter(f"'{words[count]}' is one word too many: {message}")
