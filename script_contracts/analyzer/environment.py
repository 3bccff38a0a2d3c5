"""Environment variables: what a script reads, and what a training job is known to set."""

from __future__ import annotations

import ast

from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.facts import Direction, PathUse, VariableRead
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.values import (
    NONE,
    Const,
    Environ,
    External,
    Mapping,
    Sequence,
    Text,
    Unknown,
    Value,
    join,
    options,
)

# https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
TRAINING_PATHS = {
    "SM_MODEL_DIR": "/opt/ml/model",
    "SM_INPUT_DIR": "/opt/ml/input",
    "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
    "SM_OUTPUT_DIR": "/opt/ml/output",
    "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
    "SM_OUTPUT_INTERMEDIATE_DIR": "/opt/ml/output/intermediate",
    "SM_MODULE_DIR": "<code>",
}
_CHANNEL = "SM_CHANNEL_"


def read_variable(machine: Machine, frame: Frame, name: Value, default: Value | None, node: ast.AST) -> Value:
    """The value of an environment variable, whose reading is recorded.

    Arguments:
        default: what the script takes when it is unset; None where that is an error.
    """
    found = []
    for option in options(name):
        if isinstance(option, Text) and option.hole is None:
            found.append(_read(machine, frame, option.text, default, node))
            continue
        why = option.hole if isinstance(option, Text) else option
        reason = why.reason if isinstance(why, Unknown) else "the name is only known at run time"
        machine.unresolved("variable", reason, frame, node)
        found.append(machine.unknown("it is an environment variable of unknown name", frame, node))
    return join(found)


def _read(machine: Machine, frame: Frame, name: str, default: Value | None, node: ast.AST) -> Value:
    span = machine.span(frame, node)
    texts = [each for each in options(default or NONE) if isinstance(each, (Text, Const))]
    known = None
    if len(texts) == 1 and texts[0] != NONE:
        known = texts[0].text if isinstance(texts[0], Text) else str(texts[0].value)
    if machine.note("variable", (name, default is None, span)):
        machine.facts.variables.append(VariableRead(name, default is None, known, span))
    container = machine.container
    if container.training and name in TRAINING_PATHS:
        return Text(TRAINING_PATHS[name])
    if container.training and name.startswith(_CHANNEL):
        return _channel(machine, frame, name, default, node)
    if name in container.variables:
        declared = container.variables[name]
        given = machine.unknown(f"the pipeline sets the environment variable {name}", frame, node)
        values = [value for value in options(default or NONE) if value != NONE]
        return join([*values, *([Text(declared)] if declared else []), given])
    if default is not None and default != NONE:
        return default
    return machine.unknown(f"the environment variable {name} is only known at run time", frame, node)


def _channel(machine: Machine, frame: Frame, name: str, default: Value | None, node: ast.AST) -> Value:
    key = name[len(_CHANNEL) :]
    channel = machine.container.channels.get(key)
    if channel is not None:
        return Text(f"/opt/ml/input/data/{channel}")
    if default is not None and default != NONE:
        return default  # no such channel: the service does not set the variable
    path = f"/opt/ml/input/data/{key.lower()}"
    if default is None:  # a KeyError as soon as this line runs
        machine.use_path(PathUse(path, True, False, Direction.UNKNOWN, False, machine.span(frame, node)))
    return Text(path)


def call_environ(call: Call, name: str) -> Value:
    """A method of `os.environ`."""
    machine, frame = call.machine, call.frame
    if name in ("get", "pop", "__getitem__"):
        default = call.argument(1, "default")
        if name == "get" and default is None:
            default = NONE
        return read_variable(machine, frame, call.argument(0, "key") or NONE, default, call.node)
    if name == "setdefault":
        return call.argument(1) or NONE  # the script provides the value itself
    if name == "copy":
        return Environ()
    if name in ("items", "keys", "values"):
        machine.unresolved("variable", "it goes through all variables", frame, call.node)
        element: Value = External("os.environ[]")
        return Sequence([], Sequence([element, element]) if name == "items" else element)
    return NONE


def all_variables(machine: Machine, frame: Frame, node: ast.AST) -> Value:
    """`dict(os.environ)` and the like: a copy that may be read later."""
    machine.unresolved("variable", "it copies all variables", frame, node)
    return Mapping({}, External("os.environ[]"))
