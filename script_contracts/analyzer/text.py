"""Operations on texts and paths that may end in a hole."""

from __future__ import annotations

import posixpath
import re

from script_contracts.analyzer.values import NONE, Const, External, Sequence, Text, Unknown, Value

# Container roots that only the runtime knows, `<input X>`, and the script's own folder, `<code>`.
_ROOTS = ("/", "<input ", "<output ", "<code>", "<temp>", "<home>")
# What exists in every container, by whether the job is a training job.
CONTAINER_FOLDERS = {
    True: ("/opt/ml", "/opt/ml/input", "/opt/ml/input/data", "/opt/ml/input/config", "/opt/ml/model"),
    False: ("/opt/ml", "/opt/ml/processing"),
}
_UNKNOWN_PART = Unknown("a part of it is only known at run time")
_NOT_CONSTANT = object()
_HARMLESS_TESTS = frozenset({"startswith", "endswith", "isdigit", "isalpha", "isnumeric", "isidentifier"})


def is_absolute(text: str) -> bool:
    """Whether a path begins at a root or at a place that only the runtime knows."""
    return text.startswith(_ROOTS)


def as_hole(value: Value) -> Unknown:
    """Why a value is not a known string."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text) and value.hole:
        return value.hole
    if isinstance(value, External):
        return Unknown(f"{value.name} is only known at run time")
    return _UNKNOWN_PART


def to_text(value: Value) -> Text:
    """What `str(value)` or an f-string makes of a value."""
    if isinstance(value, Text):
        return Text(value.text, value.hole, listing=value.listing)
    if isinstance(value, Const):
        return Text(str(value.value))
    if isinstance(value, External) and value.texts:
        return within(value.texts[0])
    return Text("", as_hole(value))


def concat(left: Text, right: Text) -> Text:
    """`left + right`."""
    if left.hole:
        return left
    return Text(left.text + right.text, right.hole, listing=right.listing)


def join_paths(base: Text, *others: Text, path: bool = False) -> Text:
    """`os.path.join`, or `/` of pathlib: an absolute part discards what precedes it."""
    result = base
    for other in others:
        if is_absolute(other.text):
            result = other
        elif not result.hole:
            slash = "" if result.text.endswith("/") or not result.text else "/"
            result = Text(result.text + slash + other.text, other.hole, listing=other.listing)
    text = result.text.rstrip("/") or result.text[:1] if path and not result.hole else result.text
    return Text(text, result.hole, path, result.listing)


def within(folder: Text, reason: str = "a file found in a folder") -> Text:
    """Some file below a folder, found by listing it; glob characters end what is known."""
    known = re.split(r"[*?\[]", folder.text, maxsplit=1)[0]
    if known != folder.text:
        return Text(known, Unknown(reason), folder.path, listing=True)
    if folder.hole:
        return folder
    return Text(known.rstrip("/") + "/", Unknown(reason), folder.path, listing=True)


def parent(path: Text) -> Text:
    """The folder of a path."""
    folder = posixpath.dirname(path.text)
    if path.hole and not folder:
        return Text("", path.hole, path.path, path.listing)
    return Text(folder, None, path.path)


def base_name(path: Text) -> Text:
    """The last part of a path."""
    if path.hole:
        return Text("", path.hole, listing=True)  # relative: it names no folder
    return Text(posixpath.basename(path.text.rstrip("/")))


def with_name(path: Text, name: Text) -> Text:
    """The path with another last part."""
    return join_paths(parent(path), name, path=path.path)


def with_suffix(path: Text, suffix: Text) -> Text:
    """The path with another suffix."""
    if path.hole:
        return path
    return Text(posixpath.splitext(path.text)[0] + suffix.text, suffix.hole, path.path)


def call_text_method(text: Text, name: str, arguments: list[Value]) -> Value | None:
    """The result of a method of `str`, or None where it is not one that is modelled."""
    if name in _HARMLESS_TESTS or name in ("find", "index", "count"):
        return Unknown("a test of a text")
    if not hasattr("", name):
        return None
    plain = [_plain(argument) for argument in arguments]
    if text.hole is None and _NOT_CONSTANT not in plain:
        return _computed(text.text, name, plain)
    if name in ("strip", "rstrip", "lower", "upper", "encode", "replace", "removesuffix", "expandtabs"):
        return text  # what is known of its beginning stays true for paths
    if name in ("split", "rsplit", "partition", "rpartition", "splitlines"):
        return Sequence([], Text("", as_hole(text), listing=text.listing))
    return Text("", as_hole(text))


def _plain(value: Value) -> object:
    if isinstance(value, Text) and value.hole is None:
        return value.text
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Sequence) and value.rest is None:
        each = tuple(_plain(item) for item in value.items)
        return _NOT_CONSTANT if _NOT_CONSTANT in each else each
    return _NOT_CONSTANT


def _computed(text: str, name: str, arguments: list[object]) -> Value:
    try:
        return lift(getattr(text, name)(*arguments))
    except (TypeError, ValueError, LookupError, AttributeError):
        return Unknown(f"str.{name} fails here")


def lift(value: object) -> Value:
    """A Python value as an abstract one."""
    if isinstance(value, str):
        return Text(value)
    if isinstance(value, (list, tuple)):
        return Sequence([lift(item) for item in value])
    if value is None:
        return NONE
    return Const(value)


def format_percent(template: str, arguments: list[Value], named: dict[str, Value] | None) -> Text:
    """`template % arguments`, as far as its placeholders are known."""
    result, last, position = Text(""), 0, 0
    for match in re.finditer(r"%(?:\((\w+)\))?[-+ #0]*[\d.*]*([a-zA-Z%])", template):
        result = concat(result, Text(template[last : match.start()]))
        last = match.end()
        if match[2] == "%":
            result = concat(result, Text("%"))
            continue
        if match[1]:
            value = (named or {}).get(match[1], _UNKNOWN_PART)
        else:
            value = arguments[position] if position < len(arguments) else _UNKNOWN_PART
            position += 1
        simple = match[0].endswith("%s") or (match[2] == "d" and match[0] == "%d")
        result = concat(result, to_text(value) if simple or match[1] else Text("", _UNKNOWN_PART))
    return concat(result, Text(template[last:]))


def substitute(template: str, named: dict[str, Value]) -> Text:
    """`string.Template(template).substitute(...)`, as far as its placeholders are known."""
    result, last = Text(""), 0
    for match in re.finditer(r"\$(?:(\$)|(\w+)|\{(\w+)\})", template):
        result = concat(result, Text(template[last : match.start()]))
        last = match.end()
        name = match[2] or match[3]
        result = concat(result, to_text(named.get(name, _UNKNOWN_PART)) if name else Text("$"))
    return concat(result, Text(template[last:]))


def format_braces(template: str, arguments: list[Value], named: dict[str, Value]) -> Text:
    """`template.format(...)`, as far as its placeholders are known."""
    result, last, position = Text(""), 0, 0
    for match in re.finditer(r"\{\{|\}\}|\{(\w*)([^{}]*)\}", template):
        result = concat(result, Text(template[last : match.start()]))
        last = match.end()
        if match[0] in ("{{", "}}"):
            result = concat(result, Text(match[0][0]))
            continue
        key, value = match[1], None
        if key.isdigit() or not key:
            index = int(key) if key else position
            position += not key
            value = arguments[index] if index < len(arguments) else None
        else:
            value = named.get(key)
        known = value is not None and not match[2].strip(":s")
        result = concat(result, to_text(value) if known and value else Text("", _UNKNOWN_PART))
    return concat(result, Text(template[last:]))
