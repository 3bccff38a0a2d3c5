"""Every shipped template compiles: to the definition on file, anywhere, and always to the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline, Template, compile_pipeline
from pipeline_compiler.template import load_template, shipped_templates
from tests.configs import minimal_config, with_values

GOLDEN = Path(__file__).parents[1] / "golden"
ROOT = Path(__file__).parents[2]
NAMES = sorted(shipped_templates())
_ADDRESS = re.compile(r"(s3://[^\"\\]+?)/code/([0-9a-f]{64})")

every_template = pytest.mark.parametrize("name", NAMES)


def compiled(name: str) -> CompiledPipeline:
    return compile_pipeline(name, minimal_config(name))


def readable(definition: str) -> str:
    """The definition as it is kept on file: one value per line, and no churn when a script changes."""
    pretty = json.dumps(json.loads(definition), indent=2)
    return _ADDRESS.sub(r"\1/code/<sha256>", pretty) + "\n"


def test_these_templates_are_shipped() -> None:
    assert NAMES == [
        "CradleOnly",
        "CurrencyRiskTableXGBoostE2E",
        "PyTorchTrainEvaluateE2E",
        "RiskTableXGBoostE2E",
        "XGBoostCalibratedE2E",
        "XGBoostDataloadPreprocess",
        "XGBoostScoreNewData",
        "XGBoostSimple",
        "XGBoostTrainEvaluateE2E",
        "XGBoostTrainEvaluateNoRegistration",
        "XGBoostTuneE2E",
    ]
    assert not {path.stem for path in GOLDEN.glob("*.json")} - set(NAMES), "a golden file without template"


def test_golden_files_are_never_rewritten_in_ci() -> None:
    assert not (os.environ.get("CI") and os.environ.get("UPDATE_GOLDEN")), "UPDATE_GOLDEN is set in CI"


@every_template
def test_the_definition_is_the_one_on_file(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    text = readable(compiled(name).definition)
    if os.environ.get("UPDATE_GOLDEN") and not os.environ.get("CI"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "if that is meant, run with UPDATE_GOLDEN=1"


@every_template
def test_code_lies_at_the_address_of_its_content(name: str) -> None:
    result = compiled(name)
    named = {f"{root}/code/{sha}" for root, sha in _ADDRESS.findall(result.definition)}
    assert sorted(named) == [asset.uri for asset in result.assets]
    for asset in result.assets:
        files = {key: content for key, content in asset.files.items() if isinstance(content, bytes)}
        assert len(files) == len(asset.files)
        if "sourcedir.tar.gz" in files:
            with tarfile.open(fileobj=io.BytesIO(files["sourcedir.tar.gz"])) as archive:
                members = {each.name: archive.extractfile(each) for each in archive.getmembers()}
                files = {key: stream.read() for key, stream in members.items() if stream}
        digest = hashlib.sha256()
        for key in sorted(files):
            digest.update(key.encode() + b"\0" + hashlib.sha256(files[key]).digest() + b"\0")
        assert asset.uri.rsplit("/", 1)[1] == digest.hexdigest()
        contract = json.loads(files["contract.json"])
        assert {contract["entry_point"], "contract_runtime.py"} <= set(files)


@every_template
def test_permuting_steps_edges_sections_and_fields_changes_nothing(name: str) -> None:
    template, config = load_template(name), minimal_config(name)
    config = with_values(config, {"pipeline.tags": {"team": "fraud", "cost": "1", "a": "b"}})
    if "XGBoostTraining" in {step.name for step in template.steps}:
        config["parameters"] = {
            "Depth": {"default": 6, "sets": "XGBoostTraining.hyperparameters.max_depth"},
            "Size": {"default": 30, "sets": "XGBoostTraining.volume_size_gb"},
        }
    expected = compile_pipeline(template, config)
    shuffle = random.Random(20)
    for _ in range(10):
        permuted = Template.of(
            template.name,
            shuffle.sample([step.name for step in template.steps], len(template.steps)),
            shuffle.sample(template.edges, len(template.edges)),
        )
        other = compile_pipeline(permuted, _shuffled({**config, "template": None}, shuffle))
        assert other.definition == expected.definition
        assert other.assets == expected.assets


def _shuffled(value: Any, shuffle: random.Random) -> Any:
    if not isinstance(value, Mapping):
        return value
    items = [(key, _shuffled(entry, shuffle)) for key, entry in value.items()]
    return dict(shuffle.sample(items, len(items)))


_COMPILE_ALL = """
import json, os, pathlib, socket, sys
def refuse(*_, **__): raise AssertionError("compiling opened a socket")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from pipeline_compiler import compile_pipeline
assert "sagemaker" not in sys.modules and "boto3" not in sys.modules
configs = json.load(sys.stdin)
results = {name: compile_pipeline(name, config) for name, config in configs.items()}
assert "sagemaker" not in sys.modules
json.dump({n: [r.definition, [a.uri for a in r.assets]] for n, r in results.items()}, sys.stdout)
"""


def _compile_elsewhere(folder: Path, hash_seed: str) -> dict[str, Any]:
    """Every template, compiled by another process without HOME, region, credentials or network."""
    process = subprocess.run(
        [sys.executable, "-c", _COMPILE_ALL],
        input=json.dumps({name: minimal_config(name) for name in NAMES}),
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    document: dict[str, Any] = json.loads(process.stdout)
    return document


def test_another_process_without_home_region_or_network_gives_the_same_bytes(tmp_path: Path) -> None:
    here = {name: compiled(name) for name in NAMES}
    expected = {name: [each.definition, [a.uri for a in each.assets]] for name, each in here.items()}
    for hash_seed in ("1", "4242"):
        assert _compile_elsewhere(tmp_path, hash_seed) == expected
    assert list(tmp_path.iterdir()) == []


def test_every_input_of_the_e2e_template_comes_from_exactly_this_output() -> None:
    wiring = compiled("XGBoostTrainEvaluateE2E").wiring
    table = {f"{b.consumer}.{b.dependency}": f"{b.producer}.{b.output}" for b in wiring.bindings}
    assert table == {
        "TabularPreprocessing_training.DATA": "CradleDataLoading_training.DATA",
        "TabularPreprocessing_training.METADATA": "CradleDataLoading_training.METADATA",
        "TabularPreprocessing_training.SIGNATURE": "CradleDataLoading_training.SIGNATURE",
        "TabularPreprocessing_calibration.DATA": "CradleDataLoading_calibration.DATA",
        "TabularPreprocessing_calibration.METADATA": "CradleDataLoading_calibration.METADATA",
        "TabularPreprocessing_calibration.SIGNATURE": "CradleDataLoading_calibration.SIGNATURE",
        "XGBoostTraining.processed_data": "TabularPreprocessing_training.processed_data",
        "XGBoostModelEvaluation_calibration.model_input": "XGBoostTraining.model_output",
        "XGBoostModelEvaluation_calibration.eval_data_input": "TabularPreprocessing_calibration"
        ".processed_data",
        "QualityGate.metrics": "XGBoostModelEvaluation_calibration.metrics_output",
        "MimsPackage.model_input": "XGBoostTraining.model_output",
        "MimsPayload.model_input": "XGBoostTraining.model_output",
        "MimsRegistration.PackagedModel": "MimsPackage.packaged_model",
        "MimsRegistration.GeneratedPayloadSamples": "MimsPayload.payload_sample",
        "MimsRegistration.metrics": "XGBoostModelEvaluation_calibration.metrics_output",
    }
    assert set(wiring.unwired) == {
        ("MimsPackage", "inference_scripts_input"),
        ("MimsPackage", "calibration_input"),
        ("XGBoostModelEvaluation_calibration", "calibration_input"),
        ("MimsRegistration", "drift_statistics"),
        ("MimsRegistration", "drift_constraints"),
        ("MimsPackage", "risk_tables_input"),
        ("MimsPayload", "risk_tables_input"),
    }
    assert set(wiring.order_only) == {("QualityGate", "MimsPackage"), ("QualityGate", "MimsPayload")}


def test_the_calibrated_template_judges_and_packages_the_same_calibration() -> None:
    wiring = compiled("XGBoostCalibratedE2E").wiring
    table = {f"{b.consumer}.{b.dependency}": f"{b.producer}.{b.output}" for b in wiring.bindings}
    assert (
        table["ModelCalibration.calibration_data_input"] == "TabularPreprocessing_calibration.processed_data"
    )
    assert table["XGBoostModelEvaluation_testing.calibration_input"] == "ModelCalibration.calibration"
    assert table["MimsPackage.calibration_input"] == "ModelCalibration.calibration"
    assert table["QualityGate.metrics"] == "XGBoostModelEvaluation_testing.metrics_output"


@every_template
def test_nothing_to_warn_about(name: str) -> None:
    assert compiled(name).diagnostics == ()
