"""IAM policies as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_VERSION = "2012-10-17"

# Condition operator -> condition key -> values
Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Statement:
    """One permission: what may be done to which resources, and under which conditions.

    Attributes:
        sid: its name in the policy, letters and digits.
        why: what the pipeline needs it for; not part of the policy.
        source: where AWS says so.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    source: str
    conditions: Conditions = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The statement as IAM takes it."""
        found: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        if self.conditions:
            found["Condition"] = {
                operator: {key: list(values) for key, values in keys.items()}
                for operator, keys in self.conditions.items()
            }
        return found


@dataclass(frozen=True)
class Policy:
    """An identity-based policy."""

    statements: tuple[Statement, ...]

    def document(self) -> dict[str, Any]:
        """The policy as IAM takes it, for `aws iam put-role-policy`."""
        return {"Version": _VERSION, "Statement": [each.document() for each in self.statements]}


@dataclass(frozen=True)
class Arns:
    """ARNs of one partition, region and account.

    Attributes:
        partition: aws, aws-cn, aws-us-gov, ...
    """

    partition: str
    region: str
    account: str

    @staticmethod
    def of_role(role: str, region: str) -> Arns:
        """Those of a role's account, in a region."""
        _, partition, _, _, account, _ = role.split(":", 5)
        return Arns(partition, region, account)

    def sagemaker(self, resource: str) -> str:
        """Of a SageMaker resource, such as `pipeline/fraud`."""
        return self.of("sagemaker", resource)

    def of(self, service: str, resource: str) -> str:
        """Of a resource of a service in this region and account, such as `glue` and `database/sales`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def logs(self, group: str) -> str:
        """Of a CloudWatch Logs group."""
        return self.of("logs", f"log-group:{group}")

    def ec2(self, resource: str) -> str:
        """Of an EC2 resource, such as `subnet/subnet-1`."""
        return self.of("ec2", resource)

    def s3(self, resource: str) -> str:
        """Of a bucket, or of objects: `bucket/prefix/*`."""
        return f"arn:{self.partition}:s3:::{resource}"

    def names(self, kind: str, name: str, suffix: str = "") -> tuple[str, ...]:
        """Of a named SageMaker resource; in lower case too, in which SageMaker writes some ARNs."""
        spelled = dict.fromkeys((name, name.lower()))
        return tuple(self.sagemaker(f"{kind}/{each}{suffix}") for each in spelled)
