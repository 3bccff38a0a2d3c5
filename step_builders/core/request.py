"""What builders read and what they return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline_deps.expressions import PIPELINE_EXECUTION_ID, Expression, Join, Parameter, Primitive
from pipeline_deps.specification import OutputSpec, StepSpecification
from script_contracts.core.diagnostics import NOWHERE, Place
from step_builders.core.config import PipelineSettings, RetryPolicy, StepConfig
from step_builders.core.images import xgboost_image

_DEFAULT_ATTEMPTS = 5  # SageMaker's own, written out: developer guide, "Retry policy for pipeline steps"


@dataclass(frozen=True)
class InputSource:
    """What feeds one input.

    Attributes:
        uri: the S3 prefix.
        producer: the node that writes it, and which of its outputs; None for what the config supplies.
    """

    uri: str | Expression
    producer: str | None = None
    output: OutputSpec | None = None

    @property
    def object_uri(self) -> str | Expression:
        """The one object in the prefix, for consumers that need an object and not a folder."""
        if self.output is not None and self.output.file:
            return Join("/", (self.uri, self.output.file))
        return self.uri


@dataclass(frozen=True)
class BuildContext:
    """Everything that a builder may use to make one step's request.

    Attributes:
        name: the node's name.
        parameters: dotted config field -> the pipeline parameter that sets it.
        inputs: logical name -> what feeds it; optional inputs that nothing feeds are absent.
        code_uri: the S3 address of the step's code bundle; None for steps without a script of theirs.
    """

    name: str
    spec: StepSpecification
    config: StepConfig
    settings: PipelineSettings
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    inputs: Mapping[str, InputSource] = field(default_factory=dict)
    code_uri: str | None = None
    place: Place = NOWHERE

    def value(self, path: str) -> Any:
        """The value of a config field (dotted), or the parameter that sets it; None below what is not set."""
        if path in self.parameters:
            return self.parameters[path]
        found: Any = self.config
        for name in path.split("."):
            if found is None:
                return None
            found = getattr(found, name)
        return found

    @property
    def image(self) -> str:
        """The container image: the config's own, or the AWS XGBoost image of the region."""
        own: str | None = self.value("image_uri")
        return own or xgboost_image(self.settings.region, self.value("xgboost_version"), self.place)

    def output_uri(self, *parts: str) -> Expression:
        """An S3 address of this execution's own, so that no execution overwrites another."""
        root: tuple[Primitive | Expression, ...] = (
            f"{self.settings.s3_root.rstrip('/')}/{self.settings.name}/executions",
            PIPELINE_EXECUTION_ID,
            self.name,
            *parts,
        )
        return Join("/", root)

    def instances(self) -> dict[str, Any]:
        """The instances that a job runs on: ClusterConfig, or ResourceConfig."""
        instances = {
            "InstanceType": self.value("instance_type"),
            "InstanceCount": self.value("instance_count"),
            "VolumeSizeInGB": self.value("volume_size_gb"),
        }
        if self.settings.volume_kms_key:
            instances["VolumeKmsKeyId"] = self.settings.volume_kms_key
        return instances

    def vpc_config(self) -> dict[str, Any]:
        """The VpcConfig member of a job request; empty where the job runs in no VPC of ours."""
        vpc = self.settings.vpc
        if vpc is None:
            return {}
        return {"SecurityGroupIds": list(vpc.security_group_ids), "Subnets": list(vpc.subnets)}

    def tags(self) -> dict[str, Any]:
        """The Tags member of a job request; empty where there are no tags."""
        tags = [{"Key": key, "Value": value} for key, value in sorted(self.settings.tags.items())]
        return {"Tags": tags} if tags else {}


@dataclass(frozen=True)
class StepRequest:
    """One step of the definition, before expressions are serialised."""

    name: str
    type: str
    arguments: Mapping[str, Any]
    property_files: tuple[Mapping[str, str], ...] = ()
    cache_expire_after: str | None = None
    retry_policies: tuple[Mapping[str, Any], ...] = ()
    gate_fails: bool = False


def retry_policy(policy: RetryPolicy) -> dict[str, Any]:
    """The policy as an entry of a step's RetryPolicies."""
    limit = (
        {"ExpireAfterMin": policy.expire_after_minutes}
        if policy.expire_after_minutes is not None
        else {"MaxAttempts": policy.max_attempts or _DEFAULT_ATTEMPTS}
    )
    return {
        "ExceptionType": list(policy.exceptions),
        "IntervalSeconds": policy.interval_seconds,
        "BackoffRate": policy.backoff_rate,
        **limit,
    }
