"""Training steps, as the service runs training jobs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_compiler.local.archives import pack
from pipeline_compiler.local.container import Container
from pipeline_compiler.local.job import Finished, JobContext, JobType, StepError, arn
from pipeline_compiler.local.limits import training_limits
from pipeline_compiler.local.metrics import final_metrics, metric_definitions
from pipeline_compiler.local.program import read_contract, run_program
from pipeline_compiler.local.rules import NO_INPUT_OBJECTS
from pipeline_compiler.local.script_mode import job_variables, prepare_code, program_command, submit_directory
from pipeline_compiler.local.store import regular_files

_MODEL, _DATA = "/opt/ml/model", "/opt/ml/output/data"


def training_inputs(arguments: Mapping[str, Any]) -> list[str]:
    """The S3 locations that a training job reads."""
    code = submit_directory(arguments)
    return [*_channels(arguments).values(), *([code] if code else [])]


def training_outputs(arguments: Mapping[str, Any]) -> list[str]:
    """The S3 locations below which a training job writes."""
    checkpoints = arguments.get("CheckpointConfig", {})
    return [
        arguments["OutputDataConfig"]["S3OutputPath"],
        *([checkpoints["S3Uri"]] if checkpoints else []),
    ]


def run_training_job(context: JobContext, arguments: Mapping[str, Any]) -> Finished:
    """Run one training job: a step's, or one of a tuning job's.

    Args:
        context: its name, container folder and log among it.
        arguments: the CreateTrainingJob request without the name.

    Raises:
        PipelineCompilerError: if the job fails.
        Stopped: if the run is stopped meanwhile.
    """
    algorithm = arguments["AlgorithmSpecification"]
    image = algorithm.get("TrainingImage", "")
    destination = f"{arguments['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{context.job_name}/output"
    context.store.locate_for_writing(destination)
    container = context.new_container(image)
    for folder in (_MODEL, _DATA, "/opt/ml/checkpoints", "/opt/ml/code"):
        container.path(folder).mkdir(parents=True, exist_ok=True)
    checkpoints = _Checkpoints(context, container, arguments)
    checkpoints.restore()
    for channel, uri in _channels(arguments).items():
        container.add_input(context.store.locate(uri), f"/opt/ml/input/data/{channel}")
    resources = _write_configuration(container, arguments)
    code = prepare_code(context, container, arguments)
    job_arn = arn("training-job", context.job_name, image)
    try:
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
    except StepError:
        checkpoints.keep()  # the service uploads them while the job runs
        raise
    upload = context.store.new_folder()
    for folder, archive in ((_MODEL, "model.tar.gz"), (_DATA, "output.tar.gz")):
        if any(regular_files(container.path(folder))):
            pack(container.path(folder), upload / archive)
    published = context.store.publish(upload, destination)
    kept = checkpoints.keep()
    container.remove()
    properties = {
        **arguments,
        "TrainingJobName": context.job_name,
        "TrainingJobArn": job_arn,
        "TrainingJobStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": f"{destination}/model.tar.gz"},
        "FinalMetricDataList": final_metrics(context.log, metric_definitions(arguments)),
    }
    outputs = {"model": published / "model.tar.gz", "output": published / "output.tar.gz", **kept}
    return Finished(properties, {name: path for name, path in outputs.items() if path.exists()}, message)


@dataclass(frozen=True)
class _Checkpoints:
    """The folder that the service brings back where a job starts again, and keeps in S3 as it grows."""

    context: JobContext
    container: Container
    arguments: Mapping[str, Any]

    @property
    def _uri(self) -> str | None:
        uri: str | None = self.arguments.get("CheckpointConfig", {}).get("S3Uri")
        return uri

    @property
    def _folder(self) -> Path:
        path = self.arguments["CheckpointConfig"].get("LocalPath", "/opt/ml/checkpoints")
        return self.container.path(path)

    def restore(self) -> None:
        """Give the job what an earlier one left there."""
        if self._uri is not None and self.context.store.locate(self._uri).is_dir():
            shutil.copytree(self.context.store.locate(self._uri), self._folder, dirs_exist_ok=True)

    def keep(self) -> dict[str, Path]:
        """Put the checkpoints where they are kept; returns that place, if there is one."""
        if self._uri is None or not any(regular_files(self._folder)):
            return {}
        return {"checkpoints": self.context.store.publish(self._folder, self._uri)}


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


TRAINING = JobType(training_limits, training_inputs, training_outputs, run_training_job, NO_INPUT_OBJECTS)
