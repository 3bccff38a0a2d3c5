"""RegisterModel steps: a model package as a JSON file, numbered within its group."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pipeline_compiler.local.job import Finished, JobContext, JobType, arn
from pipeline_compiler.local.rules import MISSING_MODEL_OBJECT
from script_contracts.core.diagnostics import Diagnostic, Place, raise_errors

_UNGROUPED = "unversioned"


def _no_limits(step: str, arguments: Mapping[str, Any]) -> list[Diagnostic]:
    return []


def _inputs(arguments: Mapping[str, Any]) -> list[str]:
    return sorted(set(_urls(arguments)))


def _no_outputs(arguments: Mapping[str, Any]) -> list[str]:
    return []


def _execute(context: JobContext, arguments: Mapping[str, Any]) -> Finished:
    raise_errors(_folder_models(context, arguments))
    group = arguments.get("ModelPackageGroupName") or _UNGROUPED
    package = {
        **arguments,
        "ModelPackageStatus": "Completed",
        "CreationTime": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "LocalFiles": {uri: str(context.store.locate(uri)) for uri in _inputs(arguments)},
    }
    file, properties = _write_next_version(context.packages / group, package)
    return Finished(properties, {"ModelPackage": file})


def _folder_models(context: JobContext, arguments: Mapping[str, Any]) -> Iterator[Diagnostic]:
    for container in arguments.get("InferenceSpecification", {}).get("Containers", []):
        uri = container.get("ModelDataUrl")
        if uri and not context.store.locate(uri).is_file():
            yield MISSING_MODEL_OBJECT.error(
                f"step '{context.step.name}': '{uri}' is a folder, not a model archive",
                fix="name the archive in it, usually model.tar.gz",
                place=Place(field=f"{context.step.name}.InferenceSpecification.Containers.ModelDataUrl"),
            )


def _urls(node: object) -> Iterator[str]:
    """The S3 locations in a request's URL fields; the customer's own metadata may hold anything."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if isinstance(value, str) and value.startswith("s3://") and key.endswith(("Url", "Uri")):
                yield value
            elif key != "CustomerMetadataProperties":
                yield from _urls(value)
    elif isinstance(node, list):
        for value in node:
            yield from _urls(value)


def _write_next_version(folder: Path, package: Mapping[str, Any]) -> tuple[Path, dict[str, Any]]:
    """Number the package and write it, complete or not at all, whoever else registers meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    version = 1 + max((int(file.stem) for file in folder.glob("*.json") if file.stem.isdigit()), default=0)
    while True:
        properties = {
            **package,
            "ModelPackageVersion": version,
            "ModelPackageArn": arn("model-package", f"{folder.name}/{version}"),
        }
        file = folder / f"{version}.json"
        part = folder / f".{version}.{os.getpid()}.{id(properties)}.part"
        part.write_text(json.dumps(properties, indent=2), encoding="utf-8")
        try:
            os.link(part, file)  # fails where the version exists, unlike a rename
            return file, properties
        except FileExistsError:
            version += 1
        finally:
            part.unlink()


REGISTER_MODEL = JobType(_no_limits, _inputs, _no_outputs, _execute, MISSING_MODEL_OBJECT)
