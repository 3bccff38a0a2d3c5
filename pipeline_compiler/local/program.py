"""Running a job's program, and telling all about it when it fails."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline_compiler.local.container import INTERPRETERS, Container, Exit
from pipeline_compiler.local.digests import Stopped
from pipeline_compiler.local.job import JobContext, StepError
from pipeline_compiler.local.libraries import missing_libraries
from pipeline_compiler.local.named_problems import named_problems
from pipeline_compiler.local.rules import (
    CONTAINER_FAILED,
    OUTPUT_EMPTY,
    STEP_EXITED,
    STEP_KILLED,
    STEP_TIMED_OUT,
)
from pipeline_compiler.local.store import regular_files
from script_contracts.core.diagnostics import Diagnostic, Place

_TAIL_LINES = 20
_TAIL_BYTES = 64 * 1024
_MESSAGE_SIZE = 1024


def run_program(
    context: JobContext,
    container: Container,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    cwd: str | None,
    timeout: float | None,
    contract: Mapping[str, Any],
    failure_file: str,
) -> str:
    """Run the job's program and hold it to its contract; returns the message that it left.

    Raises:
        StepError: (PC777) if this machine lacks libraries that it needs; (PC788 to PC792) if it fails; with
            the problems that the program names itself, where it names any.
        Stopped: if the run is stopped meanwhile.
    """
    if missing := _missing_libraries(context, command, contract):
        raise StepError(missing)
    result = container.run(
        command, environment, processes=context.processes, log=context.log, cwd=cwd, timeout=timeout
    )
    if context.processes.stopping.is_set():
        container.remove()
        raise Stopped
    message = _read_message(container.path(failure_file))
    diagnostic = _ending(context, result, timeout) or _broken_promise(context, container, contract)
    if diagnostic is None:
        return message
    if diagnostic.code == STEP_EXITED.code:
        named = named_problems(message, context.step.name, context.log)
        if named:
            raise StepError(*named, exit_status=result.status, message=message)
    details = [
        *([f"it says: {message}"] if message else []),
        *tail(context.log),
        *_describe(contract),
        f"command: {' '.join(command)}",
        f"log: {context.log}",
        f"container kept until the next run: {container.base}",
    ]
    failure = replace(diagnostic, place=Place(field=context.step.name), details=tuple(details))
    raise StepError(failure, exit_status=result.status, message=message)


def _missing_libraries(
    context: JobContext, command: Sequence[str], contract: Mapping[str, Any]
) -> Diagnostic | None:
    """The libraries that the program's contract names and this interpreter, which runs it, does not have."""
    if command[0] not in INTERPRETERS:
        return None
    wanted = [name for name in contract.get("framework_requirements", {}) if name != "python"]
    who = f"step '{context.step.name}': {contract.get('entry_point', 'the script')}"
    return missing_libraries(who, wanted, Place(field=context.step.name))


def read_contract(folder: Path) -> Mapping[str, Any]:
    """The contract that travels in a code bundle; empty where the code has none."""
    file = folder / "contract.json"
    contract: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return contract


def _ending(context: JobContext, result: Exit, timeout: float | None) -> Diagnostic | None:
    name = context.step.name
    if result.setup_error is not None:
        return CONTAINER_FAILED.error(
            f"step '{name}' could not be started: {result.setup_error}",
            fix="correct the container entry point, or install what it names",
        )
    if result.timed_out:
        return STEP_TIMED_OUT.error(
            f"step '{name}' ran longer than {timeout:g} seconds",
            fix="raise StoppingCondition.MaxRuntimeInSeconds, or give the step less to do",
        )
    if result.status < 0:
        return STEP_KILLED.error(
            f"step '{name}' was killed by {signal.Signals(-result.status).name}",
            fix="for SIGKILL, look for the out-of-memory killer and run fewer steps at once; "
            "otherwise look for a crash in a native library",
        )
    if result.status > 0:
        return STEP_EXITED.error(
            f"step '{name}' exited with status {result.status}",
            fix="mend what its last lines say; finished steps will not run again",
        )
    return None


def _broken_promise(
    context: JobContext, container: Container, contract: Mapping[str, Any]
) -> Diagnostic | None:
    empty = [
        f"'{name}' ({output['path']})"
        for name, output in contract.get("outputs", {}).items()
        if output.get("required", True) and not any(regular_files(container.path(output["path"])))
    ]
    if not empty:
        return None
    return OUTPUT_EMPTY.error(
        f"step '{context.step.name}' succeeded but wrote no file to required output {', '.join(empty)}",
        fix=f"let {contract.get('entry_point', 'the script')} write its results there; "
        "symbolic links are not uploaded",
    )


def _read_message(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(_MESSAGE_SIZE).decode("utf-8", "replace").strip()


def tail(log: Path) -> list[str]:
    """The last lines of a program's output, as details of a diagnostic."""
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]
    return ["last lines:", *(f"  | {line}" for line in lines)] if lines else ["it printed nothing"]


def _describe(contract: Mapping[str, Any]) -> list[str]:
    if not contract:
        return []
    parts = []
    for kind in ("inputs", "outputs"):
        for name, port in contract.get(kind, {}).items():
            optional = "" if port.get("required", True) else " (optional)"
            parts.append(f"  {kind[:-1]} {name}: {port['path']}{optional}")
    for name in contract.get("required_env_vars", []):
        parts.append(f"  environment {name}")
    for name, default in contract.get("optional_env_vars", {}).items():
        parts.append(f"  environment {name} (default {default!r})")
    return [f"contract of {contract.get('entry_point', 'the script')}:", *parts]
