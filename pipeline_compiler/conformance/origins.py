"""Where in the config or the template a place of a compiled definition comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from pipeline_compiler.conformance.findings import Finding, Path
from pipeline_compiler.conformance.tracing import FIELD, INPUT, SETTING, Mark, trace
from pipeline_compiler.loading import LoadedPipeline, Node
from script_contracts.core.diagnostics import Place
from step_builders.core.contract_values import field_value
from step_builders.core.request import BuildContext

_FIELDS_BESIDE_ARGUMENTS = {"CacheConfig": "cache_expire_after", "RetryPolicies": "retry"}
_ISOLATION = "EnableNetworkIsolation"  # a truth value, which no mark can stand for


@dataclass(frozen=True)
class Origins:
    """The places behind a compiled definition.

    Attributes:
        contexts: node -> what its request was built from.
        added: name of a step that the compiler itself adds -> the node that it belongs to.
        document: the parsed definition.
    """

    loaded: LoadedPipeline
    contexts: Mapping[str, BuildContext]
    added: Mapping[str, str]
    document: Mapping[str, Any]

    def place(self, finding: Finding) -> Place:
        """Where the user wrote what the finding is about, as exactly as can be said.

        The config field that feeds the place, or the edge of the template that feeds the input; else where
        the template lists the step. For the definition as a whole, where the config names the template.
        """
        node = self.loaded.nodes.get(self.added.get(finding.step or "", finding.step or ""))
        if node is None:
            return self._of_definition(finding.path)
        if (field := _FIELDS_BESIDE_ARGUMENTS.get(str(finding.path[0]))) is not None:
            return node.section.where((field,))
        if finding.step == node.name:
            if _ISOLATION in finding.path:
                return self.loaded.document.place("pipeline", "network_isolation")
            marks = self._marks(node, finding.path)
            if len(marks) == 1:
                (mark,) = marks
                return self._of_mark(node, mark, finding.path)
            if group := _common_group(marks):
                return node.section.where(group)
        return node.node_place

    def _of_definition(self, path: Path) -> Place:
        whole = self.loaded.document
        if path[:1] == ("Parameters",) and len(path) > 1 and isinstance(path[1], int):
            return whole.place("parameters", self.document["Parameters"][path[1]]["Name"])
        return whole.place("template")

    def _marks(self, node: Node, path: Path) -> frozenset[Mark]:
        """What feeds a place, a value that it is a part of, or the entry of a list that it belongs to."""
        traced = trace(node, self.contexts[node.name])
        for length in range(len(path), 0, -1):
            around = path[:length]
            if around in traced:
                return traced[around]
            if length == len(path) or isinstance(around[-1], int):
                below = [marks for place, marks in traced.items() if place[:length] == around]
                if below:
                    return frozenset().union(*below)
        return frozenset()

    def _of_mark(self, node: Node, mark: Mark, path: Path) -> Place:
        kind, name = mark
        if kind == SETTING:
            return self.loaded.document.place("pipeline", name)
        if kind == INPUT:
            return self._of_input(node, name)
        if name == "image_uri" and getattr(node.config, name) is None:
            name = self.contexts[node.name].framework.version_field
        written = _as_written(node.config, name, node.section.data)
        value = field_value(node.config, name)
        is_entry = (isinstance(value, dict) and path[-1] in value) or (
            isinstance(value, tuple) and isinstance(path[-1], int) and path[-1] < len(value)
        )
        return node.section.where((*written, path[-1]) if is_entry else written)

    def _of_input(self, node: Node, name: str) -> Place:
        source = self.contexts[node.name].inputs[name]
        if source.producer is None:
            return node.section.where((name, "files"))
        ends = (source.producer, node.name)
        places = [edge.place for edge in self.loaded.dag.edges if (edge.producer, edge.consumer) == ends]
        return next((place for place in places if str(place)), node.node_place)


def _common_group(marks: frozenset[Mark]) -> tuple[str, ...]:
    """The group of settings to which all the fields belong that feed a place; empty where there is none."""
    if not marks or any(kind != FIELD for kind, _ in marks):
        return ()
    parts = [name.split(".") for _, name in marks]
    return tuple(_shared(parts))


def _shared(paths: list[list[str]]) -> Iterator[str]:
    """The leading names that all paths share."""
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            return
        yield names[0]


def _as_written(config: BaseModel, path: str, data: Any) -> tuple[str, ...]:
    """The path of a field by the names that the config file uses: a field may go by an alias."""
    written: list[str] = []
    model: Any = config
    for name in path.split("."):
        alias = type(model).model_fields[name].alias or name
        given = isinstance(data, Mapping) and name in data and alias not in data
        written.append(name if given else alias)
        data = data.get(written[-1]) if isinstance(data, Mapping) else None
        model = getattr(model, name)
    return tuple(written)
