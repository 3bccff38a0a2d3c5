"""Training steps, as the service runs training jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline_compiler.local.archives import pack
from pipeline_compiler.local.container import Container
from pipeline_compiler.local.job import Finished, JobContext, JobType, arn
from pipeline_compiler.local.limits import training_limits
from pipeline_compiler.local.program import read_contract, run_program
from pipeline_compiler.local.rules import NO_INPUT_OBJECTS
from pipeline_compiler.local.script_mode import job_variables, prepare_code, program_command, submit_directory
from pipeline_compiler.local.store import regular_files

_MODEL, _DATA = "/opt/ml/model", "/opt/ml/output/data"


def _inputs(arguments: Mapping[str, Any]) -> list[str]:
    code = submit_directory(arguments)
    return [*_channels(arguments).values(), *([code] if code else [])]


def _outputs(arguments: Mapping[str, Any]) -> list[str]:
    return [arguments["OutputDataConfig"]["S3OutputPath"]]


def _execute(context: JobContext, arguments: Mapping[str, Any]) -> Finished:
    algorithm = arguments["AlgorithmSpecification"]
    image = algorithm.get("TrainingImage", "")
    destination = f"{arguments['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{context.job_name}/output"
    context.store.locate_for_writing(destination)
    container = context.new_container(image)
    for folder in (_MODEL, _DATA, "/opt/ml/checkpoints", "/opt/ml/code"):
        container.path(folder).mkdir(parents=True, exist_ok=True)
    for channel, uri in _channels(arguments).items():
        container.add_input(context.store.locate(uri), f"/opt/ml/input/data/{channel}")
    resources = _write_configuration(container, arguments)
    code = prepare_code(context, container, arguments)
    job_arn = arn("training-job", context.job_name, image)
    message = run_program(
        context,
        container,
        program_command(arguments),
        {
            **job_variables(container, arguments, resources),
            "TRAINING_JOB_NAME": context.job_name,
            "TRAINING_JOB_ARN": job_arn,
            **arguments.get("Environment", {}),
        },
        cwd="/opt/ml/code" if code else None,
        timeout=arguments.get("StoppingCondition", {}).get("MaxRuntimeInSeconds"),
        contract=read_contract(container.path("/opt/ml/code")),
        failure_file="/opt/ml/output/failure",
    )
    upload = context.store.new_folder()
    for folder, archive in ((_MODEL, "model.tar.gz"), (_DATA, "output.tar.gz")):
        if any(regular_files(container.path(folder))):
            pack(container.path(folder), upload / archive)
    published = context.store.publish(upload, destination)
    container.remove()
    properties = {
        **arguments,
        "TrainingJobName": context.job_name,
        "TrainingJobArn": job_arn,
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": f"{destination}/model.tar.gz"},
    }
    outputs = {"model": published / "model.tar.gz", "output": published / "output.tar.gz"}
    return Finished(properties, {name: path for name, path in outputs.items() if path.exists()}, message)


def _channels(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in arguments.get("InputDataConfig", [])
    }


def _write_configuration(container: Container, arguments: Mapping[str, Any]) -> dict[str, Any]:
    instance = arguments.get("ResourceConfig", {}).get("InstanceType", "local")
    resources = {
        "current_host": "algo-1",
        "current_instance_type": instance,
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": instance,
                "hosts": ["algo-1"],
            }
        ],
        "network_interface_name": "lo",
    }
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": "File",
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in arguments.get("InputDataConfig", [])
    }
    container.write_json("/opt/ml/input/config/hyperparameters.json", arguments.get("HyperParameters", {}))
    container.write_json("/opt/ml/input/config/inputdataconfig.json", channels)
    container.write_json("/opt/ml/input/config/resourceconfig.json", resources)
    return resources


TRAINING = JobType(training_limits, _inputs, _outputs, _execute, NO_INPUT_OBJECTS)
