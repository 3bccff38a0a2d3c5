"""Processing steps, as the service runs processing jobs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline_compiler.local.job import Finished, JobContext, JobType, arn
from pipeline_compiler.local.limits import processing_limits
from pipeline_compiler.local.program import read_contract, run_program
from pipeline_compiler.local.rules import NO_INPUT_OBJECTS


def _inputs(arguments: Mapping[str, Any]) -> list[str]:
    return [entry["S3Input"]["S3Uri"] for entry in arguments.get("ProcessingInputs", [])]


def _outputs(arguments: Mapping[str, Any]) -> list[str]:
    return [entry["S3Output"]["S3Uri"] for entry in _declared_outputs(arguments)]


def _execute(context: JobContext, arguments: Mapping[str, Any]) -> Finished:
    application = arguments["AppSpecification"]
    image = application.get("ImageUri", "")
    container = context.new_container(image)
    for entry in arguments.get("ProcessingInputs", []):
        source = entry["S3Input"]
        container.add_input(context.store.locate(source["S3Uri"]), source["LocalPath"])
    for entry in _declared_outputs(arguments):
        container.path(entry["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
        context.store.locate_for_writing(entry["S3Output"]["S3Uri"])
    job = {
        **arguments,
        "ProcessingJobName": context.job_name,
        "ProcessingJobArn": arn("processing-job", context.job_name, image),
    }
    container.write_json("/opt/ml/config/processingjobconfig.json", job)
    container.write_json(
        "/opt/ml/config/resourceconfig.json", {"current_host": "algo-1", "hosts": ["algo-1"]}
    )
    message = run_program(
        context,
        container,
        [*application["ContainerEntrypoint"], *application.get("ContainerArguments", [])],
        arguments.get("Environment", {}),
        cwd=None,
        timeout=arguments.get("StoppingCondition", {}).get("MaxRuntimeInSeconds"),
        contract=_contract(context, arguments),
        failure_file="/opt/ml/output/message",
    )
    outputs = {
        entry["OutputName"]: context.store.publish(
            container.path(entry["S3Output"]["LocalPath"]), entry["S3Output"]["S3Uri"]
        )
        for entry in _declared_outputs(arguments)
    }
    container.remove()
    properties = {**job, "ProcessingJobStatus": "Completed", "ExitMessage": message}
    return Finished(properties, outputs, message)


def _declared_outputs(arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    outputs: list[dict[str, Any]] = arguments.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return outputs


def _contract(context: JobContext, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The contract beside the script that the entry point names, read from the script's source."""
    for part in arguments["AppSpecification"]["ContainerEntrypoint"]:
        for entry in arguments.get("ProcessingInputs", []):
            source = entry["S3Input"]
            if PurePosixPath(part).is_relative_to(source["LocalPath"]):
                inside = PurePosixPath(part).relative_to(source["LocalPath"]).parent
                return read_contract(Path(context.store.locate(source["S3Uri"]), inside))
    return {}


PROCESSING = JobType(processing_limits, _inputs, _outputs, _execute, NO_INPUT_OBJECTS)
