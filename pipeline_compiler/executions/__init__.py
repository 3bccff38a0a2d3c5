"""Executions of a deployed pipeline, with boto3 alone: start, observe, stop; and delete the pipeline.

from pipeline_compiler.aws_session import session_for
from pipeline_compiler.executions import Clients, StartOptions, start_execution, watch_execution

clients = Clients(session_for("us-east-1"), "us-east-1")
started = start_execution(clients, "fraud-detection", StartOptions({"MinAuc": 0.85}))
for state in watch_execution(clients, started.arn):
    print(state.status)
"""

from pipeline_compiler.executions.clients import Clients, ExecutionError, UnreachableError
from pipeline_compiler.executions.lookup import find_execution
from pipeline_compiler.executions.manage import delete_pipeline, stop_execution
from pipeline_compiler.executions.start import Started, StartOptions, start_execution
from pipeline_compiler.executions.state import ExecutionState, StepState, execution_state
from pipeline_compiler.executions.watch import outcome_problems, watch_execution

__all__ = [
    "Clients",
    "ExecutionError",
    "ExecutionState",
    "StartOptions",
    "Started",
    "StepState",
    "UnreachableError",
    "delete_pipeline",
    "execution_state",
    "find_execution",
    "outcome_problems",
    "start_execution",
    "stop_execution",
    "watch_execution",
]
