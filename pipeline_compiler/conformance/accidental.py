"""Texts that read like expressions: what is left of one that was formatted into a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline_compiler.conformance.model_rules import ACCIDENTAL_EXPRESSION
from pipeline_compiler.conformance.scope import VARIABLES, Problem, Scope, shown
from script_contracts.core.diagnostics import Severity

_NOTATION = re.compile(
    r"""\{\s*['"](Get|Std:Join|Std:JsonGet)['"]\s*:|<sagemaker\.[\w.]+ object at 0x|"""
    r"""\b(ParameterString|ParameterInteger|ParameterFloat|ParameterBoolean|ExecutionVariable)\("""
)


def accidental(value: Any, scope: Scope, *, argument: bool = False) -> Iterator[Problem]:
    """Whether a literal text is the notation of an expression.

    Args:
        argument: it stands in a list, where a program may be given the name of what follows: the SDK's
            function steps are started with 'Parameters.Count' and then that parameter's value.
    """
    if not isinstance(value, str) or not value:
        return
    if _NOTATION.search(value) or (not argument and _names_something(value, scope)):
        yield Problem(
            ACCIDENTAL_EXPRESSION,
            f"{shown(value)} is a plain text, and reads like an expression",
            'write the expression itself as the value, or as one of the values of a {"Std:Join": ...}',
            Severity.WARNING,
        )


def _names_something(text: str, scope: Scope) -> bool:
    """Whether a text is the path of a Get that would find something."""
    namespace, dot, rest = text.partition(".")
    if not dot:
        return False
    if namespace == "Parameters":
        return rest in scope.definition.parameters
    if namespace == "Execution":
        return rest in VARIABLES
    return namespace == "Steps" and rest.partition(".")[0] in scope.definition.by_name and "." in rest
