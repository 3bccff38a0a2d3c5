"""What a run holds while it goes on: its state folder, and the right to clean up when told to end."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pipeline_compiler.local.rules import STATE_IN_USE
from pipeline_compiler.rules import UNWRITABLE
from script_contracts.core.diagnostics import PipelineCompilerError

_LOCK_SECONDS = 0.5  # the programs of a run that was killed need a moment to end


@contextmanager
def locked(state: Path) -> Iterator[int]:
    """Make and hold the state folder; the kernel lets go when this process and its programs are gone."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise PipelineCompilerError(
            UNWRITABLE.error(
                f"the state folder {state} cannot be written: {error.strerror}",
                fix="choose another state folder",
            )
        ) from None
    with lock:
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
def terminable() -> Iterator[None]:
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
