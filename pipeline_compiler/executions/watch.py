"""Following an execution until it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from pipeline_compiler.executions.clients import Clients, UnreachableError
from pipeline_compiler.executions.rules import NOT_SUCCEEDED
from pipeline_compiler.executions.state import (
    ExecutionState,
    read_state,
    steps_of_execution,
    with_jobs,
)
from script_contracts.core.diagnostics import Diagnostic

SHORTEST, LONGEST = 2.0, 30.0  # seconds between two looks
_GROWTH = 1.5
_PATIENCE = 20  # looks in a row without an answer; each has been tried several times by then


def watch_execution(
    clients: Clients,
    arn: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    unreachable: Callable[[UnreachableError], None] = lambda error: None,
) -> Iterator[ExecutionState]:
    """Every state that is seen, the last one with everything that failed jobs and tuning jobs tell.

    Looks more and more rarely while nothing changes. Stopping to iterate leaves the execution as it is.

    Args:
        sleep: waits for some seconds.
        unreachable: told of each look to which AWS gave no answer; the next one follows.

    Raises:
        UnreachableError: (PC560) if AWS gives no answer for long.
        ExecutionError: (PC503, PC560) if AWS refuses to tell.
    """
    listed: tuple[str, ...] | None = None
    seen: ExecutionState | None = None
    pause, missed = SHORTEST, 0
    while True:
        try:
            if listed is None:
                listed = steps_of_execution(clients, arn)
            state = read_state(clients, arn, listed)
            if state.ended:
                state = with_jobs(clients, state)
        except UnreachableError as error:
            missed += 1
            if missed == _PATIENCE:
                raise
            unreachable(error)
        else:
            missed = 0
            yield state
            if state.ended:
                return
            pause = SHORTEST if state != seen else min(pause * _GROWTH, LONGEST)
            seen = state
        sleep(pause)


def outcome_problems(state: ExecutionState) -> tuple[Diagnostic, ...]:
    """The error that an ended execution is, unless it succeeded."""
    if not state.ended or state.succeeded:
        return ()
    failed = [step.name for step in state.steps if step.status == "Failed"]
    reasons = [f"{each.step}: {each.job_reason or each.reason}" for each in state.failures]
    return (
        NOT_SUCCEEDED.error(
            f"the execution {state.id} of '{state.pipeline}' ended as {state.status}"
            + (f" in {', '.join(failed)}" if failed else ""),
            fix="mend what the failed steps tell, then start again; what succeeded is taken from the cache"
            if failed
            else "start it again",
            details=reasons or ([state.failure] if state.failure else []),
        ),
    )
