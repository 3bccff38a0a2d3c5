"""Model steps: which archive a model is, and with which environment it is served."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline_compiler.local.job import Finished, JobContext, JobType, arn
from pipeline_compiler.local.rules import MISSING_MODEL_OBJECT
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place

_ARCHIVE = "model.tar.gz"


def _no_limits(step: str, arguments: Mapping[str, Any]) -> Iterable[Diagnostic]:
    return ()


def _inputs(arguments: Mapping[str, Any]) -> list[str]:
    container = arguments["PrimaryContainer"]
    return [container.get("ModelPackageName") or container["ModelDataUrl"]]


def _no_outputs(arguments: Mapping[str, Any]) -> list[str]:
    return []


def _execute(context: JobContext, arguments: Mapping[str, Any]) -> Finished:
    container = arguments["PrimaryContainer"]
    if "ModelPackageName" in container:
        archive, environment = _of_package(context, container["ModelPackageName"])
    else:
        archive = context.store.locate(container["ModelDataUrl"])
        environment = container.get("Environment", {})
    if not archive.is_file():
        raise PipelineCompilerError(
            MISSING_MODEL_OBJECT.error(
                f"step '{context.step.name}': there is no model archive {archive}",
                fix=f"put the model's {_ARCHIVE} there",
                place=Place(field=context.step.name),
            )
        )
    properties = {
        **arguments,
        "ModelName": context.job_name,
        "ModelArn": arn("model", context.job_name, container.get("Image", "")),
    }
    file = context.models / f"{context.job_name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"archive": str(archive), "environment": dict(environment)}), encoding="utf-8")
    return Finished(properties, {"Model": file})


def _of_package(context: JobContext, package: str) -> tuple[Path, Mapping[str, str]]:
    """The archive and environment of a package: of a local run's, or of the folder that stands for it."""
    place = context.store.locate(package)
    if place.is_dir():
        return place / _ARCHIVE, {}
    document = json.loads(place.read_text(encoding="utf-8"))
    (container, *_) = document["InferenceSpecification"]["Containers"]
    return Path(document["LocalFiles"][container["ModelDataUrl"]]), container.get("Environment", {})


MODEL = JobType(_no_limits, _inputs, _no_outputs, _execute, MISSING_MODEL_OBJECT)
