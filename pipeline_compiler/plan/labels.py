"""The names that people have for a step's settings, by the path of each in its request."""

from __future__ import annotations

from pipeline_compiler.plan.facts import Path

_ANY = "*"
CODE = "code"
_S3 = ("DataSource", "S3DataSource", "S3Uri")

_LIMITS = ("Arguments", "HyperParameterTuningJobConfig", "ResourceLimits")
# What a training definition of a tuning job calls otherwise than a training job does.
_TRAINING_MEMBERS = {
    "StaticHyperParameters": "HyperParameters",
    "HyperParameterTuningResourceConfig": "ResourceConfig",
}

_CODE_PATHS = {
    ("Arguments", "ProcessingInputs", "code", "S3Input", "S3Uri"),
    ("Arguments", "InputDataConfig", "code", *_S3),
    ("Arguments", "HyperParameters", "sagemaker_submit_directory"),
}

_RANGE = "range of {}"
# The first that is the path's beginning wins; what a "*" stands for goes into the braces, and what is left
# of the path is put behind.
_LABELS: tuple[tuple[Path, str], ...] = (
    *(
        ((*place, f"{kind}ParameterRanges", _ANY), _RANGE)
        for place in (
            ("Arguments", "HyperParameterTuningJobConfig", "ParameterRanges"),
            ("Arguments", "HyperParameterRanges"),
        )
        for kind in ("Integer", "Continuous", "Categorical")
    ),
    (("Arguments", "HyperParameterTuningJobConfig", "HyperParameterTuningJobObjective"), "objective"),
    (("Arguments", "TuningObjective"), "objective"),
    ((*_LIMITS, "MaxNumberOfTrainingJobs"), "training jobs in all"),
    ((*_LIMITS, "MaxParallelTrainingJobs"), "training jobs at once"),
    (("Arguments", "HyperParameterTuningJobConfig"), ""),
    (("Arguments", "AlgorithmSpecification", "MetricDefinitions", _ANY), "metric {}"),
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
    path, _, definition = _of_one_job(path)
    found = _label(path)
    return f"{found} of {definition}" if definition else found


def _label(path: Path) -> str:
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
    """The entry of a list that a setting is part of, such as an input; the path itself where it is none.

    A range is none: each of its ends tells something.
    """
    job_path, left_out, _ = _of_one_job(path)
    for pattern, wording in _LABELS:
        if _ANY in pattern and wording != _RANGE and _begins(job_path, pattern):
            return path[: left_out + pattern.index(_ANY) + 1]
    return path


def _of_one_job(path: Path) -> tuple[Path, int, str]:
    """A path in a training definition of a tuning job as it is in the request of a training job.

    Also how many parts of the path that leaves out, and the definition's name where there may be several.
    """
    for member, parts in (("TrainingJobDefinition", 1), ("TrainingJobDefinitions", 2)):
        if path[:2] == ("Arguments", member) and len(path) > parts + 1:
            first, *rest = path[parts + 1 :]
            name = path[2] if parts > 1 else ""
            return ("Arguments", _TRAINING_MEMBERS.get(first, first), *rest), parts, name
    return path, 0, ""


def _begins(path: Path, pattern: Path) -> bool:
    return len(path) >= len(pattern) and all(
        part in (_ANY, name) for name, part in zip(path, pattern, strict=False)
    )
