"""Recording what happens to paths, and what cannot be known of them."""

from __future__ import annotations

import re

from script_contracts.analyzer import classes, functions
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.facts import Direction, PathUse
from script_contracts.analyzer.text import is_absolute, within
from script_contracts.analyzer.values import (
    External,
    Function,
    Instance,
    Mapping,
    Partial,
    Runtime,
    Sequence,
    Text,
    Unknown,
    Value,
    options,
    parts,
    present,
)

# Results of library calls that are open files or bytes rather than names of files.
_FILE_OBJECT = re.compile(
    r"(?i)open|\bio\b|StringIO|BytesIO|std(in|out|err)|extractfile|response|urlopen|get_object|tempor"
    r"|stream|buffer|content|Body|GzipFile|fsspec|s3fs|Writer|HDFStore|ZipFile|tarfile|h5py"
)
_LIBRARY_CALLS = ("__init__", "__enter__", "__exit__", "__repr__", "__str__")


def use_path(call: Call, value: Value | None, direction: Direction, as_file: bool = False) -> None:
    """Record that a value, which must be a path, is read or written."""
    alternatives = present(value) if value is not None else ()
    as_file = as_file and len(alternatives) == 1  # one of several ways may be right
    for option in alternatives:
        if isinstance(option, Text):
            _use_text(call, option, direction, as_file)
        elif isinstance(option, Unknown):
            _cannot_know(call, option, direction)
        elif isinstance(option, External):
            if option.texts:
                for text in option.texts:
                    _use_text(call, within(text), direction, False)
            elif not _FILE_OBJECT.search(option.name):
                _cannot_know(call, Unknown(f"{option.name} is only known at run time"), direction)
        elif isinstance(option, (Sequence, Mapping)):
            for part in parts(option):
                use_path(call, part, direction, as_file)
        elif isinstance(option, Instance):
            fspath = classes.call_special(Call(call.machine, call.frame, call.node), option, "__fspath__")
            if fspath is not None:
                use_path(call, fspath, direction, as_file)


def _use_text(call: Call, text: Text, direction: Direction, as_file: bool) -> None:
    path = text.text.removeprefix("file://")
    if "://" in path or (path and not is_absolute(path)):
        return  # elsewhere, or relative to the working directory: no path of the contract
    if not path:
        if text.hole and not text.listing:
            _cannot_know(call, text.hole, direction)
        return
    reason = _described(text.hole) if text.hole else ""
    span = call.machine.span(call.frame, call.node)
    listing = text.listing and text.hole is not None
    call.machine.use_path(PathUse(path, text.hole is None, listing, direction, as_file, span, reason))


def _described(unknown: Unknown) -> str:
    if unknown.expression:
        return f"'{unknown.expression}' (line {unknown.line}): {unknown.reason}"
    return unknown.reason


def _cannot_know(call: Call, unknown: Unknown, direction: Direction) -> None:
    call.machine.unresolved("path", _described(unknown), call.frame, call.node, direction)


def escape(call: Call, value: Value, direction: Direction, by: str, depth: int = 4) -> None:
    """Record that a value is handed to code that cannot be seen, which may do anything with it."""
    if depth == 0:
        return
    for option in options(value):
        if isinstance(option, Text):
            if is_absolute(option.text) or option.text.startswith("file://"):
                _use_text(call, option, direction, False)
        elif isinstance(option, Function):
            functions.call_with_unknowns(call, option, by)
        elif isinstance(option, Partial) and isinstance(option.function, Function):
            bound = Call(call.machine, call.frame, call.node, option.arguments, option.keywords)
            unknown = Unknown(f"it is passed by {by}")
            functions.call_function(
                Call(bound.machine, bound.frame, bound.node, bound.positional, bound.keywords, unknown),
                option.function,
            )
        elif isinstance(option, Runtime):
            call.machine.unresolved("port", f"the runtime is handed to {by}", call.frame, call.node)
        elif isinstance(option, (Sequence, Mapping, Instance)):
            if isinstance(option, Instance) and _behaves(option):
                _escape_methods(call, option, by)  # libraries call methods; its data are its own
                continue
            for part in parts(option):
                escape(call, part, direction, by, depth - 1)


def _behaves(instance: Instance) -> bool:
    """Whether an object has methods of its own, rather than being a record of values."""
    lineage = instance.of.lineage() if instance.of else ()
    return any(
        isinstance(value, Function) and name not in _LIBRARY_CALLS
        for each in lineage
        for name, value in each.attributes.items()
    )


def _escape_methods(call: Call, instance: Instance, by: str) -> None:
    key = (id(instance), "methods")
    if instance.of is None or key in call.machine.escaped:
        return
    call.machine.escaped.add(key)
    for each in instance.of.lineage():
        for name, method in list(each.attributes.items()):  # calling it may set more
            if isinstance(method, Function) and name not in _LIBRARY_CALLS:
                functions.call_with_unknowns(call, functions.bound(method, instance), by)
