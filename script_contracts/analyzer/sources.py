"""Source files: parsed once per content, and the modules that lie beside a script."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from script_contracts.analyzer.facts import Span


@dataclass(frozen=True, eq=False)
class Source:
    """A parsed file."""

    path: Path
    name: str
    text: str
    tree: ast.Module
    package: bool = False

    @cached_property
    def lines(self) -> list[str]:
        """The text by lines."""
        return self.text.splitlines()

    def span(self, node: ast.AST) -> Span:
        """Where a node stands, in characters; its expression is at most its first line."""
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", None) or line
        start = self._column(line, getattr(node, "col_offset", 0))
        end = self._column(end_line, getattr(node, "end_col_offset", None) or 0)
        text = ""
        if hasattr(node, "lineno") and line <= len(self.lines):
            text = self.lines[line - 1][start : end if end_line == line else None]
        return Span(str(self.path), line, start, end_line, end, " ".join(text.split()))

    def _column(self, line: int, offset: int) -> int:
        """`ast` counts bytes of UTF-8."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return offset if text.isascii() else len(text.encode("utf-8")[:offset].decode("utf-8", "ignore"))

    @property
    def folder(self) -> Path:
        """The folder in which relative imports look."""
        return self.path.parent


def read_source(path: Path, name: str) -> Source:
    """Parse a file.

    Raises:
        OSError: it cannot be read.
        SyntaxError: it is not Python.
    """
    stat = path.stat()
    return _parsed(path, name, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _parsed(path: Path, name: str, mtime_ns: int, size: int) -> Source:
    try:
        text = path.read_text(encoding="utf-8-sig")
        tree = ast.parse(text, filename=str(path))
    except ValueError as error:  # not UTF-8, or a null byte
        raise SyntaxError(str(error)) from error
    return Source(path, name, text, tree, path.name == "__init__.py")


def find_module(folder: Path, name: str) -> Path | None:
    """The file of a module or package `a.b` below a folder, if there is one."""
    target = folder.joinpath(*name.split("."))
    for candidate in (target.with_name(target.name + ".py"), target / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None
