"""Which columns a model learns from, of which kind, and the categories of those that hold text."""

from __future__ import annotations

from typing import Iterator, Mapping, Sequence

import pyarrow.compute as pc
from contract_runtime import ScriptError, raise_all
from feature_encoding import as_text
from model_files import CATEGORICAL, NUMERIC, TEXT, Feature
from processed_splits import EMPTY, Split, require_columns

# A split on a category keeps a bit per category in the model; beyond this it is an id, not a category.
MAX_CATEGORIES = 65_536


def choose_features(
    split: Split, label_field: str, id_field: str, wanted: Sequence[str], texts: Sequence[str] = ()
) -> tuple[Feature, ...]:
    """The model's features in schema order, still without categories, and without its `texts`.

    `wanted` restricts them to some columns; empty means all but the label, the id and the texts.

    Raises:
        ScriptError, CollectedError: (PC743) column types that no model reads, (PC744) columns that do
            not exist, (PC748) columns of several kinds, (PC752) nothing left to learn from.
    """
    kinds = split.columns()
    require_columns(split.name, [label_field, *([id_field] if id_field else []), *wanted], list(kinds))
    reserved = [name for name in (label_field, id_field, *texts) if name]
    chosen = [name for name in kinds if name not in reserved and (not wanted or name in wanted)]
    if not (chosen or texts) or set(wanted) & set(reserved):
        raise ScriptError(
            "PC752",
            f"FEATURE_FIELDS is '{','.join(wanted)}', the label is '{label_field}', the id is "
            f"'{id_field}', and the data has the columns {', '.join(kinds)}",
            "leave at least one feature, and neither the label, nor the id, nor a text field among them",
        )
    raise_all(list(_type_errors(split.name, {name: kinds[name] for name in chosen})))
    return tuple(Feature(name, CATEGORICAL if CATEGORICAL in kinds[name] else NUMERIC) for name in chosen)


def check_features(split: Split, features: Sequence[Feature]) -> None:
    """Check that a split has a model's features, each as the kind that the model learned from.

    Raises:
        ScriptError: (PC744) missing columns; (PC748) columns of another kind; all of them by name.
    """
    kinds = split.columns()
    require_columns(split.name, [feature.name for feature in features], list(kinds))
    wrong = [
        f"{f.name} ({' and '.join(sorted(kinds[f.name]))}, model: {f.type})"
        for f in features
        if not kinds[f.name] <= {CATEGORICAL if f.type == TEXT else f.type, EMPTY}
    ]
    if wrong:
        raise ScriptError(
            "PC748",
            f"{split.name} holds columns of another type than the model learned from: {', '.join(wrong)}",
            "read both data sets with the same column types (name codes in text_columns of a source of CSV), "
            "then train again",
        )


def _type_errors(split: str, kinds: Mapping[str, set[str]]) -> Iterator[ScriptError]:
    known = {NUMERIC, CATEGORICAL, EMPTY}
    other = [f"{name} ({' and '.join(sorted(found))})" for name, found in kinds.items() if found - known]
    if other:
        yield ScriptError(
            "PC743",
            f"{split} has columns that are neither numbers nor text: {', '.join(other)}",
            "name them in drop_fields of TabularPreprocessing, or turn them into numbers or text",
        )
    mixed = [name for name, found in kinds.items() if {NUMERIC, CATEGORICAL} <= found]
    if mixed:
        yield ScriptError(
            "PC748",
            f"{split} has columns that are numbers in some shards and text in others: {', '.join(mixed)}",
            "give each column one type in every shard",
        )


def with_categories(split: Split, features: Sequence[Feature]) -> tuple[Feature, ...]:
    """The features with the values of the categorical ones, sorted by code point.

    Raises:
        ScriptError: (PC747) columns with more than MAX_CATEGORIES different values.
    """
    values: dict[str, set[str]] = {f.name: set() for f in features if f.type == CATEGORICAL}
    for batch in split.batches(list(values)) if values else ():
        for name, found in values.items():
            if len(found) <= MAX_CATEGORIES:
                found.update(as_text(pc.unique(batch.column(name))).drop_null().to_pylist())
    too_many = [name for name, found in values.items() if len(found) > MAX_CATEGORIES]
    if too_many:
        raise ScriptError(
            "PC747",
            f"more than {MAX_CATEGORIES} different values in: {', '.join(too_many)}",
            "columns like ids teach a model nothing: name them in drop_fields of TabularPreprocessing, "
            "or group their values",
        )
    return tuple(f._replace(categories=tuple(sorted(values.get(f.name, ())))) for f in features)
