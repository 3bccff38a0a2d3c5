"""Values of a definition as far as they are known before the pipeline runs.

A parameter's default counts as its value: it is what every start without that parameter uses.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline_compiler.conformance.definition import Definition

_PARAMETER = "Parameters."
_OUTPUT_URI = re.compile(
    r"Steps\.([^.\[]+)\.ProcessingOutputConfig\.Outputs\[(?:'([^']+)'|\"([^\"]+)\"|(\d+))\]\.S3Output\.S3Uri"
)


def known(definition: Definition, value: Any) -> Any:
    """The value that an entry of a request has; None where only the run will tell.

    Text, numbers, truth values and lists are themselves; a parameter has its default; a join of known parts
    is their text.
    """
    if not isinstance(value, dict):
        return value
    if (name := parameter_of(value)) is not None:
        return definition.parameters.get(name, {}).get("DefaultValue")
    if "Std:Join" in value:
        found, complete = _text(definition, value, frozenset())
        return found if complete else None
    return None


def known_text(definition: Definition, value: Any) -> str | None:
    """The text that an entry of a request has; None where only the run will tell, or it is no text."""
    found = known(definition, value)
    return found if isinstance(found, str) else None


def address(definition: Definition, value: Any) -> str | None:
    """An S3 address with `{...}` for each part that only the run will tell.

    A reference to the output of a processing step is the address that this step writes to, so that two equal
    texts are one place in S3, whatever the run makes of the braces. None for what is no text.
    """
    if isinstance(value, str):
        return value
    if id(value) not in definition.addresses:
        definition.addresses[id(value)] = _text(definition, value, frozenset())[0]
    return definition.addresses[id(value)]


def parameter_of(value: Any) -> str | None:
    """The name of the parameter that an expression is a plain reference to."""
    reference = value.get("Get") if isinstance(value, dict) else None
    if isinstance(reference, str) and reference.startswith(_PARAMETER):
        return reference.removeprefix(_PARAMETER)
    return None


def _text(definition: Definition, value: Any, following: frozenset[str]) -> tuple[str | None, bool]:
    """The text, and whether it is complete; `following` holds the references that led here."""
    if isinstance(value, bool):
        return ("true" if value else "false"), True
    if isinstance(value, (str, int, float)):
        return str(value), True
    if not isinstance(value, dict):
        return None, False
    if (name := parameter_of(value)) is not None:
        default = definition.parameters.get(name, {}).get("DefaultValue")
        if default is not None:
            return _text(definition, default, following)
    join = value.get("Std:Join")
    if isinstance(join, dict) and isinstance(join.get("Values"), list):
        parts = [_text(definition, each, following) for each in join["Values"]]
        texts = [text for text, _ in parts if text is not None]
        if len(texts) < len(parts):
            return None, False
        return str(join.get("On", "")).join(texts), all(complete for _, complete in parts)
    reference = value.get("Get")
    if isinstance(reference, str):
        output = None if reference in following else _written_to(definition, reference)
        if output is not None:
            return _text(definition, output, following | {reference})
        return f"{{{reference}}}", False
    return f"{{{json.dumps(value, sort_keys=True)}}}", False


def _written_to(definition: Definition, reference: str) -> Any:
    """The S3Uri of the processing output that a reference names."""
    match = _OUTPUT_URI.fullmatch(reference)
    step = definition.by_name.get(match[1]) if match else None
    if match is None or step is None:
        return None
    outputs = [port for job in step.jobs for port in job.ports if port.is_output]
    if match[4] is not None:
        index = int(match[4])
        return outputs[index].uri if index < len(outputs) else None
    wanted = match[2] or match[3]
    return next((port.uri for port in outputs if port.name == wanted), None)
