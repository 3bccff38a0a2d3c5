"""Statements that more than one policy has."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline_compiler.access.addresses import object_patterns
from pipeline_compiler.access.policy import Arns, Conditions, Statement
from pipeline_compiler.access.table import Grant

SERVICE = "sagemaker.amazonaws.com"


def statement(
    sid: str, grant: Grant, resources: Iterable[str], conditions: Conditions | None = None
) -> Statement:
    """A grant of the table on resources."""
    return Statement(sid, grant.actions, tuple(resources), grant.why, grant.source, conditions or {})


def objects(sid: str, grant: Grant, addresses: Iterable[str], arns: Arns) -> list[Statement]:
    """A grant on the objects at S3 addresses; none where there are no addresses."""
    found = [arns.s3(pattern) for address in addresses for pattern in object_patterns(address)]
    return [statement(sid, grant, found)] if found else []


def listings(
    sid: str, grant: Grant, addresses: Iterable[str], arns: Arns, operator: str = "StringLike"
) -> list[Statement]:
    """A grant to list each bucket, below the prefixes of the addresses only."""
    buckets: dict[str, list[str]] = {}
    for address in addresses:
        for pattern in object_patterns(address):
            bucket, _, key = pattern.partition("/")
            buckets.setdefault(bucket, []).append(key)
    return [
        statement(
            f"{sid}{index}" if index else sid,
            grant,
            [arns.s3(bucket)],
            {} if "*" in keys else {operator: {"s3:prefix": tuple(keys)}},
        )
        for index, (bucket, keys) in enumerate(sorted(buckets.items()))
    ]


def keys(sid: str, grant: Grant, names: Iterable[str], arns: Arns) -> list[Statement]:
    """A grant on KMS keys, which are named by id, by ARN or by alias."""
    direct, aliases = [], []
    for name in names:
        alias = name.split(":")[-1] if ":" in name else name
        if alias.startswith("alias/"):
            aliases.append(alias)
        else:
            direct.append(name if name.startswith("arn:") else _key_arn(name, arns))
    found = [statement(sid, grant, direct)] if direct else []
    if aliases:  # a policy cannot name an alias as a resource
        condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": tuple(aliases)}}
        found.append(statement(f"{sid}ByAlias", grant, [_key_arn("*", arns)], condition))
    return found


def passing(sid: str, grant: Grant, roles: Iterable[str]) -> Statement:
    """A grant to hand roles to SageMaker and to no other service."""
    return statement(sid, grant, roles, {"StringEquals": {"iam:PassedToService": (SERVICE,)}})


def _key_arn(key: str, arns: Arns) -> str:
    return f"arn:{arns.partition}:kms:{arns.region}:{arns.account}:key/{key}"
