"""Configs and templates as data that remembers where each value stands in its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from pipeline_compiler.rules import UNREADABLE
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place

# libyaml's loader is an order of magnitude faster, and not in every build of PyYAML
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path_ = tuple[object, ...]


class DocumentError(PipelineCompilerError):
    """A file that cannot be read as a config or template."""


@dataclass(frozen=True)
class Document:
    """A mapping, with the line of every value where it came from a file.

    Attributes:
        data: the mapping.
        file: its path as the user gave it; None for a mapping made in Python.
        lines: path of keys -> line, counted from 1.
    """

    data: Mapping[str, Any]
    file: str | None = None
    lines: Mapping[Path_, int] = field(default_factory=dict)

    def place(self, *path: object) -> Place:
        """Where the value at `path` stands, or the nearest value that contains it."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Place(self.file, self.lines.get(known), ".".join(map(str, path)) or None)

    @property
    def folder(self) -> Path:
        """What relative paths in the document are relative to."""
        return Path(self.file).parent if self.file else Path()


def read_document(source: str | Path | Mapping[str, Any]) -> Document:
    """A document from a YAML or JSON file, or from a mapping that may hold typed config objects.

    Raises:
        DocumentError: (PC401) naming the file and line.
    """
    if isinstance(source, Mapping):
        return Document({key: _plain(value) for key, value in source.items()})
    file = str(source)
    try:
        text = Path(source).read_text(encoding="utf-8")
        loader = _Loader(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except OSError as error:
        raise _unreadable(f"{file} cannot be read: {error.strerror}", Place(file)) from None
    except UnicodeDecodeError as error:
        raise _unreadable(f"{file} is not UTF-8 text: {error.reason}", Place(file)) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _unreadable(f"not valid YAML: {error.problem}", Place(file, line)) from None
    if not isinstance(data, dict):
        raise _unreadable(f"{file} is not a mapping of settings", Place(file, 1))
    lines: dict[Path_, int] = {}
    duplicates = list(_walk(node, (), lines, file))
    if duplicates:
        raise DocumentError(*duplicates)
    return Document(data, file, lines)


def _walk(node: yaml.Node, path: Path_, lines: dict[Path_, int], file: str) -> Iterator[Diagnostic]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name, line = key.value, key.start_mark.line + 1
            if name in seen and name != "<<":
                yield UNREADABLE.error(
                    f"'{name}' is given twice", fix="keep one of them", place=Place(file, line)
                )
            seen.add(name)
            here = (*path, name)
            lines[here] = line
            yield from _walk(value, here, lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            here = (*path, index)
            lines[here] = value.start_mark.line + 1
            yield from _walk(value, here, lines, file)


def _plain(value: Any) -> Any:
    """Typed config objects as the mappings that they stand for; what was not set stays unset."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True, by_alias=True)
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return value


def _unreadable(message: str, place: Place) -> DocumentError:
    fix = "give the path of a YAML or JSON file, or mend it there"
    return DocumentError(UNREADABLE.error(message, fix=fix, place=place))
