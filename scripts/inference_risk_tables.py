"""Risk tables where a model is served: raw categories become the risks that the model learned from.

Travels with the serving code, beside `inference_requests.py`. Where the package has `risk_tables.json`,
requests hold raw categories, and missing numbers become those that filled them in the training data.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Optional, Sequence

import numpy as np
from inference_requests import matrix, text_of

TABLES_FILE = "risk_tables.json"


class RiskTable(NamedTuple):
    """The value of each category of one field, which holds text, Booleans or numbers."""

    type: str
    values: Mapping[Any, float]
    missing: float
    unseen: float

    def value(self, raw: Any) -> float:
        """The value of a category as a client sends it."""
        if raw is None or raw == "" or raw != raw:
            return self.missing
        text = text_of(raw)
        key: Any = text.lower() if self.type == "boolean" else text
        if self.type == "number":
            key = _as_number(text)
        return self.missing if key != key else self.values.get(key, self.unseen)


class RiskTables(NamedTuple):
    """The tables that mapped a model's training data, by field; empty for a model without any.

    Attributes:
        imputation: what fills missing numbers, by feature.
    """

    fields: Mapping[str, RiskTable]
    imputation: Mapping[str, float]

    def matrix(self, features: Sequence[dict], rows: Sequence[Sequence[Any]]) -> np.ndarray:
        """The values of features as the model reads them: float32, one row per record.

        Arguments:
            features: those that are not text, as `model_info.json` describes them.
            rows: for each record its raw values, in the order of the features.

        Raises:
            ValueError: a number is not a number.
        """
        names = [feature["name"] for feature in features]
        tables = [self.fields.get(name) for name in names]
        if self.fields:
            rows = [
                [table.value(raw) if table else raw for table, raw in zip(tables, record)] for record in rows
            ]
        numbers = matrix(features, rows)
        for column, name in enumerate(names):
            if name in self.imputation:
                numbers[np.isnan(numbers[:, column]), column] = self.imputation[name]
        return numbers


def read_tables(directory: Path, wanted: Optional[str]) -> RiskTables:
    """The risk tables in a package.

    Arguments:
        directory: the unpacked package.
        wanted: the fingerprint of the tables that mapped the model's training data; None if none did.

    Raises:
        RuntimeError: the package has other tables.
    """
    if wanted is None:
        return RiskTables({}, {})
    content = (directory / TABLES_FILE).read_bytes()
    if hashlib.sha256(content).hexdigest() != wanted:
        raise RuntimeError(f"{TABLES_FILE} is not the one that the model was trained with")
    document = json.loads(content.decode("utf-8"))
    fields = {name: _table(field) for name, field in document["fields"].items()}
    return RiskTables(fields, {name: each["value"] for name, each in document["imputation"].items()})


def _table(field: Mapping[str, Any]) -> RiskTable:
    values = {category: entry["value"] for category, entry in field["categories"].items()}
    if field["type"] == "number":
        values = {_as_number(category): value for category, value in values.items()}
    return RiskTable(field["type"], values, field["missing"]["value"], field["unseen"]["value"])


def _as_number(text: str) -> Any:
    """A category of a field of numbers: 7, 7.0 and "7" are one; what is no number stays text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
