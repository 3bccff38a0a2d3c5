"""Which permissions the execution role lacks, as IAM's own simulator says.

Imports botocore: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline_compiler.access.execution import execution_policy
from pipeline_compiler.access.policy import Statement
from pipeline_compiler.access.rules import MISSING_PERMISSION, UNCHECKED_PERMISSION
from pipeline_compiler.compiled import CompiledPipeline
from script_contracts.core.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    import boto3

_LISTS = {"kms:ResourceAliases"}  # condition keys that hold several values in one request


@dataclass(frozen=True)
class Missing:
    """An action that the role may not do on a resource.

    Attributes:
        decision: IAM's word: implicitDeny where nothing allows it, explicitDeny where something forbids it.
        why: what the pipeline needs it for.
    """

    action: str
    resource: str
    decision: str
    why: str


@dataclass(frozen=True)
class PermissionReport:
    """What is known about the execution role's permissions.

    The simulator reads the role's policies and permissions boundary. Policies of buckets, keys and image
    registries, and of the network, are not part of it.

    Attributes:
        role: the role's ARN.
        asked: how many statements of the needed policy were put to the simulator.
        missing: what the role lacks.
        unchecked: why nothing is known; empty where IAM answered.
    """

    role: str
    asked: int
    missing: tuple[Missing, ...] = ()
    unchecked: str = ""

    @property
    def ok(self) -> bool:
        """Whether IAM said of everything that was asked that the role may do it."""
        return not self.missing and not self.unchecked

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The report as errors: PC571 for each action that is missing, PC572 where nothing is known."""
        if self.unchecked:
            message = f"the permissions of {self.role} were not checked: {self.unchecked}"
            fix = "let these credentials do iam:SimulatePrincipalPolicy on the role, or ask its owner"
            return (UNCHECKED_PERMISSION.error(message, fix=fix),)
        found: dict[tuple[str, str, str], list[str]] = {}
        for each in self.missing:
            found.setdefault((each.action, each.decision, each.why), []).append(each.resource)
        return tuple(_lack(self.role, *key, resources) for key, resources in found.items())

    @property
    def advice(self) -> tuple[Diagnostic, ...]:
        """The same beside a plan: a warning for what is missing, a note where nothing is known."""
        severity = Severity.NOTE if self.unchecked else Severity.WARNING
        return tuple(replace(each, severity=severity) for each in self.diagnostics)


def missing_permissions(session: boto3.Session, compiled: CompiledPipeline) -> PermissionReport:
    """Ask IAM about each action and resource of `execution_policy(compiled)`.

    Errors of AWS are part of the report: a check that could not be made is never a check that passed.
    """
    client = session.client("iam", region_name=compiled.region)
    missing: list[Missing] = []
    statements = execution_policy(compiled).statements
    try:
        for statement in statements:
            missing += _denied(client, compiled.role, statement)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            gone = Missing("sts:AssumeRole", compiled.role, "there is no such role", "run the pipeline as it")
            return PermissionReport(compiled.role, len(statements), (gone,))
        return PermissionReport(compiled.role, 0, unchecked=str(error))
    except BotoCoreError as error:
        return PermissionReport(compiled.role, 0, unchecked=str(error))
    return PermissionReport(compiled.role, len(statements), tuple(dict.fromkeys(missing)))


def _denied(client: Any, role: str, statement: Statement) -> Iterator[Missing]:
    paginator = client.get_paginator("simulate_principal_policy")
    for context in _contexts(statement):
        pages = paginator.paginate(
            PolicySourceArn=role,
            ActionNames=list(statement.actions),
            ResourceArns=list(statement.resources),
            ContextEntries=context,
        )
        for page in pages:
            for result in page["EvaluationResults"]:
                for resource, decision in _decisions(result):
                    if decision != "allowed":
                        yield Missing(result["EvalActionName"], resource, decision, statement.why)


def _decisions(result: dict[str, Any]) -> list[tuple[str, str]]:
    each = result.get("ResourceSpecificResults") or ()
    found = [(one["EvalResourceName"], one["EvalResourceDecision"]) for one in each]
    return found or [(result["EvalResourceName"], result["EvalDecision"])]


def _contexts(statement: Statement) -> Iterator[list[dict[str, Any]]]:
    """The requests that the statement's condition allows: one for each value, since a request has one."""
    entries = [(key, values) for keys in statement.conditions.values() for key, values in keys.items()]
    if not entries:
        yield []
    for key, values in entries:
        for value in [values] if key in _LISTS else [(value,) for value in values]:
            kind = "stringList" if key in _LISTS else "string"
            yield [{"ContextKeyName": key, "ContextKeyValues": list(value), "ContextKeyType": kind}]


def _lack(role: str, action: str, decision: str, why: str, resources: list[str]) -> Diagnostic:
    name = role.rsplit("/", 1)[-1]
    return MISSING_PERMISSION.error(
        f"the role {name} may not {action} ({decision}), which is needed to {why}",
        fix="attach the policy that 'pipeline-compiler iam CONFIG --role execution' prints"
        if decision == "implicitDeny"
        else "find what forbids it: a Deny statement, the permissions boundary, or a role that is gone",
        details=[f"on {resource}" for resource in resources],
    )
