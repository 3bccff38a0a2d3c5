"""Templates: a named DAG of steps, from a YAML file or made in Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline_compiler.documents import Document, read_document
from pipeline_compiler.library_paths import LibraryPath, library_paths
from pipeline_compiler.resources import resource
from pipeline_compiler.rules import INVALID_VALUE, UNKNOWN_FIELD, UNKNOWN_TEMPLATE
from pipeline_deps.dag import Edge, PipelineDAG, edges_from, parse_edge
from pipeline_deps.rules import DUPLICATE_NODE
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, PipelineCompilerError, Place
from script_contracts.core.suggestions import did_you_mean


class TemplateError(PipelineCompilerError):
    """A template that does not exist or does not describe a graph."""


@dataclass(frozen=True)
class TemplateStep:
    """One node of a template.

    Attributes:
        name: the node's name.
        step: the step type (with _<job type>) it runs; the node's name where none is given.
    """

    name: str
    step: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Template:
    """A named DAG of steps.

    Use `Template.of(...)` in a notebook; YAML files hold the same.

    Attributes:
        step_libraries: where steps lie that are not built in, as 'step_libraries' in its file lists them.
    """

    name: str
    summary: str
    steps: tuple[TemplateStep, ...]
    edges: tuple[Edge, ...]
    # One file, reached in two ways, has two spellings of its libraries' paths.
    step_libraries: tuple[LibraryPath, ...] = field(default=(), compare=False)

    @staticmethod
    def of(
        name: str,
        steps: Iterable[str] | Mapping[str, str | None],
        edges: Iterable[str | Edge] = (),
        summary: str = "",
    ) -> Template:
        """A template made in Python.

        Args:
            name: any name.
            steps: node names, or node name -> step type where the two differ.
            edges: `"A -> B"`, `"A.OUTPUT -> B.INPUT"` or `Edge` values.

        Raises:
            GraphError: (PC304) naming every edge that is none.
        """
        named = dict(steps) if isinstance(steps, Mapping) else dict.fromkeys(steps)
        return Template(
            name,
            summary,
            tuple(
                TemplateStep(node, step or node, Place(field=f"steps.{node}")) for node, step in named.items()
            ),
            edges_from(edges),
        )

    @property
    def dag(self) -> PipelineDAG:
        """The graph of the nodes' names."""
        return PipelineDAG(tuple(step.name for step in self.steps), self.edges)


@cache
def shipped_templates() -> Mapping[str, Path]:
    """The templates that come with the compiler: name -> file."""
    found = {}
    for path in sorted(resource("templates").glob("*.yaml")):
        found[str(read_document(path).data.get("template", path.stem))] = path
    return MappingProxyType(found)


def load_template(
    reference: str | Path | Template, folder: Path = Path(), place: Place = NOWHERE
) -> Template:
    """A template by its name, by a file (relative to `folder`), or as it is.

    Raises:
        TemplateError: (PC407, PC402, PC404, PC304) with every problem found.
    """
    if isinstance(reference, Template):
        return reference
    text = str(reference)
    if text.endswith((".yaml", ".yml", ".json")):
        path = folder / text
        if place != NOWHERE and not path.exists():
            raise TemplateError(
                UNKNOWN_TEMPLATE.error(
                    f"there is no file {path}",
                    fix="correct the path of the template, which is relative to this file",
                    place=place,
                )
            )
        return template_from(read_document(path))
    shipped = shipped_templates()
    if text not in shipped:
        raise TemplateError(
            UNKNOWN_TEMPLATE.error(
                f"there is no template '{text}'",
                fix=did_you_mean(text, shipped, what="templates"),
                place=place,
            )
        )
    return template_from(read_document(shipped[text]))


def template_from(document: Document) -> Template:
    """The template that a document describes.

    Raises:
        TemplateError: with every problem found.
    """
    data = document.data
    libraries, found = library_paths(document)
    problems = [*_shape_problems(document), *found]
    steps, edges = [], []
    if not problems:
        listed = data["steps"]
        if isinstance(listed, dict):
            for name, entry in listed.items():
                step = entry["step"] if entry else name
                steps.append(TemplateStep(name, step, document.place("steps", name)))
        else:
            for index, name in enumerate(listed):
                steps.append(TemplateStep(name, name, document.place("steps", index)))
        for index, text in enumerate(data.get("edges") or ()):
            edge = parse_edge(str(text), document.place("edges", index))
            if isinstance(edge, Diagnostic):
                problems.append(edge)
            else:
                edges.append(edge)
    if problems:
        raise TemplateError(*problems)
    name = str(data.get("template", Path(document.file or "template").stem))
    return Template(name, str(data.get("summary", "")), tuple(steps), tuple(edges), libraries)


def _shape_problems(document: Document) -> Iterator[Diagnostic]:
    known = ("template", "summary", "step_libraries", "steps", "edges")
    for key in document.data:
        if key not in known:
            yield UNKNOWN_FIELD.error(
                f"unknown template field '{key}'",
                fix=did_you_mean(str(key), known, what="fields"),
                place=document.place(key),
            )
    for key in ("template", "summary"):
        if not isinstance(document.data.get(key, ""), str):
            yield INVALID_VALUE.error(
                f"'{key}' must be text, got {document.data[key]!r}",
                fix="write it on one line, in quotes if need be",
                place=document.place(key),
            )
    edges: Any = document.data.get("edges")
    if edges is not None and not isinstance(edges, list):
        yield INVALID_VALUE.error(
            f"'edges' must be a list, got {edges!r}",
            fix="write one '- Producer -> Consumer' per line",
            place=document.place("edges"),
        )
    steps: Any = document.data.get("steps")
    if not isinstance(steps, (dict, list)) or not steps:
        yield INVALID_VALUE.error(
            f"'steps' must list at least one step, got {steps!r}",
            fix="list the steps by name",
            place=document.place("steps"),
        )
        return
    for name, entry in steps.items() if isinstance(steps, dict) else ():
        if entry and not (
            isinstance(entry, dict) and set(entry) == {"step"} and isinstance(entry["step"], str)
        ):
            yield INVALID_VALUE.error(
                f"step '{name}' must be empty or say 'step: <type>', got {entry!r}",
                fix="settings of a step belong in the config, not in the template",
                place=document.place("steps", name),
            )
    for index, name in enumerate(steps) if isinstance(steps, list) else ():
        if not isinstance(name, str):
            yield INVALID_VALUE.error(
                f"'steps' must list names, got {name!r}",
                fix="list the steps by name",
                place=document.place("steps", index),
            )
        elif name in steps[:index]:
            yield DUPLICATE_NODE.error(
                f"two nodes are called '{name}'",
                fix="rename one of them, and say its type with 'step:'",
                place=document.place("steps", index),
            )
