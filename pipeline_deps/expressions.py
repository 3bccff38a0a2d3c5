"""Expressions: values that exist only when the pipeline runs.

They serialise themselves into a definition and refuse to be anything else: text, number or truth value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from pipeline_deps.rules import EXPRESSION_MISUSED
from script_contracts.core.diagnostics import PipelineCompilerError

Primitive: TypeAlias = str | int | float | bool


class ExpressionError(PipelineCompilerError):
    """An expression was used as if it already had a value.

    Not a `TypeError`: Python replaces those with its own in `%d`, `in` and `str.join`, remedy and all.
    """


def _refuse(what: str) -> Any:
    def refuse(self: Expression, *_: object) -> NoReturn:
        raise ExpressionError(
            EXPRESSION_MISUSED.error(
                f"{self!r} cannot be used {what}: it has no value until the pipeline runs",
                fix='use Join("/", [...]) to build a string from it, a config parameter with '
                "'sets:' to fill a field with it, or a Condition step to compare it",
            )
        )

    return refuse


class Expression:
    """Anything that the service evaluates while the pipeline runs."""

    def definition(self) -> dict[str, Any]:
        """The expression as it stands in a pipeline definition."""
        raise AssertionError("every expression defines this")

    __str__ = _refuse("as text (str() or an f-string)")
    __format__ = _refuse("in an f-string or format()")
    __int__ = __float__ = __index__ = _refuse("as a number")
    __bool__ = _refuse("as a truth value")
    __iter__ = __len__ = _refuse("as a collection")
    __lt__ = __le__ = __gt__ = __ge__ = _refuse("in a comparison")
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse("in arithmetic")
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _refuse("in arithmetic")
    __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __abs__ = _refuse("in arithmetic")


@dataclass(frozen=True)
class Parameter(Expression):
    """A value that may be changed each time the pipeline is started.

    Attributes:
        name: at most 64 letters, digits, `-` or `_`.
        type: String, Integer, Float or Boolean.
        default: the value used when none is given; None makes it mandatory at start.
        allowed: the only values accepted; empty for any.
    """

    name: str
    type: str
    default: Primitive | None = None
    allowed: tuple[Primitive, ...] = ()

    def definition(self) -> dict[str, Any]:
        """The reference; `declaration()` is the entry under Parameters."""
        return {"Get": f"Parameters.{self.name}"}

    def declaration(self) -> dict[str, Any]:
        """The entry in the definition's list of parameters."""
        entry: dict[str, Any] = {"Name": self.name, "Type": self.type}
        if self.default is not None:
            entry["DefaultValue"] = self.default
        if self.allowed:
            entry["EnumValues"] = list(self.allowed)
        return entry


@dataclass(frozen=True)
class Get(Expression):
    """A reference, such as `Steps.Train.ModelArtifacts.S3ModelArtifacts`."""

    path: str

    def definition(self) -> dict[str, Any]:
        """The reference as the definition writes it."""
        return {"Get": self.path}


PIPELINE_EXECUTION_ID = Get("Execution.PipelineExecutionId")
PIPELINE_NAME = Get("Execution.PipelineName")


@dataclass(frozen=True)
class Join(Expression):
    """Text put together from strings and expressions when the pipeline runs."""

    on: str
    values: tuple[Primitive | Expression, ...]

    def definition(self) -> dict[str, Any]:
        """The Std:Join function."""
        return {"Std:Join": {"On": self.on, "Values": [to_definition(value) for value in self.values]}}


@dataclass(frozen=True)
class JsonGet(Expression):
    """A value out of a step's property file."""

    step: str
    property_file: str
    path: str

    def definition(self) -> dict[str, Any]:
        """The Std:JsonGet function."""
        reference = {"Get": f"Steps.{self.step}.PropertyFiles.{self.property_file}"}
        return {"Std:JsonGet": {"PropertyFile": reference, "Path": self.path}}


def to_definition(value: Any) -> Any:
    """A request with every expression in it replaced by its definition form."""
    if isinstance(value, Expression):
        return value.definition()
    if isinstance(value, dict):
        return {key: to_definition(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_definition(entry) for entry in value]
    return value


def as_text(value: Primitive | Expression) -> str | Expression:
    """A value for a slot that AWS types as a string: environment, arguments, hyperparameters."""
    if isinstance(value, Parameter):
        return value if value.type == "String" else Join("", (value,))
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
