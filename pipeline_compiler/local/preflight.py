"""What a local run refuses before any step starts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pipeline_compiler.local.conditions import CONDITION_TYPES, condition_types
from pipeline_compiler.local.expressions import (
    EXECUTION_VARIABLES,
    references,
    split_step_reference,
    with_parameters,
)
from pipeline_compiler.local.metrics import metric_problems
from pipeline_compiler.local.plan import JOB_TYPES, PlannedStep
from pipeline_compiler.local.rules import BROKEN_DEFINITION, UNSUPPORTED
from pipeline_compiler.local.tuning_request import search_limits
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean

TUNING_STRATEGIES = ("Bayesian", "Random", "Grid")
_STEP_TYPES = (*JOB_TYPES, "Condition", "Fail")


def check_step(
    step: PlannedStep,
    steps: Mapping[str, PlannedStep],
    parameters: Collection[str],
    values: Mapping[str, object],
    in_images: Collection[str] = (),
) -> Iterator[Diagnostic]:
    """Everything about one step that cannot work, as far as it shows before anything has run.

    Args:
        step: the step.
        steps, parameters: all that the definition has.
        values: of the parameters, in this run.
        in_images: steps whose program is in an image, with nothing on this machine to take its place.
    """
    for reference in references(step.arguments):
        yield from _reference_problems(step, reference, steps, parameters)
    if step.name in in_images:
        yield _unsupported(
            step,
            "runs a program that is in its image, which cannot run here",
            "a local_program in the step's ContainerContract, a script that takes its place",
        )
    elif step.type not in _STEP_TYPES:
        yield _unsupported(step, f"is of type {step.type}", f"one of {', '.join(_STEP_TYPES)}")
    elif step.type == "Condition":
        for condition in step.arguments["Conditions"]:
            for kind in condition_types(condition):
                if kind not in CONDITION_TYPES:
                    yield _unsupported(
                        step, f"uses the condition {kind}", f"one of {', '.join(CONDITION_TYPES)}"
                    )
    elif step.type == "Processing":
        yield from _processing_problems(step)
    elif step.type == "Training":
        yield from _training_problems(step, step.arguments, "HyperParameters")
    elif step.type == "Tuning":
        yield from _tuning_problems(step, values)
    elif step.type == "Model":
        yield from _model_problems(step)
    elif step.type == "Transform":
        yield from _transform_problems(step)


def _reference_problems(
    step: PlannedStep,
    reference: str,
    steps: Mapping[str, PlannedStep],
    parameters: Collection[str],
) -> Iterator[Diagnostic]:
    root, _, rest = reference.partition(".")
    known: Collection[str]
    what, name = "", rest
    if root == "Parameters":
        known, what = parameters, "parameters"
    elif root == "Execution":
        known, what = EXECUTION_VARIABLES, "execution variables"
    elif root == "Steps":
        owner, path = split_step_reference(reference)
        if not path.startswith("PropertyFiles."):
            return
        known, name = steps[owner].property_files, path.removeprefix("PropertyFiles.")
        what = f"property files of step '{owner}'"
    else:
        known, name, what = ("Parameters", "Execution", "Steps"), root, "roots of a reference"
    if name not in known:
        yield BROKEN_DEFINITION.error(
            f"'{reference}' refers to nothing",
            fix=did_you_mean(name, known, what=what),
            place=Place(field=step.name),
        )


def _processing_problems(step: PlannedStep) -> Iterator[Diagnostic]:
    if not step.arguments["AppSpecification"].get("ContainerEntrypoint"):
        yield _unsupported(step, "runs its image's own entry point", "AppSpecification.ContainerEntrypoint")
    for entry in step.arguments.get("ProcessingInputs", []):
        if "S3Input" not in entry:
            name = f"{step.name}.{entry['InputName']}"
            yield UNSUPPORTED.error(
                f"step '{step.name}' reads input '{entry['InputName']}' from a database",
                fix=f"name a folder that stands in for the query's result: --map {name}=FOLDER, or "
                f"'{name}: folder' under 'local:' in the config",
                place=Place(field=step.name),
            )
        else:
            yield from _source_problems(step, entry["InputName"], entry["S3Input"], "S3InputMode")
    for entry in step.arguments.get("ProcessingOutputConfig", {}).get("Outputs", []):
        if "S3Output" not in entry:
            yield _unsupported(step, f"writes output '{entry['OutputName']}' elsewhere", "an S3Output")


def _training_problems(
    step: PlannedStep, request: Mapping[str, Any], hyperparameters: str
) -> Iterator[Diagnostic]:
    algorithm = request.get("AlgorithmSpecification", {})
    script_mode = "sagemaker_program" in request.get(hyperparameters, {})
    if not script_mode and not algorithm.get("ContainerEntrypoint"):
        yield _unsupported(
            step,
            "runs its image's own algorithm",
            "the hyperparameters sagemaker_program and sagemaker_submit_directory, or ContainerEntrypoint",
        )
    if "RemoteDebugConfig" in request:
        yield _unsupported(step, "uses RemoteDebugConfig", "a request without it")
    if _is_constant(algorithm):
        yield from metric_problems(step.name, request)
    for channel in request.get("InputDataConfig", []):
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            yield _unsupported(
                step, f"reads channel '{channel['ChannelName']}' not from S3", "an S3DataSource"
            )
        else:
            mode = channel.get("InputMode", algorithm.get("TrainingInputMode", "File"))
            yield from _source_problems(step, channel["ChannelName"], {**source, "Mode": mode}, "Mode")


def _tuning_problems(step: PlannedStep, values: Mapping[str, object]) -> Iterator[Diagnostic]:
    unsupported = list(_unsupported_tuning(step))
    yield from unsupported
    key = "HyperParameterTuningJobConfig"
    config = None if unsupported else with_parameters(step.arguments[key], values)
    if config is not None:
        yield from search_limits(step.name, {**step.arguments, key: config})


def _unsupported_tuning(step: PlannedStep) -> Iterator[Diagnostic]:
    for key in ("TrainingJobDefinitions", "WarmStartConfig", "Autotune"):
        if key in step.arguments:
            yield _unsupported(step, f"uses {key}", "one TrainingJobDefinition alone")
    config = step.arguments.get("HyperParameterTuningJobConfig", {})
    if config.get("Strategy") not in TUNING_STRATEGIES:
        strategies = ", ".join(TUNING_STRATEGIES)
        yield _unsupported(step, f"uses the strategy {config.get('Strategy')}", f"one of {strategies}")
    for key in ("HyperParameterTuningJobObjective", "ParameterRanges", "ResourceLimits"):
        if not config.get(key):
            yield _unsupported(step, f"has no {key}", f"HyperParameterTuningJobConfig.{key}")
    most = "MaxNumberOfTrainingJobs"
    if config.get("Strategy") != "Grid" and most not in config.get("ResourceLimits", {}):
        yield _unsupported(step, f"has no {most}", f"ResourceLimits.{most}")
    if "AutoParameters" in config.get("ParameterRanges", {}):
        yield _unsupported(step, "uses AutoParameters", "a range for each hyperparameter")
    if "TuningJobCompletionCriteria" in config:
        yield _unsupported(step, "uses TuningJobCompletionCriteria", "ResourceLimits")
    definition = step.arguments.get("TrainingJobDefinition")
    if definition is None:
        yield _unsupported(step, "has no TrainingJobDefinition", "one TrainingJobDefinition")
    else:
        yield from _training_problems(step, definition, "StaticHyperParameters")


def _model_problems(step: PlannedStep) -> Iterator[Diagnostic]:
    container = step.arguments.get("PrimaryContainer", {})
    if not {"ModelPackageName", "ModelDataUrl"} & set(container):
        yield _unsupported(
            step, "has no PrimaryContainer with a model", "one with ModelDataUrl or ModelPackageName"
        )


def _transform_problems(step: PlannedStep) -> Iterator[Diagnostic]:
    source = step.arguments["TransformInput"]
    if source.get("CompressionType", "None") != "None":
        yield _unsupported(step, f"reads {source['CompressionType']} files", "files that are not compressed")
    if source.get("SplitType", "None") not in ("None", "Line"):
        yield _unsupported(step, f"splits files by {source['SplitType']}", "SplitType Line or None")
    for unsupported in ("DataProcessing", "DataCaptureConfig"):
        if unsupported in step.arguments:
            yield _unsupported(step, f"uses {unsupported}", "a request without it")
    data = source["DataSource"]["S3DataSource"]
    yield from _source_problems(step, "TransformInput", data, "Mode")


def _source_problems(
    step: PlannedStep, name: str, source: Mapping[str, Any], mode: str
) -> Iterator[Diagnostic]:
    if source.get("S3DataType", "S3Prefix") != "S3Prefix":
        yield _unsupported(step, f"reads '{name}' as {source['S3DataType']}", "S3DataType S3Prefix")
    if source.get(mode, "File") not in ("File", "FastFile"):
        yield _unsupported(step, f"reads '{name}' in {source[mode]} mode", "File mode")


def _is_constant(node: object) -> bool:
    """Whether nothing in a part of a definition is an expression."""
    text = json.dumps(node)
    return '"Get"' not in text and '"Std:' not in text


def _unsupported(step: PlannedStep, message: str, remedy: str) -> Diagnostic:
    return UNSUPPORTED.error(
        f"step '{step.name}' {message}",
        fix=f"for local runs, use {remedy}; or select other steps",
        place=Place(field=step.name),
    )
