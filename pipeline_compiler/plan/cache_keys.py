"""What SageMaker compares to decide whether a step's earlier result is still good.

Source: "Default cache key attributes by pipeline step type", Amazon SageMaker developer guide,
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html, read 2026-11. What is not
named there (instances, outputs, role, tags, network, run time limits) does not matter. A result is only
reused within its own pipeline, from a successful run no older than ExpireAfter, and where caching is on:
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline_compiler.plan.definitions import PlacedStep
from pipeline_compiler.plan.facts import Path, facts

_CHECK_JOBS = (
    "CheckJobConfig",
    "SkipCheck",
    "RegisterNewBaseline",
    "ModelPackageGroupName",
    "SuppliedBaselineConstraints",
)
_CHECK_STEPS = {"ClarifyCheck": "ClarifyCheckConfig", "QualityCheck": "QualityCheckConfig"}
_TUNED = (
    "AlgorithmSpecification",
    "HyperParameterRanges",
    "InputDataConfig",
    "StaticHyperParameters",
    "TuningObjective",
)
_AUTO_ML = ("CompletionCriteria", "CandidateGenerationConfig", "DataSplitConfig", "Mode")

# Step type -> dotted attributes of its Arguments.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Tuning": (
        "HyperParameterTuningJobConfig",
        *(f"TrainingJobDefinition.{name}" for name in _TUNED),
        "TrainingJobDefinitions",
    ),
    "AutoML": (
        *(f"AutoMLJobConfig.{name}" for name in _AUTO_ML),
        "AutoMLJobObjective",
        "InputDataConfig",
        "ProblemType",
    ),
    "Transform": ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "EMR": ("ClusterId", "StepConfig"),
    **{kind: (config, *_CHECK_JOBS, "SuppliedBaselineStatistics") for kind, config in _CHECK_STEPS.items()},
}


def has_cache(step: PlacedStep) -> bool:
    """Whether SageMaker may reuse an earlier result of the step."""
    return step.type in _KEYS and step.request.get("CacheConfig", {}).get("Enabled") is True


def can_have_cache(step_type: str) -> bool:
    """Whether SageMaker has a cache for steps of the type."""
    return step_type in _KEYS


def cache_key(step: PlacedStep) -> dict[Path, Any]:
    """The settings that must be the same for an earlier result to be reused."""
    attributes = [tuple(key.split(".")) for key in _KEYS.get(step.type, ())]
    return {
        path: value
        for path, value in facts({"Arguments": step.request["Arguments"]}).items()
        if any(path[1 : 1 + len(attribute)] == attribute for attribute in attributes)
    }
