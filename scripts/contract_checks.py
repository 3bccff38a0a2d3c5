"""Step contracts at run time: inputs before a program, outputs after it, and what the run cost.

Standard library only. Tables need pyarrow, and lie in `contract_data_checks`, which travels only with
programs whose contract speaks of a table.
"""

from __future__ import annotations

import importlib
import json
import sys
import tarfile
import time
from pathlib import Path
from typing import Any, Callable, Iterator, List, Mapping, NamedTuple

if sys.platform != "win32":
    import resource

Contract = Mapping[str, Any]
ARCHIVE = "model.tar.gz"


class Violation(NamedTuple):
    """One clause that does not hold.

    Attributes:
        clause: the clause, as in `column 'age' in_range`.
        message: what was found: counts, and some of the values.
        on_violation: `fail` stops the step, `warn` reports it.
    """

    clause: str
    message: str
    on_violation: str = "fail"

    def __str__(self) -> str:
        return f"{self.clause}: {self.message}"


def port_violations(contract: Contract, folder: Path, environment: Mapping[str, str]) -> List[Violation]:
    """The clauses of one port's contract that its files do not satisfy.

    Arguments:
        contract: the port's clauses, as in `contract.json`.
        folder: where its files lie.
        environment: the variables that name columns.
    """
    check: Callable[..., Iterator[Violation]]
    if contract["kind"] == "data":
        check = importlib.import_module("contract_data_checks").violations
        return list(check(contract, folder, environment))
    check = {"files": _files, "model": _model, "metrics": _metrics}[contract["kind"]]
    return list(check(contract, folder))


def _files(contract: Contract, folder: Path) -> Iterator[Violation]:
    for name in contract["files"]:
        path = folder / name
        if not path.is_file():
            yield Violation(f"file '{name}'", f"is missing; found: {_listing(folder)}")
        elif not path.stat().st_size:
            yield Violation(f"file '{name}'", "is empty")


def _model(contract: Contract, folder: Path) -> Iterator[Violation]:
    wanted = list(contract["files"])
    described_in = contract["metadata_file"]
    archive = folder / ARCHIVE
    metadata: Any = None
    if archive.is_file():
        try:
            with tarfile.open(archive, "r:gz") as tar:
                names = {member.name.lstrip("./") for member in tar if member.isfile()}
                if described_in in names:
                    metadata = _parsed(tar.extractfile(_member(tar, described_in)).read())  # type: ignore[union-attr]
        except (tarfile.TarError, EOFError, OSError) as error:
            yield Violation("archive", f"{ARCHIVE} cannot be read: {error}")
            return
    else:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        if described_in in names:
            metadata = _parsed((folder / described_in).read_bytes())
    for name in wanted:
        if name not in names:
            yield Violation(f"file '{name}'", f"is missing; found: {', '.join(sorted(names)) or 'nothing'}")
    if described_in in names and not isinstance(metadata, dict):
        yield Violation(f"metadata '{described_in}'", "is not a JSON object")
    elif isinstance(metadata, dict):
        for key in contract["metadata_includes"]:
            if key not in metadata:
                yield Violation(f"metadata '{key}'", f"is missing in {described_in}")


def _member(tar: tarfile.TarFile, name: str) -> tarfile.TarInfo:
    return next(member for member in tar.getmembers() if member.name.lstrip("./") == name)


def _metrics(contract: Contract, folder: Path) -> Iterator[Violation]:
    name = contract["file"]
    path = folder / name
    if not path.is_file():
        yield Violation(f"file '{name}'", f"is missing; found: {_listing(folder)}")
        return
    metrics = _parsed(path.read_bytes())
    if not isinstance(metrics, dict):
        yield Violation(f"file '{name}'", "is not a JSON object")
        return
    for metric in contract["required_metrics"]:
        value = metrics.get(metric)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield Violation(f"metric '{metric}'", f"is {json.dumps(value)}, not a number")
    for metric, bounds in contract["thresholds"].items():
        value = metrics.get(metric)
        if isinstance(value, (int, float)) and not _within(value, bounds):
            span = f"{_shown(bounds['minimum'])} to {_shown(bounds['maximum'])}"
            yield Violation(f"metric '{metric}'", f"is {value}, outside {span}", contract["on_violation"])


def _within(value: float, bounds: Mapping[str, Any]) -> bool:
    low, high = bounds["minimum"], bounds["maximum"]
    # written so that NaN, which compares false with everything, lies outside
    return (low is None or value >= low) and (high is None or value <= high) and value == value


def _shown(bound: Any) -> str:
    return "any" if bound is None else str(bound)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"))
    except ValueError:
        return None


def _listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return ", ".join(names[:10]) or "nothing"


class Meter:
    """What a run costs, from when it is made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def violations(self, guarantees: Mapping[str, Any]) -> Iterator[Violation]:
        """The performance guarantees that the run has broken so far."""
        seconds, limit = time.monotonic() - self._started, guarantees["max_seconds"]
        action = guarantees["on_violation"]
        if limit is not None and seconds > limit:
            yield Violation("performance max_seconds", f"took {seconds:.1f} s, more than {limit} s", action)
        limit = guarantees["max_memory_mb"]
        if limit is not None and sys.platform != "win32":
            used = peak_memory_mb()
            if used > limit:
                message = f"used {used:.0f} MiB, more than {limit} MiB"
                yield Violation("performance max_memory_mb", message, action)


def peak_memory_mb() -> float:
    """The largest resident memory of this process and of any finished child, in MiB."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) / unit
