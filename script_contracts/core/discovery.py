"""Finding what a folder declares: one module, one constant, no registry to edit."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.core.rules import DISCOVERY_FAILED

T = TypeVar("T")


def discover(package: ModuleType, kind: type[T], suffix: str) -> dict[str, T]:
    """What the modules of `package` declare: module name -> its `<MODULE>_<SUFFIX>` constant.

    Sub-packages hold machinery and are skipped. An import error in a module propagates: a broken
    declaration is never swallowed.

    Raises:
        PipelineCompilerError: (PC107) where a module does not declare its constant.
    """
    found: dict[str, T] = {}
    for module in iter_modules(package.__path__):
        if module.ispkg:
            continue
        constant = f"{module.name.upper()}_{suffix}"
        declared = getattr(import_module(f"{package.__name__}.{module.name}"), constant, None)
        if not isinstance(declared, kind):
            raise PipelineCompilerError(
                DISCOVERY_FAILED.error(
                    f"{package.__name__}/{module.name}.py does not declare {constant}",
                    fix=f"declare {constant} = {kind.__name__}(...) in it",
                )
            )
        found[module.name] = declared
    return found
