"""AWS's own service models, as the installed botocore ships them.

Unpacking and parsing the whole of SageMaker's takes about 15 ms of CPU time; it is botocore's own
reading of it that is slow. So nothing is cached on disk, and nothing can be out of date.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline_compiler.conformance.model_rules import NO_SERVICE_MODEL
from script_contracts.core.diagnostics import PipelineCompilerError


@cache
def service_shapes(service: str) -> Mapping[str, Mapping[str, Any]]:
    """Shape name -> shape, in botocore's notation, of the newest API version of a service.

    Raises:
        PipelineCompilerError: the installed botocore has no model of that service.
    """
    folder = _data_folder() / service
    versions = sorted(folder.iterdir()) if folder.is_dir() else []
    for version in reversed(versions):
        packed, plain = version / "service-2.json.gz", version / "service-2.json"
        if packed.is_file():
            return _shapes(gzip.decompress(packed.read_bytes()))
        if plain.is_file():
            return _shapes(plain.read_bytes())
    raise PipelineCompilerError(
        NO_SERVICE_MODEL.error(
            f"there is no service model of '{service}' in {folder}",
            fix="reinstall botocore: pip install --force-reinstall boto3",
        )
    )


def _shapes(text: bytes) -> Mapping[str, Mapping[str, Any]]:
    shapes: dict[str, Mapping[str, Any]] = json.loads(text)["shapes"]
    return shapes


def _data_folder() -> Path:
    found = find_spec("botocore")  # finds it without importing it
    if found is None or not found.submodule_search_locations:
        raise PipelineCompilerError(
            NO_SERVICE_MODEL.error("botocore is not installed", fix="pip install boto3")
        )
    return Path(found.submodule_search_locations[0]) / "data"
