"""`iam CONFIG`: the least permissions that this pipeline needs."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from pipeline_compiler.access import Policy, deployer_policy, execution_policy, trust_policy
from pipeline_compiler.access.gaps import policy_gaps
from pipeline_compiler.cli.options import (
    AssumeRole,
    ConfigFile,
    Json,
    Profile,
    Region,
    TemplateName,
    aws_session,
)
from pipeline_compiler.cli.output import print_diagnostics, print_json, stdout, table
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.compiler import compile_at_any_cost
from script_contracts.core.diagnostics import raise_errors

if TYPE_CHECKING:
    import boto3

_MANAGED = 6144  # characters without white space in a managed policy; IAM user guide, quotas, read 2026-11


class Who(str, Enum):
    """Whose policy."""

    EXECUTION = "execution"
    DEPLOYER = "deployer"
    TRUST = "trust"


def iam(
    config: ConfigFile,
    role: Annotated[
        Who | None, typer.Option("--role", help="one document only, as IAM takes it; all if not given")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="ask IAM whether the execution role has these permissions")
    ] = False,
    template: TemplateName = None,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    as_json: Json = False,
) -> None:
    """Print the IAM policies that role and deployer need, no wider."""
    compiled = compile_at_any_cost(template, config)
    gaps = tuple(policy_gaps(compiled))
    raise_errors(gaps)
    if check:
        _check(compiled, aws_session(compiled.region, profile, region, assume_role), as_json)
        return
    policies = {Who.EXECUTION: execution_policy(compiled), Who.DEPLOYER: deployer_policy(compiled)}
    documents: dict[str, Any] = {who.value: policy.document() for who, policy in policies.items()}
    documents[Who.TRUST.value] = trust_policy(compiled)
    if as_json:
        print_json({role.value: documents[role.value]} if role else documents, gaps)
        return
    print_diagnostics(gaps)
    if role:
        _print_document(documents[role.value])
        return
    _print_policy(f"Execution role {compiled.role}", policies[Who.EXECUTION])
    stdout.print(Text("\nIts trust policy", style="bold"))
    _print_document(documents[Who.TRUST.value])
    _print_policy("\nWhoever deploys and starts the pipeline", policies[Who.DEPLOYER])


def _print_policy(title: str, policy: Policy) -> None:
    document = policy.document()
    size = len(json.dumps(document, separators=(",", ":")))
    stdout.print(Text(title, style="bold"), Text(f"({size:,} of {_MANAGED:,} characters)", style="dim"))
    listing = table("Statement", "Needed to", "Source")
    for each in policy.statements:
        listing.add_row(Text(each.sid, style="bold"), each.why, Text(each.source, style="dim"))
    stdout.print(listing)
    _print_document(document)


def _print_document(document: dict[str, Any]) -> None:
    stdout.print(json.dumps(document, indent=2), soft_wrap=True)


def _check(compiled: CompiledPipeline, session: boto3.Session, as_json: bool) -> None:
    from pipeline_compiler.access.simulation import missing_permissions

    report = missing_permissions(session, compiled)
    if as_json:
        print_json({"role": report.role, "statements": report.asked}, report.diagnostics)
    elif report.ok:
        stdout.print(
            f"{report.role} may do all that {compiled.name} needs ({report.asked} statements), says IAM. "
            "Policies of buckets, keys and registries are not part of the answer."
        )
    else:
        print_diagnostics(report.diagnostics)
    if not report.ok:
        raise typer.Exit(1)
