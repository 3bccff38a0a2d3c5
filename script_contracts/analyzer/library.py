"""Calls of library functions: modelled ones, known readers and writers, and all others."""

from __future__ import annotations

import ast
import re

from script_contracts.analyzer import calls, functions, models
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.facts import Direction
from script_contracts.analyzer.paths import escape, use_path
from script_contracts.analyzer.sinks import (
    FUNCTIONS,
    HARMLESS,
    HARMLESS_METHODS,
    HARMLESS_MODULES,
    METHODS,
    Sink,
    mode_direction,
)
from script_contracts.analyzer.text import is_absolute
from script_contracts.analyzer.values import (
    Either,
    External,
    Function,
    Partial,
    Text,
    Value,
    options,
    texts,
    words,
)

_LONGEST_NAME = 160
# opened with a mode: name -> (position of the mode, the mode where none is given)
_OPENERS = {
    "open": (1, "r"),
    "io.open": (1, "r"),
    "codecs.open": (1, "r"),
    "gzip.open": (1, "r"),
    "bz2.open": (1, "r"),
    "lzma.open": (1, "r"),
    "gzip.GzipFile": (1, "r"),
    "tarfile.open": (1, "r"),
    "tarfile.TarFile": (1, "r"),
    "tarfile.TarFile.open": (1, "r"),
    "zipfile.ZipFile": (1, "r"),
    "h5py.File": (1, "r"),
    "pyarrow.OSFile": (1, "r"),
    "aiofiles.open": (1, "r"),
    "tensorflow.io.gfile.GFile": (1, "r"),
    "smart_open.open": (1, "r"),
    "os.open": (99, "x+"),
}
_MAPPERS = words("map imap imap_unordered starmap filter submit apply_async apply run_in_executor")
_FILE_MODELS = re.compile(r"^(xgboost|lightgbm|catboost)\b")  # whose save_model writes one file
_READING = re.compile(r"^(read|load|open|scan|parse|imread|ingest)(_|$|[A-Z])")
_WRITING = re.compile(r"^(write|save|dump|export|store|imwrite|to)(_|$|[A-Z])")


def call_library(call: Call, callee: External) -> Value:
    """What a library function returns, and what it does to the paths it gets."""
    name = callee.name
    model = models.find(name)
    if model is not None:
        return model(call, name)
    if name in _OPENERS:
        position, default = _OPENERS[name]
        mode = call.argument(position, "mode")
        direction = mode_direction(mode, default)
        path = call.argument(0, "file", "filename", "name", "path")
        use_path(call, path, direction, as_file=True)
        return External(f"{name}()")
    result = External(f"{name}()"[-_LONGEST_NAME:])
    tail = name.rsplit(".", 1)[-1]
    if name in HARMLESS or name.split(".")[0] in HARMLESS_MODULES or tail in HARMLESS_METHODS:
        if tail not in HARMLESS_METHODS and name not in FUNCTIONS:
            return result
        if name not in FUNCTIONS:
            return _archive_member(call, name, tail) or result
    if name in FUNCTIONS:
        return _use(call, FUNCTIONS[name], result)
    if tail in METHODS and "." in name:
        return _use(call, _method_sinks(name, tail), result)
    return _anything(call, callee, tail)


def _archive_member(call: Call, name: str, tail: str) -> Value | None:
    """`ZipFile.write` reads the file that it is given."""
    if tail == "write" and "zipfile" in name.lower():
        use_path(call, call.argument(0, "filename"), Direction.READ)
    return None


def _method_sinks(name: str, tail: str) -> tuple[Sink, ...]:
    sinks = METHODS[tail]
    if sinks[0].direction is Direction.UNKNOWN:  # Spark: spark.read.csv(...), df.write.csv(...)
        reads, writes = name.rfind(".read"), name.rfind(".write")
        direction = Direction.UNKNOWN
        if reads != writes:
            direction = Direction.WRITE if writes > reads else Direction.READ
        return tuple(Sink(direction, False, sink.position) for sink in sinks)
    if tail == "save_model" and _FILE_MODELS.match(name):
        return tuple(
            Sink(sink.direction, True, sink.position, ("fname", "filename", "path")) for sink in sinks
        )
    return sinks


def _use(call: Call, sinks: tuple[Sink, ...], result: External) -> Value:
    for sink in sinks:
        value = call.argument(sink.position, *sink.keywords)
        if value is None:
            continue
        as_file = sink.as_file and not (isinstance(value, Either) and len(value.options) > 8)
        if sink.position and len(sinks) > 1 and result.name.endswith("download_file()"):
            value = value if any(is_absolute(each.text) for each in texts(value)) else None
        if result.name.startswith(("xgboost.", "lightgbm.", "catboost.")) and "load" not in result.name:
            value = _texts_only(value)  # data in memory, as often as the name of a file
        definite = sink.direction is not Direction.UNKNOWN and "partition_cols" not in call.keywords
        use_path(call, value if definite else _texts_only(value), sink.direction, as_file)
    return result


def _texts_only(value: Value | None) -> Value | None:
    found = [option for option in options(value) if isinstance(option, Text)] if value is not None else []
    return Either(tuple(found)) if found else None


def _anything(call: Call, callee: External, tail: str) -> Value:
    """A function of which nothing is known: what is handed to it counts as used."""
    name = callee.name
    direction = Direction.UNKNOWN
    if _READING.match(tail):
        direction = Direction.READ
    elif _WRITING.match(tail):
        direction = Direction.WRITE
    if tail in _MAPPERS and call.positional:
        first, *others = call.positional
        mapped = [option for option in options(first) if isinstance(option, (Function, Partial))]
        if mapped:
            arguments = others if tail in ("submit",) else functions.each_argument(others)
            results = [
                calls.call_value(Call(call.machine, call.frame, call.node, arguments), option)
                for option in mapped
            ]
            found = [text for result in results for text in texts(result)]
            return External(f"{name}()"[-_LONGEST_NAME:], tuple(dict.fromkeys(found))[:8])
    if tail in ("Thread", "Process") and "target" in call.keywords:
        passed = calls.iterate(
            call.machine, call.frame, call.keywords.get("args") or Text(""), _expression(call.node)
        )
        inner = Call(call.machine, call.frame, call.node, passed.items, {}, passed.rest)
        calls.call_value(inner, call.keywords["target"])
        return External(f"{name}()")
    for value in call.values():
        escape(call, value, direction, f"'{name}'")
    found = [each for value in call.values() for each in texts(value) if is_absolute(each.text.rstrip("/"))]
    return External(f"{name}()"[-_LONGEST_NAME:], tuple(dict.fromkeys([*callee.texts, *found]))[:8])


def _expression(node: ast.AST) -> ast.expr:
    assert isinstance(node, ast.expr)
    return node
