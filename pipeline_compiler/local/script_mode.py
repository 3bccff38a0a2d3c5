"""Script mode: what the framework images' launcher does before it starts the user's program.

Source: sagemaker-training (the launcher in AWS's XGBoost, scikit-learn and PyTorch images). Unlike it,
nothing is installed: the interpreter's own libraries stand for the image.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Mapping
from typing import Any

from pipeline_compiler.local.archives import unpack
from pipeline_compiler.local.container import Container
from pipeline_compiler.local.job import JobContext
from pipeline_compiler.local.rules import BAD_CODE_BUNDLE
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place

_CODE = "/opt/ml/code"
_PREFIX = "sagemaker_"
# What a tuning job adds to each of its training jobs' hyperparameters; the launcher keeps it to itself.
TUNING_METRIC = "_tuning_objective_metric"


def submit_directory(arguments: Mapping[str, Any]) -> str | None:
    """Where the code bundle lies in S3, or None where the job does not use script mode.

    A job under network isolation gets its code through a channel, and names the path in there.
    """
    named = _setting(arguments, "sagemaker_submit_directory")
    for channel in arguments.get("InputDataConfig", []):
        folder = f"/opt/ml/input/data/{channel['ChannelName']}/"
        if named is not None and named.startswith(folder):
            prefix = channel["DataSource"]["S3DataSource"]["S3Uri"].rstrip("/")
            return f"{prefix}/{named.removeprefix(folder)}"
    return named


def prepare_code(context: JobContext, container: Container, arguments: Mapping[str, Any]) -> bool:
    """Extract the code bundle into /opt/ml/code; False where the job does not use script mode.

    Raises:
        PipelineCompilerError: (PC797) if the bundle cannot be read or lacks the entry point.
    """
    program, uri = _setting(arguments, "sagemaker_program"), submit_directory(arguments)
    if program is None:
        return False
    name = context.step.name
    if uri is None:
        raise PipelineCompilerError(_bad_bundle(name, "sagemaker_submit_directory is not set"))
    try:
        unpack(context.store.locate(uri), container.path(_CODE))
    except (OSError, tarfile.TarError) as error:
        raise PipelineCompilerError(_bad_bundle(name, f"{uri} cannot be extracted: {error}")) from None
    if not program.endswith(".py") or not container.path(f"{_CODE}/{program}").is_file():
        files = ", ".join(sorted(os.listdir(container.path(_CODE))))
        raise PipelineCompilerError(_bad_bundle(name, f"'{program}' is not a script in it, only {files}"))
    return True


def program_command(arguments: Mapping[str, Any]) -> list[str]:
    """The job's command: the script as a module with its hyperparameters, or the request's own."""
    program = _setting(arguments, "sagemaker_program")
    if program is None:
        algorithm = arguments["AlgorithmSpecification"]
        return [*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", [])]
    command = ["python3", "-m", program.removesuffix(".py")]
    for key, value in sorted(_user_hyperparameters(arguments).items()):
        command += [f"--{key}" if len(key) > 1 else f"-{key}", "" if value is None else str(value)]
    return command


def job_variables(
    container: Container, arguments: Mapping[str, Any], resources: Mapping[str, Any]
) -> dict[str, str]:
    """The SM_* variables."""
    hyperparameters = _user_hyperparameters(arguments)
    channels = [channel["ChannelName"] for channel in arguments.get("InputDataConfig", [])]
    program = _setting(arguments, "sagemaker_program")
    variables: dict[str, Any] = {
        "HOSTS": resources["hosts"],
        "CURRENT_HOST": resources["current_host"],
        "CURRENT_INSTANCE_TYPE": resources["current_instance_type"],
        "NETWORK_INTERFACE_NAME": resources["network_interface_name"],
        "RESOURCE_CONFIG": dict(resources),
        "NUM_CPUS": os.cpu_count(),
        "NUM_GPUS": 0,
        "INPUT_DIR": container.visible("/opt/ml/input"),
        "INPUT_CONFIG_DIR": container.visible("/opt/ml/input/config"),
        "MODEL_DIR": container.visible("/opt/ml/model"),
        "OUTPUT_DIR": container.visible("/opt/ml/output"),
        "OUTPUT_DATA_DIR": container.visible("/opt/ml/output/data"),
        "CHANNELS": sorted(channels),
        "HPS": hyperparameters,
        **{f"HP_{key.upper()}": value for key, value in hyperparameters.items()},
        **{f"CHANNEL_{name.upper()}": container.visible(f"/opt/ml/input/data/{name}") for name in channels},
    }
    if program is not None:
        variables["MODULE_NAME"] = program.removesuffix(".py")
        variables["MODULE_DIR"] = _setting(arguments, "sagemaker_submit_directory")
        variables["USER_ARGS"] = program_command(arguments)[3:]
        variables["USER_ENTRY_POINT"] = program
    return {
        f"SM_{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in variables.items()
    }


def _user_hyperparameters(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The program's hyperparameters as the launcher decodes them: JSON where it is JSON, else text."""
    return {
        key: _decode(value)
        for key, value in arguments.get("HyperParameters", {}).items()
        if not (key.startswith(_PREFIX) or key == TUNING_METRIC)
    }


def _setting(arguments: Mapping[str, Any], key: str) -> str | None:
    value = arguments.get("HyperParameters", {}).get(key)
    return None if value is None else str(_decode(value))


def _decode(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _bad_bundle(step: str, problem: str) -> Diagnostic:
    return BAD_CODE_BUNDLE.error(
        f"step '{step}': the code bundle cannot be used: {problem}",
        fix="pack the entry point at the top level of sourcedir.tar.gz and name both in the hyperparameters",
        place=Place(field=f"{step}.HyperParameters"),
    )
