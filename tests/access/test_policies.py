"""The policies cover all that a pipeline does, and no more than that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from pipeline_compiler import compile_pipeline
from pipeline_compiler.access import Policy, deployer_policy, execution_policy, trust_policy
from pipeline_compiler.access.gaps import policy_gaps
from pipeline_compiler.compiled import CompiledPipeline
from tests.cli.harness import cli
from tests.configs import minimal_config, with_values
from tests.step_builders.samples import NODES, config_for, surroundings

TEMPLATE = "XGBoostTrainEvaluateE2E"
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecution"
S3 = "arn:aws:s3:::"


def pipeline(template: str = TEMPLATE, **values: Any) -> CompiledPipeline:
    return compile_pipeline(template, with_values(minimal_config(template), values))


def allows(policy: Policy, action: str, resource: str, **context: str) -> bool:
    """Whether IAM would allow it, by the part of IAM's rules that the policies use."""
    for each in policy.statements:
        holds = all(
            (operator.endswith("IfExists") and key.split(":")[-1] not in context)
            or any(fnmatchcase(context.get(key.split(":")[-1], ""), value) for value in values)
            for operator, keys in each.conditions.items()
            for key, values in keys.items()
        )
        if action in each.actions and holds and any(fnmatchcase(resource, one) for one in each.resources):
            return True
    return False


def s3_uris(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and "Std:Join" in node:
        join = node["Std:Join"]
        parts = [each if isinstance(each, str) else "abc123" for each in join["Values"]]
        if parts[0].startswith("s3://"):
            yield join["On"].join(parts)
    elif isinstance(node, (dict, list)):
        for each in node.values() if isinstance(node, dict) else node:
            yield from s3_uris(each)
    elif isinstance(node, str) and "s3://" in node:
        yield node[node.index("s3://") :].strip('"')


@pytest.mark.parametrize("node", NODES)
def test_the_execution_role_may_do_all_that_the_steps_do(node: str) -> None:
    template = surroundings(node)
    compiled = compile_pipeline(template, config_for(template))
    assert node in {step["Name"] for step in compiled.steps}
    gaps = list(policy_gaps(compiled))
    assert [each.severity.value for each in gaps] == ["note"] * any(
        step["Name"] == "ModelFromPackage" for step in compiled.steps
    )
    policy = execution_policy(compiled)
    base = "arn:aws:sagemaker:us-east-1:123456789012"
    for step in compiled.steps:
        job = {"Processing": "ProcessingJob", "Training": "TrainingJob"}.get(step["Type"])
        if job:
            resource = f"{base}:{job[:-3].lower()}-job/pipelines-abc123-{step['Name']}-x1y2"
            for verb in ("Create", "Describe", "Stop"):
                assert allows(policy, f"sagemaker:{verb}{job}", resource)
            assert allows(policy, "sagemaker:AddTags", resource)
            group = f"/aws/sagemaker/{job}s"
            logs = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
            assert allows(policy, "logs:CreateLogGroup", logs)
            assert allows(policy, "logs:PutLogEvents", f"{logs}:log-stream:{step['Name']}/algo-1")
            assert allows(policy, "cloudwatch:PutMetricData", "*", namespace=group)
            assert allows(policy, "iam:PassRole", compiled.role, PassedToService="sagemaker.amazonaws.com")
            spec = step["Arguments"].get("AppSpecification") or step["Arguments"]["AlgorithmSpecification"]
            registry, image = (spec.get("ImageUri") or spec["TrainingImage"]).split("/")
            account, _, _, region, *_ = registry.split(".")
            repository = f"arn:aws:ecr:{region}:{account}:repository/{image.split(':')[0]}"
            assert allows(policy, "ecr:BatchGetImage", repository)
        elif step["Type"] == "RegisterModel":
            group = step["Arguments"]["ModelPackageGroupName"]
            assert allows(policy, "sagemaker:CreateModelPackageGroup", f"{base}:model-package-group/{group}")
            assert allows(policy, "sagemaker:CreateModelPackage", f"{base}:model-package/{group}/1")
        elif step["Type"] == "Model":
            resource = f"{base}:model/pipelines-abc123-{step['Name']}-x1y2"
            for action in ("CreateModel", "DescribeModel", "AddTags"):
                assert allows(policy, f"sagemaker:{action}", resource)
            package = step["Arguments"]["PrimaryContainer"].get("ModelPackageName")
            assert package is None or allows(policy, "sagemaker:DescribeModelPackage", package)
        elif step["Type"] == "Transform":
            resource = f"{base}:transform-job/pipelines-abc123-{step['Name']}-x1y2"
            for verb in ("Create", "Describe", "Stop"):
                assert allows(policy, f"sagemaker:{verb}TransformJob", resource)
        else:
            assert step["Type"] in ("Condition", "Fail"), "say here what steps of this type do"
        for uri in s3_uris({key: value for key, value in step["Arguments"].items() if "Steps" not in key}):
            address = uri.removeprefix("s3://")
            bucket, _, key = address.partition("/")
            assert allows(policy, "s3:ListBucket", S3 + bucket, prefix=key)
            one = address if "." in key.rsplit("/")[-1] else f"{address.rstrip('/')}/part-0"
            assert allows(policy, "s3:GetObject", S3 + one)
        for uri in s3_uris({key: value for key, value in step["Arguments"].items() if "Output" in key}):
            assert allows(policy, "s3:PutObject", S3 + uri.removeprefix("s3://") + "/part-0")


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("s3:GetObject", "ml-fraud/raw/other/part-0", {}),
        ("s3:GetObject", "ml-fraud/raw/training-old/part-0", {}),
        ("s3:PutObject", "ml-fraud/raw/training/part-0", {}),
        ("s3:PutObject", "ml-fraud/pipelines/code/abc/x.py", {}),
        ("s3:PutObject", "ml-fraud/pipelines/other/executions/1/x", {}),
        ("s3:ListBucket", "ml-fraud", {"prefix": ""}),
        ("s3:ListBucket", "ml-fraud", {"prefix": "raw/"}),
        ("s3:DeleteObject", "ml-fraud/pipelines/fraud-detection/executions/1/x", {}),
    ],
)
def test_the_execution_role_may_not_do_more(action: str, resource: str, context: dict[str, str]) -> None:
    assert not allows(execution_policy(pipeline()), action, S3 + resource, **context)


def test_nothing_is_granted_on_everything_except_where_aws_knows_no_resource() -> None:
    network = {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}
    compiled = pipeline(**{"pipeline.vpc": network, "pipeline.kms_key": "key-1"})
    for policy in (execution_policy(compiled), deployer_policy(compiled)):
        wide = {action for each in policy.statements for action in each.actions if "*" in each.resources}
        assert wide <= {"ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"} | {
            action for action in wide if action.startswith("ec2:Describe")
        }
        assert all("*" not in action for each in policy.statements for action in each.actions)
        sids = [each.sid for each in policy.statements]
        assert len(set(sids)) == len(sids)
        assert all(sid.isalnum() for sid in sids)
        assert all(each.source and each.why for each in policy.statements)


def actions(policy: Policy) -> set[str]:
    return {action for each in policy.statements for action in each.actions}


@pytest.mark.parametrize(
    ("settings", "action"),
    [
        (
            {"pipeline.vpc": {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}},
            "ec2:CreateNetworkInterface",
        ),
        ({"pipeline.kms_key": "key-1"}, "kms:GenerateDataKey"),
        ({"pipeline.volume_kms_key": "key-1"}, "kms:CreateGrant"),
    ],
)
def test_a_setting_brings_its_permission_and_only_it(settings: dict[str, Any], action: str) -> None:
    assert action not in actions(execution_policy(pipeline()))
    assert action in actions(execution_policy(pipeline(**settings)))


@pytest.mark.parametrize(
    ("key", "resource", "condition"),
    [
        (
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            None,
        ),
        ("arn:aws:kms:us-east-1:999999999999:key/k", "arn:aws:kms:us-east-1:999999999999:key/k", None),
        ("alias/fraud", "arn:aws:kms:us-east-1:123456789012:key/*", "alias/fraud"),
        (
            "arn:aws:kms:us-east-1:123456789012:alias/fraud",
            "arn:aws:kms:us-east-1:123456789012:key/*",
            "alias/fraud",
        ),
    ],
)
def test_keys_by_id_arn_and_alias(key: str, resource: str, condition: str | None) -> None:
    compiled = pipeline(**{"pipeline.kms_key": key})
    for policy in (execution_policy(compiled), deployer_policy(compiled)):
        (statement,) = [each for each in policy.statements if "kms:Decrypt" in each.actions]
        assert statement.resources == (resource,)
        wanted = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": (condition,)}} if condition else {}
        assert statement.conditions == wanted


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws", "eu-west-1")]
)
def test_arns_are_of_the_role_s_partition_and_the_pipeline_s_region(partition: str, region: str) -> None:
    role = f"arn:{partition}:iam::123456789012:role/service-role/Execution"
    compiled = pipeline(**{"pipeline.role": role, "pipeline.region": region})
    text = json.dumps([execution_policy(compiled).document(), deployer_policy(compiled).document()])
    assert f"arn:{partition}:sagemaker:{region}:123456789012:processing-job/pipelines-*" in text
    assert f"arn:{partition}:s3:::ml-fraud" in text
    assert role in text
    assert "us-east-1" not in text
    if partition != "aws":
        assert "arn:aws:" not in text


def test_the_policy_stays_the_same_when_a_script_changes() -> None:
    compiled = pipeline()
    assert "/code/*" in json.dumps(execution_policy(compiled).document())
    for asset in compiled.assets:
        assert asset.uri.rsplit("/", 1)[-1] not in json.dumps(execution_policy(compiled).document())


def test_the_deployer_may_deploy() -> None:
    policy = deployer_policy(pipeline())
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/fraud-detection"
    for verb in ("CreatePipeline", "UpdatePipeline", "DescribePipeline", "StartPipelineExecution", "AddTags"):
        assert allows(policy, f"sagemaker:{verb}", arn)
    assert allows(policy, "sagemaker:StopPipelineExecution", f"{arn}/execution/abc")
    assert allows(policy, "iam:PassRole", ROLE, PassedToService="sagemaker.amazonaws.com")
    job = "arn:aws:sagemaker:us-east-1:123456789012:training-job/pipelines-abc-XGBoostTraining-xyz"
    assert allows(policy, "sagemaker:DescribeTrainingJob", job)
    assert not allows(policy, "sagemaker:CreateTrainingJob", job)
    assert not allows(policy, "iam:PassRole", ROLE, PassedToService="ec2.amazonaws.com")
    assert not allows(policy, "s3:PutObject", f"{S3}ml-fraud/pipelines/fraud-detection/executions/1/x")
    for asset in pipeline().assets:
        assert allows(policy, "s3:PutObject", f"{S3}{asset.uri.removeprefix('s3://')}/x.py")


def test_the_deployer_is_told_that_a_file_is_missing_and_may_not_list_other_prefixes() -> None:
    policy = deployer_policy(pipeline())
    assert allows(policy, "s3:ListBucket", f"{S3}ml-fraud")  # HeadObject names no prefix
    assert allows(policy, "s3:ListBucket", f"{S3}ml-fraud", prefix="pipelines/code/")
    assert not allows(policy, "s3:ListBucket", f"{S3}ml-fraud", prefix="raw/")


def test_names_are_covered_as_written_and_as_sagemaker_may_write_them() -> None:
    values = {"pipeline.name": "Fraud", "steps.MimsRegistration.model_package_group": "Fraud"}
    compiled = pipeline(**values)
    base = "arn:aws:sagemaker:us-east-1:123456789012"
    for name in ("Fraud", "fraud"):
        assert allows(deployer_policy(compiled), "sagemaker:CreatePipeline", f"{base}:pipeline/{name}")
        group = f"{base}:model-package-group/{name}"
        assert allows(execution_policy(compiled), "sagemaker:CreateModelPackageGroup", group)


def test_only_sagemaker_for_this_account_runs_as_the_role() -> None:
    (statement,) = trust_policy(pipeline())["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_a_parameter_s_allowed_prefixes_are_all_covered() -> None:
    prefixes = ["s3://ml-fraud/june/", "s3://ml-fraud/july/"]
    sets = "CradleDataLoading_training.source.files"
    config = minimal_config("CradleOnly")
    del config["steps"]["CradleDataLoading_training"]["source"]
    config["parameters"] = {"Raw": {"default": prefixes[0], "sets": sets, "allowed": prefixes}}
    compiled = compile_pipeline("CradleOnly", config)
    for month in ("june", "july"):
        assert allows(execution_policy(compiled), "s3:GetObject", f"{S3}ml-fraud/{month}/part-0")
    assert list(policy_gaps(compiled)) == []
    del config["parameters"]["Raw"]["allowed"]
    (gap,) = policy_gaps(compile_pipeline("CradleOnly", config))
    assert (gap.code, gap.severity.value) == ("PC573", "note")
    assert "'Raw'" in gap.message


def with_document(compiled: CompiledPipeline, **changes: Any) -> CompiledPipeline:
    return replace(compiled, definition=json.dumps({**compiled.document, **changes}))


def test_what_is_not_known_is_an_error_and_never_a_star() -> None:
    step = {
        "Name": "Odd",
        "Type": "EMR",
        "Arguments": {"RoleArn": {"Get": "Parameters.Role"}, "S3Uri": {"Get": "Parameters.Bucket"}},
    }
    declared = [{"Name": "Role", "Type": "String"}]
    compiled = with_document(pipeline(), Steps=[step], Parameters=declared)
    found = [each.message for each in policy_gaps(compiled)]
    assert [each.split(":")[0] for each in found] == ["Odd", "Odd"]
    assert "type EMR" in found[0]
    assert "RoleArn" in found[1]


def test_the_command_prints_documents_that_iam_takes(tmp_path: Any) -> None:
    config = tmp_path / "fraud.json"
    config.write_text(json.dumps(minimal_config(TEMPLATE)))
    for role in ("execution", "deployer", "trust"):
        document = json.loads(cli("iam", config, "--role", role).out)
        assert document["Version"] == "2012-10-17"
        assert cli("iam", config, "--json").json[role] == document
    text = cli("iam", config).out
    for each in ("Execution role", "RunTraining", "ManagePipeline", "sts:AssumeRole"):
        assert each in text


def test_what_a_query_needs_is_said_to_be_missing() -> None:
    source = {"athena": {"database": "sales", "query": "SELECT 1"}}
    config = with_values(minimal_config("CradleOnly"), {"steps.CradleDataLoading_training.source": source})
    (gap,) = policy_gaps(compile_pipeline("CradleOnly", config))
    assert gap.code == "PC573"
    assert "CradleDataLoading_training reads the result of a query" in gap.message
