"""The templates with risk tables: wired as meant, and run from raw data to a package that serves them."""

from __future__ import annotations

import csv
import importlib
import json
import random
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_compiler import PipelineCompilerError, Template, compile_pipeline
from pipeline_compiler.resources import resource
from tests.cli.harness import cli
from tests.configs import minimal_config, with_values

TRAINING, CALIBRATION = "RiskTableMapping_training", "RiskTableMapping_calibration"


@pytest.mark.parametrize("name", ["RiskTableXGBoostE2E", "CurrencyRiskTableXGBoostE2E"])
def test_tables_flow_from_the_training_data_to_all_that_score(name: str) -> None:
    wiring = compile_pipeline(name, minimal_config(name)).wiring
    table = {f"{b.consumer}.{b.dependency}": f"{b.producer}.{b.output}" for b in wiring.bindings}
    for reader in (CALIBRATION, "MimsPackage", "MimsPayload"):
        assert table[f"{reader}.risk_tables_input"] == f"{TRAINING}.risk_tables"
    assert table["XGBoostTraining.processed_data"] == f"{TRAINING}.processed_data"
    evaluated = table["XGBoostModelEvaluation_calibration.eval_data_input"]
    assert evaluated == f"{CALIBRATION}.processed_data"
    assert f"{TRAINING}.risk_tables_input" not in table
    if name.startswith("Currency"):
        for port in ("DATA", "METADATA", "SIGNATURE"):
            produced = f"CurrencyConversion_calibration.{port}"
            assert table[f"TabularPreprocessing_calibration.{port}"] == produced


def test_without_its_edge_the_calibration_data_lack_tables() -> None:
    template = yaml.safe_load((resource("templates") / "risk_table_xgboost_e2e.yaml").read_text())
    template["edges"].remove(f"{TRAINING} -> {CALIBRATION}")
    config = minimal_config("RiskTableXGBoostE2E")
    changed = Template.of("Changed", list(template["steps"]), template["edges"])
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(changed, {**config, "template": None})
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC310"
    assert f"{CALIBRATION}: nothing feeds the required input 'risk_tables_input'" in problem.message
    assert "add an edge from RiskTableMapping" in problem.fix


def orders(path: Path, rows: int, seed: int) -> None:
    """Orders in three currencies; fraud depends on what the amount is worth, and on the shop."""
    draw = random.Random(seed)
    worth = {"USD": 1.0, "EUR": 1.2, "JPY": 0.01}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["order_id", "day", "amount", "currency", "shop", "is_fraud"])
        for row in range(rows):
            currency, shop = draw.choice(list(worth)), draw.randrange(30)
            dollars = draw.expovariate(1 / 100)
            fraud = draw.random() < min(0.9, dollars / 600 + (0.4 if shop < 4 else 0))
            amount = f"{dollars / worth[currency]:.2f}"
            day = f"2026-03-{1 + row % 28:02d}"
            label = "fraud" if fraud else "ok"
            writer.writerow([f"{seed}{row:06d}", day, amount, currency.lower(), f"shop {shop}", label])


RATES = "code,valid_from,rate\nEUR,2026-03-01,1.2\nJPY,2026-02-01,0.01\nJPY,2026-03-20,0.01\n"


def config(folder: Path) -> Path:
    orders(folder / "training/orders.csv", 4000, 1)
    orders(folder / "calibration/orders.csv", 2000, 2)
    (folder / "rates").mkdir()
    (folder / "rates/rates.csv").write_text(RATES)
    name = "CurrencyRiskTableXGBoostE2E"
    values: dict[str, Any] = {
        "defaults.id_field": "order_id",
        "defaults.drop_fields": ["day", "currency"],
        "steps.XGBoostTraining.hyperparameters": {"num_round": 20, "max_depth": 3},
        "steps.QualityGate.threshold": 0.6,
    }
    for job_type in ("training", "calibration"):
        section = f"steps.CurrencyConversion_{job_type}"
        values[f"steps.CradleDataLoading_{job_type}.source.files"] = job_type
        values[f"{section}.date_field"] = "day"
        values[f"{section}.rates.files"] = "rates"
        values[f"{section}.rate_currency_field"] = "code"
        values[f"{section}.rate_date_field"] = "valid_from"
        values[f"{section}.max_rate_age_days"] = 60
    path = folder / "pipeline.yaml"
    path.write_text(yaml.safe_dump(with_values(minimal_config(name), values)))
    return path


@pytest.mark.slow
def test_a_run_ends_with_a_package_that_serves_raw_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = cli("run", config(tmp_path), "--state-dir", tmp_path / "state", "--json")
    assert run.code == 0, run.out + run.err
    steps = {each["name"]: each for each in run.json["steps"]}
    outputs = {name: {k: Path(v) for k, v in each["outputs"].items()} for name, each in steps.items()}
    converted = json.loads(
        (outputs["CurrencyConversion_training"]["METADATA"] / "metadata.json").read_text()
    )["conversions"]["amount"]
    assert converted["converted"] + converted["in the target currency already"] == 4000
    tables = json.loads((outputs[TRAINING]["risk_tables"] / "risk_tables.json").read_text())
    assert list(tables["fields"]) == ["shop"]
    risks = {name: each["value"] for name, each in tables["fields"]["shop"]["categories"].items()}
    assert min(risks[f"shop {shop}"] for shop in range(4)) > max(risks[f"shop {s}"] for s in range(4, 30))

    with tarfile.open(outputs["MimsPackage"]["packaged_model"] / "model.tar.gz") as tar:
        tar.extractall(tmp_path / "served", filter="data")
    monkeypatch.syspath_prepend(str(tmp_path / "served/code"))
    monkeypatch.delitem(sys.modules, "inference", raising=False)
    served = importlib.import_module("inference")
    model = served.model_fn(str(tmp_path / "served"))

    def score(shop: str) -> float:
        body = json.dumps({"amount": 50, "shop": shop})
        return float(served.predict_fn(served.input_fn(body, "application/json"), model)[0])

    assert score("shop 1") > max(score("shop 20"), score("never seen"))
    monkeypatch.delitem(sys.modules, "inference", raising=False)
