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
from pipeline_compiler.compiled import Asset, CompiledPipeline
from tests.cli.harness import cli
from tests.configs import minimal_config, with_values
from tests.conformance.handwritten import training, tuning
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


BASE = "us-east-1:123456789012"
ATHENA = {"database": "sales", "query": "SELECT 1"}
REDSHIFT = {
    "cluster_id": "dwh",
    "database": "sales",
    "db_user": "reader",
    "query": "SELECT 1",
    "cluster_role_arn": "arn:aws:iam::123456789012:role/RedshiftUnload",
}
QUERIES = {
    "athena": {"athena": ATHENA},
    "work group": {"athena": {**ATHENA, "work_group": "science"}},
    "unload": {"unload": ATHENA},
    "table": {"table": {"database": "sales", "name": "orders"}},
    "redshift": {"redshift": REDSHIFT},
    "federated": {"athena": {**ATHENA, "catalog": "ddb"}},
}


def queried(kind: str) -> CompiledPipeline:
    changes = {"steps.CradleDataLoading_training.source": QUERIES[kind]}
    return compile_pipeline("CradleOnly", with_values(minimal_config("CradleOnly"), changes))


@pytest.mark.parametrize(
    ("kind", "action", "resource"),
    [
        ("athena", "athena:StartQueryExecution", f"arn:aws:athena:{BASE}:workgroup/primary"),
        ("athena", "athena:GetQueryResults", f"arn:aws:athena:{BASE}:workgroup/primary"),
        ("work group", "athena:StartQueryExecution", f"arn:aws:athena:{BASE}:workgroup/science"),
        ("athena", "glue:GetDatabase", f"arn:aws:glue:{BASE}:database/sales"),
        ("athena", "glue:GetDatabase", f"arn:aws:glue:{BASE}:database/default"),
        ("athena", "glue:GetTable", f"arn:aws:glue:{BASE}:catalog"),
        ("athena", "glue:GetPartitions", f"arn:aws:glue:{BASE}:table/sales/orders"),
        ("athena", "glue:CreateDatabase", f"arn:aws:glue:{BASE}:catalog"),
        ("athena", "glue:CreateDatabase", f"arn:aws:glue:{BASE}:database/sagemaker_processing"),
        ("athena", "glue:CreateTable", f"arn:aws:glue:{BASE}:table/sagemaker_processing/sagemaker_tmp_1"),
        ("athena", "glue:DeleteTable", f"arn:aws:glue:{BASE}:table/sales/sagemaker_tmp_1"),
        ("table", "glue:GetTable", f"arn:aws:glue:{BASE}:table/sales/orders"),
        ("table", "athena:StartQueryExecution", f"arn:aws:athena:{BASE}:workgroup/primary"),
        ("federated", "glue:CreateTable", f"arn:aws:glue:{BASE}:table/sagemaker_processing/sagemaker_tmp_1"),
        ("unload", "athena:StartQueryExecution", f"arn:aws:athena:{BASE}:workgroup/primary"),
        ("unload", "glue:GetTable", f"arn:aws:glue:{BASE}:table/sales/orders"),
        ("redshift", "redshift-data:ExecuteStatement", "*"),
        ("redshift", "redshift:GetClusterCredentials", f"arn:aws:redshift:{BASE}:dbuser:dwh/reader"),
        ("redshift", "redshift:GetClusterCredentials", f"arn:aws:redshift:{BASE}:dbname:dwh/sales"),
    ],
)
def test_the_role_may_run_the_queries_of_the_inputs(kind: str, action: str, resource: str) -> None:
    assert allows(execution_policy(queried(kind)), action, resource)


@pytest.mark.parametrize(
    ("kind", "action", "resource"),
    [
        ("work group", "athena:StartQueryExecution", f"arn:aws:athena:{BASE}:workgroup/primary"),
        ("athena", "glue:GetTable", f"arn:aws:glue:{BASE}:table/people/names"),
        ("athena", "glue:DeleteTable", f"arn:aws:glue:{BASE}:table/sales/orders"),
        ("athena", "glue:CreateDatabase", f"arn:aws:glue:{BASE}:database/sales"),
        ("federated", "glue:GetTable", f"arn:aws:glue:{BASE}:table/sales/orders"),
        ("unload", "glue:CreateTable", f"arn:aws:glue:{BASE}:table/sales/sagemaker_tmp_1"),
        ("redshift", "redshift:GetClusterCredentials", f"arn:aws:redshift:{BASE}:dbuser:dwh/admin"),
        ("redshift", "redshift:GetClusterCredentials", f"arn:aws:redshift:{BASE}:dbuser:other/reader"),
        ("redshift", "athena:StartQueryExecution", f"arn:aws:athena:{BASE}:workgroup/primary"),
        ("redshift", "iam:PassRole", REDSHIFT["cluster_role_arn"]),  # the cluster has it already
    ],
)
def test_the_role_may_do_no_more_than_the_queries_need(kind: str, action: str, resource: str) -> None:
    context = {"PassedToService": "sagemaker.amazonaws.com"} if action == "iam:PassRole" else {}
    assert not allows(execution_policy(queried(kind)), action, resource, **context)


@pytest.mark.parametrize("kind", ["athena", "table", "unload"])
def test_athena_may_write_its_results(kind: str) -> None:
    compiled = queried(kind)
    (address,) = {uri for uri in s3_uris(list(compiled.steps)) if "/unload" in uri or uri.endswith("/source")}
    policy, path = execution_policy(compiled), address.removeprefix("s3://")
    assert allows(policy, "s3:GetBucketLocation", f"{S3}ml-fraud")
    for key in (f"{path}/part-0", f"{path}-manifest/1") if kind == "unload" else (f"{path}/part-0",):
        for action in ("PutObject", "GetObject", "AbortMultipartUpload"):
            assert allows(policy, f"s3:{action}", f"{S3}{key}"), key
    assert not allows(policy, "s3:PutObject", f"{S3}ml-fraud/raw/part-0")


def test_without_queries_no_service_for_queries_is_granted() -> None:
    services = {action.split(":")[0] for action in actions(execution_policy(pipeline()))}
    assert not services & {"athena", "glue", "redshift", "redshift-data"}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("athena", ["not the data of its tables"]),
        ("table", ["not the data of its tables"]),
        ("unload", ["not the data of its tables"]),
        ("federated", ["not the data of its tables", "the data catalog 'ddb'"]),
        ("redshift", ["rights inside the database are not part of it"]),
    ],
)
def test_what_a_query_needs_beyond_the_policy_is_said(kind: str, says: list[str]) -> None:
    gaps = list(policy_gaps(queried(kind)))
    assert [(each.code, each.severity.value) for each in gaps] == [("PC573", "note")] * len(says)
    for gap, text in zip(gaps, says, strict=True):
        assert text in gap.message
        assert "CradleDataLoading_training" in gap.message


def test_of_several_bundles_the_step_s_own_says_what_it_unloads() -> None:
    compiled = queried("unload")
    settings = {"unload": {"database": "people", "catalog": "AwsDataCatalog", "query": "SELECT 1"}}
    other = Asset("s3://ml-fraud/pipelines/code/other", {"source.json": json.dumps(settings).encode()})
    policy = execution_policy(replace(compiled, assets=(other, *compiled.assets)))
    assert allows(policy, "glue:GetTable", f"arn:aws:glue:{BASE}:table/sales/orders")
    assert not allows(policy, "glue:GetTable", f"arn:aws:glue:{BASE}:table/people/names")


def test_the_place_to_unload_to_is_written_to() -> None:
    compiled = queried("unload")
    (step,) = compiled.document["Steps"]
    step["Arguments"]["Environment"]["SOURCE_UNLOAD_URI"] = "s3://elsewhere/results/"
    policy = execution_policy(with_document(compiled, Steps=[step]))
    for action in ("PutObject", "GetObject", "AbortMultipartUpload"):
        assert allows(policy, f"s3:{action}", f"{S3}elsewhere/results/part-0")
    assert allows(policy, "s3:GetBucketLocation", f"{S3}elsewhere")


def test_a_query_that_no_bundle_holds_is_said_to_be_missing() -> None:
    compiled = replace(queried("unload"), assets=())
    (gap,) = policy_gaps(compiled)
    assert "the policy does not cover it" in gap.message
    assert "athena:StartQueryExecution" not in actions(execution_policy(compiled))


def test_a_parameter_s_allowed_databases_are_all_covered() -> None:
    config = minimal_config("CradleOnly")
    source = {"athena": {"query": "SELECT 1"}}
    config["steps"]["CradleDataLoading_training"]["source"] = source
    for allowed in (["sales", "returns"], None):
        declared = {"default": "sales", "sets": "CradleDataLoading_training.source.athena.database"}
        config["parameters"] = {"From": {**declared, **({"allowed": allowed} if allowed else {})}}
        compiled = compile_pipeline("CradleOnly", config)
        policy, gaps = execution_policy(compiled), list(policy_gaps(compiled))
        assert allows(policy, "glue:GetTable", f"arn:aws:glue:{BASE}:table/sales/orders")
        covered = allows(policy, "glue:GetTable", f"arn:aws:glue:{BASE}:table/returns/orders")
        assert covered is (allowed is not None)
        assert any("'From'" in gap.message for gap in gaps) is (allowed is None)


def test_a_database_that_only_the_run_knows_is_an_error() -> None:
    compiled = queried("athena")
    (step,) = compiled.document["Steps"]
    text = json.dumps(step).replace('"Database": "sales"', '"Database": {"Get": "Parameters.Later"}')
    declared = [{"Name": "Later", "Type": "String"}]
    later = with_document(compiled, Steps=[json.loads(text)], Parameters=declared)
    errors = [gap.message for gap in policy_gaps(later) if gap.severity.value == "error"]
    assert len(errors) == 1
    assert errors[0].endswith("AthenaDatasetDefinition.Database is known only when the pipeline runs")


class TestTuning:
    """A tuning step in a definition written by hand."""

    JOB = f"arn:aws:sagemaker:{BASE}:hyper-parameter-tuning-job/abc123-Tune-xyz"
    TRIAL = f"arn:aws:sagemaker:{BASE}:training-job/abc123-tune-xyz-001-0a1b2c3d"
    LOGS = f"arn:aws:logs:{BASE}:log-group:/aws/sagemaker/TrainingJobs"

    def compiled(self, *others: dict[str, Any]) -> CompiledPipeline:
        changes = {
            "CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints/", "LocalPath": "/opt/ml/checkpoints"},
            "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
            "OutputDataConfig__KmsKeyId": "key-1",
            "ResourceConfig__VolumeKmsKeyId": "key-2",
        }
        step = tuning(**{f"TrainingJobDefinition__{key}": value for key, value in changes.items()})
        return with_document(pipeline(), Steps=[step, *others], Parameters=[])

    def test_the_execution_role_may_tune(self) -> None:
        policy = execution_policy(self.compiled())
        assert list(policy_gaps(self.compiled())) == []
        for action in ("Create{}", "Describe{}", "Stop{}", "ListTrainingJobsFor{}"):
            assert allows(policy, f"sagemaker:{action.format('HyperParameterTuningJob')}", self.JOB)
        assert allows(policy, "sagemaker:AddTags", self.JOB)
        assert allows(policy, "iam:PassRole", ROLE, PassedToService="sagemaker.amazonaws.com")
        assert allows(policy, "s3:GetObject", f"{S3}bucket/prepared/part-0")
        assert not allows(policy, "s3:PutObject", f"{S3}bucket/prepared/part-0")
        for prefix in ("runs/abc/Tune", "checkpoints"):
            assert allows(policy, "s3:PutObject", f"{S3}bucket/{prefix}/part-0")
            assert allows(policy, "s3:GetObject", f"{S3}bucket/{prefix}/part-0")
        assert allows(policy, "logs:PutLogEvents", f"{self.LOGS}:log-stream:x/algo-1")
        assert allows(policy, "cloudwatch:PutMetricData", "*", namespace="/aws/sagemaker/TrainingJobs")
        image = "arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-xgboost"
        assert allows(policy, "ecr:BatchGetImage", image)
        assert allows(policy, "ec2:CreateNetworkInterface", f"arn:aws:ec2:{BASE}:subnet/subnet-1")
        assert allows(policy, "kms:GenerateDataKey", f"arn:aws:kms:{BASE}:key/key-1")
        assert allows(policy, "kms:CreateGrant", f"arn:aws:kms:{BASE}:key/key-2")
        assert not allows(policy, "sagemaker:CreateTrainingJob", self.TRIAL)

    def test_the_deployer_may_look_at_its_training_jobs(self) -> None:
        policy = deployer_policy(self.compiled())
        for action in ("DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"):
            assert allows(policy, f"sagemaker:{action}", self.JOB)
        assert allows(policy, "sagemaker:DescribeTrainingJob", self.TRIAL)
        assert allows(policy, "logs:GetLogEvents", f"{self.LOGS}:log-stream:x/algo-1")
        assert not allows(policy, "sagemaker:CreateHyperParameterTuningJob", self.JOB)

    def test_beside_a_training_step_nothing_is_said_twice(self) -> None:
        for policy in (execution_policy, deployer_policy):
            found = policy(self.compiled(training())).statements
            sids = [each.sid for each in found]
            assert len(set(sids)) == len(sids)
            for each in found:
                assert len(set(each.resources)) == len(each.resources)
                for keys in each.conditions.values():
                    assert all(len(set(values)) == len(values) for values in keys.values())
