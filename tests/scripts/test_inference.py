from __future__ import annotations

import ast
import csv
import io
import json
import re
import shutil
import sys
from pathlib import Path

import inference
import numpy as np
import pytest
from feature_encoding import encode
from model_files import read_model_info
from xgboost_model import load_model, score

from tests.scripts.harness import SCRIPTS
from tests.scripts.scoring_data import FEATURES, table


@pytest.fixture(scope="module")
def served(model: Path) -> inference.Model:
    return inference.model_fn(str(model))


@pytest.fixture(scope="module")
def expected(model: Path) -> list[float]:
    booster, info = load_model(model)
    return score(booster, encode(table(300, 3).combine_chunks().to_batches()[0], info.features)).tolist()


def predict(served: inference.Model, body: str | bytes, content_type: str) -> list[float]:
    return inference.predict_fn(inference.input_fn(body, content_type), served).tolist()


def as_csv(names: list[str], header: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(names)
    for row in table(300, 3).select(names).to_pylist():
        writer.writerow(row.values())
    return text.getvalue()


def test_json_by_name(served: inference.Model, expected: list[float]) -> None:
    rows = table(300, 3).to_pylist()  # with the id and the label, which the model does not know
    for body in (rows, {"instances": rows}):
        assert predict(served, json.dumps(body), "application/json") == expected
    assert predict(served, json.dumps(rows[0]), "application/json") == expected[:1]


def test_json_in_order(served: inference.Model, expected: list[float]) -> None:
    rows = [list(row.values()) for row in table(300, 3).select(FEATURES).to_pylist()]
    assert predict(served, json.dumps(rows), "application/json; charset=utf-8") == expected
    assert predict(served, json.dumps(rows[0]), "application/json") == expected[:1]


def test_csv_in_order(served: inference.Model, expected: list[float]) -> None:
    body = as_csv(FEATURES, header=False)  # Booleans are written True and False
    assert predict(served, body, "text/csv") == expected
    assert predict(served, body.replace("\r\n", "\n").rstrip().encode(), "text/csv;charset=utf-8") == expected


def test_csv_with_a_header(served: inference.Model, expected: list[float]) -> None:
    body = as_csv([*reversed(FEATURES), "order_id"], header=True)
    assert predict(served, body, "text/csv") == expected
    assert predict(served, b"\xef\xbb\xbf" + body.encode(), "text/csv") == expected


def test_missing_and_unseen_values(served: inference.Model) -> None:
    missing = predict(served, "10,,,true", "text/csv")
    assert predict(served, "10,,ZZ,true", "text/csv") == missing
    assert predict(served, "[10, null, null, true]", "application/json") == missing
    assert predict(served, "10,,BR,true", "text/csv") != missing


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("10,1,BR", "text/csv", "record 0 has 3 values, but the model has 4 features"),
        ("10,1,BR,true\nx,1,BR,true", "text/csv", "record 1: amount is 'x'"),
        ("inf,1,BR,true", "text/csv", "amount is 'inf'"),
        ("amount,items,contry,is_gift\n1,1,BR,true", "text/csv", "record 0 has no country"),
        ("amount,items,country,is_gift\n1,1,BR", "text/csv", "the header names 4 columns"),
        ("amount,items,country,is_gift\n", "text/csv", "the request holds no records"),
        ("", "text/csv", "the request holds no records"),
        ("[]", "application/json", "the request holds no records"),
        ('{"amount": 1, "is_gift": true}', "application/json", "record 0 has no items, country; send null"),
        ('[{"amount": "1"}, 5]', "application/json", "1 of 2 entries are records"),
        ('"x"', "application/json", "expected features by name or in order, got str"),
        ("{", "application/json", "Expecting"),
        ("<x/>", "text/xml", "content type 'text/xml' is not supported"),
        ("1", "", "send text/csv or application/json"),
    ],
)
def test_requests_that_cannot_be_answered(
    served: inference.Model, body: str, content_type: str, said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        predict(served, body, content_type)


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("application/json", ('{"predictions": [{"score": 0.25}, {"score": 0.5}]}', "application/json")),
        ("text/csv", ("0.25\n0.5\n", "text/csv")),
        ("text/html, text/csv;q=0.9", ("0.25\n0.5\n", "text/csv")),
        ("*/*", ('{"predictions": [{"score": 0.25}, {"score": 0.5}]}', "application/json")),
        (None, ('{"predictions": [{"score": 0.25}, {"score": 0.5}]}', "application/json")),
    ],
)
def test_answers(accept: str | None, answer: tuple[str, str]) -> None:
    assert inference.output_fn(np.array([0.25, 0.5], np.float32), accept) == answer


def test_an_answer_nobody_accepts() -> None:
    with pytest.raises(ValueError, match="accepts only 'image/png'"):
        inference.output_fn(np.array([0.5]), "image/png")


def test_a_model_of_another_xgboost_is_not_served(tmp_path: Path, model: Path) -> None:
    other = shutil.copytree(model, tmp_path / "model")
    info = json.loads((other / "model_info.json").read_text())
    (other / "model_info.json").write_text(json.dumps({**info, "xgboost_version": "1.7.4"}))
    with pytest.raises(RuntimeError, match=r"XGBoost 1\.7\.4 trained this model"):
        inference.model_fn(str(other))


@pytest.mark.parametrize(
    ("script", "beside_it"),
    [
        (
            "inference.py",
            {"xgboost", "inference_requests", "inference_risk_tables", "score_calibration"},
        ),
        ("inference_risk_tables.py", {"inference_requests"}),
        ("inference_requests.py", set()),
        ("score_calibration.py", set()),
    ],
)
def test_the_code_travels_alone(script: str, beside_it: set[str]) -> None:
    tree = ast.parse((SCRIPTS / script).read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"numpy"} | beside_it


def test_the_order_of_features_is_the_schema_order(served: inference.Model, model: Path) -> None:
    assert served.names == FEATURES == [f.name for f in read_model_info(model).features]
