"""The names that people have for a step's settings, by the path of each in its request."""

from __future__ import annotations

from pipeline_compiler.plan.facts import Path

_ANY = "*"
CODE = "code"
_S3 = ("DataSource", "S3DataSource", "S3Uri")

_CODE_PATHS = {
    ("Arguments", "ProcessingInputs", "code", "S3Input", "S3Uri"),
    ("Arguments", "InputDataConfig", "code", *_S3),
    ("Arguments", "HyperParameters", "sagemaker_submit_directory"),
}

# The first that is the path's beginning wins; what a "*" stands for goes into the braces, and what is left
# of the path is put behind.
_LABELS: tuple[tuple[Path, str], ...] = (
    (("Arguments", "AppSpecification", "ImageUri"), "image"),
    (("Arguments", "AlgorithmSpecification", "TrainingImage"), "image"),
    (("Arguments", "AppSpecification", "ContainerEntrypoint"), "entry point"),
    (("Arguments", "AppSpecification", "ContainerArguments", _ANY), "argument {}"),
    (("Arguments", "AppSpecification", "ContainerArguments"), "arguments"),
    (("Arguments", "Environment", _ANY), "environment variable {}"),
    (("Arguments", "HyperParameters", _ANY), "hyperparameter {}"),
    (("Arguments", "ProcessingInputs", _ANY, "S3Input", "S3Uri"), "input {}"),
    (("Arguments", "ProcessingInputs", _ANY, "S3Input"), "input {}"),
    (("Arguments", "ProcessingInputs", _ANY), "input {}"),
    (("Arguments", "InputDataConfig", _ANY, *_S3), "input {}"),
    (("Arguments", "InputDataConfig", _ANY, *_S3[:-1]), "input {}"),
    (("Arguments", "InputDataConfig", _ANY), "input {}"),
    (("Arguments", "ProcessingOutputConfig", "Outputs", _ANY, "S3Output", "S3Uri"), "output {}"),
    (("Arguments", "ProcessingOutputConfig", "Outputs", _ANY, "S3Output"), "output {}"),
    (("Arguments", "ProcessingOutputConfig", "Outputs", _ANY), "output {}"),
    (("Arguments", "ProcessingOutputConfig", "KmsKeyId"), "KMS key of the outputs"),
    (("Arguments", "OutputDataConfig", "S3OutputPath"), "output"),
    (("Arguments", "OutputDataConfig", "KmsKeyId"), "KMS key of the outputs"),
    (("Arguments", "RoleArn"), "role"),
    (("Arguments", "StoppingCondition", "MaxRuntimeInSeconds"), "longest run time in seconds"),
    (("Arguments", "StoppingCondition", "MaxWaitTimeInSeconds"), "longest wait in seconds"),
    (("Arguments", "EnableNetworkIsolation"), "network isolation"),
    (("Arguments", "NetworkConfig", "EnableNetworkIsolation"), "network isolation"),
    (("Arguments", "NetworkConfig", "VpcConfig", "Subnets"), "VPC subnets"),
    (("Arguments", "NetworkConfig", "VpcConfig", "SecurityGroupIds"), "VPC security groups"),
    (("Arguments", "VpcConfig", "Subnets"), "VPC subnets"),
    (("Arguments", "VpcConfig", "SecurityGroupIds"), "VPC security groups"),
    (("Arguments", "Tags", _ANY, "Value"), "tag {}"),
    (("Arguments", "Conditions"), "condition"),
    (("Arguments", "ErrorMessage"), "message"),
    (("CacheConfig", "ExpireAfter"), "cache"),
    (("RetryPolicies",), "retry"),
    (("DependsOn",), "waits for"),
    (("PropertyFiles", _ANY), "property file {}"),
    (("Type",), "type"),
    (("Arguments",), ""),
)
_INSTANCES = {
    "InstanceType": "instance type",
    "InstanceCount": "instance count",
    "VolumeSizeInGB": "volume size in GB",
    "VolumeKmsKeyId": "KMS key of the volume",
}
_CLUSTERS = {("Arguments", "ProcessingResources", "ClusterConfig"), ("Arguments", "ResourceConfig")}


def label(path: Path) -> str:
    """What people call the setting at a path of a step's request; the API's own names where they do."""
    if path in _CODE_PATHS:
        return CODE
    if path[:-1] in _CLUSTERS and path[-1] in _INSTANCES:
        return _INSTANCES[path[-1]]
    for pattern, wording in _LABELS:
        if _begins(path, pattern):
            names = [name for name, part in zip(path, pattern, strict=False) if part == _ANY]
            return f"{wording.format(*names)} {'.'.join(path[len(pattern) :])}".strip()
    return ".".join(path)


def group(path: Path) -> Path:
    """The entry of a list that a setting is part of, such as an input; the path itself where it is none."""
    for pattern, _ in _LABELS:
        if _ANY in pattern and _begins(path, pattern):
            return path[: pattern.index(_ANY) + 1]
    return path


def _begins(path: Path, pattern: Path) -> bool:
    return len(path) >= len(pattern) and all(
        part in (_ANY, name) for name, part in zip(path, pattern, strict=False)
    )
