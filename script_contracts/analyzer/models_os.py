"""Models of os, os.path, pathlib, glob and tempfile."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.facts import Direction
from script_contracts.analyzer.paths import use_path
from script_contracts.analyzer.text import (
    CONTAINER_FOLDERS,
    base_name,
    is_absolute,
    join_paths,
    parent,
    to_text,
    within,
)
from script_contracts.analyzer.values import (
    NONE,
    Const,
    External,
    Sequence,
    Text,
    Unknown,
    Value,
    exact,
    join,
    options,
    words,
)

_CODE = Text("<code>", path=True)


def _ways(call: Call) -> list[list[Value]]:
    """The alternatives of the positional arguments, as long as there are few."""
    ways: list[list[Value]] = [[]]
    for value in [*call.positional, *([call.rest] if call.rest else [])]:
        ways = [[*done, each] for done in ways for each in options(value)][:64]
    return ways


def _join(call: Call, name: str) -> Value:
    found: list[Value] = []
    for first, *others in (way for way in _ways(call) if way):
        if first == NONE:
            continue
        if isinstance(first, Unknown) or (isinstance(first, External) and not first.texts):
            later = [each for each in others if isinstance(each, Text) and is_absolute(each.text)]
            found.append(later[-1] if later else first)
            continue
        result = join_paths(to_text(first), *(to_text(each) for each in others if each != NONE))
        found.append(Text(result.text, result.hole, listing=result.listing))
    return join(found) if found else call.unknown("a path made of nothing")


def _path(call: Call, name: str) -> Value:
    if not call.positional:
        return _CODE
    found: list[Value] = []
    for first, *others in _ways(call):
        if isinstance(first, External) and first.texts:
            found.append(within(first.texts[0]))
        elif not isinstance(first, Text) and not others:
            found.append(first)
        else:
            found.append(join_paths(to_text(first), *map(to_text, others), path=True))
    return join(found)


def _each_text(call: Call, change: str) -> Value:
    found: list[Value] = []
    for option in options(call.argument(0, "path", "p") or NONE):
        text = to_text(option)
        if not isinstance(option, (Text, External)) or (isinstance(option, External) and not option.texts):
            found.append(option)
        elif change == "dirname":
            above = parent(text)
            found.append(Text(above.text, above.hole, listing=above.listing))
        elif change == "basename":
            found.append(base_name(text))
        elif is_absolute(text.text) or not text.text:
            normal = posixpath.normpath(text.text) if text.text and not text.hole else text.text
            found.append(Text(normal, text.hole, text.path, text.listing))
        else:
            found.append(join_paths(_CODE, text))
    return join(found)


def _change(call: Call, name: str) -> Value:
    return _each_text(call, name.rsplit(".", 1)[-1])


def _same(call: Call, name: str) -> Value:
    return call.argument(0, "path", "s", "p") or NONE


def _split(call: Call, name: str) -> Value:
    value = call.argument(0, "p")
    if not isinstance(value, Text):
        unknown = call.unknown("a part of a path")
        return Sequence([value if value is not None else unknown, unknown])
    if name.endswith("splitext"):
        if value.hole:
            return Sequence([value, Text("", value.hole)])
        root, suffix = posixpath.splitext(value.text)
        return Sequence([Text(root), Text(suffix)])
    return Sequence([parent(value), base_name(value)])


def _relative(call: Call, name: str) -> Value:
    return Text("", Unknown("a part of a path"), listing=True)


def _list(call: Call, name: str) -> Value:
    """Names, paths or directory entries below a folder."""
    folder = call.argument(0, "path", "top", "pathname") or Text("<code>")
    root = call.argument(None, "root_dir")
    use_path(call, folder if root is None else root, Direction.LIST)
    found: list[Value] = []
    for option in options(folder):
        if isinstance(option, External) and option.texts:
            option = option.texts[0]
        if not isinstance(option, Text):
            found.append(option)
            continue
        inside = within(option)
        if name == "os.listdir":
            found.append(Text("", inside.hole, listing=True))
        elif name in ("os.walk", "os.fwalk"):
            names = Sequence([], Text("", inside.hole, listing=True))
            found.append(Sequence([inside, names, names]))
        elif name == "os.scandir":
            found.append(External("os.DirEntry", (option,)))
        else:
            found.append(Text(inside.text, inside.hole, listing=True))
    return Sequence([], join(found))


def _temporary(call: Call, name: str) -> Value:
    return Text("<temp>/", Unknown("the name of a temporary file"))


def _code(call: Call, name: str) -> Value:
    return _CODE


def _home(call: Call, name: str) -> Value:
    return Text("<home>", path=True)


def _expand_variables(call: Call, name: str) -> Value:
    return call.argument(0) or NONE


def _exists(call: Call, name: str) -> Value:
    """What every container of the kind of job has; anything else is only known at run time."""
    path = exact(call.argument(0, "path") or NONE)
    training = call.machine.container.training
    if path is not None and path.rstrip("/") in CONTAINER_FOLDERS[training]:
        return Const(True)
    return call.unknown(f"what '{name}' finds at run time")


def _split_command(call: Call, name: str) -> Value:
    value = call.argument(0)
    if isinstance(value, Text) and value.hole is None:
        return Sequence([Text(part) for part in value.text.split()])
    return Sequence([], value)


_PATH_CLASSES = words(
    "pathlib.Path pathlib.PurePath pathlib.PosixPath pathlib.PurePosixPath anyio.Path cloudpathlib.AnyPath"
)

MODELS: dict[str, Callable[[Call, str], Value]] = {
    "os.path.join": _join,
    **dict.fromkeys(_PATH_CLASSES, _path),
    **dict.fromkeys(
        ("os.path.dirname", "os.path.basename", "os.path.abspath", "os.path.realpath", "os.path.normpath"),
        _change,
    ),
    **dict.fromkeys(
        ("os.fspath", "os.fsdecode", "os.path.expanduser", "os.path.normcase", "contextlib.closing"), _same
    ),
    "os.path.expandvars": _expand_variables,
    **dict.fromkeys(("os.path.split", "os.path.splitext"), _split),
    "os.path.relpath": _relative,
    **dict.fromkeys(("os.listdir", "os.walk", "os.fwalk", "os.scandir", "glob.glob", "glob.iglob"), _list),
    **dict.fromkeys(
        ("tempfile.mkdtemp", "tempfile.gettempdir", "tempfile.TemporaryDirectory", "tempfile.mktemp"),
        _temporary,
    ),
    **dict.fromkeys(("os.getcwd", "pathlib.Path.cwd"), _code),
    "pathlib.Path.home": _home,
    "shlex.split": _split_command,
    **dict.fromkeys(("os.path.exists", "os.path.isdir"), _exists),
}
