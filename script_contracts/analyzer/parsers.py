"""Command-line parsers: argparse, and optparse by the same names."""

from __future__ import annotations

import ast
from collections.abc import Callable

from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.facts import ArgumentDeclared
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.options import Option, destination
from script_contracts.analyzer.values import (
    NONE,
    Const,
    External,
    Function,
    Instance,
    Parser,
    Sequence,
    Text,
    Unknown,
    Value,
    exact,
    join,
    options,
    words,
)

_GROUPS = words("add_argument_group add_mutually_exclusive_group add_subparsers add_parser add_option_group")
_TRUE, _FALSE = Const(True), Const(False)


def call_parser(call: Call, parser: Parser, name: str) -> Value:
    """A method of a parser."""
    if name in ("add_argument", "add_option"):
        _add_argument(call, parser)
    elif name in _GROUPS:
        return parser
    elif name == "set_defaults":
        parser.defaults.update(call.keywords)
    elif name in ("parse_args", "parse_known_args", "parse_intermixed_args"):
        facts = call.machine.facts
        facts.parses_arguments = True
        facts.accepts_unknown_arguments |= name == "parse_known_args"
        namespace = _namespace(call, parser)
        pair = parser.returns_pair or name == "parse_known_args"
        return Sequence([namespace, Sequence([], Unknown("a further argument"))]) if pair else namespace
    return NONE


def _add_argument(call: Call, parser: Parser) -> None:
    names = tuple(text for value in call.positional for text in [exact(value)] if text is not None)
    if not names:
        if call.positional:
            reason = "the name of the argument is only known at run time"
            call.machine.unresolved("argument", reason, call.frame, call.node)
        return
    given = call.keywords
    positional = not names[0].startswith("-")
    action = exact(given.get("action", NONE))
    if action in ("help", "version"):
        return
    default = given.get("default", {"store_true": _FALSE, "store_false": _TRUE}.get(action or "", NONE))
    several = exact(given.get("nargs", NONE)) in ("?", "*")
    required = given.get("required") == _TRUE or (positional and not several)
    target = exact(given.get("dest", NONE)) or destination(names)
    option = Option(names, target, _converted(call, given.get("type"), default), required)
    parser.options.append(option)
    declare(call.machine, call.frame, option, call.node)


def _converted(call: Call, kind: Value | None, default: Value) -> Value:
    """argparse passes a default that is a text through `type`, as it does with what is given."""
    if isinstance(kind, Function) or (isinstance(kind, External) and kind.name.startswith("pathlib.")):
        from script_contracts.analyzer import calls  # here, for the modules import one another

        texts = [each for each in options(default) if isinstance(each, Text)]
        others = [each for each in options(default) if not isinstance(each, Text)]
        made = [calls.call_value(Call(call.machine, call.frame, call.node, [each]), kind) for each in texts]
        return join([*made, *others])
    return default


def declare(machine: Machine, frame: Frame, option: Option, node: ast.AST) -> None:
    """Record that the script accepts an argument."""
    span = machine.span(frame, node)
    if machine.note("argument", (option.names, span)):
        machine.facts.arguments.append(ArgumentDeclared(option.names, option.required, span))


def option_value(call: Call, option: Option) -> Value:
    """What an option may be: the script's default, and what the contract makes the pipeline pass."""
    declared = call.machine.container.arguments
    passed = [name.lstrip("-") for name in option.names if name.lstrip("-") in declared]
    given = call.unknown(f"the pipeline passes {option.names[0]}")
    if passed:
        default = declared[passed[0]]
        found = [option.default] if option.default != NONE or default is not None else []
        return join([*found, *([Text(default)] if default else [given])])
    if option.required:
        return given
    return option.default


def _namespace(call: Call, parser: Parser) -> Instance:
    values: dict[str, Value] = {}
    for option in parser.options:
        value = option_value(call, option)
        if option.destination in parser.defaults and value == NONE:
            value = parser.defaults[option.destination]
        known = values.get(option.destination)
        values[option.destination] = value if known is None else join([known, value])
    return Instance(None, {**parser.defaults, **values})


def _parser(call: Call, name: str) -> Value:
    parser = Parser(returns_pair=name.endswith("OptionParser"))
    parents = call.keywords.get("parents")
    for parent in parents.items if isinstance(parents, Sequence) else []:
        if isinstance(parent, Parser):
            parser.options += parent.options
            parser.defaults.update(parent.defaults)
    return parser


MODELS: dict[str, Callable[[Call, str], Value]] = {
    **dict.fromkeys(
        ("argparse.ArgumentParser", "optparse.OptionParser", "configargparse.ArgParser"), _parser
    ),
}
