"""Every step, compiled in its surroundings: the request says what contract, wiring and config say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, Template, compile_pipeline
from pipeline_deps.expressions import to_definition
from script_contracts.core.contract import CODE_PATH, JobKind, channel_name
from step_builders import all_steps
from step_builders.core.config import is_unused
from step_builders.core.pipeline_settings import PipelineSettings
from step_specs import registry
from tests.quick import first_of_each
from tests.step_builders.samples import (
    NODES,
    ConfigField,
    beside,
    compiled,
    config_for,
    entry,
    fields_of,
    step_type,
    strings,
    supplied_by_config,
    surroundings,
)

SCRIPTED = [name for name in NODES if registry().for_node(name).script_contract is not None]
PROCESSING = [name for name in SCRIPTED if registry().for_node(name).job_kind is JobKind.PROCESSING]
TRAINING = [name for name in SCRIPTED if registry().for_node(name).job_kind is JobKind.TRAINING]
TUNING = [name for name in SCRIPTED if registry().for_node(name).job_kind is JobKind.TUNING]
FIELDS = [
    pytest.param(node, field, id=f"{node}-{field}")
    for node in {registry().for_node(name).step_type: name for name in NODES}.values()
    for field in fields_of(all_steps()[registry().for_node(node).step_type].config)
    if field.path[0]
    != "run_if"  # moves the step behind a gate: tests/pipeline_compiler/test_run_conditions.py
]


def outcome(node: str, settings: Mapping[tuple[str, ...], Any], **own: Any) -> dict[str, Any] | str:
    """The step's part of the definition, or why there is none; `own` are settings of its own section."""
    try:
        return entry(compiled(node, settings, own=own), node)
    except PipelineCompilerError as error:
        return str(error)


@cache
def everything_set(node: str) -> Mapping[tuple[str, ...], Any]:
    """A value for each field, but for those that accept no other value here."""
    found: dict[tuple[str, ...], Any] = {}
    config = all_steps()[registry().for_node(node).step_type].config
    fields = list(fields_of(config))
    for field in fields:
        if field.path[:-1] not in {path[:-1] for path in found}:
            found |= (
                {}
                if isinstance(outcome(node, {**found, **beside(config, field)}), str)
                else beside(config, field)
            )
        found |= next(accepted(node, found, field), {})
    for field in fields:  # some need another one that was not there yet
        if field.path not in found and len(field.path) == 1:
            found |= next(accepted(node, found, field, fields), {})
    return found


def accepted(
    node: str, found: Mapping[tuple[str, ...], Any], field: ConfigField, fields: Sequence[ConfigField] = ()
) -> Iterator[dict[tuple[str, ...], Any]]:
    """Settings of a field that are valid beside others; with one of those of `fields` that it asks for."""
    refusals = ""
    for value in field.values():
        result = outcome(node, {**found, field.path: value})
        if isinstance(result, dict):
            yield {field.path: value}
        else:
            refusals += result
    for other in (each for each in fields if each is not field and f" {each.path[-1]}" in refusals):
        for value, partner in product(field.values(), other.values()):
            both = {field.path: value, other.path: partner}
            if isinstance(outcome(node, {**found, **both}), dict):
                yield both


def inputs(request: dict[str, Any]) -> dict[str, Any]:
    return {each["InputName"]: each["S3Input"] for each in request["ProcessingInputs"]}


@pytest.mark.parametrize("node", NODES)
def test_the_least_config_is_enough(node: str) -> None:
    step = entry(compiled(node), node)
    spec = registry().for_node(node)
    assert step["Type"] == spec.job_kind.value
    assert step["Arguments"]


@pytest.mark.parametrize("node", first_of_each(NODES, step_type))
def test_everything_may_be_set_at_once(node: str) -> None:
    assert entry(compiled(node, everything_set(node)), node)


@pytest.mark.parametrize(("node", "field"), FIELDS)
def test_every_field_changes_the_request_or_is_refused(node: str, field: ConfigField, tmp_path: Path) -> None:
    """A field that decides nothing would be a setting made in vain."""
    spec = registry().for_node(node)
    config = all_steps()[spec.step_type].config
    base = beside(config, field)
    if field.path[-1] == "upload":
        (tmp_path / "part.csv").write_text("a\n1\n")
        base = {(*field.path[:-1], "files"): str(tmp_path)}
    before = outcome(node, base)
    for_others = field.path[-1].endswith("_version") or is_unused(config, field.path[0], spec.job_type)
    if for_others:  # where it is inherited
        outcomes = [outcome(node, base, **{field.path[-1]: value}) for value in field.values()]
    else:
        outcomes = [outcome(node, {**base, field.path: value}) for value in field.values()]
    if field.info.is_required() and len(outcomes) > 1:
        before = outcomes.pop()
    assert any(after != before for after in outcomes)
    assert all(field.path[-1] in after for after in outcomes if isinstance(after, str))


@pytest.mark.parametrize("node", first_of_each(SCRIPTED, step_type))
@pytest.mark.parametrize("full", [False, True], ids=["least", "everything"])
def test_every_variable_and_argument_of_the_contract_arrives(node: str, full: bool) -> None:
    spec = registry().for_node(node)
    contract = spec.script_contract
    assert contract is not None
    request = entry(compiled(node, everything_set(node) if full else None), node)["Arguments"]
    variables = request.get("TrainingJobDefinition", request).get("Environment", {})
    assert set(contract.required_env_vars) <= set(variables)
    assert set(variables) <= {*contract.required_env_vars, *contract.optional_env_vars}
    if full:
        # Of alternatives one is set: label_mapping excludes positive_class, a query to unload excludes files.
        config = all_steps()[spec.step_type].config
        unused = {
            name for name in contract.optional_env_vars if is_unused(config, name.lower(), spec.job_type)
        }
        missing = {*contract.required_env_vars, *contract.optional_env_vars} - set(variables)
        assert unused <= missing <= unused | {"LABEL_MAPPING", "SOURCE_UNLOAD_URI"}
    assert all(isinstance(value, str) and value for value in variables.values())
    line = request.get("AppSpecification", {}).get("ContainerArguments", [])
    given = dict(zip(line[::2], line[1::2], strict=True))
    required = {name for name, default in contract.expected_arguments.items() if default is None}
    assert {f"--{name}" for name in required} <= set(given)
    assert set(given) <= {f"--{name}" for name in contract.expected_arguments}
    if "job_type" in contract.expected_arguments:
        assert given["--job_type"] == node.rpartition("_")[2]


@pytest.mark.parametrize("node", first_of_each(PROCESSING, step_type))
def test_every_path_of_a_processing_job_is_the_contracts(node: str) -> None:
    spec = registry().for_node(node)
    contract = spec.script_contract
    assert contract is not None
    request = entry(compiled(node, everything_set(node), optional=True), node)["Arguments"]
    mounted = {name: each["LocalPath"] for name, each in inputs(request).items()}
    assert mounted == {**contract.expected_input_paths, "code": CODE_PATH}
    outputs = request["ProcessingOutputConfig"]["Outputs"]
    written = {each["OutputName"]: each["S3Output"]["LocalPath"] for each in outputs}
    assert written == contract.expected_output_paths
    program = f"{CODE_PATH}/{contract.entry_point}"
    assert request["AppSpecification"]["ContainerEntrypoint"] == ["python3", program]
    paths = {each for each in strings(request) if each.startswith("/opt/ml")}
    assert paths == {*mounted.values(), *written.values(), program}


@pytest.mark.parametrize("node", PROCESSING)
def test_optional_inputs_that_nothing_feeds_are_not_mounted(node: str) -> None:
    spec, pipeline = registry().for_node(node), compiled(node)
    config = all_steps()[spec.step_type].config
    provided = {name for name in spec.config_inputs if config.model_fields[name].is_required()}
    provided |= {each.logical_name for each in spec.dependencies if supplied_by_config(spec, each)}
    mounted = set(inputs(entry(pipeline, node)["Arguments"]))
    assert mounted == {*pipeline.wiring.inputs_of(node), *provided, "code"}
    assert not {name for consumer, name in pipeline.wiring.unwired if consumer == node} & mounted - provided


def training_request(node: str) -> dict[str, Any]:
    """The request of the training job that the step runs, or runs many times over."""
    request: dict[str, Any] = entry(compiled(node), node)["Arguments"]
    if node in TUNING:
        request = dict(request["TrainingJobDefinition"])
        request["HyperParameters"] = request.pop("StaticHyperParameters")
    return request


@pytest.mark.parametrize("node", [*TRAINING, *TUNING])
def test_channels_and_script_of_a_training_job_are_the_contracts(node: str) -> None:
    contract = registry().for_node(node).script_contract
    assert contract is not None
    request = training_request(node)
    channels = {each["ChannelName"] for each in request["InputDataConfig"]}
    assert channels == {channel_name(path) for path in contract.mounted_inputs.values()}
    checkpoints = request.pop("CheckpointConfig", None)
    kept = [path for path in contract.expected_output_paths.values() if path == "/opt/ml/checkpoints"]
    assert ([checkpoints["LocalPath"]] if checkpoints else []) == kept
    assert not [each for each in strings(request) if each.startswith("/opt/ml")]
    hyperparameters = request["HyperParameters"]
    assert json.loads(hyperparameters["sagemaker_program"]) == contract.entry_point
    submitted = json.loads(hyperparameters["sagemaker_submit_directory"])
    assert submitted.startswith("s3://bucket/root/code/")
    assert all(isinstance(value, str) for value in hyperparameters.values())


def test_hyperparameters_have_xgboosts_own_names() -> None:
    settings = {("hyperparameters", "lambda"): 0.6, ("hyperparameters", "num_round"): 3}
    found = entry(compiled("XGBoostTraining", settings), "XGBoostTraining")["Arguments"]["HyperParameters"]
    assert (found["lambda"], found["num_round"], found["eta"]) == ("0.6", "3", "0.3")
    assert "reg_lambda" not in found
    assert "gamma" not in found, "what is not set keeps XGBoost's default"


@pytest.mark.parametrize("node", NODES)
def test_a_wire_is_the_property_path_of_its_producer(node: str) -> None:
    pipeline = compiled(node, optional=True)
    text = json.dumps(entry(pipeline, node)["Arguments"])
    for binding in pipeline.wiring.inputs_of(node).values():
        producer = registry().for_node(binding.producer)
        output = producer.output(binding.output)
        assert output is not None
        reference = json.dumps(to_definition(producer.location(binding.producer, output)))
        property_file = f"Steps.{binding.producer}.PropertyFiles.{binding.output}"
        assert reference in text or property_file in text


@pytest.mark.parametrize("node", SCRIPTED)
def test_no_execution_overwrites_another(node: str) -> None:
    request = training_request(node)
    outputs = [
        each["S3Output"]["S3Uri"] for each in request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    ]
    outputs += [request["OutputDataConfig"]["S3OutputPath"]] if "OutputDataConfig" in request else []
    outputs += [request["CheckpointConfig"]["S3Uri"]] if "CheckpointConfig" in request else []
    assert outputs
    for uri in outputs:
        parts = uri["Std:Join"]["Values"]
        assert {"Get": "Execution.PipelineExecutionId"} in parts
        assert node in parts
    assert len({json.dumps(uri) for uri in outputs}) == len(outputs)


@pytest.mark.parametrize("node", PROCESSING)
def test_metrics_become_property_files(node: str) -> None:
    step = entry(compiled(node), node)
    expected = [
        {"PropertyFileName": port.logical_name, "OutputName": port.logical_name, "FilePath": port.file}
        for port in registry().for_node(node).outputs
        if port.type.value == "metrics"
    ]
    assert step.get("PropertyFiles", []) == expected


SETTINGS = [pytest.param(each, id=str(each)) for each in fields_of(PipelineSettings)]
VPC = {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}
CHANGED: dict[str, Any] = {
    "name": "another",
    "role": "arn:aws:iam::123456789012:role/Another",
    "region": "eu-west-1",
    "s3_root": "s3://another/root",
    "tags": {"team": "fraud"},
    "kms_key": "key-1",
    "volume_kms_key": "key-2",
    "vpc": VPC,
    "network_isolation": True,
}
# What executions take from them, and jobs do not: tests/sagemaker_pipeline and tests/pipeline_compiler
OF_EXECUTIONS = {"description", "parallelism", "experiment"}


# These change no job: they decide whether the pipeline compiles at all (tests/cost, tests/conformance).
DECIDING = {"budget", "prices", "quotas"}


def test_every_setting_of_a_pipeline_is_tried() -> None:
    assert set(CHANGED) | OF_EXECUTIONS | DECIDING == set(PipelineSettings.model_fields)


@pytest.mark.parametrize("setting", CHANGED)
@pytest.mark.parametrize("node", [*TRAINING, *PROCESSING[:1]])
def test_every_setting_of_a_pipeline_changes_every_kind_of_job(node: str, setting: str) -> None:
    settings = {("image_uri",): "example.com/own:1"} if setting == "network_isolation" else {}
    changed = compiled(node, settings, pipeline={setting: CHANGED[setting]})
    before, after = entry(compiled(node, settings), node)["Arguments"], entry(changed, node)["Arguments"]
    assert before != after


@pytest.mark.parametrize("changed", [{"subnets": ["subnet-2"]}, {"security_group_ids": ["sg-2"]}])
@pytest.mark.parametrize("node", [*TRAINING, *PROCESSING[:1]])
def test_both_halves_of_a_vpc_arrive(node: str, changed: dict[str, Any]) -> None:
    one, other = compiled(node, pipeline={"vpc": VPC}), compiled(node, pipeline={"vpc": {**VPC, **changed}})
    assert entry(one, node) != entry(other, node)


def test_the_gate_fails_or_skips() -> None:
    failing = entry(compiled("QualityGate"), "QualityGate")["Arguments"]
    assert failing["ElseSteps"][0]["Type"] == "Fail"
    assert (
        entry(compiled("QualityGate", {("on_fail",): "skip"}), "QualityGate")["Arguments"]["ElseSteps"] == []
    )
    (condition,) = failing["Conditions"]
    assert condition["Type"] == "GreaterThanOrEqualTo"
    assert condition["LeftValue"]["Std:JsonGet"]["Path"] == "auc"


@pytest.mark.parametrize(
    ("comparison", "condition"),
    [
        (">=", "GreaterThanOrEqualTo"),
        (">", "GreaterThan"),
        ("<=", "LessThanOrEqualTo"),
        ("<", "LessThan"),
    ],
)
def test_comparisons_of_the_gate(comparison: str, condition: str) -> None:
    settings = {("comparison",): comparison, ("threshold",): 0.75, ("metric",): "log_loss"}
    request = entry(compiled("QualityGate", settings), "QualityGate")["Arguments"]
    (found,) = request["Conditions"]
    assert (found["Type"], found["RightValue"]) == (condition, 0.75)
    assert found["LeftValue"]["Std:JsonGet"]["Path"] == "log_loss"


def test_a_registration_shows_what_is_wired() -> None:
    alone = entry(compiled("MimsRegistration"), "MimsRegistration")["Arguments"]
    full = entry(compiled("MimsRegistration", optional=True), "MimsRegistration")["Arguments"]
    assert not {"SamplePayloadUrl", "ModelMetrics", "DriftCheckBaselines"} & set(alone)
    assert full["SamplePayloadUrl"]["Std:Join"]["Values"][-1] == "payload.tar.gz"
    statistics = full["ModelMetrics"]["ModelQuality"]["Statistics"]
    assert statistics["S3Uri"]["Std:Join"]["Values"][-1] == "metrics.json"
    baselines = full["DriftCheckBaselines"]["ModelDataQuality"]
    files = {name: each["S3Uri"]["Std:Join"]["Values"][-1] for name, each in baselines.items()}
    assert files == {"Statistics": "statistics.json", "Constraints": "constraints.json"}
    (container,) = full["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"]["Std:Join"]["Values"][-1] == "model.tar.gz"


def test_surroundings_hold_the_step() -> None:
    assert all(node in [step.name for step in surroundings(node).steps] for node in NODES)


SCALARS = [
    each
    for each in FIELDS
    if isinstance(each.values[1].values()[0], (str, int, float))
    and not (each.values[1].info.json_schema_extra or {}).get("fixed")
]


@pytest.mark.parametrize(("node", "field"), SCALARS)
def test_a_field_that_is_not_fixed_may_be_a_pipeline_parameter(node: str, field: ConfigField) -> None:
    template = surroundings(node)
    config: dict[str, Any] = {
        **config_for(template, beside(all_steps()[registry().for_node(node).step_type].config, field)),
        "parameters": {"Changed": {"default": field.values()[0], "sets": f"{node}.{field}"}},
    }
    try:
        pipeline = compile_pipeline(template, config)
    except PipelineCompilerError as error:
        assert field.path[-1] in str(error)  # noqa: PT017 - a coded refusal is as good
    else:
        assert '{"Get": "Parameters.Changed"}' in json.dumps(entry(pipeline, node))


def test_rates_may_come_from_a_step_instead_of_the_config() -> None:
    loading, conversion = "CradleDataLoading_training", "CurrencyConversion_training"
    config = config_for(surroundings(conversion))
    del config["defaults"]["rates"]
    edges = [f"{loading}.DATA -> {conversion}.data_input", f"Rates.DATA -> {conversion}.rates"]
    template = Template.of("WithRates", {loading: None, "Rates": loading, conversion: None}, edges)
    request = entry(compile_pipeline(template, config), conversion)["Arguments"]
    assert "Steps.Rates." in json.dumps(inputs(request)["rates"])
    assert "RATES_FORMAT" not in request["Environment"]
    with pytest.raises(PipelineCompilerError, match="PC310"):
        compile_pipeline(Template.of("NoRates", [loading, conversion], edges[:1]), config)


def test_the_code_of_a_variant_has_a_contract_of_its_own() -> None:
    """The training variant owes the tables, the others read them."""
    template = surroundings("RiskTableMapping_calibration")
    pipeline = compile_pipeline(template, config_for(template))
    ports = set()
    for asset in pipeline.assets:
        if "risk_table_mapping.py" in asset.files:
            content = asset.files["contract.json"]
            assert isinstance(content, bytes)
            contract = json.loads(content)
            ports.add((*contract["inputs"], "->", *contract["outputs"]))
    assert ports == {
        ("data_input", "->", "processed_data", "risk_tables"),
        ("data_input", "risk_tables_input", "->", "processed_data"),
    }
    outputs = entry(pipeline, "RiskTableMapping_calibration")["Arguments"]["ProcessingOutputConfig"][
        "Outputs"
    ]
    assert [each["OutputName"] for each in outputs] == ["processed_data"]
