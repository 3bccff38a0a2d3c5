"""What builders read and what they return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline_deps.expressions import PIPELINE_EXECUTION_ID, Expression, Join, Parameter, Primitive
from pipeline_deps.specification import OutputSpec, StepSpecification
from script_contracts.core.diagnostics import NOWHERE, Place
from step_builders.core.config import RetryPolicy, StepConfig
from step_builders.core.frameworks import Framework, Purpose
from step_builders.core.images import frameworks_of
from step_builders.core.pipeline_settings import PipelineSettings

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
        model_framework: the framework that trained the model that the step reads, if it reads one.
        served_on: the instance types of the jobs that score with the model that the step makes.
    """

    name: str
    spec: StepSpecification
    config: StepConfig
    settings: PipelineSettings
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    inputs: Mapping[str, InputSource] = field(default_factory=dict)
    code_uri: str | None = None
    place: Place = NOWHERE
    model_framework: Framework | None = None
    served_on: tuple[str, ...] = ()

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
    def framework(self) -> Framework:
        """The framework of the step's image: its only one, or that of the model that it serves."""
        known = frameworks_of(self.config)
        return next((each for each in known if each is self.model_framework), known[0])

    @property
    def runs_in_models_framework(self) -> bool:
        """Whether the step's image is of the framework that trained its model, as far as that is known.

        A program that only packs a model runs in an image of any framework.
        """
        return self.model_framework in (None, *frameworks_of(self.config))

    def image(self, instance_types: Iterable[str], purpose: Purpose = "training") -> str:
        """The container image: the config's own, or the AWS image of the region and the framework.

        Raises:
            PipelineCompilerError: (PC421, PC429) where there is no such image.
        """
        own: str | None = self.value("image_uri")
        if own:
            return own
        version = self.value(self.framework.version_field)
        return self.framework.image(self.settings.region, version, instance_types, purpose, self.place)

    @property
    def job_image(self) -> str:
        """The image of a job, which must fit every instance type that a parameter may choose."""
        return self.image(instance_types(self.config, self.parameters))

    @property
    def requirements(self) -> tuple[str, ...]:
        """What the job installs because its image lacks it; nothing in an image of one's own."""
        return requirements_of(self.spec, self.config)

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


def instance_types(config: StepConfig, parameters: Mapping[str, Parameter]) -> tuple[str, ...]:
    """Every instance type that a job may run on: the config's, and those that a parameter may choose."""
    parameter, own = parameters.get("instance_type"), getattr(config, "instance_type", None)
    allowed = parameter.allowed if parameter is not None else ()
    return () if own is None else (own, *map(str, allowed))


def requirements_of(spec: StepSpecification, config: StepConfig) -> tuple[str, ...]:
    """What a job installs because its image lacks it, as the lines of a requirements.txt."""
    contract, known = spec.script_contract, frameworks_of(config)
    if contract is None or not known or getattr(config, "image_uri", None):
        return ()
    return known[0].requirements(getattr(config, known[0].version_field), contract)


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
