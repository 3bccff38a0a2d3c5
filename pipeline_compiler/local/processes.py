"""Starting supervised programs, and ending all of them at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

SUPERVISOR = Path(__file__).with_name("supervisor.py")


@dataclass
class Processes:
    """The programs that a run has going.

    Each has a supervisor with a pipe from here: a byte in it asks for the program's end, and the pipe's
    end, which this process's death brings about in any case, kills it.

    Attributes:
        lock: descriptor of the state folder's lock, which stays held until the last program is gone.
        workers: how many programs go on at once; others wait for their turn.
        stopping: set once the run is being stopped; nothing starts any more.
    """

    lock: int
    workers: int

    stopping: threading.Event = field(default_factory=threading.Event)
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = threading.Semaphore(self.workers)

    def run(self, spec: Path, log: Path, timeout: float | None) -> tuple[int, bool]:
        """Run the program that a spec describes, with all its output in the log file.

        Returns: its exit status, negative for a signal, and whether it was ended for its duration.
        """
        with self._turns:
            return self._run(spec, log, timeout)

    def _run(self, spec: Path, log: Path, timeout: float | None) -> tuple[int, bool]:
        with self._lock:
            if self.stopping.is_set():
                return 0, False
            with log.open("ab") as output:
                process = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(SUPERVISOR), str(spec)],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(self.lock,),
                )
            self._running.add(process)
        late = threading.Event()
        timer = threading.Timer(timeout, _end_late, (process, late)) if timeout else None
        if timer:
            timer.daemon = True
            timer.start()
        try:
            return process.wait(), late.is_set()
        finally:
            if timer:
                timer.cancel()
            with self._lock:
                self._running.discard(process)
            _pipe(process).close()

    def stop(self) -> None:
        """End every program and start no more; `run` returns in its thread once each is gone."""
        self.stopping.set()
        with self._lock:
            for process in self._running:
                _ask_to_end(process)


def _end_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    _ask_to_end(process)


def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    with suppress(BrokenPipeError):  # it has just ended by itself
        os.write(_pipe(process).fileno(), b"t")


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise ValueError("the supervisor was started without a pipe")
    return process.stdin
