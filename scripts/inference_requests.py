"""Requests and responses of the serving code: records in as JSON or CSV, scores out.

Travels with the serving code, so it imports nothing of ours.

- `application/json`: an object of features by name, a list of such objects, a list of feature values in
  the model's order (or a list of such lists), or any of these under the key "instances";
- `text/csv`: one record a line, the features in the model's order, or in any order below a header line.

Missing values are null (JSON) or empty (CSV). A category that training never saw counts as missing.
Columns that the model does not know are ignored where they are named.
"""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any, Sequence

import numpy as np

JSON, CSV = "application/json", "text/csv"


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


def in_order(records: list, names: Sequence[str]) -> list[Sequence[Any]]:
    """The records as lists of values in the model's order; a header line names columns in any order.

    Raises:
        ValueError: columns are missing, or a record has more or fewer values than there are columns.
    """
    first = records[0]
    if isinstance(first, list) and 2 * len(set(map(str, first)) & set(names)) > len(first):
        header = [str(cell) for cell in first]
        lengths = {len(row) for row in records}
        if lengths != {len(header)}:
            raise ValueError(f"the header names {len(header)} columns, but lines have {sorted(lengths)}")
        records = [{name: row[i] for i, name in enumerate(header)} for row in records[1:]]
        if not records:
            raise ValueError("the request holds no records below its header")
    return [_in_order(record, names, row) for row, record in enumerate(records)]


def matrix(features: Sequence[dict], rows: Sequence[Sequence[Any]]) -> np.ndarray:
    """The values of features that are not text as float32, one row per record.

    Arguments:
        features: as `model_info.json` describes them.
        rows: for each record its values, in the order of the features.

    Raises:
        ValueError: a number is not a number.
    """
    columns = [_encode(feature, [row[i] for row in rows]) for i, feature in enumerate(features)]
    return np.ascontiguousarray(np.array(columns, dtype=np.float32).reshape(len(features), len(rows)).T)


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


def _encode(feature: dict, values: Sequence[Any]) -> list[float]:
    """One feature's values as the model reads them: numbers or positions of categories, NaN if missing."""
    if feature["type"] == "numeric":
        return [_number(feature["name"], value, row) for row, value in enumerate(values)]
    codes = {category: float(code) for code, category in enumerate(feature["categories"])}
    texts = [None if value is None else text_of(value) for value in values]
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


def text_of(value: Any) -> str:
    """A value as the text that names its category: true for True, 7 for 7.0."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)
