"""Finding what a folder declares: one module, one constant, no registry to edit."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

from script_contracts.core.diagnostics import PipelineCompilerError, Place
from script_contracts.core.rules import DISCOVERY_FAILED

T = TypeVar("T")


def discover(package: ModuleType, kind: type[T], suffix: str) -> dict[str, T]:
    """What the modules of `package` declare: module name -> its `<MODULE>_<SUFFIX>` constant.

    Sub-packages hold machinery and are skipped. An import error in a module propagates: a broken
    declaration is never swallowed.

    Raises:
        PipelineCompilerError: (PC107) where a module does not declare its constant.
    """
    modules = {name: import_module(f"{package.__name__}.{name}") for name in module_names(package)}
    return {name: declared(module, kind, suffix) for name, module in modules.items()}


def module_names(package: ModuleType) -> tuple[str, ...]:
    """The modules of a package that declare something, in alphabetical order."""
    return tuple(module.name for module in iter_modules(package.__path__) if not module.ispkg)


def declared(module: ModuleType, kind: type[T], suffix: str) -> T:
    """The constant that a module is named after.

    Raises:
        PipelineCompilerError: (PC107) if there is none, or it is something else.
    """
    package, _, name = module.__name__.rpartition(".")
    constant = f"{name.upper()}_{suffix}"
    found = getattr(module, constant, None)
    if not isinstance(found, kind):
        raise PipelineCompilerError(
            DISCOVERY_FAILED.error(
                f"{package.rpartition('.')[2]}/{name}.py does not declare {constant}",
                fix=f"declare {constant} = {kind.__name__}(...) in it"
                if name.isidentifier()
                else f"rename the file: no constant can be named after '{name}'",
                place=Place(module.__file__),
            )
        )
    return found
