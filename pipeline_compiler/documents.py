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

_TAG = "tag:yaml.org,2002:"
# libyaml's loader is an order of magnitude faster, and not in every build of PyYAML
_Fastest: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A config holds JSON's types only: what YAML takes for a date stays the text that it is.
_plain_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAG}timestamp"]
    for first, resolvers in _Fastest.yaml_implicit_resolvers.items()
}
_Loader: Any = type("_Loader", (_Fastest,), {"yaml_implicit_resolvers": _plain_resolvers})

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
        types: step -> the class of the typed config object that it was given.
    """

    data: Mapping[str, Any]
    file: str | None = None
    lines: Mapping[Path_, int] = field(default_factory=dict)
    types: Mapping[str, type[BaseModel]] = field(default_factory=dict)

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
        steps = source.get("steps")
        typed = steps.items() if isinstance(steps, Mapping) else ()
        types = {str(name): type(value) for name, value in typed if isinstance(value, BaseModel)}
        return Document({str(key): _plain(value) for key, value in source.items()}, types=types)
    file = str(source)
    lines: dict[Path_, int] = {}
    found: list[Diagnostic] = []
    try:
        text = Path(source).read_text(encoding="utf-8")
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is not None:
            found = list(_walk(node, (), lines, file, {}))
        data = loader.construct_document(node) if node is not None else None
    except OSError as error:
        raise _unreadable(f"{file} cannot be read: {error.strerror}", Place(file)) from None
    except UnicodeDecodeError as error:
        raise _unreadable(f"{file} is not UTF-8 text: {error.reason}", Place(file)) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _unreadable(f"not valid YAML: {error.problem}", Place(file, line)) from None
    except yaml.reader.ReaderError as error:
        raise _unreadable(f"not valid YAML: {error.reason}", Place(file)) from None
    except RecursionError:
        raise _unreadable("not valid YAML: nested too deeply", Place(file)) from None
    except (ValueError, AttributeError) as error:  # from a value that contradicts its explicit !!tag
        raise _unreadable(f"a value cannot be read: {error}", Place(file)) from None
    if not isinstance(data, dict):
        raise _unreadable(f"{file} is not a mapping of settings", Place(file, 1))
    if found:
        raise DocumentError(*found)
    return Document(data, file, lines)


def _walk(
    node: yaml.Node, path: Path_, lines: dict[Path_, int], file: str, walked: dict[int, Path_]
) -> Iterator[Diagnostic]:
    """Note every value's line, make every key the text that stands in the file, find repeated keys."""
    if id(node) in walked:  # an alias; what is in it stands where its anchor is
        anchor = walked[id(node)]
        if isinstance(node, yaml.CollectionNode) and path[: len(anchor)] == anchor:
            yield UNREADABLE.error(
                f"'{'.'.join(map(str, path))}' contains itself",
                fix="write the value out where the alias stands",
                place=Place(file, lines.get(path)),
            )
        return
    walked[id(node)] = path
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen and name != "<<":
                yield UNREADABLE.error(
                    f"'{name}' is given twice", fix="keep one of them", place=Place(file, line)
                )
            seen.add(name)
            if isinstance(key, yaml.ScalarNode) and key.tag != f"{_TAG}merge":
                key.tag = f"{_TAG}str"
            here = (*path, name)
            lines[here] = line
            yield from _walk(value, here, lines, file, walked)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            here = (*path, index)
            lines[here] = value.start_mark.line + 1
            yield from _walk(value, here, lines, file, walked)


def _plain(value: Any) -> Any:
    """Typed config objects as the mappings that they stand for; what was not set stays unset."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True, by_alias=True)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return value


def _unreadable(message: str, place: Place) -> DocumentError:
    fix = "give the path of a YAML or JSON file, or mend it there"
    return DocumentError(UNREADABLE.error(message, fix=fix, place=place))
