"""The least that the execution role needs: the pipeline and its jobs run as it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline_compiler.access import table
from pipeline_compiler.access.addresses import Usage
from pipeline_compiler.access.policy import Arns, Policy, Statement
from pipeline_compiler.access.queries import query_statements
from pipeline_compiler.access.statements import keys, listings, objects, passing, statement
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.definition import Definition

_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[^/]+/(?P<repository>[^:@]+)"
)


def execution_policy(compiled: CompiledPipeline) -> Policy:
    """The policy that the pipeline's role needs for this very pipeline, and nothing that it does not need."""
    definition = Definition(compiled.document, compiled.region)
    arns, usage = Arns.of_role(compiled.role, compiled.region), Usage(definition)
    types = sorted({step.type for step in definition.steps} & set(table.STEP_KINDS))
    return Policy(
        (
            *_jobs(types, usage, arns),
            *_packages(usage),
            passing("PassRole", table.PASS_ROLE, usage.roles or (compiled.role,)),
            *listings("ListInputs", table.LIST, usage.read, arns),
            *objects("ReadInputs", table.READ, usage.read, arns),
            *objects("WriteOutputs", table.WRITE, usage.written, arns),
            *query_statements(compiled, arns),
            *_images(usage, arns),
            *_telemetry(types, arns),
            *_network(usage, arns),
            *keys("UseKeys", table.KEY_FOR_DATA, usage.values("KmsKeyId"), arns),
            *keys("EncryptVolumes", table.KEY_FOR_VOLUMES, usage.values("VolumeKmsKeyId"), arns),
        )
    )


def _jobs(types: list[str], usage: Usage, arns: Arns) -> Iterator[Statement]:
    for type_ in types:
        kind = table.STEP_KINDS[type_]
        if kind.resource == "model-package":
            groups = usage.values("ModelPackageGroupName")
            resources = [arn for name in groups for arn in arns.names("model-package-group", name)]
            resources += [arn for name in groups for arn in arns.names("model-package", name, "/*")]
            yield statement("RegisterModels", kind.manage, resources)
        elif kind.resource is not None:
            resource = arns.sagemaker(f"{kind.resource}/{kind.names}")
            yield statement(f"Run{type_}", kind.manage, [resource])


def _packages(usage: Usage) -> Iterator[Statement]:
    if packages := usage.values("ModelPackageName"):
        yield statement("UsePackages", table.PACKAGES, packages)


def _images(usage: Usage, arns: Arns) -> Iterator[Statement]:
    found = sorted(
        {match.group("account", "region", "repository") for match in map(_IMAGE.match, usage.images) if match}
    )
    if found:
        yield statement("LogInToRegistries", table.REGISTRY, ["*"])
        yield statement(
            "PullImages",
            table.PULL,
            [
                f"arn:{arns.partition}:ecr:{region}:{account}:repository/{name}"
                for account, region, name in found
            ],
        )


def _telemetry(types: list[str], arns: Arns) -> Iterator[Statement]:
    named = (table.STEP_KINDS[type_].log_group for type_ in types)
    groups = tuple(dict.fromkeys(group for group in named if group))
    if groups:
        yield statement(
            "WriteLogs",
            table.LOGS,
            [arn for group in groups for arn in (arns.logs(group), arns.logs(f"{group}:*"))],
        )
        condition = {"StringEquals": {"cloudwatch:namespace": groups}}
        yield statement("PublishMetrics", table.METRICS, ["*"], condition)


def _network(usage: Usage, arns: Arns) -> Iterator[Statement]:
    subnets, groups = usage.values("Subnets"), usage.values("SecurityGroupIds")
    if subnets:
        yield statement("FindNetwork", table.NETWORK_READ, ["*"])
        resources = [arns.ec2("network-interface/*")]
        resources += [arns.ec2(f"subnet/{each}") for each in subnets]
        resources += [arns.ec2(f"security-group/{each}") for each in groups]
        yield statement("ConnectToNetwork", table.NETWORK_WRITE, resources)
