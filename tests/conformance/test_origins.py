"""Findings stand at the config field that they come from: every field of every step, told by changing it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, Template
from pipeline_compiler.assembly import assemble
from pipeline_compiler.compiler import build_contexts, load_pipeline, resolve_wiring
from pipeline_compiler.conformance import Definition, Finding
from pipeline_compiler.conformance.origins import Origins
from pipeline_compiler.conformance.service_rules import BAD_LOCAL_PATH
from pipeline_compiler.sources import resolve_sources
from script_contracts.core.diagnostics import Place
from step_builders import all_steps
from step_specs import registry
from tests.configs import CONFIG_YAML, TEMPLATE_YAML
from tests.step_builders.samples import NODES, ConfigField, beside, config_for, fields_of, put, surroundings

PATH = tuple[str | int, ...]
VPC = {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}
# Fields that choose between shapes of the request: nothing of them is passed on that could be traced. What
# they lead to is told at the step.
SHAPES = {"comparison", "on_fail", "upload", "use_spot", "max_wait_seconds", "adapter", "settings"}
SHAPES |= {"content_type", "split", "batch"}  # of a transform job
SHAPES |= {"strategy", "stop_early"}  # of a tuning job


def origins(template: Template | None, config: Any) -> Origins:
    loaded = load_pipeline(template, config)
    sources = resolve_sources(loaded)
    contexts, _ = build_contexts(loaded, resolve_wiring(loaded), sources)
    requests = {name: loaded.nodes[name].step.build(context) for name, context in contexts.items()}
    gates = dict.fromkeys(loaded.nodes)
    document = json.loads(assemble(requests, loaded.parameters, loaded.dag, (), gates))
    return Origins(loaded, contexts, {"QualityGate-Failed": "QualityGate"}, document)


def place(found: Origins, step: str | None, path: PATH) -> Place:
    return found.place(Finding(BAD_LOCAL_PATH, step, path, "", ""))


def entry(found: Origins, node: str) -> Any:
    whole = copy.deepcopy(dict(Definition(found.document).by_name[node].entry))
    for branch in ("IfSteps", "ElseSteps"):
        whole["Arguments"].pop(branch, None)
    return whole


def differences(one: Any, other: Any, path: PATH = ()) -> Iterator[PATH]:
    """The places of `other` that are not as in `one`, as deep as they can be told."""
    if isinstance(one, dict) and isinstance(other, dict) and not {"Get", "Std:Join"} & {*one, *other}:
        for key in other:
            missing = {} if isinstance(other[key], dict) else None
            yield from differences(one.get(key, missing), other[key], (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, (*path, index))
    elif one != other:
        yield path


def at(document: Any, path: PATH) -> Any:
    for part in path:
        document = document[part]
    return document


UNTOLD = {
    # The model in their surroundings is XGBoost's, of which they take no PyTorch version.
    ("MimsRegistration", "pytorch_version"),
    ("CreateModel", "pytorch_version"),
    # It also chooses the objective; and the samples vary eta, so that it cannot be set.
    ("XGBoostTuning", "eval_metric"),
    ("XGBoostTuning", "eta"),
}
FIELDS = [
    pytest.param(node, field, id=f"{node}-{field}")
    for node in {registry().for_node(name).step_type: name for name in reversed(NODES)}.values()
    for field in fields_of(all_steps()[registry().for_node(node).step_type].config)
    if field.path[-1] not in SHAPES and field.path[0] != "run_if" and (node, field.path[-1]) not in UNTOLD
]


@pytest.mark.parametrize(("node", "field"), FIELDS)
def test_what_changes_with_a_field_is_told_at_that_field(node: str, field: ConfigField) -> None:
    template = surroundings(node, optional=True)
    needed = beside(all_steps()[registry().for_node(node).step_type].config, field)
    compared, before = 0, None
    for value in ("", *field.values()):
        config = copy.deepcopy(config_for(template, needed))
        if value == "":
            with suppress(PipelineCompilerError):  # a required field: its values are compared with each other
                before = origins(template, config)
            continue
        section = config.setdefault("steps", {}).setdefault(node, {})
        if field.path[0] in config["defaults"]:  # a group of settings is taken from one place
            section[field.path[0]] = copy.deepcopy(config["defaults"][field.path[0]])
        put(section, field.path, value)
        try:
            changed = origins(template, config)
        except PipelineCompilerError:
            continue  # a value that does not go with the other fields
        for path in differences(entry(before, node), entry(changed, node)) if before else ():
            if path[-1] in ("ContainerArguments", "ProcessingInputs"):
                continue  # one entry more or less concerns the whole list
            compared += 1
            if "/code/" in str(at(entry(changed, node), path)):
                continue  # the address of the code bundle, in which long settings travel
            where = place(changed, node, path).field or ""
            if path[-1] == "QueryString" and field.path[1] in ("table", "dates", "where"):
                assert where.startswith(f"steps.{node}.source"), path  # several fields make the query
                continue
            if field.path[-1] == "ranges" and "StaticHyperParameters" in path:
                continue  # what is no longer varied is what it is set to
            if path[-1] != "FrameworkVersion":  # the container's, which two fields and an input feed
                assert where.startswith(f"steps.{node}.{field}"), path
        before = changed
    assert compared, "no value of the field shows in the request"


SETTINGS: dict[str, Any] = {
    "role": "arn:aws:iam::123456789012:role/Another",
    "s3_root": "s3://another/root",
    "tags": {"team": "fraud"},
    "kms_key": "key-1",
    "volume_kms_key": "key-2",
    "vpc": VPC,
    "network_isolation": True,
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("node", ["XGBoostTraining", "TabularPreprocessing_training"])
def test_what_changes_with_a_setting_is_told_at_that_setting(node: str, setting: str) -> None:
    template = surroundings(node)
    base = origins(template, config_for(template))
    config = config_for(template)
    config["pipeline"] = {**config["pipeline"], setting: SETTINGS[setting]}
    changed = origins(template, config)
    told = {place(changed, node, path).field for path in differences(entry(base, node), entry(changed, node))}
    named = {each for each in told if each and each.startswith("pipeline.")}
    assert {each.split(".")[1] for each in named} == {setting}


@pytest.mark.parametrize(
    ("step", "path", "text"),
    [
        ("XGBoostTraining", ("Arguments", "HyperParameters", "max_depth"), "max_depth: 6"),
        ("XGBoostTraining", ("Arguments", "HyperParameters", "lambda"), "lambda: 1.5"),
        ("XGBoostTraining", ("Arguments", "HyperParameters", "lambda", "Std:Join"), "lambda: 1.5"),
        ("XGBoostTraining", ("Arguments", "ResourceConfig", "InstanceType"), "TrainingInstanceType:"),
        ("XGBoostTraining", ("Arguments", "RoleArn"), "role: arn"),
        ("XGBoostTraining", ("Arguments", "Tags", 0, "Value"), "tags: {"),
        ("XGBoostTraining", ("Arguments", "OutputDataConfig", "S3OutputPath"), "s3_root: s3"),
        ("TabularPreprocessing_training", ("Arguments", "Environment", "TRAIN_RATIO"), "train_ratio: 0.7"),
        ("TabularPreprocessing_training", ("Arguments", "Environment", "LABEL_FIELD"), "label_field: is"),
        ("CradleDataLoading_training", ("Arguments", "ProcessingInputs", 0, "S3Input", "S3Uri"), "raw/06/"),
        ("CradleDataLoading_training", ("Arguments", "ProcessingInputs", 0), "raw/06/"),
        ("QualityGate", ("Arguments", "Conditions", 0, "RightValue"), "MinAuc:"),
        ("MimsRegistration", ("Arguments", "ModelPackageGroupName"), "model_package_group: fraud"),
        (None, ("Parameters", 0, "DefaultValue"), "MinAuc:"),
        (None, ("Parameters", 1), "TrainingInstanceType:"),
        (None, ("Steps",), "template: template.yaml"),
    ],
)
def test_in_a_file_the_line_is_told(step: str | None, path: PATH, text: str, tmp_path: Path) -> None:
    found = place(in_files(tmp_path), step, path)
    assert text in told_line(found, tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("step", "path", "text"),
    [
        ("XGBoostTraining", ("Arguments", "InputDataConfig", 0), "- TabularPreprocessing_training -> XG"),
        (
            "XGBoostTraining",
            ("Arguments", "InputDataConfig", 0, "ChannelName"),
            "- TabularPreprocessing_training -> XG",
        ),
        ("XGBoostTraining", ("Name",), "  XGBoostTraining:"),
        ("XGBoostTraining", ("Arguments", "HyperParameters", "sagemaker_program"), "  XGBoostTraining:"),
        ("QualityGate-Failed", ("Arguments", "ErrorMessage"), "  QualityGate:"),
        ("QualityGate", ("Arguments", "IfSteps"), "  QualityGate:"),
    ],
)
def test_wires_and_steps_are_told_in_the_template(step: str, path: PATH, text: str, tmp_path: Path) -> None:
    found = place(in_files(tmp_path), step, path)
    assert text in told_line(found, tmp_path / "template.yaml")


def told_line(found: Place, file: Path) -> str:
    assert found.file == str(file)
    assert found.line is not None
    return file.read_text().splitlines()[found.line - 1]


def in_files(folder: Path) -> Origins:
    (folder / "template.yaml").write_text(TEMPLATE_YAML)
    (folder / "config.yaml").write_text(CONFIG_YAML)
    return origins(None, folder / "config.yaml")


def test_the_steps_line_is_the_last_resort(tmp_path: Path) -> None:
    found = place(in_files(tmp_path), "MimsPackage", ("Arguments", "AppSpecification", "ContainerEntrypoint"))
    assert found.file == str(tmp_path / "template.yaml")
