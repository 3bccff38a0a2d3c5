"""Columns that the config names: whether its steps agree on them, along every wire that carries data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline_compiler.loading import LoadedPipeline, Node
from pipeline_compiler.rules import COLUMNS_DISAGREE
from pipeline_deps.vocabulary import DependencyType
from pipeline_deps.wiring import Wiring
from script_contracts.core.diagnostics import Diagnostic

_SAME = ("label_field", "id_field")  # both ends of a wire must mean the same column
_SAME_COLUMNS = ("CurrencyConversion", "TabularPreprocessing", "RiskTableMapping")  # they add none
_USED = (
    "feature_fields",
    "text_fields",
    "amount_fields",
    "currency_fields",
    "risk_fields",
    "evidence_fields",
    "impute_fields",
)


def check_columns(loaded: LoadedPipeline, wiring: Wiring) -> Iterator[Diagnostic]:
    """Columns that one step needs and the step before renames, drops or never loads."""
    for node in loaded.nodes.values():
        yield from _own_columns(node)
    consumers: dict[str, list[Node]] = {}
    for binding in wiring.bindings:
        producer, consumer = loaded.nodes[binding.producer], loaded.nodes[binding.consumer]
        port = producer.spec.output(binding.output)
        if port is not None and port.type is DependencyType.DATASET:
            consumers.setdefault(producer.name, []).append(consumer)
            yield from _along_wire(producer, consumer)
    for node in loaded.nodes.values():
        if _listed(node, "columns"):
            yield from _not_loaded(node, consumers)


def _own_columns(node: Node) -> Iterator[Diagnostic]:
    """Settings of one step that contradict each other."""
    label, identifier = _named(node, "label_field"), _named(node, "id_field")
    if label and label == identifier:
        yield _problem(node, "id_field", f"'{label}' is both label_field and id_field", "name two columns")
    for column in (label, identifier):
        if column and column in _listed(node, "drop_fields"):
            message = f"'{column}' is needed and dropped"
            yield _problem(node, "drop_fields", message, f"remove '{column}' from drop_fields")
        if column and column in _listed(node, "feature_fields"):
            message = f"'{column}' is no feature: a model must not learn from its label or id"
            yield _problem(node, "feature_fields", message, f"remove '{column}' from feature_fields")


def _along_wire(producer: Node, consumer: Node) -> Iterator[Diagnostic]:
    for field in _SAME:
        ours, theirs = _named(consumer, field), _named(producer, field)
        if ours and theirs and ours != theirs:
            message = f"{field} is '{ours}', but {producer.name}, which makes the data, has '{theirs}'"
            yield _problem(consumer, field, message, f"set {field} once, under 'defaults'")
    yield from _mapped_texts(producer, consumer)
    for field in _USED:
        for column in sorted(set(_listed(consumer, field)) & set(_listed(producer, "drop_fields"))):
            use = "learns from" if field == "feature_fields" else "uses"
            message = f"{producer.name} drops '{column}', which {consumer.name} {use}"
            yield _problem(consumer, field, message, f"remove '{column}' from one of the two")


def _not_loaded(loader: Node, consumers: Mapping[str, Sequence[Node]]) -> Iterator[Diagnostic]:
    """Columns that a step needs, near or far down the wires, and that its data never have."""
    told = set(_listed(loader, "columns"))
    seen = [loader]
    for producer in seen:  # grows while it is read: nearest first, so that a column is told once
        for consumer in consumers.get(producer.name, ()):
            for column in sorted(_needed(consumer) - told):
                message = f"it does not load the column '{column}', which {consumer.name} needs"
                yield _problem(loader, "columns", message, f"add '{column}' to columns")
                told.add(column)
            if consumer.spec.step_type in _SAME_COLUMNS and consumer not in seen:
                seen.append(consumer)


def _needed(node: Node) -> set[str]:
    wanted = {name for field in (*_USED, "drop_fields") for name in _listed(node, field)}
    return wanted | {name for field in (*_SAME, "date_field") if (name := _named(node, field))}


def _mapped_texts(producer: Node, consumer: Node) -> Iterator[Diagnostic]:
    """Columns of free text that the step before takes for categories, and turns into numbers."""
    texts = _listed(consumer, "text_fields")
    if texts and hasattr(producer.config, "risk_fields") and not _listed(producer, "risk_fields"):
        message = (
            f"without risk_fields it maps every text column to a number, and {consumer.name} reads "
            f"{', '.join(texts)} as text"
        )
        yield _problem(producer, "risk_fields", message, "name the categories in risk_fields")


def _named(node: Node, field: str) -> str:
    return getattr(node.config, field, None) or ""


def _listed(node: Node, field: str) -> tuple[str, ...]:
    return getattr(node.config, field, ())


def _problem(node: Node, field: str, message: str, fix: str) -> Diagnostic:
    return COLUMNS_DISAGREE.error(f"{node.name}: {message}", fix=fix, place=node.section.where((field,)))
