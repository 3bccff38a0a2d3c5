"""Stopping executions, and deleting a pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from pipeline_compiler.executions.clients import Clients, ExecutionError, asking
from pipeline_compiler.executions.deployed import deployed_pipeline
from pipeline_compiler.executions.lookup import running_executions
from pipeline_compiler.executions.rules import NOT_RUNNING, RUNNING
from pipeline_compiler.executions.state import RUNNING_STATUSES

_PAUSE = 5.0  # seconds between two looks at executions that are stopping


def stop_execution(clients: Clients, arn: str) -> None:
    """Ask AWS to stop an execution: its jobs are stopped, which takes a while.

    Raises:
        ExecutionError: (PC568) if it has ended, (PC503, PC560) if AWS refuses.
    """
    with asking(f"stopping the execution '{arn}'"):
        found = clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        status = found["PipelineExecutionStatus"]
        if status not in RUNNING_STATUSES:
            raise ExecutionError(
                NOT_RUNNING.error(
                    f"the execution {arn.rpartition('/')[2]} has ended as {status}",
                    fix="see what runs: 'status' shows the latest execution",
                )
            )
        if status == "Executing":
            clients.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)


def delete_pipeline(
    clients: Clients, name: str, *, stop_running: bool = False, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """Delete a pipeline with the record of its executions. What they wrote and registered stays.

    Args:
        stop_running: stop the executions that run, and wait for their end, in place of refusing.
        sleep: waits for some seconds.

    Returns:
        The ARNs of the executions that were stopped.

    Raises:
        ExecutionError: (PC561) if there is no such pipeline, (PC567) while executions run, (PC503, PC560)
            if AWS refuses; the pipeline is still there then.
    """
    deployed_pipeline(clients, name)
    running = running_executions(clients, name)
    if running and not stop_running:
        raise still_running(name, running)
    for arn in running:
        stop_execution(clients, arn)
    while running and running_executions(clients, name):
        sleep(_PAUSE)
    with asking(f"deleting the pipeline '{name}'"):
        clients.sagemaker.delete_pipeline(PipelineName=name)
    return running


def still_running(name: str, running: Iterable[str]) -> ExecutionError:
    """The error where executions keep a pipeline from being deleted."""
    ids = [arn.rpartition("/")[2] for arn in running]
    return ExecutionError(
        RUNNING.error(
            f"{len(ids)} execution{'s' * (len(ids) != 1)} of '{name}' run: {', '.join(ids)}",
            fix="wait for their end, stop them with 'stop', or delete with --force, which stops them",
        )
    )
