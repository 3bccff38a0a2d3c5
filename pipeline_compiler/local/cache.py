"""Results of earlier executions, found by the content of everything that went into them."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline_compiler.local.digests import Digests
from pipeline_compiler.local.job import Finished
from pipeline_compiler.local.store import write_atomically

# Raised when the runner changes in a way that changes what jobs see or leave behind.
_FORMAT = 2
# Locally, these and the interpreter stand for the container image.
_LIBRARIES = ("pyarrow", "xgboost", "numpy", "scikit-learn", "torch", "lightning", "transformers")


@dataclass(frozen=True)
class Cache:
    """Records of finished steps.

    A record is written after everything that it speaks of, and believed only while all of it is still
    there unaltered: whatever an interrupted run left behind is never mistaken for a result.

    Attributes:
        state: the run's state folder; records name files relative to it.
        digests: digests of files and folders.
    """

    state: Path
    digests: Digests

    def key(
        self,
        step: str,
        kind: str,
        arguments: Mapping[str, Any],
        inputs: Mapping[str, str],
        outputs: list[str],
    ) -> str:
        """What identifies a step's result.

        Args:
            step: the step's name.
            kind: the step's type.
            arguments: the resolved request.
            inputs: S3 location that it reads -> digest of what is there.
            outputs: S3 locations that it writes, which differ between executions.
        """
        names = {**dict.fromkeys(outputs, "output"), **inputs}
        content = {
            "format": _FORMAT,
            "step": [step, kind],
            "arguments": _by_content(arguments, {**names, **{json.dumps(k): v for k, v in names.items()}}),
            "environment": environment_versions(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def find(self, step: str, key: str) -> tuple[Finished, Path] | None:
        """The recorded result and its log, if every output is still as it was."""
        file = self._file(step, key)
        if not file.is_file():
            return None
        record = json.loads(file.read_text(encoding="utf-8"))
        outputs = {name: self.state / entry["path"] for name, entry in record["outputs"].items()}
        for name, path in outputs.items():
            if self.digests.of(path) != record["outputs"][name]["digest"]:
                return None
        return Finished(record["properties"], outputs, record["message"]), self.state / record["log"]

    def record(self, step: str, key: str, finished: Finished, log: Path) -> None:
        """Remember a result; the last thing that happens to a step."""
        record = {
            "properties": finished.properties,
            "message": finished.message,
            "log": str(log.relative_to(self.state)),
            "outputs": {
                name: {"path": str(path.relative_to(self.state)), "digest": self.digests.of(path)}
                for name, path in finished.outputs.items()
            },
        }
        write_atomically(self._file(step, key), json.dumps(record, indent=1))

    def _file(self, step: str, key: str) -> Path:
        return self.state / "cache" / step / f"{key}.json"


@cache
def environment_versions() -> dict[str, str]:
    """The interpreter and libraries that a script's results may depend on."""
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _by_content(node: Any, names: Mapping[str, str]) -> Any:
    """The request with each location replaced by what stands for it."""
    if isinstance(node, str):
        return names.get(node, node)
    if isinstance(node, Mapping):
        return {key: _by_content(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_by_content(value, names) for value in node]
    return node
