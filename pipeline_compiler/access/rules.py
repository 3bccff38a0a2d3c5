"""The PC571-PC573 codes: permissions."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

MISSING_PERMISSION = Rule(
    "PC571",
    "a role lacks a permission that the pipeline needs",
    "IAM's own simulator was asked about each action on each resource that the pipeline uses. A job that "
    "lacks a permission fails minutes after its start. 'pipeline-compiler iam CONFIG' prints the policy "
    "that grants what is needed, and no more.",
)
UNCHECKED_PERMISSION = Rule(
    "PC572",
    "permissions could not be checked",
    "These credentials may not ask IAM's simulator (iam:SimulatePrincipalPolicy), or IAM did not answer. "
    "Nothing is known about the permissions: neither that they suffice nor that one is missing.",
)
UNKNOWN_PERMISSION = Rule(
    "PC573",
    "no policy can be written for something that the pipeline does",
    "The table of permissions does not cover the step's type, or an address that only the running pipeline "
    "knows. A policy without it would be too small, and one with '*' in its place larger than it looks.",
)
