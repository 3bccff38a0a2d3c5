"""Serves a packaged model in the AWS XGBoost image: requests of named or ordered features in, scores out.

Travels alone in `code/` of the packaged `model.tar.gz`, so it imports nothing of ours. The image calls
`model_fn` once, then `input_fn`, `predict_fn` and `output_fn` for each request:

- `application/json`: an object of features by name, a list of such objects, a list of feature values in
  the model's order (or a list of such lists), or any of these under the key "instances";
- `text/csv`: one record a line, the features in the model's order, or in any order below a header line.

Missing values are null (JSON) or empty (CSV). A category that training never saw counts as missing.
Columns that the model does not know are ignored where they are named. Where the package has
`risk_tables.json`, requests hold raw categories, which become the risks that the model learned from, and
missing numbers become those that filled them in the training data.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

import numpy as np
import xgboost as xgb

JSON, CSV = "application/json", "text/csv"


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
        text = _text(raw)
        key: Any = text.lower() if self.type == "boolean" else text
        if self.type == "number":
            key = _as_number(text)
        return self.missing if key != key else self.values.get(key, self.unseen)


class Model(NamedTuple):
    """A booster, its features as `model_info.json` describes them, and risk tables by field.

    `imputation` is what fills missing numbers, by feature.
    """

    booster: xgb.Booster
    features: Sequence[dict]
    tables: Mapping[str, RiskTable] = {}
    imputation: Mapping[str, float] = {}

    @property
    def names(self) -> list[str]:
        """The features' names in the model's order."""
        return [feature["name"] for feature in self.features]


def model_fn(model_dir: str) -> Model:
    """Load the model.

    Raises:
        RuntimeError: another XGBoost release wrote it, which can give wrong scores without an error, or
            its risk tables are not those of its training data.
    """
    directory = Path(model_dir)
    info = json.loads((directory / "model_info.json").read_text(encoding="utf-8"))
    trained_with = info["xgboost_version"]
    if trained_with.split(".")[:2] != xgb.__version__.split(".")[:2]:
        raise RuntimeError(
            f"XGBoost {trained_with} trained this model, but XGBoost {xgb.__version__} serves it: "
            "use a serving image of the same version"
        )
    tables, imputation = _risk_tables(directory, info.get("risk_tables"))
    return Model(xgb.Booster(model_file=str(directory / "model.ubj")), info["features"], tables, imputation)


def _risk_tables(directory: Path, wanted: str | None) -> tuple[dict[str, RiskTable], dict[str, float]]:
    if wanted is None:
        return {}, {}
    content = (directory / "risk_tables.json").read_bytes()
    if hashlib.sha256(content).hexdigest() != wanted:
        raise RuntimeError("risk_tables.json is not the one that the model was trained with")
    document = json.loads(content.decode("utf-8"))
    tables = {}
    for name, field in document["fields"].items():
        values = {category: entry["value"] for category, entry in field["categories"].items()}
        if field["type"] == "number":
            values = {_as_number(category): value for category, value in values.items()}
        tables[name] = RiskTable(field["type"], values, field["missing"]["value"], field["unseen"]["value"])
    return tables, {name: field["value"] for name, field in document["imputation"].items()}


def _as_number(text: str) -> Any:
    """A category of a field of numbers: 7, 7.0 and "7" are one; what is no number stays text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def input_fn(body: str | bytes, content_type: str) -> list:
    """Read a request into records: dicts of features by name, or lists of values in order.

    Raises:
        ValueError: the content type is unknown, or the body is empty or malformed.
    """
    text = body.decode("utf-8-sig") if isinstance(body, (bytes, bytearray)) else body
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind == CSV:
        records: list = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    elif kind == JSON:
        records = _json_records(json.loads(text))
    else:
        raise ValueError(f"content type '{content_type}' is not supported: send {CSV} or {JSON}")
    if not records:
        raise ValueError("the request holds no records")
    return records


def predict_fn(records: list, model: Model) -> np.ndarray:
    """The probability of the positive class for each record.

    Raises:
        ValueError: features are missing from a record, or a number is not a number.
    """
    names = model.names
    first = records[0]
    if isinstance(first, list) and 2 * len(set(map(str, first)) & set(names)) > len(first):
        header = [str(cell) for cell in first]
        lengths = {len(row) for row in records}
        if lengths != {len(header)}:
            raise ValueError(f"the header names {len(header)} columns, but lines have {sorted(lengths)}")
        records = [{name: row[i] for i, name in enumerate(header)} for row in records[1:]]
        if not records:
            raise ValueError("the request holds no records below its header")
    rows = [_in_order(record, names, row) for row, record in enumerate(records)]
    columns = [_column(model, feature, [row[i] for row in rows]) for i, feature in enumerate(model.features)]
    matrix = np.array(columns, dtype=np.float32).T
    return model.booster.inplace_predict(np.ascontiguousarray(matrix))


def output_fn(prediction: np.ndarray, accept: str) -> tuple[str, str]:
    """Write scores as JSON `{"predictions": [{"score": 0.1}]}`, or as CSV with one score a line.

    Raises:
        ValueError: the client accepts neither.
    """
    scores = [float(score) for score in prediction]
    accepted = [kind.split(";")[0].strip().lower() for kind in (accept or "*/*").split(",")]
    for kind in accepted:
        if kind in (JSON, "application/*", "*/*", ""):
            return json.dumps({"predictions": [{"score": score} for score in scores]}), JSON
        if kind in (CSV, "text/*"):
            return "".join(f"{score!r}\n" for score in scores), CSV
    raise ValueError(f"the client accepts only '{accept}': accept {JSON} or {CSV}")


def _json_records(value: Any) -> list:
    if isinstance(value, dict) and "instances" in value:
        value = value["instances"]
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise ValueError(f"expected features by name or in order, got {type(value).__name__}")
    records = sum(isinstance(entry, (dict, list)) for entry in value)
    if records not in (0, len(value)):
        raise ValueError(f"{records} of {len(value)} entries are records: send records or values, not both")
    return value if records or not value else [value]


def _in_order(record: Any, names: Sequence[str], row: int) -> Sequence[Any]:
    if isinstance(record, dict):
        missing = [name for name in names if name not in record]
        if missing:
            raise ValueError(f"record {row} has no {', '.join(missing)}; send null for a missing value")
        return [record[name] for name in names]
    if len(record) != len(names):
        raise ValueError(
            f"record {row} has {len(record)} values, but the model has {len(names)} features, "
            f"from {names[0]} to {names[-1]}"
        )
    return record


def _column(model: Model, feature: dict, values: Sequence[Any]) -> list[float]:
    """One feature's values as the model reads them, after what risk tables make of them."""
    name = feature["name"]
    if name in model.tables:
        return [model.tables[name].value(value) for value in values]
    numbers = _encode(feature, values)
    filler = model.imputation.get(name)
    return numbers if filler is None else [filler if math.isnan(each) else each for each in numbers]


def _encode(feature: dict, values: Sequence[Any]) -> list[float]:
    """One feature's values as the model reads them: numbers or positions of categories, NaN if missing."""
    if feature["type"] == "numeric":
        return [_number(feature["name"], value, row) for row, value in enumerate(values)]
    codes = {category: float(code) for code, category in enumerate(feature["categories"])}
    texts = [None if value is None else _text(value) for value in values]
    if set(codes) <= {"true", "false"}:
        # Other writers spell a Boolean True or TRUE.
        texts = [text and text.lower() for text in texts]
    return [codes.get(text, math.nan) for text in texts]


def _number(name: str, value: Any, row: int) -> float:
    if value is None or value == "":
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.inf
    if abs(number) > np.finfo(np.float32).max:
        raise ValueError(f"record {row}: {name} is {value!r}, which is not a finite number")
    return number


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)
