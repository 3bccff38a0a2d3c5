"""What AWS refuses or what goes wrong at run time beyond its service model: one row per mistake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from pipeline_compiler.conformance import Finding, service_rules
from pipeline_compiler.conformance.checks import Background, check_definition
from script_contracts.core.diagnostics import Severity, catalogue

from .handwritten import (
    OWN,
    XGBOOST,
    channel,
    condition,
    definition,
    fail,
    own_address,
    processing,
    s3_input,
    s3_output,
    training,
)

ECR = "dkr.ecr.us-east-1.amazonaws.com"
ELSEWHERE = OWN.replace("us-east-1", "eu-west-1")
GPU_IMAGE = f"763104351884.{ECR}/pytorch-training:2.10.0-gpu-py313-cu130-ubuntu22.04-sagemaker"
CPU_IMAGE = f"763104351884.{ECR}/pytorch-training:2.10.0-cpu-py313-ubuntu22.04-sagemaker"
NEURON_IMAGE = f"763104351884.{ECR}/pytorch-training-neuronx:2.1.2-neuronx-py310-sdk2.20"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SUBMIT = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": '"s3://bucket/code/source.tar.gz"'}
LONG = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Long"}, "x" * 200]}}
LESS = {"Type": "LessThan", "LeftValue": 1, "RightValue": 2}


@dataclass(frozen=True)
class Case:
    """One mistake.

    Attributes:
        says: what the message must contain: the actual value among it.
        location: where in the step's entry.
    """

    code: str
    says: str
    location: str
    steps: tuple[dict[str, Any], ...]
    severity: Severity = Severity.ERROR
    step: str = ""

    def __str__(self) -> str:
        return f"{self.code}-{self.says[:40]}"


def case(code: str, says: str, location: str, *steps: dict[str, Any], warning: bool = False) -> Case:
    return Case(code, says, location, steps, Severity.WARNING if warning else Severity.ERROR)


INPUT, OUTPUT = "Arguments.ProcessingInputs[{}]", "Arguments.ProcessingOutputConfig.Outputs[{}]"
LOCAL = "/opt/ml/processing/input"
CASES = [
    case(
        "PC540",
        "'/opt/ml/data', which is not below /opt/ml/processing/",
        INPUT.format(0) + ".S3Input.LocalPath",
        processing(ProcessingInputs__0__S3Input__LocalPath="/opt/ml/data"),
    ),
    case(
        "PC540",
        "output 'train' has the local path '/opt/ml/output'",
        OUTPUT.format(0) + ".S3Output.LocalPath",
        processing(ProcessingOutputConfig__Outputs__0__S3Output__LocalPath="/opt/ml/output"),
        warning=True,
    ),
    case(
        "PC540",
        "/opt/ml/processing/../data",
        INPUT.format(0) + ".S3Input.LocalPath",
        processing(ProcessingInputs__0__S3Input__LocalPath="/opt/ml/processing/../data"),
    ),
    case(
        "PC541",
        f"input 'code' and input 'raw' have the same local path '{LOCAL}/code'",
        INPUT.format(1) + ".S3Input.LocalPath",
        processing(ProcessingInputs__0__S3Input__LocalPath=f"{LOCAL}/code/"),
    ),
    case(
        "PC541",
        "output 'train' and input 'raw'",
        OUTPUT.format(0) + ".S3Output.LocalPath",
        processing(ProcessingOutputConfig__Outputs__0__S3Output__LocalPath=f"{LOCAL}/raw"),
    ),
    case(
        "PC542",
        "input 'code' lies inside of input 'raw'",
        INPUT.format(1) + ".S3Input.LocalPath",
        processing(ProcessingInputs__0__S3Input__LocalPath=LOCAL),
        warning=True,
    ),
    case(
        "PC543",
        "two entries have the InputName 'raw'",
        INPUT.format(1) + ".InputName",
        processing(ProcessingInputs__1__InputName="raw"),
    ),
    case(
        "PC543",
        "an InputName and an OutputName are both 'raw'",
        OUTPUT.format(0) + ".OutputName",
        processing(ProcessingOutputConfig__Outputs__0__OutputName="raw"),
    ),
    case(
        "PC543",
        "the ChannelName 'train'",
        "Arguments.InputDataConfig[1].ChannelName",
        training(InputDataConfig=[channel("train", "s3://bucket/a/"), channel("train", "s3://bucket/b/")]),
    ),
    case(
        "PC544",
        "without StoppingCondition.MaxWaitTimeInSeconds",
        "Arguments.EnableManagedSpotTraining",
        training(EnableManagedSpotTraining=True),
    ),
    case(
        "PC544",
        "MaxWaitTimeInSeconds is 600, which is less than the run time of 3600",
        "Arguments.StoppingCondition.MaxWaitTimeInSeconds",
        training(EnableManagedSpotTraining=True, StoppingCondition__MaxWaitTimeInSeconds=600),
    ),
    case(
        "PC544",
        "EnableManagedSpotTraining is not",
        "Arguments.StoppingCondition.MaxWaitTimeInSeconds",
        training(StoppingCondition__MaxWaitTimeInSeconds=7200),
        warning=True,
    ),
    case(
        "PC545",
        "the image lies in eu-west-1, and the pipeline runs in us-east-1",
        "Arguments.AppSpecification.ImageUri",
        processing(AppSpecification__ImageUri=ELSEWHERE),
    ),
    case(
        "PC545",
        "account 141502667606 has no 'sagemaker-xgboost' in us-east-1",
        "Arguments.AlgorithmSpecification.TrainingImage",
        training(
            AlgorithmSpecification__TrainingImage=XGBOOST.replace("683313688378", "141502667606"),
        ),
    ),
    case(
        "PC545",
        "account 626614931356 has no 'pytorch-training' in us-east-1",
        "Arguments.AlgorithmSpecification.TrainingImage",
        training(
            AlgorithmSpecification__TrainingImage=CPU_IMAGE.replace("763104351884", "626614931356"),
        ),
    ),
    case(
        "PC546",
        "ml.m5.xlarge is a CPU instance",
        "Arguments.ResourceConfig.InstanceType",
        training(AlgorithmSpecification__TrainingImage=GPU_IMAGE),
        warning=True,
    ),
    case(
        "PC546",
        "ml.g5.xlarge is a GPU instance",
        "Arguments.ResourceConfig.InstanceType",
        training(
            AlgorithmSpecification__TrainingImage=CPU_IMAGE, ResourceConfig__InstanceType="ml.g5.xlarge"
        ),
        warning=True,
    ),
    case(
        "PC546",
        "built for Neuron instances",
        "Arguments.ResourceConfig.InstanceType",
        training(
            AlgorithmSpecification__TrainingImage=NEURON_IMAGE, ResourceConfig__InstanceType="ml.g5.xlarge"
        ),
        warning=True,
    ),
    case(
        "PC548",
        "would download its code from s3://bucket/code/source.tar.gz",
        "Arguments.HyperParameters.sagemaker_submit_directory",
        training(EnableNetworkIsolation=True, HyperParameters=SUBMIT),
    ),
    case(
        "PC549",
        "ml.g5.xlarge has local storage",
        "Arguments.ResourceConfig.VolumeKmsKeyId",
        training(ResourceConfig__InstanceType="ml.g5.xlarge", ResourceConfig__VolumeKmsKeyId="key-1"),
    ),
    case(
        "PC549",
        "the volume key lies in eu-west-1",
        "Arguments.ProcessingResources.ClusterConfig.VolumeKmsKeyId",
        processing(ProcessingResources__ClusterConfig__VolumeKmsKeyId=KEY),
    ),
    case(
        "PC550",
        "begins with 's3://bucket/train', and so 's3://bucket/train-old/' too",
        INPUT.format(0) + ".S3Input.S3Uri",
        processing(
            ProcessingInputs=[
                s3_input("new", "s3://bucket/train", f"{LOCAL}/new"),
                s3_input("old", "s3://bucket/train-old/", f"{LOCAL}/old"),
            ]
        ),
        warning=True,
    ),
    case(
        "PC551",
        "where Prepare writes output 'train'",
        OUTPUT.format(0) + ".S3Output.S3Uri",
        processing(),
        processing(
            "Again", ProcessingOutputConfig__Outputs__0__S3Output__S3Uri=own_address("Prepare", "train")
        ),
        warning=True,
    ),
    case(
        "PC552",
        "every execution writes output 'train' to 's3://bucket/train/'",
        OUTPUT.format(0) + ".S3Output.S3Uri",
        processing(ProcessingOutputConfig__Outputs__0__S3Output__S3Uri="s3://bucket/train/"),
        warning=True,
    ),
    case(
        "PC552",
        "s3://bucket/{Execution.PipelineName}",
        OUTPUT.format(0) + ".S3Output.S3Uri",
        processing(
            ProcessingOutputConfig__Outputs__0__S3Output__S3Uri={
                "Std:Join": {"On": "/", "Values": ["s3://bucket", {"Get": "Execution.PipelineName"}]}
            }
        ),
        warning=True,
    ),
    case(
        "PC553",
        "where input 'raw' is read from",
        OUTPUT.format(0) + ".S3Output.S3Uri",
        processing(
            ProcessingInputs__0__S3Input__S3Uri=own_address("x"),
            ProcessingOutputConfig__Outputs__0__S3Output__S3Uri=own_address("x"),
        ),
        warning=True,
    ),
    case(
        "PC554",
        "1 object for 3 instances: 2 would get no data",
        "Arguments.InputDataConfig[0].DataSource.S3DataSource.S3DataDistributionType",
        training(
            InputDataConfig__0__DataSource__S3DataSource__S3DataDistributionType="ShardedByS3Key",
            InputDataConfig__0__DataSource__S3DataSource__S3Uri="s3://bucket/train.csv",
            ResourceConfig__InstanceCount=3,
        ),
    ),
    case(
        "PC555",
        "argument 2 of ContainerArguments has 300 characters",
        "Arguments.AppSpecification.ContainerArguments[1]",
        processing(AppSpecification__ContainerArguments=["--text", LONG]),
    ),
    case(
        "PC555",
        "environment variable 'TEXT' has 300 characters",
        "Arguments.Environment.TEXT",
        processing(Environment={"TEXT": LONG}),
    ),
    case(
        "PC556",
        "LessThan compares numbers, and LeftValue is '1'",
        "Arguments.Conditions[0].LeftValue",
        condition({**LESS, "LeftValue": "1", "RightValue": {"Get": "Execution.StartDateTime"}}),
    ),
    case(
        "PC556",
        "LeftValue is the parameter 'Long'",
        "Arguments.Conditions[0].Conditions[0].LeftValue",
        condition(
            {
                "Type": "Or",
                "Conditions": [
                    {
                        **LESS,
                        "LeftValue": {"Get": "Parameters.Long"},
                        "RightValue": {"Get": "Parameters.Long"},
                    }
                ],
            }
        ),
    ),
    case(
        "PC556",
        "there is no condition of type 'LesThan'",
        "Arguments.Conditions[0]",
        condition({**LESS, "Type": "LesThan"}),
    ),
    case(
        "PC556",
        "Not has no member 'Expression'",
        "Arguments.Conditions[0].Expression",
        condition({"Type": "Not", "Expression": LESS}),
    ),
    case(
        "PC556",
        "LessThan lacks 'RightValue'",
        "Arguments.Conditions[0]",
        condition({"Type": "LessThan", "LeftValue": 1}),
    ),
    case(
        "PC556",
        "Values of In must be a list",
        "Arguments.Conditions[0].Values",
        condition({"Type": "In", "QueryValue": 1, "Values": []}),
    ),
    case("PC556", "neither branch", "Arguments", condition(LESS, ElseSteps=[]), warning=True),
    case(
        "PC557",
        "waits for the Fail step 'Stop'",
        "DependsOn[0]",
        fail(),
        {**processing(), "DependsOn": ["Stop"]},
    ),
    case("PC557", "has 4000 characters", "Arguments.ErrorMessage", fail("x" * 4000)),
]


def check(*steps: dict[str, Any], **options: Any) -> tuple[Finding, ...]:
    document = definition(*steps, parameters={"Long": ("String", "y" * 100), "Place": ("String", "train")})
    return check_definition(document, region="us-east-1", **options)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_mistake_is_found_where_it_is(case: Case) -> None:
    found = [each for each in check(*case.steps) if each.rule.code == case.code and case.says in each.message]
    assert [each.location for each in found] == [case.location]
    assert found[0].severity is case.severity
    assert found[0].fix


def test_every_rule_has_a_mistake() -> None:
    with_own_tests = {"PC547"}
    assert {case.code for case in CASES} | with_own_tests == {
        rule.code for rule in catalogue(vars(service_rules))
    }


def test_correct_steps_have_no_findings() -> None:
    good = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Long"}, "RightValue": "y"}
    assert check(processing(), training(), condition(good, LESS)) == ()


def test_a_parameters_default_counts_as_the_value() -> None:
    place = {"Std:Join": {"On": "/", "Values": ["/opt/ml", {"Get": "Parameters.Place"}]}}
    (found,) = check(processing(ProcessingInputs__0__S3Input__LocalPath=place))
    assert (found.rule.code, "'/opt/ml/train'" in found.message) == ("PC540", True)


@pytest.mark.parametrize(
    "uri",
    [
        own_address("a"),
        {"Get": "Steps.Other.ModelArtifacts.S3ModelArtifacts"},
        {"Std:Join": {"On": "/", "Values": ["s3://bucket", {"Get": "Execution.StartDateTime"}]}},
    ],
)
def test_an_address_of_one_execution_is_no_problem(uri: Any) -> None:
    step = processing(ProcessingOutputConfig__Outputs__0__S3Output__S3Uri=uri)
    assert "PC552" not in {each.rule.code for each in check(step)}


def test_a_reference_to_an_output_is_the_address_that_is_written_to() -> None:
    producer = processing(
        ProcessingOutputConfig__Outputs=[
            s3_output("train", own_address("train"), "/opt/ml/processing/output/train"),
            s3_output("old", own_address("train-old"), "/opt/ml/processing/output/old"),
        ]
    )
    reference = {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
    found = check(producer, training(InputDataConfig=[channel("train", reference)]))
    assert [each.rule.code for each in found] == ["PC550"]
    assert "train-old" in found[0].message


def test_a_prefix_may_read_the_folders_below_it() -> None:
    below = [channel("all", "s3://bucket/train"), channel("part", "s3://bucket/train/part/")]
    assert check(training(InputDataConfig=below)) == ()


def test_an_output_that_is_its_own_address_has_none() -> None:
    itself = {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
    found = check(processing(ProcessingOutputConfig__Outputs__0__S3Output__S3Uri=itself))
    assert {each.rule.code for each in found} <= {"PC532"}


def test_of_two_branches_only_one_writes() -> None:
    same = {"ProcessingOutputConfig__Outputs__0__S3Output__S3Uri": own_address("same")}
    gate = condition(LESS, IfSteps=[processing("A", **same)], ElseSteps=[processing("B", **same)])
    assert check(gate) == ()


@pytest.mark.parametrize(("objects", "codes"), [(2, ["PC554"]), (3, []), (None, [])])
def test_objects_are_counted_where_they_are_known(objects: int | None, codes: list[str]) -> None:
    step = training(
        InputDataConfig__0__DataSource__S3DataSource__S3DataDistributionType="ShardedByS3Key",
        ResourceConfig__InstanceCount=3,
    )
    known = {} if objects is None else {"s3://bucket/prepared": objects}
    assert [each.rule.code for each in check(step, background=Background(objects=known))] == codes


class TestEndOfSupport:
    @pytest.mark.parametrize(
        ("today", "severity", "says"),
        [
            (
                date(2026, 11, 18),
                Severity.WARNING,
                "AWS stopped patching sagemaker-xgboost:3.0-5 on 2026-11-17",
            ),
            (date(2026, 11, 17), Severity.NOTE, "AWS stops patching sagemaker-xgboost:3.0-5 on 2026-11-17"),
            (date(2026, 8, 19), Severity.NOTE, "AWS stops patching sagemaker-xgboost:3.0-5 on 2026-11-17"),
        ],
    )
    def test_near_and_past(self, today: date, severity: Severity, says: str) -> None:
        step = training(AlgorithmSpecification__TrainingImage=XGBOOST.replace("3.2-0", "3.0-5"))
        (found,) = check(step, today=today)
        assert (found.rule.code, found.severity) == ("PC547", severity)
        assert says in found.message
        assert "https://" in found.message

    @pytest.mark.parametrize("today", [None, date(2026, 8, 18)])
    def test_far_away_or_not_asked(self, today: date | None) -> None:
        step = training(AlgorithmSpecification__TrainingImage=XGBOOST.replace("3.2-0", "3.0-5-cpu-py3"))
        assert check(step, today=today) == ()

    def test_a_minor_version_stands_for_its_patches(self) -> None:
        step = training(AlgorithmSpecification__TrainingImage=CPU_IMAGE)
        (found,) = check(step, today=date(2027, 1, 22))
        assert "pytorch-training:2.10.0 on 2027-01-21" in found.message

    def test_an_image_of_ones_own_has_no_date(self) -> None:
        own = XGBOOST.replace("683313688378", "123456789012").replace("3.2-0", "3.0-5")
        assert check(training(AlgorithmSpecification__TrainingImage=own), today=date(2030, 1, 1)) == ()


class TestOneModel:
    """XGBoost versions along one model, in any definition."""

    OLD = XGBOOST.replace("3.2-0", "3.0-5")
    MODEL = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}  # noqa: RUF012

    def evaluation(self, image: str, uri: Any) -> dict[str, Any]:
        return processing(
            "Evaluate",
            AppSpecification__ImageUri=image,
            ProcessingInputs__0__S3Input__S3Uri=uri,
            ProcessingInputs__0__S3Input__S3DataType="S3Prefix",
        )

    def test_a_job_that_reads_the_model(self) -> None:
        (found,) = check(training(), self.evaluation(self.OLD, self.MODEL))
        assert (found.rule.code, found.step) == ("PC422", "Evaluate")
        assert "3.0-5 in Evaluate; 3.2-0 in Train" in found.message

    def test_a_registration_of_what_a_job_made_of_the_model(self) -> None:
        package = {"Get": "Steps.Evaluate.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
        container = {"Image": self.OLD, "ModelDataUrl": package}
        arguments = {
            "ModelPackageGroupName": "models",
            "InferenceSpecification": {
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        }
        register = {"Name": "Register", "Type": "RegisterModel", "Arguments": arguments}
        found = check(training(), self.evaluation(OWN, self.MODEL), register)
        assert [(each.rule.code, each.step) for each in found] == [("PC422", "Register")]

    def test_a_job_that_does_not_touch_the_model_may_use_another_version(self) -> None:
        assert check(training(), self.evaluation(self.OLD, "s3://bucket/raw/")) == ()
