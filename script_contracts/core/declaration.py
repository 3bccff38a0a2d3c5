"""The base of everything declared: frozen, closed to unknown fields, failing with coded diagnostics."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place
from script_contracts.core.rules import MALFORMED_DECLARATION
from script_contracts.core.suggestions import did_you_mean


class Declaration(BaseModel):
    """A frozen value that cannot be constructed wrong.

    Type errors and unknown fields are reported like every other problem: coded, and all at once.
    Subclasses add their own checks by overriding `problems()`.

    Raises:
        PipelineCompilerError: (or the subclass named in `error_type`) with every problem found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    error_type: ClassVar[type[PipelineCompilerError]] = PipelineCompilerError

    def __init__(self, /, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise self.error_type(*_malformed(type(self), error)) from None
        found = tuple(self.problems())
        if found:
            raise self.error_type(*found)

    def problems(self) -> Iterable[Diagnostic]:
        """What is wrong with this value beyond its types; nothing by default."""
        return ()


def _malformed(model: type[BaseModel], error: ValidationError) -> Iterable[Diagnostic]:
    for entry in error.errors(include_url=False):
        field = ".".join(str(part) for part in entry["loc"])
        if entry["type"] == "extra_forbidden":
            message = f"{model.__name__} has no field '{field}'"
            fix = did_you_mean(field, model.model_fields, what="fields")
        else:
            message = f"{model.__name__}.{field}: {entry['msg']}, got {entry['input']!r}"
            fix = "correct the declaration"
            if entry["type"] == "missing":
                message, fix = f"{model.__name__}.{field} is missing", f"add {field}=..."
        yield MALFORMED_DECLARATION.error(message, fix=fix, place=Place(field=field))
