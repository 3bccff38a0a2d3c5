"""Std:JsonGet: the property file that it reads, and the path of the value in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_compiler.conformance.definition import Step, is_expression
from pipeline_compiler.conformance.model_rules import BAD_PROPERTY_FILE, WRONG_EXPRESSION
from pipeline_compiler.conformance.references import parse_reference, target_problem
from pipeline_compiler.conformance.scope import Problem, Scope, shown
from script_contracts.core.suggestions import did_you_mean

_MEMBERS = ("PropertyFile", "S3Uri", "Path")
_KEY = r"""[^.\[\]'"]+"""
_INDEX = r"""\[\d+\]|\['[^']+'\]|\["[^"]+"\]"""
_PATH = re.compile(rf"(\$\.?)?({_KEY}|{_INDEX})(\.{_KEY}|{_INDEX})*")


def json_get_problems(argument: Any, scope: Scope) -> Iterator[Problem]:
    """Every problem with what a Std:JsonGet is given, but for expressions in its S3Uri."""
    if not isinstance(argument, Mapping):
        yield _malformed(f"Std:JsonGet has {shown(argument)} instead of a mapping")
        return
    for key in sorted(argument.keys() - set(_MEMBERS)):
        yield _malformed(f"Std:JsonGet has no '{key}'", did_you_mean(key, _MEMBERS, what="members of it"))
    path = argument.get("Path")
    if not isinstance(path, str) or not _PATH.fullmatch(path) or path != path.strip():
        yield Problem(
            BAD_PROPERTY_FILE,
            f"{shown(path)} is not the path of a value in a JSON file",
            "write it as metrics.auc, folds[0].auc or metrics['my auc']",
        )
    if ("PropertyFile" in argument) == ("S3Uri" in argument):
        yield _malformed("Std:JsonGet needs either 'PropertyFile' or 'S3Uri'")
    elif "PropertyFile" in argument:
        yield from _reference_problems(argument["PropertyFile"], scope)


def _malformed(message: str, fix: str = "") -> Problem:
    form = '{"PropertyFile": {"Get": "Steps.<step>.PropertyFiles.<name>"}, "Path": "<path>"}'
    return Problem(WRONG_EXPRESSION, message, fix or f'write {{"Std:JsonGet": {form}}}')


def _reference_problems(reference: Any, scope: Scope) -> Iterator[Problem]:
    path = reference.get("Get") if is_expression(reference) else None
    parsed = parse_reference(path) if isinstance(path, str) and path.startswith("Steps.") else None
    if parsed is None or len(parsed.parts) != 2 or parsed.parts[0] != "PropertyFiles":
        yield Problem(
            BAD_PROPERTY_FILE,
            f"{shown(reference)} is not a reference to a property file",
            'write {"Get": "Steps.<step>.PropertyFiles.<name>"}',
        )
        return
    unreachable = target_problem(parsed.step, scope.step, scope.definition)
    if unreachable:
        yield unreachable
        return
    step, name = scope.definition.by_name[parsed.step], str(parsed.parts[1])
    names = [each.get("PropertyFileName") for each in listed_files(step)]
    if name not in names:
        yield Problem(
            BAD_PROPERTY_FILE,
            f"'{step.name}' has no property file '{name}'",
            did_you_mean(name, [str(each) for each in names], what="property files of that step"),
        )


def listed_files(step: Step) -> list[Mapping[str, Any]]:
    """The entries of a step's PropertyFiles."""
    files = step.entry.get("PropertyFiles")
    return [each for each in files if isinstance(each, Mapping)] if isinstance(files, list) else []


def property_file_problems(step: Step) -> Iterator[Problem]:
    """Property files of outputs that the step does not have; each with its path in the step's entry."""
    config = step.arguments.get("ProcessingOutputConfig")
    outputs = config.get("Outputs") if isinstance(config, Mapping) else None
    listed = [each for each in outputs if isinstance(each, Mapping)] if isinstance(outputs, list) else []
    names = [each.get("OutputName") for each in listed]
    if not all(isinstance(name, str) for name in names):
        return
    for index, file in enumerate(listed_files(step)):
        name = file.get("OutputName")
        if isinstance(name, str) and name not in names:
            yield Problem(
                BAD_PROPERTY_FILE,
                f"'{step.name}' has no output '{name}' in which the file could lie",
                did_you_mean(name, [str(each) for each in names], what="outputs of that step"),
                path=("PropertyFiles", index, "OutputName"),
            )
