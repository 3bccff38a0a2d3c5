"""A model that learned from risks is served raw categories, and scores them as evaluation does."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import inference
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contract_runtime import Runtime, ScriptError

from tests.scripts.scoring_data import ENV, FEATURES, call, table, train, write_data, write_split


class Trained(NamedTuple):
    """Where everything lies that a pipeline with risk tables makes."""

    data: Path
    mapped: Path
    tables: Path
    model: Path
    package: Path


def map_risk(root: Path, data: Path, job_type: str, tables: Path | None = None, **env: str) -> Runtime:
    inputs = {"data_input": data, **({"risk_tables_input": tables} if tables else {})}
    arguments = ["--job_type", job_type]
    return call("risk_table_mapping", root, inputs, env={**ENV, **env}, arguments=arguments)


def orders_with(column: str, values: Any) -> dict[str, pa.Table]:
    """The splits of `write_data` with one column more."""
    sizes = {"train": (1500, 1), "val": (400, 2), "test": (300, 3), "calibration": (500, 4)}
    found = {}
    for name, (rows, seed) in sizes.items():
        whole = table(rows, seed)
        found[name] = whole.add_column(4, column, pa.array([values[i % len(values)] for i in range(rows)]))
    return found


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    root = tmp_path_factory.mktemp("risk")
    # A category of numbers with missing ones, and another that is mapped by its weight of evidence.
    data = write_data(root / "data", **orders_with("shop", [7.0, 8.0, None, 2.5]))
    env = {"RISK_FIELDS": "country,shop", "EVIDENCE_FIELDS": "is_gift", "IMPUTE_FIELDS": "amount"}
    learned = map_risk(root / "learn", data, "training", **env)
    tables = learned.output_path("risk_tables")
    applied = map_risk(root / "apply", data, "calibration", tables, **env)
    model = train(root / "train", learned.output_path("processed_data"), early_stopping_rounds="5")
    packed = call("mims_package", root / "pack", {"model_input": model, "risk_tables_input": tables})
    package = root / "served"
    with tarfile.open(packed.output_path("packaged_model") / "model.tar.gz") as tar:
        tar.extractall(package, filter="data")
    return Trained(data, applied.output_path("processed_data"), tables, model, package)


def evaluate(root: Path, trained: Trained, data: Path) -> dict[str, float]:
    runtime = call(
        "xgboost_model_evaluation",
        root,
        {"model_input": trained.model, "eval_data_input": data},
        env=ENV,
        arguments=["--job_type", "calibration"],
    )
    predictions = pq.read_table(runtime.output_path("eval_output") / "predictions").to_pylist()
    return {row["order_id"]: row["score"] for row in predictions}


def serve(package: Path, body: str, content_type: str) -> list[float]:
    model = inference.model_fn(str(package))
    return inference.predict_fn(inference.input_fn(body, content_type), model).tolist()


def test_packaged_inference_on_raw_rows_scores_as_evaluation_does_on_mapped_rows(
    tmp_path: Path, trained: Trained
) -> None:
    expected = evaluate(tmp_path, trained, trained.mapped)
    raw = pq.read_table(trained.data / "calibration").to_pylist()
    assert len(expected) == len(raw) == 500
    scores = serve(trained.package, json.dumps(raw), "application/json")
    assert dict(zip([row["order_id"] for row in raw], scores, strict=True)) == expected
    text = io.StringIO()
    writer = csv.DictWriter(text, raw[0])
    writer.writeheader()
    writer.writerows(raw)  # Booleans as True and False, missing values as empty fields
    assert serve(trained.package, text.getvalue(), "text/csv") == scores


def test_requests_spell_categories_in_any_way_that_means_the_same(trained: Trained) -> None:
    record: dict[str, Any] = {"amount": 10, "items": 2, "country": "BR", "is_gift": True, "shop": 7}

    def score(**changes: Any) -> float:
        return serve(trained.package, json.dumps({**record, **changes}), "application/json")[0]

    assert score() == score(shop=7.0) == score(shop="7") == score(is_gift="TRUE")
    assert score(country=None) == score(country="") != score()
    assert score(country="ZZ") == score(country="another unseen one")
    assert score(amount=None) == score(amount=json_number(trained, "amount"))


def json_number(trained: Trained, field: str) -> float:
    document = json.loads((trained.tables / "risk_tables.json").read_text())
    return document["imputation"][field]["value"]


def test_sample_requests_show_raw_categories(tmp_path: Path, trained: Trained) -> None:
    inputs = {"model_input": trained.model, "risk_tables_input": trained.tables}
    runtime = call("mims_payload", tmp_path, inputs)
    with tarfile.open(runtime.output_path("payload_sample") / "payload.tar.gz") as tar:
        found = {member.name: tar.extractfile(member).read().decode() for member in tar}
    (record,) = json.loads(found["payload.json"])["instances"]
    assert record == {"amount": 0.0, "items": 0.0, "country": "BR", "shop": "2.5", "is_gift": "false"}
    scores = [
        serve(trained.package, found[name], kind)
        for name, kind in (("payload.json", "application/json"), ("payload.csv", "text/csv"))
    ]
    assert scores[0] == scores[1]


def failure(root: Path, module: str, inputs: Mapping[str, Path]) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        call(module, root, inputs)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize("module", ["mims_package", "mims_payload"])
def test_a_model_is_not_handed_on_without_its_own_tables(
    tmp_path: Path, trained: Trained, module: str
) -> None:
    missing = failure(tmp_path / "a", module, {"model_input": trained.model})
    assert missing.code == "PC767"
    other = map_risk(tmp_path / "other", trained.data, "training", SMOOTHING="7").output_path("risk_tables")
    wrong = failure(tmp_path / "b", module, {"model_input": trained.model, "risk_tables_input": other})
    assert wrong.code == "PC766"
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "risk_tables.json").write_text("{}")
    unread = failure(tmp_path / "c", module, {"model_input": trained.model, "risk_tables_input": broken})
    assert unread.code == "PC764"


def test_a_model_without_risk_tables_does_not_get_any(tmp_path: Path, model: Path, trained: Trained) -> None:
    inputs = {"model_input": model, "risk_tables_input": trained.tables}
    packed = call("mims_package", tmp_path / "a", inputs).output_path("packaged_model") / "model.tar.gz"
    with tarfile.open(packed) as tar:
        assert "risk_tables.json" not in tar.getnames()
    runtime = call("mims_payload", tmp_path / "b", inputs)
    with tarfile.open(runtime.output_path("payload_sample") / "payload.tar.gz") as tar:
        assert tar.extractfile("payload.csv").read() == b"0.0,0.0,BR,false\n"


def test_own_inference_scripts_get_the_tables_as_they_are(tmp_path: Path, trained: Trained) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "inference.py").write_text("")
    inputs = {
        "model_input": trained.model,
        "risk_tables_input": trained.tables,
        "inference_scripts_input": scripts,
    }
    packed = call("mims_package", tmp_path / "a", inputs).output_path("packaged_model") / "model.tar.gz"
    with tarfile.open(packed) as tar:
        assert "risk_tables.json" in tar.getnames()


def test_data_that_the_models_tables_did_not_map_are_not_scored(
    tmp_path: Path, trained: Trained, orders: Path, model: Path
) -> None:
    with pytest.raises(ScriptError, match="PC766") as caught:
        evaluate(tmp_path / "a", trained, trained.data)
    assert "that mapped the data are none" in caught.value.message
    with pytest.raises(ScriptError, match="PC766"):
        evaluate(tmp_path / "b", trained._replace(model=model), trained.mapped)


@pytest.mark.parametrize(
    ("module", "port", "env"),
    [
        ("model_calibration", "calibration_data_input", {**ENV, "CALIBRATION_METHOD": "platt"}),
        ("drift_baseline", "training_data_input", ENV),
    ],
)
def test_calibration_and_drift_baseline_take_data_that_the_models_tables_mapped(
    tmp_path: Path, trained: Trained, module: str, port: str, env: Mapping[str, str]
) -> None:
    mapped = tmp_path / "mapped"
    shutil.copytree(trained.mapped, mapped)
    shutil.copytree(trained.mapped / "calibration", mapped / "train")  # the drift baseline's split
    call(module, tmp_path / "a", {"model_input": trained.model, port: mapped}, env=env)
    with pytest.raises(ScriptError, match="PC766"):
        call(module, tmp_path / "b", {"model_input": trained.model, port: trained.data}, env=env)


def test_data_without_a_record_are_scored_as_they_are(tmp_path: Path, trained: Trained) -> None:
    data = tmp_path / "data"
    write_split(data, "calibration", pq.read_table(trained.mapped / "calibration"))
    assert evaluate(tmp_path / "a", trained, data) == evaluate(tmp_path / "b", trained, trained.mapped)


def test_a_package_whose_tables_were_changed_is_not_served(tmp_path: Path, trained: Trained) -> None:
    package = shutil.copytree(trained.package, tmp_path / "package")
    path = package / "risk_tables.json"
    path.write_text(path.read_text().replace('"value": 0.', '"value": 0.1', 1))
    with pytest.raises(RuntimeError, match="not the one that the model was trained with"):
        inference.model_fn(str(package))


def test_the_model_reads_numbers_where_tables_map(trained: Trained) -> None:
    info = json.loads((trained.model / "model_info.json").read_text())
    assert {each["type"] for each in info["features"]} == {"numeric"}
    assert {each["name"] for each in info["features"]} == {*FEATURES, "shop"}
