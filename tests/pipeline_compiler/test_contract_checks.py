"""Step contracts at compile time: along the wires of a real template, and against the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import CompiledPipeline, Diagnostic, PipelineCompilerError, compile_pipeline
from pipeline_compiler.compiler import load_pipeline, resolve_wiring
from pipeline_compiler.contract_checks import wire_compatibility
from pipeline_compiler.step_library import StepLibrary, builtin_library
from pipeline_compiler.template import shipped_templates
from script_contracts.core.contract import ScriptContract
from script_contracts.quality import (
    AllowedValues,
    Bounds,
    Column,
    ColumnType,
    ConfigContract,
    DataContract,
    FilesContract,
    InRange,
    MetricsContract,
    ModelContract,
    PortContract,
    RowCount,
    StepContract,
)
from step_specs import registry
from tests.configs import CONFIG_YAML, TEMPLATE_YAML, minimal_config, with_values

E2E = "XGBoostTrainEvaluateE2E"
SIMPLE = "XGBoostSimple"
Edit = Callable[[StepContract], StepContract]
Declare = Callable[..., None]


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Gives the contracts of steps other step contracts (and other fields), for one test."""

    def change(edits: Mapping[str, Edit], **fields: Any) -> None:
        steps = {}
        for step_type, step in builtin_library().steps.items():
            spec = step.spec
            contract = spec.script_contract
            if spec.step_type in edits and contract is not None:
                quality = edits[spec.step_type](contract.quality)
                contract = type(contract)(**{**dict(contract), "quality": quality, **fields})
                spec = spec.model_copy(update={"script_contract": contract})
            steps[step_type] = replace(step, spec=spec)
        changed = StepLibrary(steps, builtin_library().origins)
        monkeypatch.setattr("pipeline_compiler.step_library.builtin_library", lambda: changed)

    return change


def output(name: str, contract: PortContract) -> Edit:
    return lambda quality: quality.model_copy(update={"outputs": {**quality.outputs, name: contract}})


def input_(name: str, contract: PortContract) -> Edit:
    return lambda quality: quality.model_copy(update={"inputs": {**quality.inputs, name: contract}})


def config_clauses(**fields: Any) -> Edit:
    return lambda quality: quality.model_copy(update={"config": ConfigContract(**fields)})


def problems(template: str | None, config: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(PipelineCompilerError) as error:
        compile_pipeline(template, config)
    return error.value.diagnostics


def processed(*clauses: Any, **fields: Any) -> DataContract:
    return DataContract(
        columns=tuple(each for each in clauses if isinstance(each, Column)),
        checks=tuple(each for each in clauses if not isinstance(each, Column)),
        **{"splits": True, **fields},
    )


LABEL = Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=False)

# the promise of TabularPreprocessing.processed_data, and what XGBoostTraining's demand makes of it
PROMISES: list[tuple[str, DataContract, tuple[str, ...]]] = [
    (
        "another type",
        processed(Column(name="$LABEL_FIELD", type=ColumnType.STRING, nullable=False)),
        ("column 'is_fraud' type: requires integer, gets string",),
    ),
    (
        "nulls",
        processed(Column(name="$LABEL_FIELD", type=ColumnType.INTEGER, nullable=True)),
        ("column 'is_fraud' nullability: may not be null; the guarantee allows nulls",),
    ),
    (
        "no such column",
        processed(Column(name="amount"), Column(name="country"), closed=True),
        (
            "column 'is_fraud': is required; the guarantee has only: amount, country",
            "column 'is_fraud' allowed_values: the guarantee has only: amount, country",
        ),
    ),
    ("another format", processed(LABEL, formats=("csv",)), ("format: requires parquet, gets csv",)),
    (
        "another layout",
        processed(LABEL, splits=False),
        ("layout: requires one folder per split, gets one folder",),
    ),
    (
        "other values",
        processed(LABEL, AllowedValues(column="$LABEL_FIELD", values=(-1, 2))),
        ("column 'is_fraud' allowed_values: requires values (0, 1), gets values (-1, 2)",),
    ),
    (
        "too few rows",
        processed(LABEL, RowCount(maximum=1)),
        ("rows row_count: requires minimum 2, gets minimum 0, maximum 1",),
    ),
    (
        "several at once, and only what is violated",
        processed(
            Column(name="$LABEL_FIELD", type=ColumnType.BOOLEAN), RowCount(minimum=1), formats=("json",)
        ),
        ("format: requires parquet, gets json", "column 'is_fraud' type: requires integer, gets boolean"),
    ),
]


@pytest.mark.parametrize(("promise", "details"), [pytest.param(*row[1:], id=row[0]) for row in PROMISES])
def test_a_promise_that_violates_a_demand_stops_the_compile_at_every_wire(
    promise: DataContract, details: tuple[str, ...], declare: Declare
) -> None:
    declare({"TabularPreprocessing": output("processed_data", promise)})
    found = problems(E2E, minimal_config(E2E))
    assert {each.message for each in found} == {
        "TabularPreprocessing_training.processed_data cannot satisfy XGBoostTraining.processed_data",
        "TabularPreprocessing_calibration.processed_data cannot satisfy "
        "XGBoostModelEvaluation_calibration.eval_data_input",
    }
    for each in found:
        assert (each.code, each.severity.value, each.details) == ("PC320", "error", details)
        assert each.fix == "wire another output, or change the contract that is wrong"
        assert each.place.field in ("steps.XGBoostTraining", "steps.XGBoostModelEvaluation_calibration")


@pytest.mark.parametrize(
    ("edits", "message", "detail"),
    [
        (
            {"XGBoostTraining": output("model_output", ModelContract(format="xgboost-json"))},
            "XGBoostTraining.model_output cannot satisfy XGBoostModelEvaluation_calibration.model_input",
            "model format: requires xgboost-ubj, gets xgboost-json",
        ),
        (
            {"CradleDataLoading": output("METADATA", FilesContract(files=("schema.json",)))},
            "CradleDataLoading_training.METADATA cannot satisfy TabularPreprocessing_training.METADATA",
            "file 'metadata.json': is required and not guaranteed",
        ),
        (
            {"CradleDataLoading": output("DATA", MetricsContract())},
            "CradleDataLoading_calibration.DATA cannot satisfy TabularPreprocessing_calibration.DATA",
            "kind: requires data, gets metrics",
        ),
    ],
    ids=["model", "files", "kinds"],
)
def test_every_kind_of_contract_is_compared(
    edits: dict[str, Edit], message: str, detail: str, declare: Declare
) -> None:
    declare(edits)
    found = {each.message: each for each in problems(E2E, minimal_config(E2E))}
    assert {each.code for each in found.values()} == {"PC320"}
    assert detail in found[message].details


def test_the_place_is_the_consumers_section_in_the_config(declare: Declare, tmp_path: Path) -> None:
    demand = processed(Column(name="$LABEL_FIELD", type=ColumnType.STRING))
    declare({"XGBoostTraining": input_("processed_data", demand)})
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    (tmp_path / "config.yaml").write_text(CONFIG_YAML)
    (found,) = problems(None, tmp_path / "config.yaml")
    assert found.details == ("column 'is_fraud' type: requires string, gets integer",)
    assert found.place.file == str(tmp_path / "config.yaml")
    assert found.place.line == 1 + CONFIG_YAML.splitlines().index("  XGBoostTraining:")


def test_what_only_the_data_can_decide_does_not_stop_the_compile(declare: Declare) -> None:
    demand = processed(
        LABEL, Column(name="amount", type=ColumnType.FLOAT), InRange(column="amount", minimum=0)
    )
    declare({"XGBoostTraining": input_("processed_data", demand)})
    assert compile_pipeline(E2E, minimal_config(E2E)).diagnostics == ()
    assert [str(each) for each in _wire("XGBoostTraining", "processed_data").deferred] == [
        "column 'amount': is required; the guarantee does not speak of it",
        "column 'amount' in_range: the guarantee does not speak of it",
    ]


def test_a_demand_that_only_warns_does_not_stop_the_compile(declare: Declare) -> None:
    demand = processed(LABEL, AllowedValues(column="$LABEL_FIELD", values=(5,), on_violation="warn"))
    declare({"XGBoostTraining": input_("processed_data", demand)})
    assert compile_pipeline(E2E, minimal_config(E2E)).diagnostics == ()


def test_a_port_that_one_side_does_not_speak_of_is_not_compared(declare: Declare) -> None:
    declare(
        {
            "TabularPreprocessing": lambda quality: quality.model_copy(update={"outputs": {}}),
            "XGBoostTraining": input_("processed_data", ModelContract(format="onnx")),
        }
    )
    assert compile_pipeline(E2E, minimal_config(E2E)).diagnostics == ()


def _wire(consumer: str, dependency: str, config: dict[str, Any] | None = None) -> Any:
    loaded = load_pipeline(E2E, config or minimal_config(E2E))
    binding = resolve_wiring(loaded).inputs_of(consumer)[dependency]
    return wire_compatibility(loaded, binding)


def test_each_end_of_a_wire_has_the_column_names_of_its_own_config(declare: Declare) -> None:
    closed = processed(LABEL, closed=True)
    declare({"TabularPreprocessing": output("processed_data", closed)})
    config = minimal_config(E2E)
    assert compile_pipeline(E2E, config)
    renamed = problems(E2E, with_values(config, {"steps.XGBoostTraining.label_field": "chargeback"}))
    (found,) = (each for each in renamed if each.code == "PC320")
    assert found.details[0] == "column 'chargeback': is required; the guarantee has only: is_fraud"


def test_a_column_of_an_unset_variable_is_not_compared(declare: Declare) -> None:
    demand = processed(LABEL, Column(name="$ID_FIELD", type=ColumnType.STRING, nullable=False))
    promise = processed(LABEL, Column(name="$ID_FIELD", type=ColumnType.INTEGER))
    declare(
        {
            "TabularPreprocessing": output("processed_data", promise),
            "XGBoostTraining": input_("processed_data", demand),
        }
    )
    config = minimal_config(E2E)
    assert compile_pipeline(E2E, config)
    (found,) = problems(E2E, with_values(config, {"defaults.id_field": "order_id"}))
    assert found.details == ("column 'order_id' type: requires string, gets integer",)


def test_a_variable_that_the_config_does_not_set_has_the_default_of_the_contract(declare: Declare) -> None:
    promise = processed(LABEL, Column(name="row_id", type=ColumnType.INTEGER))
    demand = processed(LABEL, Column(name="$ID_FIELD", type=ColumnType.STRING))
    declare({"TabularPreprocessing": output("processed_data", promise)})
    assert compile_pipeline(E2E, minimal_config(E2E))
    edits = {
        "TabularPreprocessing": output("processed_data", promise),
        "XGBoostTraining": input_("processed_data", demand),
    }
    declare(edits, optional_env_vars={**_optional("TabularPreprocessing"), **_optional("XGBoostTraining")})
    assert compile_pipeline(E2E, minimal_config(E2E))
    defaults = {**_optional("TabularPreprocessing"), **_optional("XGBoostTraining"), "ID_FIELD": "row_id"}
    declare(edits, optional_env_vars=defaults)
    (found,) = problems(E2E, minimal_config(E2E))
    assert found.details == ("column 'row_id' type: requires string, gets integer",)


def _optional(step_type: str) -> dict[str, str]:
    contract = registry()[step_type].script_contract
    assert isinstance(contract, ScriptContract)
    return dict(contract.optional_env_vars)


@pytest.mark.parametrize("template", list(shipped_templates()))
def test_the_shipped_templates_have_no_finding(template: str) -> None:
    config = minimal_config(template)
    for values in ({}, {"defaults.id_field": "order_id"}):
        if template in ("CradleOnly", "XGBoostScoreNewData") and values:
            continue  # none of its steps has such a field
        compiled = compile_pipeline(template, with_values(config, values))
        assert [each for each in compiled.diagnostics if each.code in ("PC320", "PC425", "PC426")] == []


# Settings.

SETTINGS: list[tuple[str, str, Edit, dict[str, Any], str, str, str]] = [
    (
        "hyperparameter above the shipped range",
        "XGBoostTraining",
        lambda quality: quality,
        {"steps.XGBoostTraining.hyperparameters.max_depth": 21},
        "XGBoostTraining: max_depth is 21, outside 1 to 20",
        "choose a number from 1 to 20",
        "steps.XGBoostTraining.hyperparameters.max_depth",
    ),
    (
        "hyperparameter below the shipped range",
        "XGBoostTraining",
        lambda quality: quality,
        {"steps.XGBoostTraining.hyperparameters.max_depth": 0},
        "XGBoostTraining: max_depth is 0, outside 1 to 20",
        "choose a number from 1 to 20",
        "steps.XGBoostTraining.hyperparameters.max_depth",
    ),
    (
        "hyperparameter by XGBoost's name",
        "XGBoostTraining",
        config_clauses(ranges={"lambda": Bounds(maximum=2)}),
        {"steps.XGBoostTraining.hyperparameters.lambda": 2.5},
        "XGBoostTraining: lambda is 2.5, outside any to 2",
        "choose a number from any to 2",
        "steps.XGBoostTraining.hyperparameters.lambda",
    ),
    (
        "default of the config class",
        "XGBoostTraining",
        config_clauses(ranges={"num_round": Bounds(minimum=500)}),
        {},
        "XGBoostTraining: num_round is 200, outside 500 to any",
        "choose a number from 500 to any",
        "steps.XGBoostTraining.hyperparameters.num_round",
    ),
    (
        "environment variable",
        "TabularPreprocessing",
        config_clauses(ranges={"TRAIN_RATIO": Bounds(minimum=0.5, maximum=0.9)}),
        {"defaults.train_ratio": 0.95},
        "TabularPreprocessing_training: TRAIN_RATIO is 0.95, outside 0.5 to 0.9",
        "choose a number from 0.5 to 0.9",
        "defaults.train_ratio",
    ),
    (
        "range of a setting that is no number",
        "XGBoostTraining",
        config_clauses(ranges={"eval_metric": Bounds(minimum=0, maximum=1)}),
        {},
        "XGBoostTraining: eval_metric is auc, not a number",
        "choose a number from 0 to 1",
        "steps.XGBoostTraining.hyperparameters.eval_metric",
    ),
    (
        "value that is not allowed",
        "XGBoostTraining",
        config_clauses(allowed={"eval_metric": ("aucpr", "logloss")}),
        {"steps.XGBoostTraining.hyperparameters.eval_metric": "error"},
        "XGBoostTraining: eval_metric is 'error'",
        "use one of aucpr, logloss",
        "steps.XGBoostTraining.hyperparameters.eval_metric",
    ),
    (
        "nested setting that is not allowed",
        "CradleDataLoading",
        config_clauses(allowed={"SOURCE_FORMAT": ("parquet",)}),
        {"steps.CradleDataLoading_training.source.format": "csv"},
        "CradleDataLoading_training: SOURCE_FORMAT is 'csv'",
        "use one of parquet",
        "steps.CradleDataLoading_training.source.format",
    ),
]


@pytest.mark.parametrize(
    ("step", "edit", "values", "message", "fix", "field"),
    [pytest.param(*row[1:], id=row[0]) for row in SETTINGS],
)
def test_a_setting_that_the_contract_excludes(
    step: str,
    edit: Edit,
    values: dict[str, Any],
    message: str,
    fix: str,
    field: str,
    declare: Declare,
) -> None:
    declare({step: edit})
    (found,) = problems(SIMPLE, with_values(minimal_config(SIMPLE), values))
    assert (found.code, found.severity.value, found.message, found.fix) == ("PC425", "error", message, fix)
    assert found.place.field == field


@pytest.mark.parametrize("depth", [1, 20])
def test_the_ends_of_a_range_are_inside(depth: int) -> None:
    values = {"steps.XGBoostTraining.hyperparameters.max_depth": depth}
    assert compile_pipeline(SIMPLE, with_values(minimal_config(SIMPLE), values)).diagnostics == ()


@pytest.mark.parametrize(("metric", "fix"), [("auc", None), ("log_loss", None), ("log_los", "'log_loss'")])
def test_a_gate_on_a_metric_that_nobody_promises(metric: str, fix: str | None) -> None:
    template = "XGBoostTrainEvaluateE2E"
    config = with_values(minimal_config(template), {"steps.QualityGate.metric": metric})
    found = compile_pipeline(template, config).diagnostics
    assert [each.code for each in found] == ([] if fix is None else ["PC437"])
    assert all(fix and fix in each.fix and each.place.field == "steps.QualityGate.metric" for each in found)


def test_a_setting_that_is_unset_is_in_no_range(declare: Declare) -> None:
    clauses = config_clauses(
        ranges={"gamma": Bounds(minimum=5), "no_such": Bounds(minimum=1)},
        allowed={"FEATURE_FIELDS": ("a",), "ID_FIELD": ("b",)},
    )
    declare({"XGBoostTraining": clauses})
    assert compile_pipeline(SIMPLE, minimal_config(SIMPLE)).diagnostics == ()


def test_every_setting_of_every_step_is_reported_at_once(declare: Declare) -> None:
    allowed = config_clauses(allowed={"LABEL_FIELD": ("y",)}, ranges={"num_round": Bounds(maximum=1)})
    declare(
        {"XGBoostTraining": allowed, "TabularPreprocessing": config_clauses(allowed={"LABEL_FIELD": ("z",)})}
    )
    found = problems(SIMPLE, minimal_config(SIMPLE))
    assert {each.code for each in found} == {"PC425"}
    assert sorted(each.message for each in found) == [
        "TabularPreprocessing_training: LABEL_FIELD is 'is_fraud'",
        "XGBoostTraining: LABEL_FIELD is 'is_fraud'",
        "XGBoostTraining: num_round is 200, outside any to 1",
    ]


def test_the_place_of_a_setting_is_its_line(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    text = CONFIG_YAML.replace("max_depth: 6", "max_depth: 60")
    (tmp_path / "config.yaml").write_text(text)
    (found,) = problems(None, tmp_path / "config.yaml")
    assert found.code == "PC425"
    assert found.place.line == 1 + text.splitlines().index("      max_depth: 60")


def test_a_parameter_is_held_against_the_contract_by_its_default(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    text = CONFIG_YAML.replace("      max_depth: 6\n", "")
    text = text.replace("default: ml.m5.xlarge", "default: 30")
    text = text.replace("XGBoostTraining.instance_type", "XGBoostTraining.hyperparameters.max_depth")
    (tmp_path / "config.yaml").write_text(text)
    (found,) = problems(None, tmp_path / "config.yaml")
    assert found.message == "XGBoostTraining: max_depth is 30, outside 1 to 20"
    assert found.place.line == 1 + text.splitlines().index("  TrainingInstanceType:")


# Hosts.


@pytest.mark.parametrize(
    ("node", "script"),
    [
        ("CradleDataLoading_training", "cradle_data_loading.py"),
        ("TabularPreprocessing_training", "tabular_preprocessing.py"),
        ("XGBoostTraining", "xgboost_training.py"),
    ],
)
def test_several_hosts_for_a_program_that_works_on_one(node: str, script: str) -> None:
    config = with_values(minimal_config(SIMPLE), {f"steps.{node}.instance_count": 3})
    (found,) = problems(SIMPLE, config)
    assert (found.code, found.severity.value) == ("PC426", "error")
    assert found.message == f"{node}: instance_count is 3, but {script} works on one host"
    assert found.fix == "set instance_count to 1 and choose a larger instance_type"
    assert found.place.field == f"steps.{node}.instance_count"


def test_several_hosts_for_all_steps_at_once() -> None:
    config = with_values(minimal_config(SIMPLE), {"defaults.instance_count": 2})
    found = problems(SIMPLE, config)
    assert [each.message.split(":")[0] for each in found] == [
        "CradleDataLoading_training",
        "TabularPreprocessing_training",
        "XGBoostTraining",
    ]
    assert {(each.code, each.place.field) for each in found} == {("PC426", "defaults.instance_count")}


def _with_parameter(default: int) -> dict[str, Any]:
    hosts = {"default": default, "sets": "XGBoostTraining.instance_count"}
    return {**minimal_config(SIMPLE), "parameters": {"Hosts": hosts}}


@pytest.mark.parametrize("default", [1, 2])
def test_a_parameter_on_the_number_of_hosts(default: int) -> None:
    (found,) = problems(SIMPLE, _with_parameter(default))
    assert found.code == "PC426"
    assert found.message.startswith("XGBoostTraining: instance_count is a parameter, but xgboost_training.py")
    assert found.place.field == "parameters.Hosts"
    assert found.fix.startswith("set instance_count to 1")


def test_a_program_that_shares_its_work_gets_its_hosts(declare: Declare) -> None:
    declare({"XGBoostTraining": lambda quality: quality}, multi_host=True)
    config = with_values(minimal_config(SIMPLE), {"steps.XGBoostTraining.instance_count": 4})
    assert _hosts(compile_pipeline(SIMPLE, config)) == 4
    assert _hosts(compile_pipeline(SIMPLE, _with_parameter(2))) == {"Get": "Parameters.Hosts"}


def test_one_host_said_aloud_is_one_host() -> None:
    config = with_values(minimal_config(SIMPLE), {"defaults.instance_count": 1})
    assert _hosts(compile_pipeline(SIMPLE, config)) == 1


def _hosts(compiled: CompiledPipeline) -> Any:
    (training,) = (each for each in compiled.steps if each["Name"] == "XGBoostTraining")
    return training["Arguments"]["ResourceConfig"]["InstanceCount"]
