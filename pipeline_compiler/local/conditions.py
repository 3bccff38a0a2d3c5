"""The condition types of Condition steps."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline_compiler.local.expressions import Scope, as_text, evaluate
from pipeline_compiler.local.rules import NO_VALUE
from script_contracts.core.diagnostics import PipelineCompilerError, Place

_COMPARISONS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "Equals": ("==", operator.eq),
    "GreaterThan": (">", operator.gt),
    "GreaterThanOrEqualTo": (">=", operator.ge),
    "LessThan": ("<", operator.lt),
    "LessThanOrEqualTo": ("<=", operator.le),
}
CONDITION_TYPES = (*_COMPARISONS, "In", "Not", "Or")


def condition_types(condition: Mapping[str, Any]) -> Iterator[str]:
    """The type of a condition and of every condition inside it."""
    yield str(condition.get("Type"))
    if condition.get("Type") == "Not":
        yield from condition_types(condition["Condition"])
    if condition.get("Type") == "Or":
        for part in condition["Conditions"]:
            yield from condition_types(part)


def holds(condition: Mapping[str, Any], scope: Scope) -> tuple[bool, str]:
    """Whether a condition is true, and the comparison with its actual values, for people.

    Raises:
        PipelineCompilerError: (PC787, PC799) where a value is missing or cannot be compared.
    """
    kind = condition["Type"]
    if kind == "Not":
        inner, text = holds(condition["Condition"], scope)
        return not inner, f"not ({text})"
    if kind == "Or":
        parts = [holds(part, scope) for part in condition["Conditions"]]
        return any(value for value, _ in parts), " or ".join(f"({text})" for _, text in parts)
    if kind == "In":
        value = evaluate(condition["QueryValue"], scope)
        choices = [evaluate(choice, scope) for choice in condition["Values"]]
        found = any(type_of(value) == type_of(choice) and value == choice for choice in choices)
        return found, f"{as_text(value)} in [{', '.join(map(as_text, choices))}]"
    left, right = evaluate(condition["LeftValue"], scope), evaluate(condition["RightValue"], scope)
    symbol, compare = _COMPARISONS[kind]
    text = f"{as_text(left)} {symbol} {as_text(right)}"
    if type_of(left) != type_of(right) or (kind != "Equals" and type_of(left) == "boolean"):
        raise PipelineCompilerError(
            NO_VALUE.error(
                f"cannot compare {text}: {type_of(left)} and {type_of(right)}",
                fix="compare two numbers, or two strings",
                place=Place(field=scope.step),
            )
        )
    return bool(compare(left, right)), text


def type_of(value: object) -> str:
    """The JSON type of a value: what may be compared with what."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else "document"
