"""The most that an execution can cost, and the budget."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_compiler import PipelineCompilerError, compile_pipeline
from pipeline_compiler.conformance import Definition
from pipeline_compiler.cost import CostBound, Price, PriceTable, cost_bound, price_table
from pipeline_compiler.cost.budget import check_budget
from pipeline_compiler.cost.prices import VOLUME, read_prices
from script_contracts.core.diagnostics import NOWHERE
from tests.cli.harness import cli
from tests.configs import minimal_config, with_values

TEMPLATE = "XGBoostSimple"
JOB = {
    "Name": "Train",
    "Type": "Training",
    "Arguments": {
        "ResourceConfig": {"InstanceType": "ml.a.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 100},
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
    },
}
AMOUNTS = {"ml.a.xlarge": 1.0, "ml.b.xlarge": 3.0, VOLUME: 0.672}
COMPUTE, VOLUMES = 4.0, 0.4  # 2 instances for 2 h; 2 x 100 GB for 2 of the 672 h of a February


def bound(*steps: dict[str, Any], parameters: list[dict[str, Any]] | None = None) -> CostBound:
    prices = {
        ("here", kind, item): Price(amount, "USD", date(2026, 11, 21), "test")
        for kind in ("Processing", "Training")
        for item, amount in AMOUNTS.items()
    }
    document = {"Steps": list(steps), "Parameters": parameters or []}
    return cost_bound(Definition(document), "here", PriceTable(prices), NOWHERE)


def job(**changes: Any) -> dict[str, Any]:
    changed = deepcopy(JOB)
    for path, value in deepcopy(changes).items():
        *parents, last = path.split("__")
        inner: Any = changed
        for name in parents:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return changed


INSTANCE = "Arguments__ResourceConfig__InstanceType"


def test_instances_times_hours_times_price_and_volumes() -> None:
    (charge,) = bound(JOB).charges
    assert (charge.compute, charge.volume) == (pytest.approx(COMPUTE), pytest.approx(VOLUMES))
    assert charge.total == pytest.approx(COMPUTE + VOLUMES)


@pytest.mark.parametrize(
    ("changes", "times"),
    [
        ({}, 1),
        ({"Arguments__EnableManagedSpotTraining": True}, 1),  # spot is only ever cheaper
        ({"RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 3}]}, 4),
        ({"RetryPolicies": [{"MaxAttempts": 1}, {"MaxAttempts": 2}]}, 4),
        ({"Arguments__RetryStrategy": {"MaximumRetryAttempts": 2}}, 3),
        ({"RetryPolicies": [{"ExpireAfterMin": 120}]}, 3),  # two hours of retries, the last one to its end
    ],
)
def test_every_retry_counts(changes: dict[str, Any], times: int) -> None:
    assert bound(job(**changes)).total == pytest.approx(times * (COMPUTE + VOLUMES))


LIMITS = "Arguments__HyperParameterTuningJobConfig__ResourceLimits"
TRAINED = "Arguments__TrainingJobDefinition"


def tuning(**changes: Any) -> dict[str, Any]:
    """Ten training jobs like JOB; `changes` as for `job`, None to leave a member out."""
    limits = {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2}
    values = {"Type": "Tuning", "Name": "Tune", LIMITS: limits, TRAINED: JOB["Arguments"], **changes}
    step = job(**values)
    del step["Arguments"]["ResourceConfig"], step["Arguments"]["StoppingCondition"]
    return step


@pytest.mark.parametrize(
    ("changes", "times"),
    [
        ({}, 10),
        ({f"{TRAINED}__EnableManagedSpotTraining": True}, 10),
        ({f"{TRAINED}__RetryStrategy": {"MaximumRetryAttempts": 1}}, 20),
        ({"RetryPolicies": [{"MaxAttempts": 2}]}, 30),
    ],
)
def test_a_tuning_step_costs_each_of_its_training_jobs(changes: dict[str, Any], times: int) -> None:
    found = bound(tuning(**changes), JOB)
    tuned, trained = found.charges
    assert (tuned.kind, tuned.jobs) == ("Training", 10)
    assert tuned.instances == "10 jobs of 2 x ml.a.xlarge"
    assert trained.instances == "2 x ml.a.xlarge"
    assert (tuned.compute, tuned.volume) == (pytest.approx(times * COMPUTE), pytest.approx(times * VOLUMES))


def test_a_grid_has_as_many_jobs_as_combinations() -> None:
    ranges = [{"Name": name, "Values": ["1", "2", "3"]} for name in "ab"]
    config = {
        "Strategy": "Grid",
        "ResourceLimits": {"MaxParallelTrainingJobs": 2},
        "ParameterRanges": {"CategoricalParameterRanges": ranges},
    }
    (charge,) = bound(tuning(Arguments__HyperParameterTuningJobConfig=config)).charges
    assert charge.jobs == 9


@pytest.mark.parametrize(("allowed", "jobs", "codes"), [([5, 40], 40, []), ([], 5, ["PC578"])])
def test_the_most_jobs_that_a_parameter_allows_count(allowed: list[int], jobs: int, codes: list[str]) -> None:
    declared: dict[str, Any] = {"Name": "Most", "Type": "Integer", "DefaultValue": 5}
    if allowed:
        declared["EnumValues"] = allowed
    step = tuning(**{f"{LIMITS}__MaxNumberOfTrainingJobs": {"Get": "Parameters.Most"}})
    found = bound(step, parameters=[declared])
    assert found.charges[0].jobs == jobs
    assert [each.code for each in found.diagnostics] == codes


def test_of_several_instances_or_algorithms_the_dearest_counts() -> None:
    dear = {"InstanceType": "ml.b.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 0}
    cheap = {"InstanceType": "ml.a.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 0}
    flexible = {
        "HyperParameterTuningResourceConfig": {"InstanceConfigs": [cheap, dear, cheap]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    (charge,) = bound(tuning(**{TRAINED: flexible})).charges
    assert (charge.instance_type, charge.total) == ("ml.b.xlarge", pytest.approx(30))
    several = tuning(
        Arguments__TrainingJobDefinitions=[
            {"ResourceConfig": each, "StoppingCondition": {"MaxRuntimeInSeconds": 3600}}
            for each in (cheap, dear)
        ]
    )
    del several["Arguments"]["TrainingJobDefinition"]
    (charge,) = bound(several).charges
    assert (charge.instance_type, charge.total) == ("ml.b.xlarge", pytest.approx(30))


def test_the_instances_that_version_2_of_the_sdk_writes() -> None:
    request = deepcopy(JOB["Arguments"])
    request["HyperParameterTuningResourceConfig"] = request.pop("ResourceConfig")
    assert bound(tuning(**{TRAINED: request})).total == pytest.approx(10 * (COMPUTE + VOLUMES))


def test_the_table_and_the_budget_show_the_multiplication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config(tmp_path)
    step = tuning(**{f"{TRAINED}__ResourceConfig__InstanceType": "ml.m5.xlarge"})
    compiled = compile_pipeline(TEMPLATE, path)
    tuned = replace(compiled, definition=json.dumps({**compiled.document, "Steps": [step]}))
    monkeypatch.setattr("pipeline_compiler.cli.cost.compile_at_any_cost", lambda *_: tuned)
    row = next(line for line in cli("cost", path).out.splitlines() if line.startswith("Tune"))
    compute = 10 * 2 * 2 * 0.2
    assert "10 jobs of 2 x ml.m5.xlarge" in row
    assert f"{compute:.2f}" in row
    assert cli("cost", path, "--json").json["steps"][0]["jobs"] == 10
    limited = replace(tuned, costs=replace(tuned.costs, budget=1.0))
    with pytest.raises(PipelineCompilerError, match=r"10 jobs of 2 x ml\.m5\.xlarge for 2 h"):
        check_budget(limited)


def test_all_branches_count() -> None:
    gate = {"Name": "G", "Type": "Condition", "Arguments": {"IfSteps": [JOB], "ElseSteps": [job(Name="B")]}}
    assert [each.step for each in bound(gate).charges] == ["Train", "B"]


def test_the_dearest_of_the_allowed_instances_counts() -> None:
    types = ["ml.a.xlarge", "ml.b.xlarge"]
    declared = {"Name": "Size", "Type": "String", "DefaultValue": types[0], "EnumValues": types}
    found = bound(job(**{INSTANCE: {"Get": "Parameters.Size"}}), parameters=[declared])
    assert found.charges[0].instance_type == "ml.b.xlarge"
    assert found.diagnostics == ()


def test_a_parameter_that_accepts_anything_is_warned_of() -> None:
    declared = {"Name": "Size", "Type": "String", "DefaultValue": "ml.a.xlarge"}
    found = bound(job(**{INSTANCE: {"Get": "Parameters.Size"}}), parameters=[declared])
    assert found.total == pytest.approx(COMPUTE + VOLUMES)
    assert [(each.code, each.severity.value) for each in found.diagnostics] == [("PC578", "warning")]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (job(**{INSTANCE: "ml.z.xlarge"}), "PC574"),
        (job(**{INSTANCE: {"Get": "Parameters.Nothing"}}), "PC578"),
        (job(Arguments__StoppingCondition={}), "PC578"),
        (job(Arguments__ResourceConfig__InstanceCount={"Get": "Steps.A.B"}), "PC578"),
        (job(Type="Transform"), "PC578"),
        (tuning(**{LIMITS: {"MaxParallelTrainingJobs": 2}}), "PC578"),
        (tuning(**{f"{LIMITS}__MaxNumberOfTrainingJobs": {"Get": "Steps.A.B"}}), "PC578"),
        (tuning(**{f"{TRAINED}__StoppingCondition": {}}), "PC578"),
        (tuning(**{f"{TRAINED}__ResourceConfig__InstanceType": "ml.z.xlarge"}), "PC574"),
    ],
)
def test_what_is_not_known_is_an_error_and_never_zero(step: dict[str, Any], code: str) -> None:
    with pytest.raises(PipelineCompilerError) as error:
        bound(step, JOB)
    assert code in error.value.codes


def test_free_steps_are_free() -> None:
    assert bound({"Name": "F", "Type": "Fail", "Arguments": {}}).total == 0


def own_prices(folder: Path, **changes: Any) -> Path:
    group = {
        "region": "us-east-1",
        "currency": "USD",
        "date": "2026-11-21",
        "source": "a test",
        "processing": {"ml.m5.xlarge": 0.2},
        "training": {"ml.m5.xlarge": 0.2},
        "processing_volume": 0.1,
        "training_volume": 0.1,
        **changes,
    }
    path = folder / "prices.yaml"
    path.write_text(yaml.safe_dump({"prices": [group]}))
    return path


def config(folder: Path, **values: Any) -> Path:
    own_prices(folder)
    path = folder / "fraud.json"
    settings = {f"pipeline.{name}": value for name, value in {"prices": "prices.yaml", **values}.items()}
    path.write_text(json.dumps(with_values(minimal_config(TEMPLATE), settings)))
    return path


TOTAL = 3 * 24 * (0.2 + 30 * 0.1 / 672)  # three jobs of a day


def test_above_the_budget_nothing_compiles(tmp_path: Path) -> None:
    path = config(tmp_path, budget=TOTAL - 0.01)
    for command in ("check", "compile"):
        result = cli(command, path)
        assert (result.code, result.out) == (1, "")
        assert "PC575 error: one execution may cost 14.72 USD, and the budget is 14.71" in result.err
        assert f"{path}:" in result.err
        assert "pipeline.budget" in result.err
        assert "XGBoostTraining" in result.err
    assert "the budget is 14.71, which is less" in cli("cost", path).out


def test_within_the_budget_the_definition_is_the_same(tmp_path: Path) -> None:
    with_budget = compile_pipeline(None, config(tmp_path, budget=TOTAL + 0.01))
    without = compile_pipeline(TEMPLATE, minimal_config(TEMPLATE))
    assert with_budget.definition == without.definition


def test_without_a_budget_no_price_is_needed(tmp_path: Path) -> None:
    values = {"defaults.instance_type": "ml.c5.18xlarge", "pipeline.prices": "not-there.yaml"}
    compile_pipeline(TEMPLATE, with_values(minimal_config(TEMPLATE), values))
    with pytest.raises(PipelineCompilerError) as error:
        compile_pipeline(TEMPLATE, with_values(minimal_config(TEMPLATE), {**values, "pipeline.budget": 1.0}))
    assert error.value.codes == ("PC576",)


def test_every_missing_price_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "fraud.json"
    region = {"pipeline.region": "eu-central-1"}
    path.write_text(json.dumps(with_values(minimal_config(TEMPLATE), region)))
    result = cli("cost", path, "--json")
    assert result.code == 1
    assert {each["code"] for each in result.json["diagnostics"]} == {"PC574"}
    messages = [each["message"] for each in result.json["diagnostics"]]
    assert len(messages) == 4  # an instance and a volume, in both kinds of jobs
    assert all("eu-central-1" in each for each in messages)
    assert any("ml.m5.xlarge in Processing" in each for each in messages)
    assert all("--refresh" in each["fix"] for each in result.json["diagnostics"])


def test_the_table_shows_every_step_and_the_sum(tmp_path: Path) -> None:
    path = config(tmp_path, budget=50.0)
    text = cli("cost", path).out
    assert "costs at most 14.72 USD; the budget is 50.00" in text
    data = cli("cost", path, "--json").json
    assert data["bound"] == pytest.approx(TOTAL)
    assert sum(each["total"] for each in data["steps"]) == pytest.approx(TOTAL)
    for each in data["steps"]:
        assert each["step"] in text


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "dollars"},
        {"training": {"ml.m5.xlarge": 0}},
        {"training": {"ml.m5.xlarge": -1}},
        {"training": {"ml.m5.xlarge": "cheap"}},
        {"procesing": {}},
        {"date": "yesterday"},
        {"source": ""},
    ],
)
def test_a_malformed_price_file_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = own_prices(tmp_path, **changes)
    with pytest.raises(PipelineCompilerError) as error:
        price_table(path)
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.code, diagnostic.place.file) == ("PC576", str(path))
    assert next(iter(changes)) in diagnostic.details[0]


@pytest.mark.parametrize("text", ["[", "prices: 1", "", "\x00"])
def test_what_is_no_price_file_at_all_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "prices.yaml").write_text(text)
    with pytest.raises(PipelineCompilerError) as error:
        price_table(tmp_path / "prices.yaml")
    assert error.value.codes == ("PC576",)


def test_one_s_own_price_counts(tmp_path: Path) -> None:
    found = price_table(own_prices(tmp_path)).find("us-east-1", "Training", "ml.m5.xlarge")
    shipped = price_table().find("us-east-1", "Training", "ml.m5.xlarge")
    assert found is not None
    assert shipped is not None
    assert (found.amount, found.source) == (0.2, "a test")
    assert shipped.amount != found.amount


def test_every_shipped_price_says_where_it_comes_from() -> None:
    path = Path(__file__).parents[2] / "pipeline_compiler" / "cost" / "prices.yaml"
    for group in read_prices(path):
        assert len(group.source) > 20
        assert group.date.year >= 2023
        assert group.processing or group.training


def test_what_starts_nothing_in_aws_has_no_budget(tmp_path: Path) -> None:
    path = config(tmp_path, budget=0.01)
    assert cli("iam", path).code == 0
    assert "PC575" not in cli("run", path, "--state-dir", tmp_path / "runs").err
