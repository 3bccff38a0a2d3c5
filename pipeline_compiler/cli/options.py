"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline_compiler.deploy_rules import WRONG_REGION
from script_contracts.core.diagnostics import PipelineCompilerError

if TYPE_CHECKING:
    import boto3

ConfigFile = Annotated[Path, typer.Argument(help="the config: a YAML or JSON file")]
TemplateName = Annotated[
    str | None, typer.Option("--template", help="a template, if the config does not name one")
]
Json = Annotated[bool, typer.Option("--json", help="print data instead of text")]
StateDir = Annotated[
    Path | None, typer.Option("--state-dir", help="folder for results; .pipeline-runs/NAME if not given")
]
Profile = Annotated[
    str | None, typer.Option("--profile", help="AWS profile; AWS_PROFILE or boto3's defaults if not given")
]
Region = Annotated[
    str | None,
    typer.Option("--region", help="AWS region, which must be the config's; for scripts that name it"),
]
AssumeRole = Annotated[
    str | None, typer.Option("--assume-role", help="ARN of a role to act as, also in another account")
]


def state_folder(pipeline: str) -> Path:
    """Where local runs of a pipeline keep everything, unless they are told: below the current folder."""
    return Path(".pipeline-runs") / pipeline


def aws_session(
    pipeline_region: str, profile: str | None, region: str | None, assume_role: str | None
) -> boto3.Session:
    """The session that the options ask for, in the region of the pipeline. Imports boto3.

    Raises:
        PipelineCompilerError: (PC504) if `--region` is another one than the config's.
        DeployError: (PC503, PC506) as `session_for`.
    """
    if region not in (None, pipeline_region):
        raise PipelineCompilerError(
            WRONG_REGION.error(
                f"the config is for {pipeline_region}, and --region is {region}",
                fix=f"leave out --region, or set 'region: {region}' in the config's pipeline section",
            )
        )
    from pipeline_compiler.aws_session import session_for

    return session_for(pipeline_region, profile, assume_role)


def named_values(options: list[str] | None, flag: str) -> Iterator[tuple[str, str]]:
    """The names and values of options written NAME=VALUE."""
    for option in options or ():
        name, separator, value = option.partition("=")
        if not (name and separator):
            raise typer.BadParameter(f"'{option}' is not NAME=VALUE", param_hint=flag)
        yield name, value
