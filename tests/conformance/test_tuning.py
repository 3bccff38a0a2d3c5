"""Tuning steps: one row per mistake, and what is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from pipeline_compiler.conformance import Finding, tuning_rules
from pipeline_compiler.conformance.checks import Background, check_definition
from pipeline_compiler.conformance.quotas import shipped_quotas
from script_contracts.core.diagnostics import catalogue

from .handwritten import OWN, XGBOOST, bounds, channel, definition, own_address, processing, tuning
from .test_service_rules import GPU_IMAGE, KEY, SUBMIT

CONFIG, TRAINED = "HyperParameterTuningJobConfig", "TrainingJobDefinition"
RANGES, LIMITS = f"{CONFIG}__ParameterRanges", f"{CONFIG}__ResourceLimits"
METRICS = f"{TRAINED}__AlgorithmSpecification__MetricDefinitions"
DEPTH, ETA = f"{RANGES}__IntegerParameterRanges", f"{RANGES}__ContinuousParameterRanges"
BOOSTER = f"{RANGES}__CategoricalParameterRanges"
GRID = {f"{CONFIG}__Strategy": "Grid", DEPTH: [], ETA: []}
CHOICES = [{"Name": "a", "Values": ["1", "2", "3"]}, {"Name": "b", "Values": ["1", "2"]}]


def check(*steps: dict[str, Any], parameters: Any = None, **quotas: int) -> tuple[Finding, ...]:
    return check_definition(
        definition(*steps, parameters=parameters),
        region="us-east-1",
        quotas=shipped_quotas().with_overrides(quotas),
    )


@dataclass(frozen=True)
class Case:
    """One mistake: its code, what the message must contain, and where it is in the step's Arguments."""

    code: str
    says: str
    location: str
    changes: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.code}-{self.says[:40]}"


def case(code: str, says: str, location: str, **changes: Any) -> Case:
    return Case(code, says, f"Arguments.{location}", changes)


def several(**second: Any) -> dict[str, Any]:
    """Two training definitions in place of the one."""
    base = tuning()["Arguments"][TRAINED]
    both = [{**base, "DefinitionName": "one"}, {**base, "DefinitionName": "two", **second}]
    step = tuning()
    del step["Arguments"][TRAINED]
    step["Arguments"]["TrainingJobDefinitions"] = both
    return step


METRIC = f"{CONFIG}.HyperParameterTuningJobObjective.MetricName"
WHERE = f"{CONFIG}.ParameterRanges"
CASES = [
    case(
        "PC558",
        "the objective 'validation:acu' is not among the MetricDefinitions",
        METRIC,
        **{METRIC.replace(".", "__"): "validation:acu"},
    ),
    case("PC558", "not among", METRIC, **{METRICS: []}),
    case(
        "PC558",  # no script, no definitions, and an image in the account of the role
        "not among",
        METRIC,
        **{
            METRICS: [],
            f"{TRAINED}__StaticHyperParameters": {},
            f"{TRAINED}__AlgorithmSpecification__TrainingImage": OWN,
        },
    ),
    case("PC558", "has no objective", CONFIG, **{f"{CONFIG}__HyperParameterTuningJobObjective": None}),
    case(
        "PC559",
        "'auc:([0-9.]+' is no regular expression: missing ),",
        f"{METRICS.replace('__', '.')}[0].Regex",
        **{f"{METRICS}__0__Regex": "auc:([0-9.]+"},
    ),
    case(
        "PC559",
        "'auc:[0-9.]+' has no parentheses",
        f"{METRICS.replace('__', '.')}[0].Regex",
        **{f"{METRICS}__0__Regex": "auc:[0-9.]+"},
    ),
    case(
        "PC590",
        "MinValue is '2.5', which is no whole number",
        f"{WHERE}.IntegerParameterRanges[0].MinValue",
        **{f"{DEPTH}__0__MinValue": "2.5"},
    ),
    case(
        "PC590",
        "MaxValue is 'inf', which is no number",
        f"{WHERE}.ContinuousParameterRanges[0].MaxValue",
        **{f"{ETA}__0__MaxValue": "inf"},
    ),
    case(
        "PC590",
        "MinValue 10 is above MaxValue 9",
        f"{WHERE}.IntegerParameterRanges[0].MinValue",
        **{f"{DEPTH}__0__MinValue": "10"},
    ),
    case(
        "PC591",
        "the scale is Logarithmic, and MinValue is 0",
        f"{WHERE}.ContinuousParameterRanges[0].ScalingType",
        **{f"{ETA}__0__MinValue": "0.0"},
    ),
    case(
        "PC591",
        "0.01 to 1 is not within 0 <= x < 1",
        f"{WHERE}.ContinuousParameterRanges[0].ScalingType",
        **{f"{ETA}__0": bounds("eta", "0.01", "1", "ReverseLogarithmic")},
    ),
    case(
        "PC591",
        "this one is of whole numbers",
        f"{WHERE}.IntegerParameterRanges[0].ScalingType",
        **{f"{DEPTH}__0__ScalingType": "ReverseLogarithmic"},
    ),
    case(
        "PC592",
        "'eta' has a range and a value in StaticHyperParameters",
        f"{WHERE}.ContinuousParameterRanges[0].Name",
        **{f"{TRAINED}__StaticHyperParameters__eta": "0.3"},
    ),
    case(
        "PC592",
        "'eta' has a range and another range",
        f"{WHERE}.CategoricalParameterRanges[0].Name",
        **{f"{BOOSTER}__0__Name": "eta"},
    ),
    case(
        "PC593",
        "the grid has the range of 'eta', which is not categorical",
        f"{WHERE}.ContinuousParameterRanges[0]",
        **{f"{CONFIG}__Strategy": "Grid", DEPTH: []},
    ),
    case(
        "PC593",
        "MaxNumberOfTrainingJobs is 5, and the grid has 6 combinations",
        f"{CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs",
        **{**GRID, BOOSTER: CHOICES, f"{LIMITS}__MaxNumberOfTrainingJobs": 5},
    ),
    case(
        "PC593",
        "TrainingJobEarlyStoppingType is 'Auto', and Hyperband",
        f"{CONFIG}.TrainingJobEarlyStoppingType",
        **{f"{CONFIG}__Strategy": "Hyperband", f"{CONFIG}__TrainingJobEarlyStoppingType": "Auto"},
    ),
    case(
        "PC593",
        "StrategyConfig is for Hyperband, and the strategy is 'Bayesian'",
        f"{CONFIG}.StrategyConfig",
        **{f"{CONFIG}__StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 9}}},
    ),
    case(
        "PC594",
        "MaxParallelTrainingJobs is 4, and MaxNumberOfTrainingJobs only 3",
        f"{CONFIG}.ResourceLimits.MaxParallelTrainingJobs",
        **{f"{LIMITS}__MaxNumberOfTrainingJobs": 3},
    ),
    case(
        "PC594",
        "MaxNumberOfTrainingJobs is 20, and the ranges have only 16 combinations",
        f"{CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs",
        **{ETA: []},
    ),
    case(
        "PC535",
        "751 training jobs of a tuning job; the quota is 750",
        f"{CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs",
        **{f"{LIMITS}__MaxNumberOfTrainingJobs": 751},
    ),
    case(
        "PC535",
        "11 training jobs of a tuning job at one time; the quota is 10",
        f"{CONFIG}.ResourceLimits.MaxParallelTrainingJobs",
        **{f"{LIMITS}__MaxParallelTrainingJobs": 11},
    ),
    case(
        "PC535",
        "2592001 seconds that a tuning job may run; the quota is 2592000",
        f"{CONFIG}.ResourceLimits.MaxRuntimeInSeconds",
        **{f"{LIMITS}__MaxRuntimeInSeconds": 2_592_001},
    ),
    case(
        "PC535",
        "31 hyperparameters that a tuning job searches; the quota is 30",
        CONFIG,
        **{DEPTH: [bounds(f"P{number}", "1", "9") for number in range(29)]},
    ),
    case("PC595", "has both TrainingJobDefinition and", "", TrainingJobDefinitions=[]),
    case(
        "PC595",
        "the training definition has neither ResourceConfig nor",
        TRAINED,
        **{f"{TRAINED}__ResourceConfig": None},
    ),
]


def without_none(value: Any) -> Any:
    """A None among the changes takes the member away."""
    if isinstance(value, dict):
        return {key: without_none(each) for key, each in value.items() if each is not None}
    return value


@pytest.mark.parametrize("each", CASES, ids=str)
def test_a_mistake_is_found(each: Case) -> None:
    found = [one for one in check(without_none(tuning(**each.changes))) if one.rule.code == each.code]
    assert len(found) == 1, found
    assert found[0].step == "Tune"
    assert found[0].location == each.location.removesuffix(".")
    assert each.says in found[0].message
    assert found[0].fix


def test_every_rule_has_a_case() -> None:
    assert {rule.code for rule in catalogue(vars(tuning_rules))} <= {each.code for each in CASES}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {f"{CONFIG}__Strategy": "Hyperband", f"{CONFIG}__StrategyConfig": {}},
        {**GRID, BOOSTER: CHOICES, f"{LIMITS}__MaxNumberOfTrainingJobs": 6},
        {**GRID, BOOSTER: CHOICES, LIMITS: {"MaxParallelTrainingJobs": 4}},
        {ETA: [], f"{LIMITS}__MaxNumberOfTrainingJobs": 16},
        {f"{ETA}__0": bounds("eta", "0", "0.99", "ReverseLogarithmic")},
        {f"{ETA}__0": bounds("eta", "1e-4", "1e-4", "Logarithmic")},
        {f"{DEPTH}__0": bounds("max_depth", "-3", "+4")},
        # AWS's XGBoost without a script is a built-in algorithm, whose metrics AWS knows
        {
            METRICS: [],
            f"{TRAINED}__StaticHyperParameters": {},
            f"{METRIC.replace('.', '__')}": "validation:x",
        },
        {f"{METRICS}__0__Regex": r"auc:(?<value>\d++\.\d+)".replace("?<value>", "")},  # Java's
    ],
    ids=str,
)
def test_what_is_right_is_left_alone(changes: dict[str, Any]) -> None:
    assert check(tuning(**changes)) == ()


def test_several_definitions_that_fit() -> None:
    assert check(several()) == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"DefinitionName": "one"}, "two training definitions are called 'one'"),
        ({"Environment": {f"V{number}": "x" for number in range(49)}}, "49 environment variables together"),
    ],
    ids=["name", "environment"],
)
def test_several_definitions_that_do_not_fit(changes: dict[str, Any], says: str) -> None:
    found = [one.message for one in check(several(**changes)) if one.rule.code == "PC595"]
    assert len(found) == 1
    assert says in found[0]


@pytest.mark.parametrize("member", ["TrainingJobEarlyStoppingType", "WarmStartConfig"])
def test_one_algorithm_only(member: str) -> None:
    step = several()
    if member == "WarmStartConfig":
        parents = [{"HyperParameterTuningJobName": "earlier"}]
        step["Arguments"][member] = {
            "ParentHyperParameterTuningJobs": parents,
            "WarmStartType": "TransferLearning",
        }
    else:
        step["Arguments"][CONFIG][member] = "Auto"
    (found,) = check(step)
    assert (found.rule.code, member in found.message) == ("PC595", True)


def test_each_definition_has_an_objective_and_ranges_of_its_own() -> None:
    own = {
        "TuningObjective": {"Type": "Minimize", "MetricName": "validation:acu"},
        "HyperParameterRanges": {"ContinuousParameterRanges": [bounds("eta", "1", "0")]},
    }
    found = {one.rule.code: one.location for one in check(several(**own))}
    assert found == {
        "PC558": "Arguments.TrainingJobDefinitions[1].TuningObjective.MetricName",
        "PC590": "Arguments.TrainingJobDefinitions[1].HyperParameterRanges"
        ".ContinuousParameterRanges[0].MinValue",
    }


@pytest.mark.parametrize(
    ("changes", "quotas"),
    [
        ({f"{LIMITS}__MaxNumberOfTrainingJobs": 900}, {"tuning_jobs": 10_000}),
        ({f"{LIMITS}__MaxParallelTrainingJobs": 20}, {"tuning_jobs_at_once": 100}),
        ({DEPTH: [bounds(f"P{number}", "1", "9") for number in range(30)]}, {"tuned_hyperparameters": 40}),
    ],
    ids=["total", "at once", "searched"],
)
def test_a_raised_quota_holds(changes: dict[str, Any], quotas: dict[str, int]) -> None:
    assert [each.rule.code for each in check(tuning(**changes))] == ["PC535"]
    assert check(tuning(**changes), **quotas) == ()


class TestExpressions:
    """What a parameter sets counts with its default, and what the run tells is left alone."""

    def test_defaults_are_looked_at(self) -> None:
        low, most = {"Get": "Parameters.Low"}, {"Get": "Parameters.Most"}
        step = tuning(**{f"{ETA}__0__MinValue": low, f"{LIMITS}__MaxNumberOfTrainingJobs": most})
        parameters = {"Low": ("String", "0.7"), "Most": ("Integer", 2)}
        found = check(step, parameters=parameters)
        assert sorted(one.rule.code for one in found) == ["PC590", "PC594"]
        assert any("MinValue 0.7 is above MaxValue 0.5, with the parameters'" in one.message for one in found)
        assert check(step, parameters={"Low": ("String", "0.1"), "Most": ("Integer", 30)}) == ()

    def test_what_the_run_tells_is_left_alone(self) -> None:
        later = {"Std:Join": {"On": "", "Values": [{"Get": "Steps.Prepare.ExitMessage"}]}}
        step = tuning(
            **{
                f"{ETA}__0__MinValue": later,
                f"{DEPTH}__0__Name": later,
                f"{METRICS}__0__Regex": later,
                f"{METRICS}__0__Name": later,
            }
        )
        assert check(processing(), step) == ()


class TestOtherRules:
    """The rules about training jobs hold for the training definitions of a tuning job."""

    @pytest.mark.parametrize(
        ("code", "changes"),
        [
            ("PC543", {"InputDataConfig": [channel("a", "s3://b/1/"), channel("a", "s3://b/2/")]}),
            ("PC544", {"EnableManagedSpotTraining": True}),
            ("PC545", {"AlgorithmSpecification__TrainingImage": OWN.replace("us-east-1", "eu-west-1")}),
            ("PC546", {"AlgorithmSpecification__TrainingImage": GPU_IMAGE}),
            ("PC548", {"EnableNetworkIsolation": True, "StaticHyperParameters": SUBMIT}),
            ("PC549", {"ResourceConfig__VolumeKmsKeyId": KEY}),
            (
                "PC555",
                {"StaticHyperParameters__x": {"Std:Join": {"On": "", "Values": ["x" * 1300] * 2}}},
            ),
            ("PC555", {"Environment": {"A": {"Std:Join": {"On": "", "Values": ["x" * 300] * 2}}}}),
            ("PC570", {"Environment": {"AWS_SECRET": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}}),
        ],
    )
    def test_a_mistake_inside_a_training_definition(self, code: str, changes: dict[str, Any]) -> None:
        found = check(tuning(**{f"{TRAINED}__{key}": value for key, value in changes.items()}))
        assert [one.rule.code for one in found] == [code]
        assert found[0].location.startswith(f"Arguments.{TRAINED}.")

    def test_the_instances_of_version_2_of_the_sdk(self) -> None:
        step = tuning(**{f"{TRAINED}__AlgorithmSpecification__TrainingImage": GPU_IMAGE})
        trained = step["Arguments"][TRAINED]
        trained["HyperParameterTuningResourceConfig"] = trained.pop("ResourceConfig")
        (found,) = check(step)
        assert found.location.endswith(f"{TRAINED}.HyperParameterTuningResourceConfig.InstanceType")

    def test_ends_of_support_and_too_few_objects(self) -> None:
        step = tuning(
            **{
                f"{TRAINED}__AlgorithmSpecification__TrainingImage": XGBOOST.replace("3.2-0", "3.0-5"),
                f"{TRAINED}__ResourceConfig__InstanceCount": 3,
                f"{TRAINED}__InputDataConfig__0__DataSource__S3DataSource__S3DataDistributionType": (
                    "ShardedByS3Key"
                ),
            }
        )
        found = check_definition(
            definition(step),
            region="us-east-1",
            today=date(2026, 11, 21),
            background=Background(objects={"s3://bucket/prepared": 2}),
        )
        assert sorted(one.rule.code for one in found) == ["PC547", "PC554"]

    @pytest.mark.parametrize(
        "best", ["BestTrainingJob.TrainingJobName", "TrainingJobSummaries[0].TrainingJobName"]
    )
    def test_one_model_has_one_version(self, best: str) -> None:
        root = {"Get": "Steps.Tune.TrainingJobDefinition.OutputDataConfig.S3OutputPath"}
        model = {
            "Std:Join": {"On": "/", "Values": [root, {"Get": f"Steps.Tune.{best}"}, "output/model.tar.gz"]}
        }
        reader = processing(
            "Evaluate",
            AppSpecification__ImageUri=XGBOOST.replace("3.2-0", "3.0-5"),
            ProcessingInputs__0__S3Input__S3Uri=model,
        )
        (found,) = check(tuning(), reader)
        assert (found.rule.code, found.step) == ("PC422", "Evaluate")

    def test_the_model_may_be_written_under_what_another_job_reads(self) -> None:
        step = tuning(**{f"{TRAINED}__OutputDataConfig__S3OutputPath": "s3://bucket/prepared-models"})
        step["Arguments"][TRAINED]["InputDataConfig"] = [channel("train", "s3://bucket/prepared")]
        (found,) = check(step)
        assert (found.rule.code, "'s3://bucket/prepared-models'" in found.message) == ("PC550", True)
        assert check(tuning(**{f"{TRAINED}__OutputDataConfig__S3OutputPath": own_address("Tune")})) == ()
