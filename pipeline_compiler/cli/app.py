"""The commands, each in a module that is imported when it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup
from typer.main import get_command

from pipeline_compiler.cli.output import count_problems, print_diagnostics, print_json, stderr, stdout
from pipeline_compiler.rules import WRONG_USAGE
from script_contracts.core.diagnostics import PipelineCompilerError

COMMANDS = {
    "templates": "init:templates",
    "steps": "steps:steps",
    "init": "init:init",
    "check": "check:check",
    "compile": "check:compile_command",
    "explain": "explain:explain",
    "run": "run:run",
    "clean": "clean:clean",
    "plan": "deploy:plan",
    "deploy": "deploy:deploy",
    "analyze": "analyze:analyze",
    "new-step": "new_step:new_step",
    "start": "executions:start",
    "status": "executions:status",
    "watch": "executions:watch",
    "stop": "executions:stop",
    "delete": "executions:delete",
    "cost": "cost:cost",
    "iam": "iam:iam",
    "contracts": "contracts:contracts_app",
}
# Of its exceptions for wrong usage, Typer exports one; what that one is a kind of covers them all.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class _Commands(TyperGroup):
    """The commands of the table; the help imports all of them, a command only what it needs."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        names: dict[str, Any] = dict.fromkeys(COMMANDS)  # what is listed, and suggested for a name like it
        self.commands = names

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        found = getattr(import_module(f"pipeline_compiler.cli.{module}"), attribute)
        if not isinstance(found, typer.Typer):
            command, found = found, typer.Typer(add_completion=False, rich_markup_mode=None)
            found.command(cmd_name)(command)
        return get_command(found)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            if "--json" not in sys.argv:
                raise
            where = getattr(error, "ctx", None) or ctx
            fix = f"see '{where.command_path} --help'"
            print_json({}, [WRONG_USAGE.error(error.format_message(), fix=fix)])  # type: ignore[attr-defined]
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        stdout.print(version("sagemaker-pipeline-compiler"))
        raise typer.Exit


@app.callback()
def pipeline_compiler(
    show_version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit."),
    ] = False,
) -> None:
    """Compile a template and one typed config file into an Amazon SageMaker Pipeline."""


def main() -> None:
    """Run the command line; exits 0 only if nothing failed, 1 on diagnostics, 2 on wrong usage."""
    try:
        app()
    except PipelineCompilerError as error:
        if "--json" in sys.argv:
            print_json({}, error.diagnostics)
        else:
            print_diagnostics(error.diagnostics)
            stderr.print(Text(f"{count_problems(error.diagnostics)} found", style="bold"))
        sys.exit(1)
