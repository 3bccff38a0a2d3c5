"""Pipeline definitions in JSON files, whoever wrote them, and where in the file each value stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding, Path
from script_contracts.core.diagnostics import Place

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(frozen=True)
class DefinitionFile:
    """A file that holds a pipeline definition.

    Attributes:
        file: its path as the user gave it.
        text: what it holds.
        document: the same, parsed.
    """

    file: str
    text: str
    document: Mapping[str, Any]

    def place(self, finding: Finding) -> Place:
        """The file, the line and the JSON pointer of what a finding is about."""
        step = self._definition.by_name.get(finding.step or "")
        path = (*step.path, *finding.path) if step else finding.path
        known = path
        while known and known not in self._lines:
            known = known[:-1]
        return Place(self.file, self._lines.get(known, 1), pointer(path) or None)

    @cached_property
    def _definition(self) -> Definition:
        return Definition(self.document)

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return dict(lines_of(self.text))


def read_definition(path: FilePath) -> DefinitionFile | None:
    """The pipeline definition in a file; None for a file that holds none, or cannot be read.

    It is told from a config by its keys: a definition has Version and a list of Steps.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None  # reading it as a config says why
    if not text.lstrip().startswith("{"):
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return None  # no JSON; as YAML it may be a config
    is_definition = isinstance(document.get("Steps"), list) and "Version" in document
    return DefinitionFile(str(path), text, document) if is_definition else None


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def lines_of(text: str) -> Iterator[tuple[Path, int]]:
    """The path of every value of a JSON text, and its line, counted from 1; of valid JSON only."""
    path: list[str | int] = []
    is_key, line, seen = False, 1, 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        line += text.count("\n", seen, match.start())
        seen = match.start()
        if token in "}]":
            path.pop()
        elif token == ",":
            last = path[-1]
            is_key = isinstance(last, str)
            if isinstance(last, int):
                path[-1] = last + 1
        elif token == ":":
            is_key = False
        elif is_key and token != "{":
            path[-1] = json.loads(token)
            yield tuple(path), line
        else:
            if path and isinstance(path[-1], int):
                yield tuple(path), line
            if token in "{[":
                path.append("" if token == "{" else 0)
                is_key = token == "{"
