"""The shapes of a pipeline definition that no AWS service model holds.

In botocore's notation, with these additions: a reference may name another service (`sagemaker:Tag`); `max`
may name a quota; `literal` says that no expression may stand there; `any` is any JSON value, `either` picks
a shape by the JSON type of the value, and `steps` are looked at as steps of their own.

Sources: what the SageMaker Python SDK 2.257.7 and 3.27.0 emit, and the published JSON schema of definitions
(read 2026-11). Where they disagree, the wider one holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline_compiler.names import CHARACTERS

_Raw = Mapping[str, Any]


def _refs(members: Mapping[str, str]) -> dict[str, _Raw]:
    return {name: {"shape": shape} for name, shape in members.items()}


def _structure(required: Mapping[str, str] | None = None, optional: Mapping[str, str] | None = None) -> _Raw:
    members = {**(required or {}), **(optional or {})}
    return {"type": "structure", "required": list(required or ()), "members": _refs(members)}


def _list(member: str, **limits: Any) -> _Raw:
    return {"type": "list", "member": {"shape": member}, **limits}


def _map(value: str, key: str = "Text", **limits: Any) -> _Raw:
    return {"type": "map", "key": {"shape": key}, "value": {"shape": value}, **limits}


def _either(**options: str) -> _Raw:
    return {"type": "either", "options": _refs(options)}


def _enum(*values: str) -> _Raw:
    return {"type": "string", "enum": values, "literal": True}


_NAME = {"type": "string", "literal": True, "min": 1, "max": "name_length", "pattern": f"{CHARACTERS}*"}
_SCALAR = {"string": "Text", "boolean": "Flag", "integer": "Number", "float": "Number"}

_DOCUMENT: dict[str, _Raw] = {
    "Definition": _structure(
        {"Version": "Version", "Steps": "Steps"},
        {
            "Metadata": "Metadata",
            "Parameters": "Parameters",
            "PipelineExperimentConfig": "ExperimentConfig",
            "MlflowConfig": "sagemaker:MlflowConfig",
            "ParallelismConfiguration": "sagemaker:ParallelismConfiguration",
        },
    ),
    "Version": _enum("2020-12-01"),
    "Metadata": _map("MetadataValue", "MetadataKey", max="metadata_entries"),
    "MetadataKey": {"type": "string", "max": "metadata_key_length"},
    "MetadataValue": {"type": "string", "max": "metadata_value_length"},
    "ExperimentConfig": _structure(
        {},
        {
            "ExperimentName": "sagemaker:ExperimentEntityName",
            "TrialName": "sagemaker:ExperimentEntityName",
        },
    ),
    "Parameters": _list("Parameter", max="parameters"),
    "Parameter": _structure(
        {"Name": "Name", "Type": "ParameterType"},
        {"DefaultValue": "LiteralScalar", "EnumValues": "EnumValues", "Description": "ParameterDescription"},
    ),
    "ParameterType": _enum("String", "Integer", "Float", "Boolean"),
    "ParameterDescription": {"type": "string", "literal": True, "max": "parameter_description_length"},
    "EnumValues": _list("LiteralScalar", min=1, max="enum_values"),
    "Steps": {"type": "steps"},
    "Branch": {"type": "steps", "max": "steps_per_branch"},
}

_ENTRY: dict[str, _Raw] = {
    "Name": _NAME,
    "StepType": {"type": "string", "literal": True},
    "DependsOn": _list("Dependency"),
    "Dependency": _either(string="Name", structure="TriggeredDependency"),
    "TriggeredDependency": _structure({"Step": "Name"}, {"Trigger": "Trigger"}),
    "Trigger": _enum("Completed", "Failed", "Stopped", "Any"),
    "CacheConfig": _structure({"Enabled": "Flag"}, {"ExpireAfter": "Duration"}),
    # An ISO 8601 duration, as AWS's own examples write it: P30D, p30d, P4DT12H, T12H.
    "Duration": {
        "type": "string",
        "pattern": r"[Pp]?(?=.)(\d+[Yy])?(\d+[Mm])?(\d+[Ww])?(\d+[Dd])?"
        r"([Tt](?=\d)(\d+[Hh])?(\d+[Mm])?(\d+(\.\d+)?[Ss])?)?",
    },
    "RetryPolicies": _list("RetryPolicy"),
    "RetryPolicy": _structure(
        {"ExceptionType": "ExceptionTypes"},
        {
            "BackoffRate": "NotNegative",
            "IntervalSeconds": "NotNegativeInteger",
            "MaxAttempts": "Attempts",
            "ExpireAfterMin": "Minutes",
        },
    ),
    "ExceptionTypes": _either(string="ExceptionType", list="ExceptionTypeList"),
    "ExceptionTypeList": _list("ExceptionType", min=1),
    "ExceptionType": _enum(
        "Step.SERVICE_FAULT",
        "Step.THROTTLING",
        "SageMaker.JOB_INTERNAL_ERROR",
        "SageMaker.CAPACITY_ERROR",
        "SageMaker.RESOURCE_LIMIT",
        "Emr.RESOURCE_LIMIT",
    ),
    "Attempts": {"type": "integer", "min": 1, "max": "retry_attempts"},
    "Minutes": {"type": "integer", "min": 1, "max": "retry_minutes"},
    "PropertyFiles": _list("PropertyFile"),
    "PropertyFile": _structure(
        {"PropertyFileName": "PlainText", "OutputName": "PlainText", "FilePath": "Text"}
    ),
    "OutputParameters": _list("OutputParameter"),
    "OutputParameter": _structure({"OutputName": "PlainText", "OutputType": "ParameterType"}),
    "CheckType": _enum("DATA_QUALITY", "MODEL_QUALITY"),
    "ClarifyCheckType": _enum("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
}

_ARGUMENTS: dict[str, _Raw] = {
    "Fail": _structure({"ErrorMessage": "Text"}),
    "Inputs": _map("Scalar"),
    "Condition": _structure({"Conditions": "Conditions"}, {"IfSteps": "Branch", "ElseSteps": "Branch"}),
    "Conditions": _list("Any", min=1, max="conditions"),  # what is in them: control_flow.py
    "ForEach": _structure(
        {"IterableItems": "Items", "MaxConcurrency": "Concurrency", "ForEachBody": "Steps"},
        {"Selector": "Selector"},
    ),
    "Items": _either(list="ItemList", string="Text"),
    "ItemList": _list("Scalar", min=1, max="for_each_items"),
    "Concurrency": {"type": "integer", "min": 1, "max": "for_each_concurrency"},
    "Selector": _structure({"Pick": "Pick", "Field": "Any"}),
    "Pick": _enum("MaxBy", "MinBy"),
    "Cleanup": _structure({"Resources": "CleanupResources"}),
    "CleanupResources": _structure({"S3": "CleanupSources"}),
    "CleanupSources": _list("CleanupSource", min=1),
    "CleanupSource": _structure({"StepName": "Name"}, {"S3Uris": "CleanupUris"}),
    "CleanupUris": _list("sagemaker:S3Uri", min=1),
    "Lineage": _structure(
        {},
        {
            "Actions": "Actions",
            "Artifacts": "Artifacts",
            "Contexts": "Contexts",
            "Associations": "Associations",
        },
    ),
    "Actions": _list("sagemaker:CreateActionRequest"),
    "Artifacts": _list("sagemaker:CreateArtifactRequest"),
    "Contexts": _list("sagemaker:CreateContextRequest"),
    "Associations": _list("Association"),
    "Association": _structure(
        {"Source": "Endpoint", "Destination": "Endpoint"},
        {"AssociationType": "sagemaker:AssociationEdgeType"},
    ),
    "Endpoint": _structure({}, {"Arn": "Text", "Name": "Text", "Type": "Text"}),
    "EMR": _structure(
        {"StepConfig": "EMRStepConfig"},
        {"ClusterId": "Text", "ClusterConfig": "Any", "ExecutionRoleArn": "Text"},
    ),
    "EMRStepConfig": _structure(
        {"HadoopJarStep": "emr:HadoopJarStepConfig"},
        {"Name": "Text", "ActionOnFailure": "emr:ActionOnFailure"},
    ),
    "EMRServerless": _structure(
        {"ExecutionRoleArn": "Text", "JobConfig": "EMRServerlessJob"},
        {"ApplicationId": "Text", "ApplicationConfig": "Any"},
    ),
    "EMRServerlessJob": _structure(
        {"executionRoleArn": "emr-serverless:IAMRoleArn", "jobDriver": "emr-serverless:JobDriver"},
        {
            "applicationId": "Text",
            "configurationOverrides": "emr-serverless:ConfigurationOverrides",
            "executionTimeoutMinutes": "NotNegativeInteger",
            "name": "Text",
            "tags": "Inputs",
        },
    ),
}

# Properties of steps whose results no Describe operation returns.
_RESULTS: dict[str, _Raw] = {
    "ConditionResult": _structure({}, {"Outcome": "Text"}),
    "OutputResult": _structure({}, {"OutputParameters": "Texts"}),
    "QualityCheckResult": _structure(
        {},
        {
            "CalculatedBaselineConstraints": "Text",
            "CalculatedBaselineStatistics": "Text",
            "BaselineUsedForDriftCheckStatistics": "Text",
            "BaselineUsedForDriftCheckConstraints": "Text",
        },
    ),
    "ClarifyCheckResult": _structure(
        {}, {"CalculatedBaselineConstraints": "Text", "BaselineUsedForDriftCheckConstraints": "Text"}
    ),
    "AutoMLReports": _structure({}, {"BestCandidateProperties": "AutoMLReportPaths"}),
    "AutoMLReportPaths": _structure(
        {}, {"ModelInsightsJsonReportPath": "Text", "ExplainabilityJsonReportPath": "Text"}
    ),
    "LineageResult": _structure(
        {}, {"ActionArns": "Texts", "ArtifactArns": "Texts", "ContextArns": "Texts", "Associations": "Any"}
    ),
    "ForEachResult": _structure(
        {},
        {
            "Status": "Text",
            "InputItemCount": "Number",
            "TotalStepCount": "Number",
            "SucceededStepCount": "Number",
            "FailedStepCount": "Number",
            "StoppedStepCount": "Number",
            "IterationOutputs": "Any",
            "Selected": "Any",
        },
    ),
}

SHAPES: dict[str, _Raw] = {
    **_DOCUMENT,
    **_ENTRY,
    **_ARGUMENTS,
    **_RESULTS,
    "Any": {"type": "any"},
    "Text": {"type": "string"},
    "PlainText": {"type": "string", "literal": True, "min": 1},
    "Texts": _map("Text"),
    "Number": {"type": "float"},
    "NotNegative": {"type": "float", "min": 0},
    "NotNegativeInteger": {"type": "integer", "min": 0},
    "Flag": {"type": "boolean"},
    "Scalar": _either(**_SCALAR),
    "LiteralScalar": {**_either(**_SCALAR), "literal": True},
}
