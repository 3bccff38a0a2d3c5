"""`cost --refresh` and `cost --history`, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from pipeline_compiler import compile_pipeline
from pipeline_compiler.cost import Charge, price_table
from pipeline_compiler.cost.history import past_runs
from tests.aws_endpoint import aws_endpoint
from tests.cli.harness import cli
from tests.configs import minimal_config, with_values
from tests.cost.test_bound import config


def product(usage: str, description: str, amount: str, unit: str = "Hrs", **terms: Any) -> str:
    """One entry of a PriceList, as GetProducts gives it: JSON in a string."""
    dimension = {
        "unit": unit,
        "endRange": "Inf",
        "beginRange": "0",
        "description": description,
        "appliesTo": [],
        "rateCode": "SKU.JRTCKXETXF.6YS6EN2CT7",
        "pricePerUnit": {"USD": amount},
    }
    on_demand = {"SKU.JRTCKXETXF": {"priceDimensions": {"SKU.JRTCKXETXF.6YS6EN2CT7": dimension}}}
    attributes = {"regionCode": "us-east-1", "servicecode": "AmazonSageMaker", "usagetype": usage}
    return json.dumps(
        {
            "product": {"productFamily": "ML Instance", "attributes": attributes, "sku": "SKU"},
            "serviceCode": "AmazonSageMaker",
            "terms": terms or {"OnDemand": on_demand},
            "version": "20261101",
        }
    )


PAGES = {
    "": [
        product("USE1-Train:ml.m5.xlarge", "$0.23 per Training ml.m5.xlarge hour", "0.2300000000"),
        product("USE1-Host:ml.m5.xlarge", "$9 per Hosting ml.m5.xlarge hour", "9.0000000000"),
        product("USE1-TrainWarmPool:ml.m5.xlarge", "$9 per Training Warm Pool ml.m5.xlarge hour", "9.0"),
        product("USE1-TrainVol", "$0.14 per GB-Mo of Training Job ML storage", "0.1400000000", "GB-Mo"),
        product("USE1-HostVol", "$9 per GB-Mo of Endpoint ML storage", "9.0", "GB-Mo"),
    ],
    "next": [
        product("USE1-Processing:ml.m5.xlarge", "$0.23 per Processing ml.m5.xlarge hour", "0.2300000000"),
        product("USE1-Processing:ml.m5.large", "free", "0.0000000000"),
        product("USE1-Processing:ml.m5.2xlarge", "reserved", "1", Reserved={}),
        product("USE1-ProcVol", "$0.1 per GB-Mo of Processing ML storage", "0.1000000000", "GB-Mo"),
    ],
}


def get_products(request: dict[str, Any]) -> tuple[int, Any]:
    assert request["ServiceCode"] == "AmazonSageMaker"
    assert request["Filters"] == [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"}]
    token = request.get("NextToken", "")
    more = {"NextToken": "next"} if not token else {}
    return 200, {"FormatVersion": "aws_v1", "PriceList": PAGES[token], **more}


def plain_config(folder: Path, **values: Any) -> Path:
    path = folder / "fraud.json"
    path.write_text(json.dumps(with_values(minimal_config("XGBoostSimple"), values)))
    return path


def test_refresh_writes_the_region_s_prices_and_uses_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plain_config(tmp_path)
    assert cli("cost", path).code == 1
    with aws_endpoint({"GetProducts": get_products}, monkeypatch) as endpoint:
        result = cli("cost", path, "--refresh")
    assert result.code == 0
    assert "XGBoostTraining" in result.out
    assert "write 'prices: sagemaker-prices.yaml'" in result.err
    assert all("/us-east-1/pricing/" in authorization for _, _, authorization in endpoint.requests)
    own = price_table(tmp_path / "sagemaker-prices.yaml")
    fresh = {key: price.amount for key, price in own.prices.items() if "GetProducts) in" in price.source}
    assert fresh == {
        ("us-east-1", "Training", "ml.m5.xlarge"): 0.23,
        ("us-east-1", "Training", "volume"): 0.14,
        ("us-east-1", "Processing", "ml.m5.xlarge"): 0.23,
        ("us-east-1", "Processing", "volume"): 0.1,
    }
    path = plain_config(tmp_path, **{"pipeline.prices": "sagemaker-prices.yaml", "pipeline.budget": 100.0})
    assert cli("check", path).code == 0


@pytest.mark.parametrize(
    ("region", "endpoint_region"),
    [("eu-west-1", "eu-central-1"), ("ap-northeast-1", "ap-south-1"), ("cn-north-1", "cn-northwest-1")],
)
def test_the_price_list_is_asked_where_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, region: str, endpoint_region: str
) -> None:
    path = plain_config(tmp_path, **{"pipeline.region": region})
    with aws_endpoint({"GetProducts": lambda request: (200, {"PriceList": []})}, monkeypatch) as endpoint:
        result = cli("cost", path, "--refresh", "--json")
    assert [each["code"] for each in result.json["diagnostics"]] == ["PC577"]
    assert f"/{endpoint_region}/pricing/" in endpoint.requests[0][2]
    assert list(tmp_path.iterdir()) == [path]


def test_a_refusal_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(tmp_path)
    before = (tmp_path / "prices.yaml").read_bytes()
    refusal = {"__type": "AccessDeniedException", "message": "not authorized: pricing:GetProducts"}
    with aws_endpoint({"GetProducts": lambda request: (400, refusal)}, monkeypatch):
        result = cli("cost", path, "--refresh")
    assert result.code == 1
    assert "PC577" in result.err
    assert "pricing:GetProducts" in result.err
    assert (tmp_path / "prices.yaml").read_bytes() == before


ARN = "arn:aws:sagemaker:us-east-1:123456789012"


def step(name: str, job: str, status: str = "Succeeded", **more: Any) -> dict[str, Any]:
    kind = "TrainingJob" if "training" in job else "ProcessingJob"
    return {"StepName": name, "StepStatus": status, "Metadata": {kind: {"Arn": f"{ARN}:{job}"}}, **more}


STEPS = {
    "one": [
        step("XGBoostTraining", "training-job/t1"),
        step("CradleDataLoading_training", "processing-job/p1"),
        step("TabularPreprocessing_training", "processing-job/p2", "Failed"),
    ],
    "two": [
        step("XGBoostTraining", "training-job/t2"),
        step(
            "CradleDataLoading_training",
            "processing-job/p3",
            CacheHitResult={"SourcePipelineExecutionArn": "x"},
        ),
    ],
}
BILLABLE = {"t1": 3600, "t2": 7200}
OPERATIONS = {
    "ListPipelineExecutions": lambda request: (
        200,
        {
            "PipelineExecutionSummaries": [
                {"PipelineExecutionArn": f"{ARN}:pipeline/fraud-detection/execution/{name}"} for name in STEPS
            ]
        },
    ),
    "ListPipelineExecutionSteps": lambda request: (
        200,
        {"PipelineExecutionSteps": STEPS[request["PipelineExecutionArn"].rsplit("/", 1)[-1]]},
    ),
    "DescribeTrainingJob": lambda request: (
        200,
        {"BillableTimeInSeconds": BILLABLE[request["TrainingJobName"]]},
    ),
    "DescribeProcessingJob": lambda request: (
        200,
        {
            "ProcessingStartTime": 1.7e9,
            "ProcessingEndTime": 1.7e9 + 1800 * int(request["ProcessingJobName"][1]),
        },
    ),
}


def test_past_durations_beside_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(tmp_path)
    with aws_endpoint(OPERATIONS, monkeypatch) as endpoint:
        data = cli("cost", path, "--history", "--json").json
        text = cli("cost", path, "--history", "--executions", "1").out
    hourly = 0.2 + 30 * 0.1 / 672
    assert data["expected"] == {
        "XGBoostTraining": pytest.approx(1.5 * hourly),  # the mean of one hour and two
        "CradleDataLoading_training": pytest.approx(0.5 * hourly),  # the cached step ran no job
    }
    assert "unknown" in text
    assert "the last 1 executions" in text
    assert "1 steps that have not run to their end" in text
    asked = [
        request["PipelineExecutionArn"][-3:] for name, request, _ in endpoint.requests if "Steps" in name
    ]
    assert asked == ["one", "two", "one"]


def test_a_tuning_step_took_what_all_its_training_jobs_took(monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = {"TuningJob": {"Arn": f"{ARN}:hyper-parameter-tuning-job/tune"}}
    tuned = {"StepName": "Tune", "StepStatus": "Succeeded", "Metadata": metadata}
    trials = [
        {"TrainingStartTime": 1.7e9, "TrainingEndTime": 1.7e9 + 1800},
        {"TrainingStartTime": 1.7e9, "TrainingEndTime": 1.7e9 + 900},
        {"TrainingJobStatus": "Stopped"},  # before it got an instance
    ]
    operations = {
        **OPERATIONS,
        "ListPipelineExecutionSteps": lambda request: (200, {"PipelineExecutionSteps": [tuned]}),
        "ListTrainingJobsForHyperParameterTuningJob": lambda request: (
            200,
            {"TrainingJobSummaries": trials[:2], "NextToken": "more"}
            if "NextToken" not in request
            else {"TrainingJobSummaries": trials[2:]},
        ),
    }
    compiled = compile_pipeline("XGBoostSimple", minimal_config("XGBoostSimple"))
    with aws_endpoint(operations, monkeypatch):
        found, _ = past_runs(boto3.Session(region_name="us-east-1"), compiled, 1)
    assert found["Tune"].seconds == (2700.0,)
    bounded = Charge("Tune", "Training", "ml.m5.xlarge", 1, 1.0, 2.0, 0, 20.0, 0.0, jobs=10)
    assert found["Tune"].expected(bounded) == pytest.approx(0.75 * 2.0)


def test_a_pipeline_that_was_never_deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {"__type": "ResourceNotFound", "message": "Pipeline 'fraud-detection' does not exist."}
    with aws_endpoint({"ListPipelineExecutions": lambda request: (400, missing)}, monkeypatch):
        result = cli("cost", config(tmp_path), "--history")
    assert result.code == 1
    assert "PC506" in result.err
    assert "does not exist" in result.err
