"""Step contracts at run time: inputs before a program, outputs after it, and what the run cost.

Standard library only. Tables need pyarrow, and lie in `contract_data_checks`, which travels only with
programs whose contract speaks of a table.
"""

from __future__ import annotations

import gzip
import importlib
import json
import posixpath
import sys
import tarfile
import time
import zlib
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence

if sys.platform != "win32":
    import resource

Contract = Mapping[str, Any]
ARCHIVE = "model.tar.gz"
_BLOCK_BYTES = 1 << 20
_SHOWN = 10  # names in a message
_SHOWN_LENGTH = 80  # characters of a value in a message


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
    described_in = contract["metadata_file"]
    try:
        found = _model_files(folder, described_in)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        yield Violation("archive", f"{ARCHIVE} cannot be read: {error}")
        return
    if found.outside:
        yield Violation("archive", f"{ARCHIVE} has members outside of it: {_shown(found.outside)}")
    for name in contract["files"]:
        if name not in found.sizes:
            yield Violation(f"file '{name}'", f"is missing; found: {_shown(sorted(found.sizes))}")
        elif not found.sizes[name]:
            yield Violation(f"file '{name}'", "is empty")
    if described_in is None:
        return
    if described_in not in found.sizes:
        if described_in not in contract["files"]:
            yield Violation(f"file '{described_in}'", f"is missing; found: {_shown(sorted(found.sizes))}")
        return
    metadata = _parsed(found.metadata)
    if not isinstance(metadata, dict):
        yield Violation(f"metadata '{described_in}'", "is not a JSON object")
        return
    for key in contract["metadata_includes"]:
        if key not in metadata:
            yield Violation(f"metadata '{key}'", f"is missing in {described_in}")


class _ModelFiles(NamedTuple):
    """What a model consists of: name -> size, the metadata file, and members that would land elsewhere."""

    sizes: Dict[str, int]
    metadata: bytes
    outside: List[str]


def _model_files(folder: Path, described_in: Optional[str]) -> _ModelFiles:
    archive = folder / ARCHIVE
    if not archive.is_file():
        files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        metadata = files[described_in].read_bytes() if described_in in files else b""
        return _ModelFiles({name: path.stat().st_size for name, path in files.items()}, metadata, [])
    found = _ModelFiles({}, b"", [])
    # One pass, to the end: going back in a compressed stream would unpack it anew.
    with gzip.open(archive) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
        for member in tar:
            name = posixpath.normpath(member.name)
            if name.startswith(("/", "../")) or name == "..":
                found.outside.append(member.name)
            elif member.isfile():
                found.sizes[name] = member.size
                content = tar.extractfile(member) if name == described_in else None
                if content is not None:
                    found = found._replace(metadata=content.read())
        while unpacked.read(_BLOCK_BYTES):
            pass  # the checksum is at the very end
    return found


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
        if not _is_number(metrics.get(metric)):
            yield Violation(f"metric '{metric}'", _no_number(metrics, metric))
    for metric, bounds in contract["thresholds"].items():
        if not _is_number(metrics.get(metric)):
            if metric not in contract["required_metrics"]:
                yield Violation(f"metric '{metric}'", _no_number(metrics, metric), contract["on_violation"])
        elif not _within(metrics[metric], bounds):
            span = f"{_bound(bounds['minimum'])} to {_bound(bounds['maximum'])}"
            message = f"is {metrics[metric]}, outside {span}"
            yield Violation(f"metric '{metric}'", message, contract["on_violation"])


def _is_number(value: Any) -> bool:
    # NaN is what Python writes for an undefined metric; it is not JSON, and compares false with all
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def _no_number(metrics: Mapping[str, Any], metric: str) -> str:
    if metric not in metrics:
        return f"is missing; found: {_shown(sorted(metrics))}"
    return f"is {json.dumps(metrics[metric])[:_SHOWN_LENGTH]}, not a number"


def _within(value: float, bounds: Mapping[str, Any]) -> bool:
    low, high = bounds["minimum"], bounds["maximum"]
    return (low is None or value >= low) and (high is None or value <= high)


def _bound(value: Any) -> str:
    return "any" if value is None else str(value)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"))
    except ValueError:
        return None


def _listing(folder: Path) -> str:
    return _shown(sorted(path.name for path in folder.iterdir()) if folder.is_dir() else [])


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "nothing") + more


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
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(_own_peak(), children) / unit


def _own_peak() -> int:
    # Linux keeps in ru_maxrss what the parent used when it started this program; VmHWM begins anew.
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.is_file() else []
    peak = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), None)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if peak is None else int(peak)
