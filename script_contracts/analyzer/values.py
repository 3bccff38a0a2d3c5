"""Abstract values: what the analyzer knows of a value that only exists when the script runs.

A text may end in a hole: `f"{OUT}/{name}.csv"` with an unknown name is `Text("/opt/.../output/", hole)`,
which is enough to know in which folder it lies. Frozen values compare by content, mutable ones by identity.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from script_contracts.analyzer.frames import Frame
    from script_contracts.analyzer.options import Option
    from script_contracts.analyzer.sources import Source

_MOST_ALTERNATIVES = 40


@dataclass(frozen=True)
class Unknown:
    """A value that cannot be known: because of what, for which expression, on which line."""

    reason: str
    expression: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Const:
    """None, a number, a truth value or bytes."""

    value: object


@dataclass(frozen=True)
class Text:
    """A string or a path: its known beginning, and the hole that follows it, if any.

    Attributes:
        listing: the hole stands for files found by listing the folder before it.
    """

    text: str
    hole: Unknown | None = None
    path: bool = False
    listing: bool = False


@dataclass(frozen=True)
class External:
    """Something of a library, by dotted name; `()` marks the result of a call.

    Attributes:
        texts: paths that went into it, in which it may have found others.
    """

    name: str
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Method:
    """A method of a value that the analyzer models itself."""

    receiver: Value
    name: str


@dataclass(frozen=True)
class Environ:
    """`os.environ`."""


@dataclass(frozen=True)
class Runtime:
    """The contract runtime's `Runtime`."""


@dataclass(frozen=True)
class Either:
    """One of several values, depending on how the script ran."""

    options: tuple[Value, ...]


@dataclass(eq=False)
class Sequence:
    """A list, tuple, set or iterator: its known elements, and what any further element may be."""

    items: list[Value] = field(default_factory=list)
    rest: Value | None = None


@dataclass(eq=False)
class Mapping:
    """A dict: its known entries, and what any further value may be."""

    entries: dict[object, Value] = field(default_factory=dict)
    rest: Value | None = None


@dataclass(eq=False)
class Function:
    """A function of the script, with what it closes over and the object it is bound to."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Frame
    defaults: dict[str, Value]
    bound: Value | None = None
    owner: Class | None = None
    decorators: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The function's name, for people."""
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(eq=False)
class Class:
    """A class of the script."""

    name: str
    bases: list[Value]
    attributes: dict[str, Value]
    fields: tuple[str, ...] = ()

    def lineage(self) -> Iterator[Class]:
        """The class and the script's classes it inherits from, nearest first."""
        yield self
        for base in self.bases:
            if isinstance(base, Class):
                yield from base.lineage()

    def external_bases(self) -> Iterator[External]:
        """The library classes it inherits from."""
        for each in self.lineage():
            yield from (base for base in each.bases if isinstance(base, External))

    def find(self, name: str) -> Value | None:
        """A class attribute, own or inherited."""
        return next((each.attributes[name] for each in self.lineage() if name in each.attributes), None)


@dataclass(eq=False)
class Instance:
    """An object of a script's class, or a namespace (without class) such as parsed arguments."""

    of: Class | None
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False)
class Super:
    """`super()`: the object, seen from the bases of a class."""

    instance: Value
    of: Class


@dataclass(eq=False)
class Module:
    """A module beside the script, or the script itself."""

    source: Source
    names: dict[str, Value]


@dataclass(eq=False)
class Partial:
    """`functools.partial`."""

    function: Value
    arguments: list[Value]
    keywords: dict[str, Value]


@dataclass(eq=False)
class Parser:
    """A command-line parser and the options declared so far."""

    options: list[Option] = field(default_factory=list)
    defaults: dict[str, Value] = field(default_factory=dict)
    returns_pair: bool = False


@dataclass(eq=False)
class Command:
    """A click or typer command, or a typer app with its commands."""

    functions: list[Function] = field(default_factory=list)
    options: list[Option] | None = None


Value: TypeAlias = (
    Unknown
    | Const
    | Text
    | External
    | Method
    | Environ
    | Runtime
    | Either
    | Sequence
    | Mapping
    | Function
    | Class
    | Instance
    | Super
    | Module
    | Partial
    | Parser
    | Command
)

NONE = Const(None)


def words(text: str) -> frozenset[str]:
    """A set of names, written as text to stay readable."""
    return frozenset(text.split())


def options(value: Value) -> tuple[Value, ...]:
    """The alternatives of a value: itself, unless it is one of several."""
    return value.options if isinstance(value, Either) else (value,)


def present(value: Value) -> tuple[Value, ...]:
    """The alternatives of a value but None, with which little can be done; None if it is nothing else."""
    return tuple(option for option in options(value) if option != NONE) or (NONE,)


def join(values: Iterable[Value]) -> Value:
    """One of these values. Beyond a bound, texts are merged into their common beginning."""
    found: dict[Value, None] = {}
    for value in values:
        if isinstance(value, Either):
            found.update(dict.fromkeys(value.options))
        else:
            found[value] = None
    if len(found) > _MOST_ALTERNATIVES:
        found = dict.fromkeys(_merged(found))
    if not found:
        return NONE
    return next(iter(found)) if len(found) == 1 else Either(tuple(found))


def _merged(values: Iterable[Value]) -> list[Value]:
    values = list(values)
    texts = [value for value in values if isinstance(value, Text)]
    others: list[Value] = [value for value in values if not isinstance(value, Text)]
    del others[_MOST_ALTERNATIVES - 1 :]
    if texts:
        first, last = min(each.text for each in texts), max(each.text for each in texts)
        size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
        hole = Unknown(f"it has more than {_MOST_ALTERNATIVES} possible values")
        others.append(Text(first[:size], hole, listing=all(each.listing for each in texts)))
    return others


def exact(value: Value) -> str | None:
    """The string that a value is, where it is exactly one known string."""
    return value.text if isinstance(value, Text) and value.hole is None else None


def texts(value: Value, depth: int = 4) -> Iterator[Text]:
    """Every text in a value, through containers and objects."""
    if isinstance(value, Text):
        yield value
    if depth:
        for part in parts(value):
            yield from texts(part, depth - 1)


def parts(value: Value) -> list[Value]:
    """What a container or object holds directly."""
    if isinstance(value, Either):
        return list(value.options)
    if isinstance(value, Sequence):
        return value.items + ([value.rest] if value.rest else [])
    if isinstance(value, Mapping):
        return [*value.entries.values(), *([value.rest] if value.rest else [])]
    if isinstance(value, Instance):
        return list(value.attributes.values())
    if isinstance(value, External):
        return list(value.texts)
    if isinstance(value, Partial):
        return [value.function, *value.arguments, *value.keywords.values()]
    return []


def elements(value: Value) -> Sequence:
    """What iterating over a value gives."""
    if isinstance(value, Sequence):
        return value
    if isinstance(value, Mapping):
        keys = [key if isinstance(key, (Text, Const)) else Unknown("an unknown key") for key in value.entries]
        return Sequence(list(keys), Unknown("a key that is set at run time") if value.rest else None)
    if isinstance(value, Either):
        several = [elements(option) for option in value.options]
        return Sequence([], join(part for each in several for part in parts(each)))
    if isinstance(value, External):
        return Sequence([], External(value.name + "[]", value.texts))
    if isinstance(value, Unknown):
        return Sequence([], value)
    if isinstance(value, Class):  # an Enum
        return Sequence([v for v in value.attributes.values() if isinstance(v, (Text, Const))])
    return Sequence([], Unknown("an element of something that only exists at run time"))
