"""Where used paths lie among the promised ones."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from script_contracts.analyzer.facts import Direction, PathUse, ScriptFacts
from script_contracts.core.contract import JobKind, ScriptContract

# No script needs a promise for these.
_FREE = ("/tmp", "/dev", "/proc", "/sys", "/etc", "/usr", "/var", "/bin", "/lib", "/run", "/root", "/opt")
_SERVICE = (
    "/opt/ml/code",
    "/opt/ml/config",
    "/opt/ml/input/config",
    "/opt/ml/output/failure",
    "/opt/ml/output/message",
    "/opt/ml/processing/input/code",
    "/opt/ml/processing/code",
)


@dataclass(frozen=True)
class Port:
    """One promised input or output."""

    name: str
    path: str
    output: bool

    @property
    def is_file(self) -> bool:
        """Whether the promise is a file, as the service's configuration is."""
        return bool(posixpath.splitext(self.path)[1])


def ports(contract: ScriptContract) -> list[Port]:
    """What a contract promises."""
    inputs = [Port(name, path, False) for name, path in contract.expected_input_paths.items()]
    outputs = [Port(name, path, True) for name, path in contract.expected_output_paths.items()]
    return inputs + outputs


@dataclass(frozen=True)
class Located:
    """A used path as the container knows it, and the promises that it touches.

    Attributes:
        path: the path, None where it is none of the container's.
        certain: the ports that it lies in, or covers as a whole.
        possible: the ports that it may lie in.
    """

    use: PathUse
    path: str | None
    certain: tuple[Port, ...] = ()
    possible: tuple[Port, ...] = ()


def locate(facts: ScriptFacts, contract: ScriptContract) -> Iterator[Located]:
    """Every used path, with the promises that it touches."""
    promised = ports(contract)
    for use in facts.paths:
        path = _container_path(use.path, contract)
        if path is None:
            yield Located(use, None)
            continue
        inside = tuple(port for port in promised if _inside(path, port.path))
        if inside:
            yield Located(use, path, inside)
            continue
        above = tuple(port for port in promised if _above(path, port.path, use.complete))
        if above and (use.listing or (use.complete and use.direction is not Direction.WRITE)):
            yield Located(use, path, above)
        elif above and not use.complete:
            yield Located(use, path, (), above)
        else:
            yield Located(use, path)


def is_free(path: str, contract: ScriptContract) -> bool:
    """Whether a path needs no promise."""
    if any(_below(path, each) for each in _SERVICE):
        return True
    if _below(path, "/opt/ml"):
        return False
    return any(_below(path, each) for each in _FREE) or path in ("/", "")


def service_files(contract: ScriptContract) -> bool:
    """Whether the job is one whose hyperparameters also arrive as arguments and variables."""
    return contract.job_kind is JobKind.TRAINING


def _container_path(path: str, contract: ScriptContract) -> str | None:
    if path.startswith("<"):
        kind, _, rest = path[1:].partition(" ")
        name, _, below = rest.partition(">")
        promised = {"input": contract.expected_input_paths, "output": contract.expected_output_paths}
        found = promised.get(kind, {}).get(name)
        return found + below if found else None
    return posixpath.normpath(path) + ("/" if path.endswith("/") and path.strip("/") else "")


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _inside(path: str, root: str) -> bool:
    return _below(path.rstrip("/") or "/", root.rstrip("/"))


def _above(path: str, root: str, complete: bool) -> bool:
    if complete and not _below(path.rstrip("/"), "/opt/ml"):
        return False  # the root of everything stands for nothing: it is mostly a separator
    return root.startswith(path) if not complete else root.startswith(path.rstrip("/") + "/")
