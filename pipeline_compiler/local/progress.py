"""Showing a run while it goes on. Everything goes to standard error: standard output is for results."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pipeline_compiler.local.report import Status, StepResult

_STYLES = {
    Status.SUCCEEDED: "green",
    Status.CACHED: "cyan",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
    Status.BLOCKED: "yellow",
}


class Listener(Protocol):
    """What a run tells while it goes on, always from the thread that started it."""

    def run_started(self, execution_id: str, steps: Sequence[str]) -> None:
        """The run has begun; the steps come in an order in which they can run."""

    def step_started(self, step: str) -> None:
        """A step is being looked up in the cache, then run."""

    def step_progressed(self, step: str, text: str) -> None:
        """A step that is going on tells how far it is."""

    def step_finished(self, result: StepResult) -> None:
        """A step has ended, or will never run."""

    def run_finished(self, status: str) -> None:
        """The run is over: `Succeeded`, `Failed` or `Stopped`."""


class SilentListener:
    """Shows nothing."""

    def run_started(self, execution_id: str, steps: Sequence[str]) -> None:
        """Nothing to show."""

    def step_started(self, step: str) -> None:
        """Nothing to show."""

    def step_progressed(self, step: str, text: str) -> None:
        """Nothing to show."""

    def step_finished(self, result: StepResult) -> None:
        """Nothing to show."""

    def run_finished(self, status: str) -> None:
        """Nothing to show."""


class PlainListener(SilentListener):
    """One line per event, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def run_started(self, execution_id: str, steps: Sequence[str]) -> None:
        """Show the execution's id."""
        self._print(f"execution {execution_id}: {len(steps)} steps")

    def step_started(self, step: str) -> None:
        """Show that the step is going on."""
        self._print(f"{step}: started")

    def step_progressed(self, step: str, text: str) -> None:
        """Show how far the step is."""
        self._print(f"{step}: {text}")

    def step_finished(self, result: StepResult) -> None:
        """Show how the step ended."""
        note = f": {_first_line(result.message)}" if result.message else ""
        self._print(f"{result.name}: {result.status.value} after {result.seconds:.1f} s{note}")

    def run_finished(self, status: str) -> None:
        """Show how the run ended."""
        self._print(f"execution {status.lower()}")

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class LiveListener(SilentListener):
    """A table on a terminal: each step with its status and duration, kept up to date."""

    def __init__(self, console: Console) -> None:
        self._steps: Sequence[str] = ()
        self._started: dict[str, float] = {}
        self._progress: dict[str, str] = {}
        self._results: dict[str, StepResult] = {}
        self._spinner = Spinner("dots", "Running", style="blue")
        self._live = Live(console=console, refresh_per_second=8, get_renderable=self._table)

    def run_started(self, execution_id: str, steps: Sequence[str]) -> None:
        """Begin the table."""
        self._steps = steps
        self._live.start()

    def step_started(self, step: str) -> None:
        """Begin the step's clock."""
        self._started[step] = time.monotonic()

    def step_progressed(self, step: str, text: str) -> None:
        """Show how far the step is beside its clock."""
        self._progress[step] = text

    def step_finished(self, result: StepResult) -> None:
        """Show the step's status and duration."""
        self._results[result.name] = result

    def run_finished(self, status: str) -> None:
        """Leave the last state of the table on the screen."""
        self._live.stop()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for step in self._steps:
            result = self._results.get(step)
            if result is not None:
                status = Text(result.status.value, style=_STYLES[result.status])
                note = Text(_first_line(result.message), style="dim")
                table.add_row(status, step, _seconds(result.seconds), note)
            elif step in self._started:
                elapsed = time.monotonic() - self._started[step]
                table.add_row(
                    self._spinner, step, _seconds(elapsed), Text(self._progress.get(step, ""), style="dim")
                )
            else:
                table.add_row(Text("Waiting", style="dim"), step, "", "")
        return table


def progress_listener(console: Console | None = None) -> Listener:
    """The listener that suits a console: a live table on a terminal, plain lines elsewhere.

    Args:
        console: where to show progress; standard error by default.
    """
    console = console or Console(stderr=True)
    return LiveListener(console) if console.is_terminal else PlainListener(console)


def _first_line(message: str) -> str:
    """What fits beside a step; the rest is told when the run is over."""
    return message.partition("\n")[0]


def _seconds(seconds: float) -> Text:
    return Text(f"{seconds:.1f} s", justify="right")
