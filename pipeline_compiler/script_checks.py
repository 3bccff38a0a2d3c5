"""Script analysis at build time: every program of a pipeline against its contract.

An analysis depends on the analyzer, the contract and the files beside the program. It takes some tenths of a
second, so that what it found is kept in the user's cache folder until one of these changes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import script_contracts
from pipeline_compiler.compiled import CompiledPipeline
from script_contracts.core.contract import ScriptContract
from script_contracts.core.diagnostics import Diagnostic

_FOLDER = "sagemaker-pipeline-compiler/analysis"


def check_scripts(compiled: CompiledPipeline) -> Iterator[Diagnostic]:
    """What the programs of a pipeline do that their contracts do not say, and the reverse.

    Nothing is imported or run. `compile_pipeline` does not spend the time: the command line does, in `check`
    and `compile`.
    """
    for path, contract in compiled.scripts.items():
        kept = cache_folder() / f"{_key(path, contract)}.json"
        if kept.is_file():
            entries = json.loads(kept.read_text(encoding="utf-8"))
            yield from (Diagnostic.from_dict(entry) for entry in entries)
        else:
            found = _analyzed(path, contract)
            _keep(kept, found)
            yield from found


def cache_folder() -> Path:
    """Where analyses are kept: below XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / _FOLDER


def _analyzed(path: Path, contract: ScriptContract) -> tuple[Diagnostic, ...]:
    from script_contracts.analyzer import analyze_script  # its import takes a moment, too

    return tuple(analyze_script(path, contract).diagnostics)


def _keep(file: Path, diagnostics: Iterable[Diagnostic]) -> None:
    text = json.dumps([each.as_dict() for each in diagnostics])
    with suppress(OSError):  # a folder that cannot be written costs time, and nothing else
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}")
        part.write_text(text, encoding="utf-8")
        part.replace(file)


def _key(path: Path, contract: ScriptContract) -> str:
    """What identifies an analysis: the analyzer, the program, the files beside it and its contract."""
    beside = sorted(path.parent.rglob("*.py"))
    parts = [_files(_analyzer_files()), str(path), _files(beside), type(contract).__name__]
    return hashlib.sha256("\0".join([*parts, contract.model_dump_json()]).encode()).hexdigest()


@cache
def _analyzer_files() -> tuple[Path, ...]:
    return tuple(sorted(Path(script_contracts.__path__[0]).rglob("*.py")))


def _files(files: Iterable[Path]) -> str:
    """Files as they were last written; reading them would take longer than the analysis is worth."""
    stats = ((file, file.stat()) for file in files)
    return "\n".join(f"{file} {stat.st_mtime_ns} {stat.st_size}" for file, stat in stats)
