"""Finding executions of a pipeline: by id, the latest, the latest that succeeded, those that run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from pipeline_compiler.executions.clients import Clients, ExecutionError, asking, is_missing
from pipeline_compiler.executions.deployed import no_pipeline
from pipeline_compiler.executions.rules import NO_EXECUTION
from pipeline_compiler.executions.state import RUNNING_STATUSES
from script_contracts.core.suggestions import did_you_mean

ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sagemaker:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
    r"pipeline/(?P<pipeline>[^/]+)/execution/(?P<id>[^/]+)"
)
_RECENT = 100


def find_execution(clients: Clients, pipeline: str, execution: str | None = None) -> str:
    """The ARN of an execution.

    Args:
        pipeline: the pipeline's name.
        execution: an id or an ARN; the latest one if not given.

    Raises:
        ExecutionError: (PC561, PC562) if there is none, (PC503, PC560) if AWS does not tell.
    """
    if execution is not None and ARN.fullmatch(execution):
        return _checked(clients, execution)
    recent = list(islice(executions(clients, pipeline), 1 if execution is None else _RECENT))
    if execution is None:
        if not recent:
            raise _none(f"the pipeline '{pipeline}' has never been executed", "start it first")
        return str(recent[0]["PipelineExecutionArn"])
    by_id = {each["PipelineExecutionArn"].rpartition("/")[2]: each["PipelineExecutionArn"] for each in recent}
    if execution not in by_id:
        raise _none(
            f"'{execution}' is none of the latest {len(by_id)} executions of '{pipeline}'",
            f"{did_you_mean(execution, by_id, what='executions')}; give the ARN of an older one"
            if by_id
            else "start it first",
        )
    return str(by_id[execution])


def _checked(clients: Clients, arn: str) -> str:
    """The ARN, of an execution that exists."""
    from botocore.exceptions import ClientError

    with asking(f"reading the execution '{arn}'"):
        try:
            clients.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        except ClientError as error:
            if not is_missing(error):
                raise
            raise _none(f"there is no execution '{arn}'", "look at the ARN and the credentials") from None
    return arn


def latest_success(clients: Clients, pipeline: str) -> str | None:
    """The ARN of the latest execution that succeeded; None if there is none.

    Raises:
        ExecutionError: (PC561, PC503, PC560).
    """
    found = (
        each["PipelineExecutionArn"]
        for each in executions(clients, pipeline)
        if each["PipelineExecutionStatus"] == "Succeeded"
    )
    return next(found, None)


def running_executions(clients: Clients, pipeline: str) -> list[str]:
    """The ARNs of the executions that have not ended, latest first.

    Raises:
        ExecutionError: (PC561, PC503, PC560).
    """
    return [
        each["PipelineExecutionArn"]
        for each in executions(clients, pipeline)
        if each["PipelineExecutionStatus"] in RUNNING_STATUSES
    ]


def executions(clients: Clients, pipeline: str) -> Iterator[dict[str, Any]]:
    """The summaries of a pipeline's executions, latest first.

    Raises:
        ExecutionError: (PC561, PC503, PC560).
    """
    from botocore.exceptions import ClientError

    paginator = clients.sagemaker.get_paginator("list_pipeline_executions")
    with asking(f"listing the executions of '{pipeline}'"):
        try:
            for page in paginator.paginate(
                PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending"
            ):
                yield from page["PipelineExecutionSummaries"]
        except ClientError as error:
            if not is_missing(error):
                raise
            raise no_pipeline(pipeline, clients.region) from None


def _none(message: str, fix: str) -> ExecutionError:
    return ExecutionError(NO_EXECUTION.error(message, fix=fix))
