"""What can go wrong where steps made with the SDK stand beside compiled ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.conformance.checks import check_definition
from pipeline_compiler.conformance.quotas import shipped_quotas
from pipeline_compiler.deploy_rules import BROKEN_MIX
from script_contracts.core.diagnostics import NOWHERE, Diagnostic
from script_contracts.core.suggestions import did_you_mean

_STEP_REFERENCE = re.compile(r"Steps\.([^.\[]+)")
_NESTING = ("if_steps", "else_steps", "for_each_body", "steps")  # of conditions, loops and step collections


def nested_steps(step: Any) -> Iterator[Any]:
    """The steps directly inside an SDK step or step collection."""
    for attribute in _NESTING:
        yield from getattr(step, attribute, None) or ()


def mixing_problems(document: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """Step names that are not unique, and references to steps and parameters that do not exist."""
    steps = [each for each in _mappings(document["Steps"]) if {"Name", "Type", "Arguments"} <= each.keys()]
    names = Counter(step["Name"] for step in steps)
    for name in sorted(name for name, count in names.items() if count > 1):
        yield BROKEN_MIX.error(
            f"{names[name]} steps are called '{name}'",
            fix="rename the added step; to use a compiled step's results, take the properties of "
            f"pipeline.step('{name}') of this very pipeline",
        )
    parameters = {parameter["Name"] for parameter in document["Parameters"]}
    for step in steps:
        wanted = {each if isinstance(each, str) else each["Step"] for each in step.get("DependsOn", ())}
        references = {each["Get"] for each in _mappings(step) if isinstance(each.get("Get"), str)}
        wanted |= {match[1] for match in map(_STEP_REFERENCE.match, references) if match}
        for name in sorted(wanted - set(names)):
            yield BROKEN_MIX.error(
                f"'{step['Name']}' refers to the step '{name}', which the pipeline does not have",
                fix=did_you_mean(name, names, what="steps"),
            )
        asked = {each.removeprefix("Parameters.") for each in references if each.startswith("Parameters.")}
        for name in sorted(asked - parameters):
            yield BROKEN_MIX.error(
                f"'{step['Name']}' uses the parameter '{name}', which the pipeline does not have",
                fix="append it to pipeline.parameters",
            )


def conformance_problems(document: Mapping[str, Any], compiled: CompiledPipeline) -> list[Diagnostic]:
    """What AWS would refuse in a compiled definition with other steps added."""
    findings = check_definition(
        document,
        region=compiled.region,
        quotas=shipped_quotas().with_overrides(compiled.quotas),
    )
    return [finding.diagnostic(NOWHERE) for finding in findings]


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _mappings(each)
