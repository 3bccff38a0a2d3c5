"""`plan CONFIG` and `deploy CONFIG`: what would change in AWS, and changing it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from pipeline_compiler.cli.compiling import compiled_and_checked
from pipeline_compiler.cli.options import (
    AssumeRole,
    ConfigFile,
    Json,
    Profile,
    Region,
    TemplateName,
    aws_session,
)
from pipeline_compiler.cli.output import print_diagnostics, print_json, stderr, stdout
from pipeline_compiler.deploy_rules import NOT_CONFIRMED
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError

if TYPE_CHECKING:
    import boto3

    from pipeline_compiler.compiled import CompiledPipeline
    from pipeline_compiler.deployment import Deployment
    from pipeline_compiler.plan.planning import Plan

_CHANGES = 2  # the exit code of a plan that is not empty


def plan(
    config: ConfigFile,
    template: TemplateName = None,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="print it for a pull request")] = False,
    as_json: Json = False,
) -> None:
    """Show what 'deploy' would change, and what would run again. Exits 2 if anything would change."""
    compiled, diagnostics = compiled_and_checked(template, config)
    session = aws_session(compiled.region, profile, region, assume_role)
    made, diagnostics = _planned(compiled, session, diagnostics)
    _show(made, diagnostics, markdown, as_json)


def deploy(
    config: ConfigFile,
    template: TemplateName = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only show the plan, as 'plan' does")] = False,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    as_json: Json = False,
) -> None:
    """Show what would change, ask, and create or update the pipeline."""
    compiled, diagnostics = compiled_and_checked(template, config)
    session = aws_session(compiled.region, profile, region, assume_role)
    made, diagnostics = _planned(compiled, session, diagnostics)
    if dry_run:
        _show(made, diagnostics, markdown=False, as_json=as_json)
        return
    if not as_json:
        _print(made, diagnostics)
    if made and not yes:
        _ask(made, as_json)
    done = _apply(made, session, quiet=as_json)
    if as_json:
        _print_data(made, diagnostics, done)
    else:
        stdout.print(_outcome(made, done))


def _planned(
    compiled: CompiledPipeline, session: boto3.Session, diagnostics: tuple[Diagnostic, ...]
) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """The plan, and the diagnostics with what the execution role lacks, where these credentials may ask."""
    from pipeline_compiler.access.simulation import missing_permissions
    from pipeline_compiler.plan.planning import make_plan

    made = make_plan(compiled, session)
    return made, (*diagnostics, *missing_permissions(session, compiled).advice)


def _show(made: Plan, diagnostics: tuple[Diagnostic, ...], markdown: bool, as_json: bool) -> None:
    """Print the plan, and exit as it demands."""
    if as_json:
        _print_data(made, diagnostics)
    elif markdown:
        from pipeline_compiler.plan.rendering import markdown as as_markdown

        print_diagnostics(diagnostics)
        sys.stdout.write(as_markdown(made))
    else:
        _print(made, diagnostics)
    if made:
        raise typer.Exit(_CHANGES)


def _print(made: Plan, diagnostics: tuple[Diagnostic, ...]) -> None:
    from pipeline_compiler.plan.rendering import rich_text

    print_diagnostics(diagnostics)
    stdout.print(rich_text(made), soft_wrap=True)


def _print_data(made: Plan, diagnostics: tuple[Diagnostic, ...], done: Deployment | None = None) -> None:
    from pipeline_compiler.plan.rendering import as_dict

    deployment = (
        {"arn": done.arn, "action": done.action.value, "uploaded": list(done.uploads.uploaded)}
        if done
        else None
    )
    print_json({"plan": as_dict(made), "deployment": deployment}, diagnostics)


def _ask(made: Plan, as_json: bool) -> None:
    """Go on only after a yes; without one nothing has happened yet."""
    if as_json or not sys.stdin.isatty():
        where = "--json prints no question" if as_json else "standard input is no terminal"
        raise PipelineCompilerError(
            NOT_CONFIRMED.error(
                f"there are changes to '{made.compiled.name}', and {where}",
                fix="say --yes, after a look at 'pipeline-compiler plan'",
            )
        )
    typer.confirm("Deploy this?", abort=True)


def _apply(made: Plan, session: boto3.Session, quiet: bool) -> Deployment:
    from pipeline_compiler.cli.upload_progress import upload_progress
    from pipeline_compiler.deployment import apply_plan

    if quiet:
        return apply_plan(made, session)
    with upload_progress(stderr) as listener:
        return apply_plan(made, session, listener)


def _outcome(made: Plan, done: Deployment) -> Text:
    uploaded = len(done.uploads.uploaded)
    files = f", {uploaded} file{'s' * (uploaded != 1)} uploaded" if uploaded else ""
    return Text(f"{made.compiled.name}: {done.action.value}{files}  {done.arn}", style="bold green")
