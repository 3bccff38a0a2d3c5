"""The newest approved version of a model package group: what scoring with the current model means."""

from __future__ import annotations

from pipeline_compiler.deploy_rules import NO_APPROVED_VERSION
from pipeline_compiler.executions import Clients, ExecutionError
from pipeline_compiler.executions.clients import asking


def latest_approved(clients: Clients, group: str) -> str:
    """The ARN of the newest version that is approved. It is asked for at each start, never when compiling.

    Args:
        group: name of the model package group; its ARN if it belongs to another account.

    Raises:
        ExecutionError: (PC516) no version is approved; (PC503, PC560) if AWS refuses.
    """
    with asking(f"looking for the approved versions of the model package group '{group}'"):
        pages = clients.sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group,
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
        )
        found = next((each for page in pages for each in page["ModelPackageSummaryList"]), None)
    if found is None:
        raise ExecutionError(
            NO_APPROVED_VERSION.error(
                f"no version of the model package group '{group}' in {clients.region} is approved",
                fix="approve one in the registry, or give the parameter a version's ARN with -p",
            )
        )
    return str(found["ModelPackageArn"])
