"""Models of starting programs, importing by name, and the contract runtime's entry."""

from __future__ import annotations

import re
from collections.abc import Callable

from script_contracts.analyzer import calls, modules
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.facts import Direction
from script_contracts.analyzer.imports import add_import
from script_contracts.analyzer.paths import escape
from script_contracts.analyzer.ports import RUNTIME
from script_contracts.analyzer.text import is_absolute
from script_contracts.analyzer.values import (
    NONE,
    External,
    Text,
    Unknown,
    Value,
    elements,
    exact,
    options,
    parts,
    words,
)

_INSTALLERS = re.compile(r"\b(pip3?|conda|mamba|poetry|uv|easy_install)\b.*\b(install|add)\b")


def _run(call: Call, name: str) -> Value:
    """A command line, as one text or as a list."""
    command = call.argument(0, "args", "command", "cmd")
    words: list[str] = []
    for option in options(command or NONE):
        if isinstance(option, Text):
            words += option.text.split()
            for word in re.split(r"[\s'\";|&<>=]+", option.text):
                if is_absolute(word) and not option.hole:
                    escape(call, Text(word), Direction.UNKNOWN, f"'{name}'")
            if option.hole and is_absolute(last := re.split(r"[\s'\";|&<>=]+", option.text)[-1]):
                escape(call, Text(last, option.hole, listing=option.listing), Direction.UNKNOWN, f"'{name}'")
        else:
            several = parts(elements(option))
            words += [exact(each) or "?" for part in several for each in options(part)]
            for part in several:
                escape(call, part, Direction.UNKNOWN, f"'{name}'")
    _find_install(call, words)
    return External(f"{name}()")


def _find_install(call: Call, words: list[str]) -> None:
    if _INSTALLERS.search(" ".join(words)):
        span = call.machine.span(call.frame, call.node)
        if call.machine.note("install", span):
            call.machine.facts.installs.append(span)


def _pip_main(call: Call, name: str) -> Value:
    first = call.argument(0)
    words = [exact(part) or "?" for part in parts(elements(first))] if first is not None else []
    _find_install(call, ["pip", *words])
    return NONE


def _import_module(call: Call, name: str) -> Value:
    found: Value = call.unknown("the name of the module is only known at run time")
    for option in options(call.argument(0, "name") or NONE):
        module = exact(option)
        if module is None:
            reason = "the name of the module is only known at run time"
            call.machine.unresolved("import", reason, call.frame, call.node)
            continue
        source = call.frame.module.source
        if call.machine.note("import", (module, source.path)):
            add_import(call.machine.facts, source, call.node, module, 0, False)
        top = module.split(".")[0] if name == "__import__" else module
        found = modules.load(call.machine, top) or External(top)
    return found


def _execute(call: Call, name: str) -> Value:
    call.machine.facts.executes_runtime = True
    program = call.argument(0, "main")
    if program is not None:
        calls.call_value(Call(call.machine, call.frame, call.node, [RUNTIME]), program)
    return NONE


def _fire(call: Call, name: str) -> Value:
    """python-fire and absl make a command line of a function's parameters."""
    call.machine.facts.parses_arguments = True
    call.machine.facts.accepts_unknown_arguments = True
    unknown = Unknown("it is given on the command line")
    program = call.argument(0, "main")
    if program is not None:
        rest = unknown if name.endswith("app.run") else None
        calls.call_value(Call(call.machine, call.frame, call.node, rest=rest), program)
    return NONE


MODELS: dict[str, Callable[[Call, str], Value]] = {
    **dict.fromkeys(
        words(
            "subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen "
            "subprocess.getoutput subprocess.getstatusoutput os.system os.popen os.execvp os.execv"
        ),
        _run,
    ),
    **dict.fromkeys(("pip.main", "pip._internal.main", "pip._internal.cli.main.main"), _pip_main),
    **dict.fromkeys(("importlib.import_module", "__import__"), _import_module),
    "contract_runtime.execute": _execute,
    **dict.fromkeys(("fire.Fire", "absl.app.run"), _fire),
}
