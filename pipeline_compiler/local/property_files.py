"""Reading the JSON files that steps write for later steps and for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline_compiler.local.jsonpath import look_up
from pipeline_compiler.local.rules import NO_PROPERTY_FILE_VALUE
from script_contracts.core.diagnostics import PipelineCompilerError, Place


def read_json(path: Path, what: str, step: str) -> Any:
    """A JSON document.

    Raises:
        PipelineCompilerError: (PC787) if there is none.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problem = "does not exist"
    except ValueError as error:
        problem = f"is not JSON: {error}"
    raise PipelineCompilerError(
        NO_PROPERTY_FILE_VALUE.error(
            f"{what} {problem}: {path}",
            fix=f"let step '{step}' write that file, as JSON, at the path that the property file names",
            place=Place(field=step),
        )
    )


def read_json_value(path: Path, json_path: str, what: str, step: str) -> Any:
    """What lies at a path of a JSON document.

    Raises:
        PipelineCompilerError: (PC787) if there is no document, or nothing at that path.
    """
    document = read_json(path, what, step)
    try:
        return look_up(document, json_path)
    except (LookupError, ValueError) as error:
        raise PipelineCompilerError(
            NO_PROPERTY_FILE_VALUE.error(
                f"{what} has nothing at '{json_path}': {error.args[0]}",
                fix="correct the path, or let the step write that value",
                place=Place(field=step),
                details=(f"file: {path}",),
            )
        ) from None
