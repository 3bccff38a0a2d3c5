"""Facts: what a script does, as far as its text tells. They know nothing of contracts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class Direction(str, Enum):
    """What happens to a path."""

    READ = "read"
    LIST = "list"  # the names of its files are read, not yet what is in them
    WRITE = "write"
    UNKNOWN = "unknown"  # it is handed to something that may do either


@dataclass(frozen=True)
class Span:
    """A stretch of source text; lines count from 1, columns (in characters) from 0."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    expression: str = ""


@dataclass(frozen=True)
class PathUse:
    """A path that is read or written.

    Attributes:
        path: the path, or its known beginning. `<input X>` and `<output X>` are the runtime's ports,
            `<code>` is the folder of the script.
        complete: the whole path is known.
        listing: what follows the known beginning are files found by listing that folder.
        as_file: the path itself is opened as a file.
        reason: why the path is not completely known.
    """

    path: str
    complete: bool
    listing: bool
    direction: Direction
    as_file: bool
    span: Span
    reason: str = ""


@dataclass(frozen=True)
class VariableRead:
    """An environment variable that is read; `default` is None where there is none that is known."""

    name: str
    required: bool
    default: str | None
    span: Span


@dataclass(frozen=True)
class ArgumentDeclared:
    """A command-line argument that the script accepts: its option strings, or one positional name."""

    names: tuple[str, ...]
    required: bool
    span: Span

    @property
    def positional(self) -> bool:
        """Whether it has no option string."""
        return not self.names[0].startswith("-")


@dataclass(frozen=True)
class PortUse:
    """A logical name that is asked of the contract runtime."""

    kind: str  # inputs, outputs, variables or arguments
    name: str
    span: Span


@dataclass(frozen=True)
class ImportUse:
    """An import: the top-level module, and whether the script can do without it."""

    module: str
    level: int
    optional: bool
    in_package: bool
    span: Span


@dataclass(frozen=True)
class Unresolved:
    """What cannot be known from the text, and why.

    Attributes:
        kind: path, variable, port, argument, import or code.
        direction: for paths, what would happen to it.
    """

    kind: str
    reason: str
    span: Span
    direction: Direction = Direction.UNKNOWN


@dataclass
class ScriptFacts:
    """Everything that a script, with the modules beside it, does that a contract speaks about."""

    file: str
    paths: list[PathUse] = field(default_factory=list)
    variables: list[VariableRead] = field(default_factory=list)
    arguments: list[ArgumentDeclared] = field(default_factory=list)
    ports: list[PortUse] = field(default_factory=list)
    imports: list[ImportUse] = field(default_factory=list)
    installs: list[Span] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    parses_arguments: bool = False
    accepts_unknown_arguments: bool = False
    executes_runtime: bool = False
    reads_argv: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The facts as JSON-ready data."""
        return asdict(self)
