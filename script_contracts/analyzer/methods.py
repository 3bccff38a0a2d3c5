"""Methods of texts, paths, lists and dicts."""

from __future__ import annotations

from collections.abc import Callable

from script_contracts.analyzer import attributes
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.facts import Direction
from script_contracts.analyzer.paths import use_path
from script_contracts.analyzer.sinks import mode_direction
from script_contracts.analyzer.text import (
    CONTAINER_FOLDERS,
    call_text_method,
    concat,
    format_braces,
    join_paths,
    substitute,
    to_text,
    with_name,
    with_suffix,
    within,
)
from script_contracts.analyzer.values import (
    NONE,
    Const,
    External,
    Mapping,
    Sequence,
    Text,
    Unknown,
    Value,
    elements,
    join,
    options,
    parts,
)

_READS = {"read_text": External("io.text"), "read_bytes": External("io.bytes")}
_SAME_PATH = ("resolve", "absolute", "expanduser", "as_posix", "__fspath__", "__str__")


def call_method(call: Call, receiver: Value, name: str) -> Value:
    """A method of a text, a path, a list or a dict."""
    if isinstance(receiver, Text):
        return _call_text(call, receiver, name)
    if isinstance(receiver, Sequence):
        return _call_sequence(call, receiver, name)
    if isinstance(receiver, Mapping):
        return _call_mapping(call, receiver, name)
    return call.unknown("what it returns")


def _call_text(call: Call, text: Text, name: str) -> Value:
    handler = _PATH_METHODS.get(name)
    if handler is not None and (text.path or not hasattr("", name)):
        return handler(call, text, name)
    if name == "format" and text.hole is None:
        return _each_way(call, lambda arguments, named: format_braces(text.text, arguments, named))
    if name in ("substitute", "safe_substitute") and text.hole is None:
        return _each_way(call, lambda arguments, named: substitute(text.text, named))
    if name == "join":
        return _joined(call, text)
    result = call_text_method(text, name, call.positional)
    return result if result is not None else call.unknown(f"what '{name}' of it returns")


def _each_way(call: Call, make: Callable[[list[Value], dict[str, Value]], Value]) -> Value:
    """The result for each alternative of the arguments, as long as there are few."""
    ways: list[tuple[list[Value], dict[str, Value]]] = [([], {})]
    for value in call.positional:
        ways = [([*done, each], named) for done, named in ways for each in options(value)][:32]
    for key, value in call.keywords.items():
        ways = [(done, {**named, key: each}) for done, named in ways for each in options(value)][:32]
    return join(make(*way) for way in ways)


def _joined(call: Call, separator: Text) -> Value:
    sequence = elements(call.argument(0) or NONE)
    result: list[Text] = [Text("")]
    for index, item in enumerate(sequence.items):
        glue = Text("") if index == 0 else separator
        texts = [to_text(option) for option in options(item)]
        result = [concat(concat(left, glue), each) for left in result for each in texts][:32]
    if sequence.rest is not None:
        why = Unknown("its parts are only known at run time")
        result = [concat(each, Text("", why)) for each in result]
    return join(result)


def _join_path(call: Call, text: Text, name: str) -> Value:
    ways: list[list[Text]] = [[]]
    for value in [*call.positional, *([call.rest] if call.rest else [])]:
        ways = [[*done, to_text(each)] for done in ways for each in options(value)][:32]
    return join(join_paths(text, *way, path=True) for way in ways)


def _list(call: Call, text: Text, name: str) -> Value:
    use_path(call, text, Direction.LIST)
    pattern = call.argument(0, "pattern") or Text("*")
    found = [within(join_paths(text, to_text(each), path=True)) for each in options(pattern)]
    return Sequence([], join(within(text) if each.hole is None else each for each in found))


def _read(call: Call, text: Text, name: str) -> Value:
    use_path(call, text, Direction.READ, as_file=True)
    return _READS[name]


def _write(call: Call, text: Text, name: str) -> Value:
    use_path(call, text, Direction.WRITE, as_file=True)
    return Const(0)


def _open(call: Call, text: Text, name: str) -> Value:
    use_path(call, text, mode_direction(call.argument(0, "mode"), "r"), as_file=True)
    return External("open()")


def _named(call: Call, text: Text, name: str) -> Value:
    change = {"with_name": with_name, "with_stem": with_name, "with_suffix": with_suffix}[name]
    return join(change(text, to_text(each)) for each in options(call.argument(0, "name", "suffix") or NONE))


def _relative(call: Call, text: Text, name: str) -> Value:
    base = call.argument(0)
    if isinstance(base, Text) and not base.hole and not text.hole and text.text.startswith(base.text):
        return Text(text.text[len(base.text) :].lstrip("/"), path=True)
    return Text("", text.hole or Unknown("a part of a path"), True, listing=True)


def _move(call: Call, text: Text, name: str) -> Value:
    use_path(call, text, Direction.READ)
    use_path(call, call.argument(0, "target"), Direction.WRITE)
    return call.argument(0, "target") or NONE


def _same(call: Call, text: Text, name: str) -> Value:
    return text


def _probe(call: Call, text: Text, name: str) -> Value:
    folders = CONTAINER_FOLDERS[call.machine.container.training]
    if name in ("exists", "is_dir") and text.hole is None and text.text.rstrip("/") in folders:
        return Const(True)
    return call.unknown(f"what '{name}' finds at run time")


_PATH_METHODS: dict[str, Callable[[Call, Text, str], Value]] = {
    **dict.fromkeys(("joinpath",), _join_path),
    **dict.fromkeys(("glob", "rglob", "iterdir", "walk"), _list),
    **dict.fromkeys(_READS, _read),
    **dict.fromkeys(("write_text", "write_bytes", "touch"), _write),
    **dict.fromkeys(("with_name", "with_stem", "with_suffix"), _named),
    **dict.fromkeys(("rename", "replace"), _move),
    **dict.fromkeys(_SAME_PATH, _same),
    **dict.fromkeys(("exists", "is_file", "is_dir", "stat", "match", "samefile", "is_symlink"), _probe),
    **dict.fromkeys(("mkdir", "unlink", "rmdir", "chmod"), lambda call, text, name: NONE),
    "open": _open,
    "relative_to": _relative,
}


def _call_sequence(call: Call, sequence: Sequence, name: str) -> Value:
    if name == "__call__":  # a constant result
        return sequence.items[0]
    first = call.argument(0)
    if name in ("append", "add", "insert", "appendleft") and call.positional:
        value = call.positional[-1]
        if call.frame.branches:
            sequence.rest = join([sequence.rest, value]) if sequence.rest else value
        else:
            sequence.items.append(value)
        return NONE
    if name in ("extend", "update", "union") and first is not None:
        more = elements(first)
        found = parts(more)
        if found:
            sequence.rest = join([*found, *([sequence.rest] if sequence.rest else [])])
        return sequence if name == "union" else NONE
    if name in ("pop", "popleft"):
        return join(parts(sequence)) if parts(sequence) else call.unknown("an element of an empty list")
    if name in ("copy", "difference", "intersection"):
        return Sequence(list(sequence.items), sequence.rest)
    if name in ("sort", "reverse", "clear", "remove", "discard"):
        return NONE
    return call.unknown(f"what '{name}' of a list returns")


def _call_mapping(call: Call, mapping: Mapping, name: str) -> Value:
    if name in ("get", "pop", "setdefault"):
        otherwise = call.argument(1, "default") or NONE
        found = [
            attributes.get_item(call.machine, call.frame, mapping, key, call.node)  # type: ignore[arg-type]
            for key in options(call.argument(0, "key") or NONE)
        ]
        known = [each for each in found if not isinstance(each, Unknown)]
        if name == "setdefault" and not known:
            for key in options(call.argument(0) or NONE):
                attributes.set_entry(mapping, key, otherwise, weak=bool(call.frame.branches))
        return join([*known, otherwise]) if mapping.rest or not known else join(found)
    if name == "items":
        items: list[Value] = [Sequence([k, v]) for k, v in mapping.entries.items()]  # type: ignore[list-item]
        rest = Sequence([Unknown("a key that is set at run time"), mapping.rest]) if mapping.rest else None
        return Sequence(items, rest)
    if name == "values":
        return Sequence(list(mapping.entries.values()), mapping.rest)
    if name == "keys":
        return elements(mapping)
    if name == "copy":
        return Mapping(dict(mapping.entries), mapping.rest)
    if name == "update":
        for value in call.positional:
            attributes.update_mapping(mapping, value)
        attributes.update_mapping(mapping, Mapping({Text(k): v for k, v in call.keywords.items()}))
        return NONE
    return call.unknown(f"what '{name}' of a dict returns")
