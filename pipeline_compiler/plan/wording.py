"""Values of a definition in people's words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_OUTPUT = re.compile(r"Steps\.([^.\[]+)\.ProcessingOutputConfig\.Outputs\['([^']+)'\]\.S3Output\.S3Uri")
_MODEL = re.compile(r"Steps\.([^.\[]+)\.ModelArtifacts\.S3ModelArtifacts")
# The model of a tuning step is at an address made of these, with "/" between them.
_BEST = (
    re.compile(r"Steps\.([^.\[]+)\.TrainingJobDefinition\.OutputDataConfig\.S3OutputPath"),
    re.compile(r"Steps\.([^.\[]+)\.BestTrainingJob\.TrainingJobName"),
)
_ARCHIVE = "output/model.tar.gz"
_COMPARISONS = {
    "Equals": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": ">=",
    "LessThan": "<",
    "LessThanOrEqualTo": "<=",
}


def text_of(value: object) -> str:
    """A value as people would say it: a reference by step and output, a condition as a comparison."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        for member, wording in _WORDINGS.items():
            if member in value:
                return wording(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(text_of, value))
    return json.dumps(value)


def quoted(value: object) -> str:
    """`text_of`, with text in quotes: for values whose type matters."""
    return json.dumps(value) if isinstance(value, str) else text_of(value)


def _reference(value: Mapping[str, Any]) -> str:
    name = str(value["Get"])
    if output := _OUTPUT.fullmatch(name):
        return f"{output[1]}.{output[2]}"
    if model := _MODEL.fullmatch(name):
        return f"{model[1]}.model"
    if name.startswith("Parameters."):
        return f"parameter {name.removeprefix('Parameters.')}"
    return f"{{{name.removeprefix('Execution.')}}}" if name.startswith("Execution.") else name


def _join(value: Mapping[str, Any]) -> str:
    join = value["Std:Join"]
    if tuned := _best_model(join):
        return f"{tuned}.model"
    parts = [f"{{{text_of(each)}}}" if _is_parameter(each) else text_of(each) for each in join["Values"]]
    return str(join["On"]).join(parts)


def _best_model(join: Mapping[str, Any]) -> str | None:
    """The tuning step whose best model a join is the address of."""
    *references, archive = join["Values"] or [None]
    if join["On"] != "/" or archive != _ARCHIVE or len(references) != len(_BEST):
        return None
    found = {
        match[1] if (match := pattern.fullmatch(str(each.get("Get")))) else None
        for pattern, each in zip(_BEST, references, strict=True)
        if isinstance(each, Mapping)
    }
    return found.pop() if len(found) == 1 else None


def _is_parameter(value: object) -> bool:
    return isinstance(value, Mapping) and str(value.get("Get", "")).startswith("Parameters.")


def _json_get(value: Mapping[str, Any]) -> str:
    get = value["Std:JsonGet"]
    source = str(get["PropertyFile"]["Get"]).removeprefix("Steps.").replace(".PropertyFiles.", ".")
    return f"'{get['Path']}' of {source}"


def _condition(value: Mapping[str, Any]) -> str:
    sign = _COMPARISONS.get(value.get("Type", ""), str(value.get("Type")))
    return f"{text_of(value['LeftValue'])} {sign} {text_of(value.get('RightValue'))}"


_WORDINGS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "Get": _reference,
    "Std:Join": _join,
    "Std:JsonGet": _json_get,
    "LeftValue": _condition,
}
