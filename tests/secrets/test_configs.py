"""Secrets in a config stop a compile, at their line; shipped definitions hold none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, compile_pipeline
from pipeline_compiler.conformance import Definition
from pipeline_compiler.secrets import check_secrets
from tests.cli.harness import cli
from tests.configs import CONFIG_YAML, TEMPLATE_YAML, minimal_config, with_values
from tests.secrets.samples import made_up

TEMPLATE = "XGBoostTrainEvaluateE2E"
KEY = made_up("AK" + "IA", 16, "ABCDEFGH234567Z")
GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.json"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("pipeline.tags", {"owner": KEY}),
        ("steps.MimsRegistration.description", f"made with {KEY}"),
        ("steps.MimsRegistration.customer_metadata", {"db_password": "hunter2"}),
        ("steps.CradleDataLoading_training.source.files", f"s3://ml-fraud/{KEY}/raw/"),
        ("defaults.label_field", KEY),
        ("parameters", {"Key": {"default": KEY, "sets": "XGBoostTraining.label_field"}}),
        ("no_such_section", {"api_key": "abcdef"}),
        ("steps.XGBoostTraining.password", "hunter2"),
    ],
)
def test_a_secret_anywhere_in_a_config_stops_the_compile(path: str, value: Any) -> None:
    with pytest.raises(PipelineCompilerError) as error:
        compile_pipeline(TEMPLATE, with_values(minimal_config(TEMPLATE), {path: value}))
    assert set(error.value.codes) == {"PC570"}
    assert (error.value.diagnostics[0].place.field or "").startswith(path)
    for secret in (KEY, "hunter2", "abcdef"):
        assert secret not in str(error.value)


def test_every_secret_is_shown_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    text = CONFIG_YAML.replace("{team: fraud}", f"{{team: {KEY}}}") + "    description: pwd=hunter2;x\n"
    (tmp_path / "fraud.yaml").write_text(text)
    result = cli("check", tmp_path / "fraud.yaml", "--json")
    assert result.code == 1
    assert KEY not in result.out
    assert "hunter2" not in result.out
    lines = text.splitlines()
    found = [(each["code"], each["place"]["line"]) for each in result.json["diagnostics"]]
    wanted = [lines.index(line) + 1 for line in lines if "AKIA" in line or "hunter2" in line]
    assert found == [("PC570", line) for line in wanted]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_no_false_alarm_on_what_is_shipped(path: Path) -> None:
    text = path.read_text().replace("<sha256>", "0123456789abcdef" * 4)
    assert list(check_secrets(Definition(json.loads(text)))) == []
