"""The starter config: complete once its empty fields are filled, and every line in it is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_compiler import CompiledPipeline, PipelineCompilerError, compile_pipeline
from pipeline_compiler.starter import starter_config
from pipeline_compiler.template import load_template, shipped_templates
from step_builders import all_steps
from step_builders.core.config import IMAGE_FIELDS
from step_specs import registry
from tests.quick import only

_ANSWERS = {
    "name": "fraud-detection",
    "role": "arn:aws:iam::123456789012:role/SageMakerExecution",
    "region": "us-east-1",
    "s3_root": "s3://ml-fraud/pipelines",
    "label_field": "is_fraud",
    "files": "s3://ml-fraud/raw/",
    "threshold": "0.8",
    "model_package_group": "fraud",
    "subnets": "[subnet-1]",
    "security_group_ids": "[sg-1]",
    "database": "sales",
    "query": "SELECT 1",
    "cluster_id": "warehouse",
    "db_user": "reader",
    "cluster_role_arn": "arn:aws:iam::123456789012:role/Unload",
    "column": "ordered",
    "model_package_arn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/fraud/1",
    "text_fields": "[body]",
    "amount_fields": "[amount]",
    "currency_fields": "[currency]",
    "target_currency": "USD",
    "ranges": "{eta: {min: 0.01, max: 0.5}}",
}
_OPEN = re.compile(r"(\w+):(  #.*)?$")


def starter(name: str) -> str:
    return starter_config(load_template(name))


def filled(text: str) -> str:
    """The starter with an answer behind every empty field that asks for a value."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        match = _OPEN.match(line.lstrip())
        if match and match[1] in _ANSWERS and not line.lstrip().startswith("#"):
            lines[index] = line.replace(f"{match[1]}:", f"{match[1]}: {_ANSWERS[match[1]]}", 1)
    return "\n".join(lines) + "\n"


def compile_text(text: str, folder: Path) -> CompiledPipeline:
    path = folder / "pipeline.yaml"
    path.write_text(text, encoding="utf-8")
    return compile_pipeline(None, path)


@pytest.mark.parametrize("name", sorted(shipped_templates()))
def test_it_compiles_once_the_empty_fields_are_filled(name: str, tmp_path: Path) -> None:
    assert compile_text(filled(starter(name)), tmp_path).diagnostics == ()


@pytest.mark.parametrize("name", only(sorted(shipped_templates()), "XGBoostTrainEvaluateE2E"))
def test_every_commented_line_can_be_uncommented_as_it_stands(name: str, tmp_path: Path) -> None:
    lines = filled(starter(name)).splitlines()
    if any("ranges:" in line for line in lines):  # what the answer varies cannot be set as well
        lines = [line for line in lines if not re.match(r"\s*#\s+eta:", line)]
    expected = compile_text("\n".join(lines), tmp_path).definition
    blocks = list(commented_blocks(lines))
    assert len(blocks) > 10
    models = {field for field in IMAGE_FIELDS if f"# {field}:" in "\n".join(lines)}
    for start, end in blocks:
        shown = "\n".join(line.replace("# ", "", 1) for line in lines[start:end])
        answered = filled(shown)
        if shown.strip().split(":")[0] in IMAGE_FIELDS and len(models) > 1:
            continue  # a step that serves models of any framework shows the versions of all
        before = lines[:start]
        if re.match(r" +(athena|unload|redshift|table):", shown):  # in place of the files just above
            before.pop(max(at for at, line in enumerate(before) if line.strip().startswith("files:")))
        if "dates:" in shown:  # a window has a start, an end, or both
            answered = answered.replace("start: null", "start: 2026-06-01")
        text = "\n".join([*before, answered.rstrip("\n"), *lines[end:]])
        definition = compile_text(text, tmp_path).definition
        # Only defaults: the very pipeline that it was. A group may mean something by being there.
        if answered.rstrip("\n") == shown and "experiment:" not in shown:
            assert definition == expected, shown


def commented_blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Each commented field with the fields nested in it, as (first line, line after the last)."""
    index = 0
    while index < len(lines):
        end = index + 1
        if re.match(r"  +# \w+:", lines[index]):
            while end < len(lines) and re.match(r"  +#   ", lines[end]):
                end += 1
            yield index, end
        index = end


def test_a_required_field_left_empty_is_named(tmp_path: Path) -> None:
    text = filled(starter("XGBoostSimple")).replace("label_field: is_fraud", "label_field:")
    with pytest.raises(
        PipelineCompilerError, match=r"'label_field' .* is missing for TabularPreprocessing_training"
    ):
        compile_text(text, tmp_path)


@pytest.mark.parametrize("name", sorted(shipped_templates()))
def test_it_shows_every_field_of_every_step(name: str) -> None:
    text = starter(name)
    for node in load_template(name).steps:
        for field in all_steps()[registry().for_node(node.step).step_type].config.model_fields:
            if node.step != "MimsRegistration" or not field.endswith("_version"):
                assert re.search(rf"\b{field}:", text), f"{node.name}.{field}"


@pytest.mark.parametrize(
    ("name", "shown"), [("XGBoostTrainEvaluateE2E", False), ("PyTorchTrainEvaluateE2E", True)]
)
def test_what_serves_any_model_shows_the_version_of_the_framework_in_use(name: str, shown: bool) -> None:
    assert ("pytorch_version:" in starter(name)) is shown


def test_it_is_yaml_with_the_sections_of_a_config() -> None:
    document: dict[str, Any] = yaml.safe_load(starter("XGBoostTrainEvaluateE2E"))
    assert document["template"] == "XGBoostTrainEvaluateE2E"
    assert set(document) == {"template", "pipeline", "defaults", "steps"}
    assert len(document["steps"]) == 10


def test_defaults_show_only_fields_that_mean_the_same_in_every_step() -> None:
    text = starter("XGBoostTrainEvaluateE2E")
    defaults = text[text.index("\ndefaults:") : text.index("\nsteps:")]
    assert "label_field:" in defaults
    assert "content_types:" not in defaults, "requests that are made, and requests that are taken"
