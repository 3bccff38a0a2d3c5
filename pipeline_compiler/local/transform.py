"""Transform steps: the model's own inference code over files of requests, as batch transform runs it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline_compiler.local import transform_program
from pipeline_compiler.local.archives import unpack
from pipeline_compiler.local.job import Finished, JobContext, JobType, arn
from pipeline_compiler.local.program import run_program
from pipeline_compiler.local.rules import NO_INPUT_OBJECTS
from script_contracts.core.diagnostics import Diagnostic

_MODEL, _REQUESTS, _PREDICTIONS = "/opt/ml/model", "/opt/ml/input/data/requests", "/opt/ml/output/predictions"
_PROGRAM = "/opt/ml/transform/transform_program.py"
_DEFAULT_PAYLOAD_MB = 6  # API reference, CreateTransformJob, MaxPayloadInMB


def _no_limits(step: str, arguments: Mapping[str, Any]) -> Iterable[Diagnostic]:
    return ()


def _inputs(arguments: Mapping[str, Any]) -> list[str]:
    return [arguments["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]]


def _outputs(arguments: Mapping[str, Any]) -> list[str]:
    return [arguments["TransformOutput"]["S3OutputPath"]]


def _execute(context: JobContext, arguments: Mapping[str, Any]) -> Finished:
    destination = arguments["TransformOutput"]["S3OutputPath"]
    context.store.locate_for_writing(destination)
    model = json.loads((context.models / f"{arguments['ModelName']}.json").read_text(encoding="utf-8"))
    container = context.new_container("")
    unpack(Path(model["archive"]), container.path(_MODEL))
    container.add_input(context.store.locate(_inputs(arguments)[0]), _REQUESTS)
    container.path(_PREDICTIONS).mkdir(parents=True)
    container.write_json("/opt/ml/transform/settings.json", _settings(arguments, model["environment"]))
    shutil.copyfile(transform_program.__file__, container.path(_PROGRAM))
    message = run_program(
        context,
        container,
        ["python3", _PROGRAM, _MODEL, _REQUESTS, _PREDICTIONS],
        {**model["environment"], **arguments.get("Environment", {})},
        cwd=_MODEL,
        timeout=None,  # the service has no limit either
        contract={},
        failure_file="/opt/ml/output/failure",
    )
    published = context.store.publish(container.path(_PREDICTIONS), destination)
    container.remove()
    properties = {
        **arguments,
        "TransformJobName": context.job_name,
        "TransformJobArn": arn("transform-job", context.job_name),
        "TransformJobStatus": "Completed",
    }
    return Finished(properties, {"predictions": published}, message)


def _settings(arguments: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    source, target = arguments["TransformInput"], arguments["TransformOutput"]
    lines = source.get("SplitType", "None") == "Line"
    return {
        "program": environment.get("SAGEMAKER_PROGRAM", "inference.py"),
        "content_type": source.get("ContentType", "application/octet-stream"),
        "accept": target.get("Accept", "*/*"),
        "split": lines,
        "several": lines and arguments.get("BatchStrategy", "MultiRecord") == "MultiRecord",
        "assemble": target.get("AssembleWith", "None") == "Line",
        "payload_bytes": (arguments.get("MaxPayloadInMB") or _DEFAULT_PAYLOAD_MB) * 2**20,
    }


TRANSFORM = JobType(_no_limits, _inputs, _outputs, _execute, NO_INPUT_OBJECTS)
