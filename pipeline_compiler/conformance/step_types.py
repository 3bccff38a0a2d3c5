"""The types of steps: which request each makes, and what may be read of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipeline_compiler.conformance.shape import Shape, shape_of

_COMMON = {
    "Name": "pipelines:Name",
    "Type": "pipelines:StepType",
    "DisplayName": "sagemaker:StepDisplayName",
    "Description": "sagemaker:StepDescription",
    "DependsOn": "pipelines:DependsOn",
    "CacheConfig": "pipelines:CacheConfig",
    "RetryPolicies": "pipelines:RetryPolicies",
}
_CHECK = {
    "ModelPackageGroupName": "sagemaker:ArnOrName",
    "SkipCheck": "pipelines:Flag",
    "FailOnViolation": "pipelines:Flag",
    "RegisterNewBaseline": "pipelines:Flag",
    "SuppliedBaselineConstraints": "pipelines:Text",
}


@dataclass(frozen=True)
class StepType:
    """One type of step.

    Attributes:
        request: the full name of the shape of its Arguments.
        filled_in: the members of the request that Pipelines gives where the definition does not.
        results: full names of the shapes whose members `Steps.<name>.` reads.
        settings: the keys of its entry beyond those that every step has -> the full name of their shape.
        required: those keys of its entry that must be there, beyond Name and Type.
    """

    request: str
    filled_in: frozenset[str] = frozenset()
    results: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ("Arguments",)

    @cached_property
    def arguments(self) -> Shape:
        """The shape of its Arguments."""
        return shape_of(self.request)

    @cached_property
    def properties(self) -> Mapping[str, Shape]:
        """What `Steps.<name>.` can be followed by."""
        return {key: shape for name in self.results for key, shape in shape_of(name).members.items()}

    @cached_property
    def entry(self) -> Mapping[str, Shape]:
        """The keys of its entry, but for Arguments."""
        return {key: shape_of(name) for key, name in {**_COMMON, **self.settings}.items()}


def _sagemaker(request: str, name: str | None, *results: str, **settings: str) -> StepType:
    """A step that makes a SageMaker request whose member `name` Pipelines fills in."""
    filled_in = frozenset({name}) if name else frozenset()
    return StepType(f"sagemaker:{request}", filled_in, results, settings)


def _described(shape: str) -> str:
    return f"sagemaker:Describe{shape}"


_PROCESSING = _sagemaker(
    "CreateProcessingJobRequest",
    "ProcessingJobName",
    _described("ProcessingJobResponse"),
    PropertyFiles="pipelines:PropertyFiles",
)

STEP_TYPES: Mapping[str, StepType] = {
    "Processing": _PROCESSING,
    "Training": _sagemaker("CreateTrainingJobRequest", "TrainingJobName", _described("TrainingJobResponse")),
    "Transform": _sagemaker(
        "CreateTransformJobRequest", "TransformJobName", _described("TransformJobResponse")
    ),
    "Tuning": _sagemaker(
        "CreateHyperParameterTuningJobRequest",
        "HyperParameterTuningJobName",
        _described("HyperParameterTuningJobResponse"),
        "sagemaker:ListTrainingJobsForHyperParameterTuningJobResponse",
    ),
    "AutoML": _sagemaker(
        "CreateAutoMLJobRequest",
        "AutoMLJobName",
        _described("AutoMLJobResponse"),
        "pipelines:AutoMLReports",
    ),
    "Job": _sagemaker("CreateJobRequest", "JobName", _described("JobResponse")),
    "Model": _sagemaker("CreateModelInput", "ModelName", _described("ModelOutput")),
    "RegisterModel": _sagemaker("CreateModelPackageInput", None, _described("ModelPackageOutput")),
    "EndpointConfig": _sagemaker("CreateEndpointConfigInput", None, _described("EndpointConfigOutput")),
    "Endpoint": _sagemaker("CreateEndpointInput", None, _described("EndpointOutput")),
    "InferenceComponent": _sagemaker(
        "CreateInferenceComponentInput", None, _described("InferenceComponentOutput")
    ),
    "QualityCheck": StepType(
        _PROCESSING.request,
        _PROCESSING.filled_in,
        ("pipelines:QualityCheckResult",),
        {
            **_CHECK,
            "CheckType": "pipelines:CheckType",
            "SuppliedBaselineStatistics": "pipelines:Text",
        },
        ("Arguments", "CheckType"),
    ),
    "ClarifyCheck": StepType(
        _PROCESSING.request,
        _PROCESSING.filled_in,
        ("pipelines:ClarifyCheckResult",),
        {**_CHECK, "CheckType": "pipelines:ClarifyCheckType", "ModelName": "sagemaker:ModelName"},
        ("Arguments", "CheckType"),
    ),
    "Condition": StepType("pipelines:Condition", results=("pipelines:ConditionResult",)),
    "Fail": StepType("pipelines:Fail"),
    "Lambda": StepType(
        "pipelines:Inputs",
        results=("pipelines:OutputResult",),
        settings={"FunctionArn": "pipelines:Text", "OutputParameters": "pipelines:OutputParameters"},
        required=("FunctionArn",),
    ),
    "Callback": StepType(
        "pipelines:Inputs",
        results=("pipelines:OutputResult",),
        settings={"SqsQueueUrl": "pipelines:Text", "OutputParameters": "pipelines:OutputParameters"},
        required=("SqsQueueUrl",),
    ),
    "EMR": StepType("pipelines:EMR", results=("emr:Step",)),
    "EMRServerless": StepType("pipelines:EMRServerless", results=("emr-serverless:GetJobRunResponse",)),
    "Lineage": StepType("pipelines:Lineage", results=("pipelines:LineageResult",)),
    "ForEach": StepType("pipelines:ForEach", results=("pipelines:ForEachResult",)),
    "Cleanup": StepType("pipelines:Cleanup"),
}
