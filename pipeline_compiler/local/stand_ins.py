"""Stand-ins: a folder on this machine in place of what a query or a service would deliver."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_compiler.model_packages import is_model_package

if TYPE_CHECKING:
    from pipeline_compiler.compiled import Asset


def with_stand_ins(
    definition: Mapping[str, Any], mounts: Mapping[str, Path], assets: Iterable[Asset]
) -> tuple[dict[str, Any], dict[str, Path]]:
    """The definition with an S3 input wherever a folder stands in for another kind of input.

    Args:
        mounts: S3 prefix or ARN -> folder, and `STEP.INPUT` -> the folder that stands in for that input.

    Returns:
        The definition, and the mounts with an S3 prefix for each stand-in.
    """
    changed: dict[str, Any] = copy.deepcopy(dict(definition))
    inputs = {
        name: folder
        for name, folder in mounts.items()
        if not (name.startswith("s3://") or is_model_package(name))
    }
    prefixes = {name: folder for name, folder in mounts.items() if name not in inputs}
    contracts = {asset.uri: asset.files.get("contract.json") for asset in assets}
    for step in _steps_with_inputs(changed["Steps"]):
        for name, folder in inputs.items():
            owner, _, port = name.rpartition(".")
            if owner == step["Name"]:
                prefix = f"s3://stand-in/{owner}/{port}"
                prefixes[prefix] = folder
                if step["Type"] == "Transform":
                    step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] = prefix
                else:
                    _replace_input(step["Arguments"], port, prefix, contracts)
    return changed, prefixes


def _steps_with_inputs(steps: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        arguments = step.get("Arguments", {})
        if step["Type"] in ("Processing", "Transform"):
            yield step
        for branch in ("IfSteps", "ElseSteps"):
            yield from _steps_with_inputs(arguments.get(branch) or [])


def _replace_input(arguments: dict[str, Any], name: str, prefix: str, contracts: Mapping[str, Any]) -> None:
    entries = arguments.setdefault("ProcessingInputs", [])
    path = None
    for entry in entries:
        delivered = entry.get("S3Input") or entry.get("DatasetDefinition") or {}
        if entry.get("InputName") == name:
            path = delivered.get("LocalPath")
        elif isinstance(uri := delivered.get("S3Uri"), str) and (content := contracts.get(uri)):
            path = path or json.loads(content)["inputs"].get(name, {}).get("path")
    entries[:] = [entry for entry in entries if entry.get("InputName") != name]
    source = {
        "S3Uri": prefix,
        "LocalPath": path,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
    }
    entries.insert(0, {"InputName": name, "S3Input": source})
