"""Running every step as soon as what it needs is done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from pipeline_compiler.local.execution import Execution, Progress
from pipeline_compiler.local.plan import PlannedStep
from pipeline_compiler.local.progress import Listener
from pipeline_compiler.local.report import RunReport, Status, StepResult
from pipeline_compiler.local.steps import run_step
from pipeline_compiler.local.store import write_atomically


@dataclass
class Schedule:
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


def run_all(
    execution: Execution, steps: Mapping[str, PlannedStep], workers: int, listener: Listener
) -> RunReport:
    """Run the steps, at most `workers` at once; on the way out, whatever the reason, end every program."""
    schedule = Schedule(dict(steps))
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
                future.add_done_callback(execution.events.put)
            if not schedule.running:
                continue
            event = execution.events.get()
            if isinstance(event, Progress):
                listener.step_progressed(event.step, event.text)
            else:
                result = event.result()
                schedule.done[schedule.running.pop(event)] = result
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
