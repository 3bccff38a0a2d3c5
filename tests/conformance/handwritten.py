"""Definitions as a person writes them by hand: correct, and small enough to make one mistake in."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/SageMakerExecution"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
OWN = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"
EXECUTION = {"Get": "Execution.PipelineExecutionId"}


def own_address(*parts: Any) -> dict[str, Any]:
    """An address of one execution."""
    return {"Std:Join": {"On": "/", "Values": ["s3://bucket/runs", EXECUTION, *parts]}}


def definition(
    *steps: Mapping[str, Any], parameters: Mapping[str, tuple[str, Any]] | None = None
) -> dict[str, Any]:
    """A definition of these steps, with parameters given as name -> (type, default)."""
    declared = [
        {"Name": name, "Type": kind, "DefaultValue": default}
        for name, (kind, default) in (parameters or {}).items()
    ]
    return {"Version": "2020-12-01", "Metadata": {}, "Parameters": declared, "Steps": list(steps)}


def processing(name: str = "Prepare", **changes: Any) -> dict[str, Any]:
    """A processing step; `changes` are dotted paths in its Arguments, with '__' for the dots."""
    arguments: dict[str, Any] = {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "AppSpecification": {
            "ImageUri": OWN,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/prepare.py"],
        },
        "RoleArn": ROLE,
        "ProcessingInputs": [
            s3_input("raw", "s3://bucket/raw/", "/opt/ml/processing/input/raw"),
            s3_input("code", "s3://bucket/programs/", "/opt/ml/processing/input/code"),
        ],
        "ProcessingOutputConfig": {
            "Outputs": [s3_output("train", own_address(name, "train"), "/opt/ml/processing/output/train")]
        },
    }
    return {"Name": name, "Type": "Processing", "Arguments": _changed(arguments, changes)}


def training(name: str = "Train", **changes: Any) -> dict[str, Any]:
    """A training step; `changes` as for `processing`."""
    arguments: dict[str, Any] = {
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [channel("train", "s3://bucket/prepared/")],
        "OutputDataConfig": {"S3OutputPath": own_address(name)},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    return {"Name": name, "Type": "Training", "Arguments": _changed(arguments, changes)}


def tuning(name: str = "Tune", **changes: Any) -> dict[str, Any]:
    """A tuning step with a script of one's own; `changes` as for `processing`."""
    trained = training(name)["Arguments"]
    trained["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "validation:auc", "Regex": "validation-auc:([0-9.]+)"}
    ]
    arguments: dict[str, Any] = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 4},
            "ParameterRanges": {
                "IntegerParameterRanges": [bounds("max_depth", "2", "9")],
                "ContinuousParameterRanges": [bounds("eta", "0.01", "0.5", "Logarithmic")],
                "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
            },
            "TrainingJobEarlyStoppingType": "Off",
            "RandomSeed": 7,
        },
        "TrainingJobDefinition": {
            **trained,
            "StaticHyperParameters": {"sagemaker_program": '"train.py"', "num_round": "50"},
        },
    }
    return {"Name": name, "Type": "Tuning", "Arguments": _changed(arguments, changes)}


def bounds(name: str, low: Any, high: Any, scale: str = "Auto") -> dict[str, Any]:
    """One numeric range."""
    return {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scale}


def s3_input(name: str, uri: Any, path: Any) -> dict[str, Any]:
    settings = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": settings}


def s3_output(name: str, uri: Any, path: Any) -> dict[str, Any]:
    return {
        "OutputName": name,
        "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"},
    }


def channel(name: str, uri: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def condition(*conditions: Mapping[str, Any], **branches: Any) -> dict[str, Any]:
    """A condition step that fails the execution unless all conditions hold."""
    arguments = {"Conditions": list(conditions), "IfSteps": [], "ElseSteps": [fail()], **branches}
    return {"Name": "Gate", "Type": "Condition", "Arguments": arguments}


def fail(message: Any = "not good enough") -> dict[str, Any]:
    return {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def _changed(arguments: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(arguments)
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner: Any = changed
        for key in parents:
            inner = inner[int(key)] if isinstance(inner, list) else inner.setdefault(key, {})
        inner[int(last) if isinstance(inner, list) else last] = value
    return changed
