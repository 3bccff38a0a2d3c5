"""Names of inputs, outputs and channels, unique within one job."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.jobs import PROCESSING, TRAINING, Port
from pipeline_compiler.conformance.service_rules import SAME_PORT_NAME

_KEYS = {(PROCESSING, False): "InputName", (PROCESSING, True): "OutputName", (TRAINING, False): "ChannelName"}


def check_port_names(definition: Definition) -> Iterator[Finding]:
    """Two ports of one job with one name; an input and an output count as two."""
    for job in definition.jobs:
        seen: dict[str, Port] = {}
        for port in job.ports:
            if not isinstance(port.name, str):
                continue
            if port.name in seen:
                key = _KEYS[job.kind, port.is_output]
                first = _KEYS[job.kind, seen[port.name].is_output]
                what = f"two entries have the {key}" if key == first else f"an {first} and an {key} are both"
                yield Finding(
                    SAME_PORT_NAME,
                    job.step.name,
                    (*port.path, key),
                    f"{what} '{port.name}'",
                    "rename one of the two",
                )
            seen.setdefault(port.name, port)
