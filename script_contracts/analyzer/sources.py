"""Source files: parsed once per content, and the modules that lie beside a script."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path


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

    def segment(self, node: ast.AST) -> str:
        """The text of a node, at most its first line."""
        line = getattr(node, "lineno", 0)
        if not 0 < line <= len(self.lines):
            return ""
        text = self.lines[line - 1].encode("utf-8")
        last = getattr(node, "end_lineno", line) == line
        end = getattr(node, "end_col_offset", None) if last else None
        return text[getattr(node, "col_offset", 0) : end].decode("utf-8", errors="ignore")

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
