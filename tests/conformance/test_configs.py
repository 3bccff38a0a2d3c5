"""Conformance of what configs compile to: at their lines, with their quotas, before anything is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, Template, compile_pipeline
from script_contracts.core.diagnostics import Diagnostic
from tests.cli.harness import cli
from tests.configs import CONFIG_YAML, TEMPLATE_YAML, minimal_config, with_values

E2E = "XGBoostTrainEvaluateE2E"


def diagnostics(values: dict[str, Any]) -> tuple[Diagnostic, ...]:
    """What compiling says to a correct config with these values changed."""
    try:
        return compile_pipeline(None, with_values(minimal_config(E2E), values)).diagnostics
    except PipelineCompilerError as error:
        return error.diagnostics


@pytest.mark.parametrize(
    ("code", "values", "field", "says"),
    [
        (
            "PC523",
            {"steps.XGBoostTraining": {"instance_type": "ml.m5.huge"}},
            "steps.XGBoostTraining.instance_type",
            "'ml.m5.huge'",
        ),
        (
            "PC528",
            {"parameters.Size": {"default": "ml.m5.huge", "sets": "XGBoostTraining.instance_type"}},
            "parameters.Size",
            "'ml.m5.huge'",
        ),
        (
            "PC549",
            {"pipeline.volume_kms_key": "key-1", "steps.XGBoostTraining": {"instance_type": "ml.g5.xlarge"}},
            "pipeline.volume_kms_key",
            "ml.g5.xlarge has local storage",
        ),
        (
            "PC545",
            {"defaults.image_uri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1"},
            "defaults.image_uri",
            "the image lies in eu-west-1",
        ),
        (
            "PC550",
            {
                "steps.CradleDataLoading_training": {"source": {"files": "s3://ml-fraud/raw"}},
                "steps.CradleDataLoading_calibration": {"source": {"files": "s3://ml-fraud/raw-old/"}},
            },
            "steps.CradleDataLoading_training.source.files",
            "'s3://ml-fraud/raw-old/' too",
        ),
        ("PC535", {"pipeline.quotas": {"steps": 5}}, "template", "the quota is 5"),
    ],
)
def test_what_aws_would_refuse_is_told_at_the_field(
    code: str, values: dict[str, Any], field: str, says: str
) -> None:
    found = [each for each in diagnostics(values) if each.code == code]
    assert found
    assert {each.place.field for each in found} == {field}
    assert says in found[0].message


def test_an_instance_type_that_does_not_exist_is_told_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    path = tmp_path / "config.yaml"
    text = CONFIG_YAML.replace("    default: ml.m5.xlarge\n", "    default: ml.m5.xlarg\n")
    path.write_text(text)
    result = cli("check", path)
    (line,) = [n for n, each in enumerate(text.splitlines(), 1) if "TrainingInstanceType" in each]
    assert result.code == 1
    assert f"  {path}:{line}  parameters.TrainingInstanceType" in result.err.splitlines()
    assert "fix: did you mean 'ml.m5.xlarge'?" in result.err


def test_warnings_stay_with_the_compiled_pipeline() -> None:
    files = {
        "CradleDataLoading_training": "s3://ml-fraud/raw",
        "CradleDataLoading_calibration": "s3://ml-fraud/raw-1",
    }
    values = {f"steps.{name}.source.files": uri for name, uri in files.items()}
    compiled = compile_pipeline(None, with_values(minimal_config(E2E), values))
    assert [each.code for each in compiled.diagnostics] == ["PC550"]


def many(count: int, quotas: dict[str, Any]) -> tuple[Diagnostic, ...]:
    names = [f"Load{number}" for number in range(count)]
    template = Template.of("Many", dict.fromkeys(names, "CradleDataLoading_training"))
    config = with_values(
        minimal_config("CradleOnly"),
        {"template": None, "steps": {}, "pipeline.quotas": quotas},
    )
    config["defaults"] = {"source": {"files": "s3://ml-fraud/raw/"}}
    try:
        return compile_pipeline(template, config).diagnostics
    except PipelineCompilerError as error:
        return error.diagnostics


def test_quotas_are_those_of_the_account() -> None:
    (found,) = many(51, {})
    assert (found.code, "51 steps" in found.message) == ("PC535", True)
    assert many(51, {"steps": 60}) == ()


@pytest.mark.parametrize(
    ("quotas", "says", "fix"),
    [
        ({"stpes": 60}, "no quota 'stpes'", "did you mean 'steps'?"),
        ({"steps": 0}, "the quota 'steps' is 0", "that AWS grants you"),
    ],
)
def test_a_quota_that_cannot_be_set_is_told_at_its_line(quotas: dict[str, int], says: str, fix: str) -> None:
    (found,) = many(1, quotas)
    assert (found.code, found.place.field) == ("PC538", f"pipeline.quotas.{next(iter(quotas))}")
    assert says in found.message
    assert fix in found.fix


def test_a_raised_quota_of_steps_behind_a_gate() -> None:
    names = [f"Package{number}" for number in range(21)]
    steps = {
        "CradleDataLoading_training": None,
        "TabularPreprocessing_training": None,
        "XGBoostTraining": None,
        "XGBoostModelEvaluation_training": None,
        "QualityGate": None,
        **dict.fromkeys(names, "MimsPackage"),
    }
    edges = [
        "CradleDataLoading_training -> TabularPreprocessing_training",
        "TabularPreprocessing_training -> XGBoostTraining",
        "TabularPreprocessing_training -> XGBoostModelEvaluation_training",
        "XGBoostTraining -> XGBoostModelEvaluation_training",
        "XGBoostModelEvaluation_training -> QualityGate",
        *(f"{start} -> {name}" for name in names for start in ("QualityGate", "XGBoostTraining")),
    ]
    template = Template.of("Gated", steps, edges)
    config = {**minimal_config(E2E), "steps": {"QualityGate": {"threshold": 0.8}}}
    del config["template"]
    config["defaults"]["source"] = {"files": "s3://ml-fraud/raw/"}
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(template, config)
    assert caught.value.codes == ("PC412",)
    compile_pipeline(template, with_values(config, {"pipeline.quotas": {"steps_per_branch": 25}}))
