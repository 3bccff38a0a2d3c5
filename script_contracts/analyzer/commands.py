"""Commands of click and typer: functions whose parameters come from the command line."""

from __future__ import annotations

import ast
from collections.abc import Callable

from script_contracts.analyzer import expressions, functions, parsers
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.environment import read_variable
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.options import Option, destination
from script_contracts.analyzer.values import (
    NONE,
    Class,
    Command,
    Const,
    External,
    Function,
    Instance,
    Partial,
    Sequence,
    Text,
    Value,
    exact,
    options,
)

_TRUE, _FALSE = Const(True), Const(False)


def decorated(
    machine: Machine,
    frame: Frame,
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    function: Function,
) -> Value:
    """What a function statement binds: the function, or the command that click or typer makes of it."""
    found: list[Option] = []
    own: list[ast.expr] = []
    command = False
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        value = expressions.evaluate(machine, frame, target)
        name = value.name if isinstance(value, External) else getattr(value, "name", "")
        if isinstance(value, (Function, Instance, Class, Partial)):
            own.append(decorator)
        elif name in ("click.option", "click.argument") and isinstance(decorator, ast.Call):
            found.append(_click_option(machine, frame, decorator, name == "click.argument"))
        elif name in ("click.command", "click.group"):
            command = True
        elif isinstance(value, External):
            continue
        elif name in ("command", "callback") and isinstance(getattr(value, "receiver", None), Command):
            value.receiver.functions.append(function)  # type: ignore[union-attr]
    if command or found:
        return Command([function], list(reversed(found)))
    return _wrapped(machine, frame, own, function)


def _wrapped(machine: Machine, frame: Frame, decorators: list[ast.expr], function: Function) -> Value:
    """A function after the script's own decorators; those of libraries are taken to change nothing."""
    from script_contracts.analyzer import calls  # here, for the modules import one another

    result: Value = function
    for decorator in reversed(decorators):
        wrapper = expressions.evaluate(machine, frame, decorator)
        made = calls.call_value(Call(machine, frame, decorator, [result]), wrapper)
        if all(isinstance(option, (Function, Partial, Instance, Command)) for option in options(made)):
            result = made
    return result


def _click_option(machine: Machine, frame: Frame, node: ast.Call, positional: bool) -> Option:
    from script_contracts.analyzer import calls  # here, for the modules import one another

    call = calls.evaluate_arguments(machine, frame, node)
    names = [text for value in call.positional for text in [exact(value)] if text is not None]
    flags = [part for name in names if name.startswith("-") for part in name.split("/")]
    plain = [name for name in names if not name.startswith("-")]
    target = plain[0] if plain and not positional else destination(tuple(flags or plain))
    default = call.keywords.get("default")
    variable = call.keywords.get("envvar")
    if variable is not None:
        default = read_variable(machine, frame, variable, default or NONE, node)
    flag = call.keywords.get("is_flag") == _TRUE
    required = call.keywords.get("required") == _TRUE or (
        positional and default is None and call.keywords.get("required") != _FALSE
    )
    option = Option(
        tuple(flags or plain),
        target.lower() if positional else target,
        default if default is not None else (_FALSE if flag else NONE),
        required,
    )
    parsers.declare(machine, frame, option, node)
    return option


def run_command(call: Call, command: Command) -> Value:
    """Start a click command or a typer app: its parameters come from the command line."""
    facts = call.machine.facts
    facts.parses_arguments = True
    for function in command.functions:
        declared = command.options
        if declared is None:
            declared = _typer_options(call, function)
        keywords = {option.destination: parsers.option_value(call, option) for option in declared}
        context = [External("click.Context")] if "pass_context" in " ".join(function.decorators) else []
        functions.call_function(Call(call.machine, call.frame, call.node, list(context), keywords), function)
    return NONE


def call_app(call: Call, app: Command, name: str) -> Value:
    """A method of a command: `app.command()` as a call, or starting it by another name."""
    if name in ("main", "invoke", "callback", "__call__"):
        return run_command(call, app)
    if name == "add_command":
        other = call.argument(0)
        if isinstance(other, Command):
            app.functions += other.functions
            app.options = [*(app.options or []), *(other.options or [])]
    return NONE


def _typer_options(call: Call, function: Function) -> list[Option]:
    """A typer command's options, from the parameters of its function."""
    arguments = function.node.args
    found = []
    for parameter in (*arguments.args, *arguments.kwonlyargs):
        default = function.defaults.get(parameter.arg)
        made = _option_call(call, parameter, function)
        kind, flags, explicit = made if made else ("", (), None)
        if isinstance(default, Instance) and default.of is None:  # what typer.Option() returned
            inner = default.attributes
            kind, explicit = exact(inner["kind"]) or "", inner["default"]
            flags = tuple(exact(each) or "" for each in inner["flags"].items)  # type: ignore[union-attr]
            default = None if explicit == Const(...) else explicit
        required = default is None
        long = f"--{parameter.arg.replace('_', '-')}"
        names = tuple(part for each in flags for part in each.split("/")) or (long,)
        if kind == "Argument" or (required and kind != "Option"):
            names = (parameter.arg,)
        option = Option(names, parameter.arg, NONE if default is None else default, required)
        parsers.declare(call.machine, function.frame, option, parameter)
        found.append(option)
    return found


def _option_call(
    call: Call, parameter: ast.arg, function: Function
) -> tuple[str, tuple[str, ...], Value | None] | None:
    """`Annotated[type, typer.Option("--name")]`."""
    for node in ast.walk(parameter.annotation) if parameter.annotation else ():
        if isinstance(node, ast.Call):
            kind = ast.unparse(node.func).split(".")[-1]
            if kind in ("Option", "Argument"):
                flags = [each.value for each in node.args if isinstance(each, ast.Constant)]
                return kind, tuple(str(each) for each in flags), None
    return None


def _typer_option(call: Call, name: str) -> Value:
    default = call.argument(0, "default")
    flags = [value for value in call.positional[1:] if isinstance(value, Text)]
    variable = call.keywords.get("envvar")
    if variable is not None:
        default = read_variable(call.machine, call.frame, variable, default or NONE, call.node)
    return Instance(
        None,
        {
            "kind": Text(name.split(".")[-1]),
            "default": default if default is not None else Const(...),
            "flags": Sequence(list(flags)),
        },
    )


def _app(call: Call, name: str) -> Value:
    return Command()


def _typer_run(call: Call, name: str) -> Value:
    target = call.argument(0, "function")
    return run_command(call, Command([target])) if isinstance(target, Function) else NONE


MODELS: dict[str, Callable[[Call, str], Value]] = {
    "typer.Typer": _app,
    "typer.run": _typer_run,
    **dict.fromkeys(("typer.Option", "typer.Argument"), _typer_option),
}
