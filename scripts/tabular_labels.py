"""The label: counted once over the whole data set, and mapped to 0 and 1 only as somebody said."""

from __future__ import annotations

import json
from collections import Counter
from typing import Mapping

import pyarrow as pa
import pyarrow.compute as pc
import tabular_data
from contract_runtime import ScriptError

MAX_CLASSES = 1000  # beyond this the label is no class, and counting it would fill the memory
_ALREADY = ({"0": 0, "1": 1}, {"false": 0, "true": 1})


def parse_mapping(text: str) -> dict[str, int]:
    """The LABEL_MAPPING setting: a JSON object of label -> 0 or 1; {} where it is not set.

    Raises:
        ScriptError: (PC731) it is anything else.
    """
    if not text:
        return {}
    try:
        mapping = json.loads(text)
    except ValueError as error:
        raise _bad_mapping(text) from error
    # JSON's true is Python's 1, and would map quietly.
    if not isinstance(mapping, dict) or {repr(value) for value in mapping.values()} != {"0", "1"}:
        raise _bad_mapping(text)
    return mapping


def texts(labels: pa.Array) -> pa.Array:
    """Labels as the texts that settings name them by: 1.0 is '1', true is 'true', NaN is null."""
    if not pa.types.is_floating(labels.type):
        return labels.cast(pa.string())
    labels = pc.if_else(pc.is_nan(labels), pa.scalar(None, labels.type), labels)
    whole = pc.and_(pc.equal(pc.trunc(labels), labels), pc.less(pc.abs(labels), 2.0**53))
    return pc.if_else(whole, labels.cast(pa.int64(), safe=False).cast(pa.string()), labels.cast(pa.string()))


def count(data: tabular_data.Dataset, field: str) -> Counter[str]:
    """How often each label occurs, over all shards.

    Raises:
        ScriptError: (PC732) some labels are null; (PC734) more than a thousand differ.
    """
    counts: Counter[str] = Counter()
    for batch in data.batches([field]):
        for entry in pc.value_counts(texts(batch.column(0)).drop_null()):
            counts[entry["values"].as_py()] += entry["counts"].as_py()
        if len(counts) > MAX_CLASSES:
            raise _too_many(field, counts)
    if sum(counts.values()) < data.num_rows:
        nulls, places = data.null_rows(field)
        raise ScriptError(
            "PC732",
            f"label '{field}' is missing in {nulls} of {data.num_rows} rows: {places}",
            "fill these labels or leave the rows out at the source",
        )
    return counts


def choose_mapping(
    field: str, kind: pa.DataType, counts: Mapping[str, int], positive_class: str, declared: Mapping[str, int]
) -> dict[str, int]:
    """Which label is 0 and which is 1: as declared, by the positive class, or as the data already are.

    Arguments:
        field, kind: the label column and its type.
        counts: how often each label occurs (see `count`).
        positive_class: the POSITIVE_CLASS setting, "" where it is not set.
        declared: the parsed LABEL_MAPPING setting, {} where it is not set.

    Raises:
        ScriptError: (PC733-PC737) nothing is guessed: see each code.
    """
    if declared:
        mapping = {_as_label(text, kind): value for text, value in declared.items()}
        outside = {text: counts[text] for text in counts if text not in mapping}
        if outside:
            raise ScriptError(
                "PC735",
                f"label '{field}' has values outside label_mapping: {_listed(outside)}",
                f"add them to label_mapping, which has: {tabular_data.shown(map(repr, declared))}",
            )
    elif len(counts) > 2:
        raise _too_many(field, counts)
    elif positive_class:
        positive = _as_label(positive_class, kind)
        if len(counts) > 1 and positive not in counts:
            raise ScriptError(
                "PC737",
                f"label '{field}' is never the positive class {positive_class!r}; it is {_listed(counts)}",
                "set positive_class to one of these values",
            )
        mapping = {text: int(text == positive) for text in counts}
    else:
        mapping = next((known for known in _ALREADY if set(counts) <= set(known)), {})
        if not mapping and len(counts) > 1:
            raise ScriptError(
                "PC733",
                f"label '{field}' is {_listed(counts)}: which one is positive is not known",
                "set positive_class to one of these values",
            )
    if len({mapping.get(text) for text in counts}) < 2:
        raise ScriptError(
            "PC736",
            f"label '{field}' has one class only: {_listed(counts)}",
            "load data that holds both classes, or choose another label",
        )
    return dict(sorted(mapping.items()))


def encode(labels: pa.Array, mapping: Mapping[str, int]) -> pa.Array:
    """Labels as 0 and 1."""
    keys = list(mapping)
    values = pa.array([mapping[key] for key in keys], pa.int64())
    return values.take(pc.index_in(texts(labels), pa.array(keys, pa.string())))


def _as_label(text: str, kind: pa.DataType) -> str:
    """A label written in a setting, as `texts` writes the labels of a column of this type."""
    if pa.types.is_boolean(kind):
        return text.lower()
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        try:
            # An integer is not read as a float, which would round an identifier.
            number = int(text) if text.strip().lstrip("+-").isdecimal() else float(text)
            return texts(pa.array([number]))[0].as_py() or text
        except (ValueError, OverflowError):
            return text
    return text


def _too_many(field: str, counts: Mapping[str, int]) -> ScriptError:
    return ScriptError(
        "PC734",
        f"label '{field}' has {'more than ' if len(counts) > MAX_CLASSES else ''}"
        f"{min(len(counts), MAX_CLASSES)} classes: {_listed(counts)}",
        "say with label_mapping which of them are 0 and which 1, or choose another label",
    )


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tabular_data.shown(f"{text!r} ({rows} rows)" for text, rows in ordered)


def _bad_mapping(text: str) -> ScriptError:
    return ScriptError(
        "PC731",
        f"LABEL_MAPPING is not a JSON object that maps labels to both 0 and 1: {text}",
        'write it like {"fraud": 1, "ok": 0}',
    )
