"""`start`, `status`, `watch`, `stop` and `delete`: a deployed pipeline and its executions.

Exit codes: 0 done, or the execution that was waited for succeeded; 1 it failed or was stopped, or what was
asked for cannot be done; 2 wrong usage; 130 interrupted, the execution goes on.
"""

from __future__ import annotations

from collections import deque
from typing import Annotated

import typer
from rich.text import Text

from pipeline_compiler.approved_packages import latest_approved
from pipeline_compiler.cli.execution_target import Target, read_target
from pipeline_compiler.cli.execution_views import follow, show, tell_unreachable
from pipeline_compiler.cli.options import (
    AssumeRole,
    Json,
    Profile,
    Region,
    TemplateName,
    named_values,
)
from pipeline_compiler.cli.output import print_diagnostics, print_json, stderr, stdout
from pipeline_compiler.compiler import compile_pipeline
from pipeline_compiler.executions import (
    Clients,
    ExecutionState,
    Started,
    StartOptions,
    delete_pipeline,
    execution_state,
    find_execution,
    outcome_problems,
    start_execution,
    stop_execution,
    watch_execution,
)

_INTERRUPTED = 130  # as a shell reports a program that SIGINT ended

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CONFIG|ARN EXECUTION",
        help="the config (or --name and --region), and an execution's id or ARN; the latest if not given",
        show_default=False,
    ),
]
Name = Annotated[str | None, typer.Option("--name", help="the pipeline's name, in place of a config")]


def start(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="CONFIG", help="the config, unless --name and --region", show_default=False),
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="NAME=VALUE; repeatable")
    ] = None,
    latest: Annotated[
        list[str] | None,
        typer.Option(
            "--latest-approved",
            help="GROUP=PARAMETER: the newest approved version of a model package group; repeatable",
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="run this step alone; repeatable for connected steps")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", help="with --only, the execution to take results from; the latest that succeeded"
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="watch it until it ends")] = False,
    display_name: Annotated[
        str | None, typer.Option("--display-name", help="its name in the console")
    ] = None,
    description: Annotated[str | None, typer.Option("--description", help="shown in the console")] = None,
    parallelism: Annotated[
        int | None, typer.Option("--parallelism", min=1, help="steps at once, in place of the pipeline's own")
    ] = None,
    template: TemplateName = None,
    name: Name = None,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    as_json: Json = False,
) -> None:
    """Start the deployed pipeline. Parameters are checked against it first."""
    target = read_target(words, name, region)
    if target.execution is not None:
        raise typer.BadParameter(f"'{target.execution}' is an execution; a start makes a new one")
    compiled = compile_pipeline(template, target.config) if target.config else None
    clients = target.clients(profile, region, assume_role)
    values = dict(named_values(parameter, "--parameter"))
    for group, named in named_values(latest, "--latest-approved"):
        if named in values:
            raise typer.BadParameter(f"'{named}' is given twice", param_hint="--latest-approved")
        values[named] = latest_approved(clients, group)
    options = StartOptions(
        values,
        display_name=display_name,
        description=description,
        parallelism=parallelism,
        only=only or (),
        source=source,
    )
    started = start_execution(clients, target.name, options, compiled)
    if not as_json:
        print_diagnostics(started.diagnostics)
        _tell_started(started, target)
    if wait:
        _finish(_watched(clients, started.arn, as_json), as_json, started)
    elif as_json:
        print_json({"pipeline": target.name, **_started(started)}, started.diagnostics)
    else:
        stdout.print(f"watch it: pipeline-compiler watch {started.arn}", soft_wrap=True)


def status(
    words: Words = None,
    name: Name = None,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    as_json: Json = False,
) -> None:
    """Show an execution: its steps, and why those that failed did. Exits 0 whatever its status is."""
    target = read_target(words, name, region)
    clients = target.clients(profile, region, assume_role)
    state = execution_state(clients, find_execution(clients, target.name, target.execution))
    if as_json:
        print_json({"pipeline": target.name, "execution": state.as_dict()})
    else:
        show(state)


def watch(
    words: Words = None,
    name: Name = None,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    as_json: Json = False,
) -> None:
    """Follow an execution until it ends. Exits 0 only if it succeeded; Ctrl-C leaves it running."""
    target = read_target(words, name, region)
    clients = target.clients(profile, region, assume_role)
    arn = find_execution(clients, target.name, target.execution)
    _finish(_watched(clients, arn, as_json), as_json)


def stop(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONFIG|ARN EXECUTION",
            help="the config (or --name and --region), and the execution's id; or its ARN",
            show_default=False,
        ),
    ] = None,
    name: Name = None,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    as_json: Json = False,
) -> None:
    """Stop an execution and its jobs."""
    target = read_target(words, name, region)
    if target.execution is None:
        raise typer.BadParameter("say which execution to stop: its id or its ARN, as 'status' shows it")
    clients = target.clients(profile, region, assume_role)
    arn = find_execution(clients, target.name, target.execution)
    stop_execution(clients, arn)
    if as_json:
        print_json({"pipeline": target.name, "stopping": arn})
    else:
        stdout.print(f"{target.name} {arn.rpartition('/')[2]} is stopping: its jobs end within minutes")


def delete(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="CONFIG", help="the config, unless --name and --region", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    force: Annotated[bool, typer.Option("--force", help="stop executions that run, and wait")] = False,
    name: Name = None,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    as_json: Json = False,
) -> None:
    """Delete the pipeline and the record of its executions. What they wrote and registered stays."""
    target = read_target(words, name, region)
    if target.execution is not None:
        raise typer.BadParameter(f"'{target.execution}' is an execution; only whole pipelines are deleted")
    if as_json and not yes:
        raise typer.BadParameter("--json does not ask, so that it needs --yes", param_hint="--yes")
    clients = target.clients(profile, region, assume_role)
    if not yes:
        stderr.print(
            Text(
                f"This deletes the pipeline '{target.name}' in {target.region} and the record of its "
                "executions. " + _STAYS
            )
        )
        typer.confirm("Delete it?", abort=True, err=True)
    stopped = delete_pipeline(clients, target.name, stop_running=force)
    if as_json:
        print_json({"pipeline": target.name, "deleted": True, "stopped": stopped})
    else:
        stdout.print(f"deleted '{target.name}' in {target.region}. {_STAYS}", soft_wrap=True)


_STAYS = (
    "What it left stays: code bundles, data and results in S3, registered models, experiments, the records "
    "of jobs, and their logs."
)


def _watched(clients: Clients, arn: str, quiet: bool) -> ExecutionState:
    """The last state of an execution, shown meanwhile."""
    states = watch_execution(clients, arn, unreachable=tell_unreachable)
    try:
        return deque(states, maxlen=1).pop() if quiet else follow(states)
    except KeyboardInterrupt:
        stderr.print(
            Text(f"the execution goes on; stop it with: pipeline-compiler stop {arn}"), soft_wrap=True
        )
        raise typer.Exit(_INTERRUPTED) from None


def _finish(state: ExecutionState, as_json: bool, started: Started | None = None) -> None:
    """Say how an execution ended, and exit with 1 unless it succeeded."""
    problems = outcome_problems(state)
    if as_json:
        extra = {} if started is None else _started(started)
        warnings = () if started is None else started.diagnostics
        print_json(
            {"pipeline": state.pipeline, **extra, "execution": state.as_dict()}, (*warnings, *problems)
        )
    else:
        print_diagnostics(problems)
    if problems:
        raise typer.Exit(1)


def _started(started: Started) -> dict[str, object]:
    return {"arn": started.arn, "source": started.source, "parameters": dict(started.parameters)}


def _tell_started(started: Started, target: Target) -> None:
    stdout.print(f"started {target.name} {started.arn.rpartition('/')[2]}")
    for name, value in started.parameters.items():
        stdout.print(f"  {name} = {value}", soft_wrap=True)
    if started.source:
        stdout.print(f"  with the results of {started.source.rpartition('/')[2]}")
