"""How executions look: a table of steps, lines of changes, and what failed steps tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from pipeline_compiler.cli.output import stderr, stdout, table
from pipeline_compiler.executions import ExecutionState, StepState, UnreachableError
from pipeline_compiler.executions.jobs import Failure
from pipeline_compiler.executions.state import now
from pipeline_compiler.executions.tuning import Tuning

_STYLES = {
    "Succeeded": "green",
    "Executing": "cyan",
    "Starting": "cyan",
    "Failed": "bold red",
    "CompletedWithFailures": "bold red",
    "Stopped": "yellow",
    "Stopping": "yellow",
    "Waiting": "dim",
    "NotRun": "dim",
}


def show(state: ExecutionState) -> None:
    """Print an execution with what its tuning steps and its failed steps tell."""
    stdout.print(view(state, now()))
    show_jobs(state)


def view(state: ExecutionState, moment: datetime) -> RenderableType:
    """The execution's line and the table of its steps."""
    head = Text.assemble(
        (state.pipeline, "bold"),
        f"  {state.id}  ",
        (state.status, _style(state.status)),
        f"  {duration(state.seconds(moment))}",
        f"  '{state.display_name}'" if state.display_name else "",
    )
    listing = table("Step", "Status", "Duration", "Cache", "")
    for step in state.steps:
        seconds = step.seconds(moment)
        listing.add_row(
            step.name,
            Text(step.status, style=_style(step.status)),
            "" if seconds is None else duration(seconds),
            "hit" if step.cached_from else "",
            note(step),
        )
    parts: list[RenderableType] = [head, listing]
    if state.failure:
        parts.append(Text(f"AWS: {state.failure}", style="red"))
    return Group(*parts)


def note(step: StepState) -> str:
    """What else there is to say about a step."""
    notes = []
    if step.cached_from:
        notes.append(f"from {step.cached_from.rpartition('/')[2]}")
    if step.copied_from:
        notes.append(f"results of {step.copied_from.rpartition('/')[2]}")
    if step.outcome:
        notes.append(f"is {step.outcome.lower()}")
    if step.attempts and step.attempts > 1:
        notes.append(f"{step.attempts} attempts")
    if step.failure:
        notes.append(step.failure)
    return "; ".join(notes)


def duration(seconds: float) -> str:
    """Such as `12s`, `3m05s` or `1h02m`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def show_jobs(state: ExecutionState) -> None:
    """Print what each tuning step and each failed step tells."""
    for tuning in state.tunings:
        stdout.print()
        for line in _tuning_lines(tuning):
            stdout.print(line, soft_wrap=True)
    for failure in state.failures:
        stdout.print()
        for line in _failure_lines(failure):
            stdout.print(line, soft_wrap=True)


def _tuning_lines(tuning: Tuning) -> Iterator[Text]:
    counts = {
        "completed": tuning.completed,
        "running": tuning.running,
        "failed": tuning.failed,
        "stopped": tuning.stopped,
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "none yet"
    if not tuning.problems:
        yield Text.assemble((tuning.step, "bold"), f" tunes: training jobs: {told}")
    if tuning.best is not None:
        values = ", ".join(f"{name} = {value}" for name, value in sorted(tuning.best.hyperparameters.items()))
        reached = "" if tuning.best.value is None else f", {tuning.metric} = {tuning.best.value:g}"
        yield Text.assemble(("  best: ", "bold"), f"{tuning.best.job.name}{reached}")
        if values:
            yield Text.assemble(("  its hyperparameters: ", "bold"), values)
        if page := tuning.best.page:
            yield Text.assemble(("  its page: ", "bold"), page)
    for each in tuning.failures:
        yield Text.assemble(
            ("  failed: ", "bold red"), f"{each.job.name}: {each.reason or 'no reason given'}"
        )
    for problem in tuning.problems:
        yield from (Text(f"  {line}", style="yellow") for line in str(problem).splitlines())


def _failure_lines(failure: Failure) -> Iterator[Text]:
    yield Text(f"{failure.step} failed", style="bold red")
    for label, value in (
        ("reason", failure.reason),
        ("job", failure.job),
        ("job's reason", failure.job_reason if failure.job_reason != failure.reason else None),
        ("exit message", failure.exit_message),
        ("job page", failure.job_url),
        ("log page", failure.log_url),
    ):
        if value:
            yield Text.assemble((f"  {label}: ", "bold"), value)
    if failure.log:
        whose = "" if failure.log_job == failure.job else f" of {failure.log_job}"
        yield Text(f"  last {len(failure.log)} lines of the log{whose}:", style="bold")
        yield from (Text(f"    {line}") for line in failure.log)
    for problem in failure.problems:
        yield from (Text(f"  {line}", style="yellow") for line in str(problem).splitlines())


def follow(states: Iterator[ExecutionState]) -> ExecutionState:
    """Show every state: a live table on a terminal, else one line for each change. The last state."""
    return _follow_live(states) if stdout.is_terminal else _follow_lines(states)


def _follow_live(states: Iterator[ExecutionState]) -> ExecutionState:
    state = next(states)
    with Live(get_renderable=lambda: view(state, now()), console=stdout, refresh_per_second=2) as live:
        live.refresh()
        for each in states:
            state = each
            live.refresh()
    show_jobs(state)
    return state


def _follow_lines(states: Iterator[ExecutionState]) -> ExecutionState:
    known: dict[str, str] = {}
    state = None
    for state in states:
        for step in state.steps:
            if step.status not in ("Waiting", "NotRun", known.get(step.name)):
                seconds = step.seconds(now()) if step.end else None
                took = "" if seconds is None else f"  {duration(seconds)}"
                said = f"  {note(step)}" if note(step) else ""
                _line(f"{step.name}  {step.status}{took}{said}")
            known[step.name] = step.status
        if known.get("") != state.status:
            _line(f"{state.pipeline} {state.id}  {state.status}")
        known[""] = state.status
    assert state is not None, "an execution has a state"
    show_jobs(state)
    return state


def _line(text: str) -> None:
    stdout.print(f"{now().astimezone():%H:%M:%S}  {text}", soft_wrap=True)


def tell_unreachable(error: UnreachableError) -> None:
    """Say that a look was in vain; the next one follows."""
    stderr.print(Text(f"{error.diagnostics[0].message}; looking again", style="yellow"))


def _style(status: str) -> str:
    return _STYLES.get(status, "")
