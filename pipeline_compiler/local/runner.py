"""Running a definition: everything is checked first, then every step runs as soon as it can."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from pipeline_compiler.local.cache import Cache
from pipeline_compiler.local.digests import Digests
from pipeline_compiler.local.isolation import Isolation, IsolationChoice
from pipeline_compiler.local.parameters import bind_parameters
from pipeline_compiler.local.plan import PlannedStep, plan_steps, select_steps
from pipeline_compiler.local.preflight import check_step
from pipeline_compiler.local.processes import Processes
from pipeline_compiler.local.progress import Listener, SilentListener
from pipeline_compiler.local.report import RunReport, Status, StepResult
from pipeline_compiler.local.rules import STATE_IN_USE
from pipeline_compiler.local.steps import Execution, run_step
from pipeline_compiler.local.store import Store, remove_folder, write_atomically
from script_contracts.core.diagnostics import PipelineCompilerError, raise_errors

if TYPE_CHECKING:
    from pipeline_compiler.compiled import Asset

_LOCK_SECONDS = 0.5  # the programs of a run that was killed need a moment to end
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def run_pipeline(
    definition: Mapping[str, Any],
    *,
    name: str,
    state_dir: Path,
    assets: Iterable[Asset] = (),
    mounts: Mapping[str, Path] | None = None,
    parameters: Mapping[str, object] | None = None,
    only: Collection[str] = (),
    workers: int | None = None,
    use_cache: bool = True,
    isolation: Isolation = "auto",
    listener: Listener | None = None,
) -> RunReport:
    """Execute a pipeline definition on this machine, without Docker and without AWS.

    Args:
        definition: the pipeline definition, parsed.
        name: the pipeline's name.
        state_dir: the folder for the local S3, the cache, logs and model packages; made if missing.
        assets: files that must lie in S3 first.
        mounts: S3 prefix -> the local folder that stands for it. Never written to.
        parameters: parameter -> value; text is read as the declared type.
        only: run these steps and, where the cache does not have them, the steps that they need.
        workers: how many steps may run at once; by default, the number of CPUs.
        use_cache: False runs the selected steps (with `only`: those named) even if nothing changed.
        isolation: `namespace` gives each job its own /opt/ml, `remap` names another folder in
            PIPELINE_CONTAINER_ROOT, `auto` takes the first where the machine allows it.
        listener: told of each step's progress, in the calling thread.

    Raises:
        PipelineCompilerError: (PC780 to PC784, PC798) before anything runs. A step that fails is not
            raised but reported.
        KeyboardInterrupt, SystemExit: on SIGINT and SIGTERM, once every started process is gone.
    """
    steps, bound, fresh = _check(definition, parameters or {}, only, use_cache)
    state = state_dir.resolve()
    state.mkdir(parents=True, exist_ok=True)
    with _locked(state) as lock, _terminable():
        for leftover in ("containers", "scratch"):  # of runs that failed or were killed
            remove_folder(state / leftover)
        processes = Processes(lock)
        store = Store(state / "s3", state / "scratch", dict(mounts or {}))
        for asset in assets:
            store.add_asset(asset)
        execution_id = _new_id()
        execution = Execution(
            pipeline=name,
            id=execution_id,
            started=datetime.now(timezone.utc),
            folder=state / "executions" / execution_id,
            state=state,
            parameters=bound,
            store=store,
            cache=Cache(state, Digests(state / "digests.sqlite", processes.stopping)),
            processes=processes,
            isolation=IsolationChoice(isolation, state / "containers" / ".attempt", state / "home"),
            fresh=fresh,
        )
        execution.folder.mkdir(parents=True)
        return _run_all(execution, steps, workers or os.cpu_count() or 1, listener or SilentListener())


def _check(
    definition: Mapping[str, Any], parameters: Mapping[str, object], only: Collection[str], use_cache: bool
) -> tuple[dict[str, PlannedStep], dict[str, object], frozenset[str]]:
    bound, problems = bind_parameters(definition.get("Parameters", []), parameters)
    planned, broken = plan_steps(definition)
    raise_errors([*problems, *broken])
    steps, unknown = select_steps(planned, only)
    declared = {parameter["Name"]: parameter for parameter in definition.get("Parameters", [])}
    raise_errors(
        [
            *problems,
            *unknown,
            *(problem for step in steps.values() for problem in check_step(step, planned, declared)),
        ]
    )
    return steps, bound, frozenset() if use_cache else frozenset(only or steps)


@dataclass
class _Schedule:
    """Which steps wait, run and are done."""

    waiting: dict[str, PlannedStep]
    running: dict[Future[StepResult], str] = field(default_factory=dict)
    done: dict[str, StepResult] = field(default_factory=dict)

    def settle(self) -> Iterator[StepResult]:
        """Steps that will never run, because of how the steps that they need ended."""
        for name, step in list(self.waiting.items()):
            ended = [self.done[needed].status for needed in step.depends_on if needed in self.done]
            status = None
            if Status.FAILED in ended or Status.BLOCKED in ended:
                status = Status.BLOCKED
            elif Status.SKIPPED in ended or self._branch_not_taken(step):
                status = Status.SKIPPED
            if status is not None:
                del self.waiting[name]
                self.done[name] = StepResult(name, step.type, status)
                yield self.done[name]

    def ready(self) -> list[PlannedStep]:
        """Steps whose dependencies are all done."""
        return [
            step for step in self.waiting.values() if all(needed in self.done for needed in step.depends_on)
        ]

    def _branch_not_taken(self, step: PlannedStep) -> bool:
        if step.branch is None or step.branch[0] not in self.done:
            return False
        condition, outcome = step.branch
        return self.done[condition].properties.get("Outcome") != str(outcome)


def _run_all(
    execution: Execution, steps: Mapping[str, PlannedStep], workers: int, listener: Listener
) -> RunReport:
    schedule = _Schedule(dict(steps))
    pool = ThreadPoolExecutor(workers, thread_name_prefix="step")
    listener.run_started(execution.id, tuple(steps))
    status = "Stopped"
    try:
        while schedule.waiting or schedule.running:
            for result in schedule.settle():
                listener.step_finished(result)
            for step in schedule.ready()[: workers - len(schedule.running)]:
                del schedule.waiting[step.name]
                listener.step_started(step.name)
                future = pool.submit(run_step, step, execution, dict(schedule.done))
                schedule.running[future] = step.name
            if not schedule.running:
                continue
            finished, _ = wait(schedule.running, return_when=FIRST_COMPLETED)
            for future in finished:
                result = future.result()
                schedule.done[schedule.running.pop(future)] = result
                listener.step_finished(result)
        report = RunReport(execution.id, execution.folder, tuple(schedule.done[name] for name in steps))
        status = "Succeeded" if report.ok else "Failed"
        return report
    finally:
        execution.processes.stop()
        pool.shutdown(wait=True, cancel_futures=True)
        _write_summary(execution, status, schedule.done)
        listener.run_finished(status)


def _write_summary(execution: Execution, status: str, done: Mapping[str, StepResult]) -> None:
    summary = {
        "pipeline": execution.pipeline,
        "execution_id": execution.id,
        "started": execution.started.isoformat(timespec="seconds"),
        "status": status,
        "parameters": execution.parameters,
        "steps": [result.as_dict() for result in done.values()],
    }
    write_atomically(execution.folder / "execution.json", json.dumps(summary, indent=1))


@contextmanager
def _locked(state: Path) -> Iterator[int]:
    """Hold the state folder; the kernel lets go of it when this process and its programs are gone."""
    with (state / "lock").open("a+", encoding="utf-8") as lock:
        if not _try_lock(lock.fileno()):
            lock.seek(0)
            raise PipelineCompilerError(
                STATE_IN_USE.error(
                    f"the state folder {state} is in use by process {lock.read().strip() or 'unknown'}",
                    fix="wait for that run, or give this one another state folder",
                )
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()


def _try_lock(descriptor: int) -> bool:
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind the stack as SIGINT does, so that the run ends its processes."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _new_id() -> str:
    """Twelve characters, as the service's ids have, that sort by time."""
    number, digits = time.time_ns() // 1_000_000, ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits + "".join(secrets.choice(_DIGITS) for _ in range(12 - len(digits)))
