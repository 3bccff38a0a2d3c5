"""Loading a step library: its modules are imported, and every problem of every module is found."""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from pipeline_compiler.bundles import runtime_modules
from pipeline_compiler.library_paths import LibraryPath
from pipeline_compiler.library_rules import (
    BELONGS_TO_NO_STEP,
    LIBRARY_NOT_IMPORTABLE,
    NO_STEP_LIBRARY,
    RESERVED_SCRIPT,
    STEP_DECLARED_TWICE,
)
from pipeline_deps.specification import StepSpecification
from script_contracts.core.contract import ScriptContract
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, PipelineCompilerError, Place
from script_contracts.core.discovery import declared, module_names
from step_builders.core.step import StepDeclaration

T = TypeVar("T")

SCRIPTS = "scripts"
CONTRACTS, SPECS, BUILDERS = DECLARATIONS = ("script_contracts", "step_specs", "step_builders")
_UNKNOWN = Path("/")  # the folder of a package that is not imported yet
_PRIVATE = "_step_library_"


@dataclass(frozen=True)
class LibrarySteps:
    """What a library declares.

    Attributes:
        folder: where it really lies.
        steps: step type -> declaration.
        places: step type -> where its specification is declared.
    """

    folder: Path
    steps: Mapping[str, StepDeclaration]
    places: Mapping[str, Place]


@dataclass(frozen=True)
class _Library:
    """What is loaded.

    Attributes:
        name: of its package, as it is imported.
        origin: what it is, for messages.
        folder: where it lies.
        shown: the same, as the user wrote it.
    """

    name: str
    origin: str
    folder: Path
    shown: Path


def folder_library(named: LibraryPath) -> LibrarySteps:
    """The steps of a folder; read again whenever a module changes.

    Raises:
        PipelineCompilerError: (PC430 to PC434) with every problem of the library.
    """
    # os.path, unlike Path.is_dir(), says no for names that no file can have
    if not os.path.isdir(named.path / BUILDERS):
        reason = f"has no folder '{BUILDERS}'" if os.path.isdir(named.path) else "is no folder"
        raise PipelineCompilerError(
            NO_STEP_LIBRARY.error(
                f"the step library '{named.path}' {reason}",
                fix=f"name a folder with {', '.join(DECLARATIONS)} and {SCRIPTS}",
                place=named.place,
            )
        )
    folder = named.path.resolve()
    return _folder_steps(folder, named.path, _state_of(folder))


def package_library(name: str, origin: str) -> LibrarySteps:
    """The steps of an importable package.

    Raises:
        PipelineCompilerError: (PC430 to PC434) with every problem of the package.
    """
    package = _imported(name, _Library(name, origin, _UNKNOWN, _UNKNOWN))
    # Without an __init__.py, a package may lie in several folders, such as one that an older version left.
    folders = map(Path, getattr(package, "__path__", ()))
    folder = next((each for each in folders if (each / BUILDERS).is_dir()), None)
    if folder is None:
        raise PipelineCompilerError(
            NO_STEP_LIBRARY.error(
                f"{origin} is no package with a folder '{BUILDERS}'",
                fix="let the entry point name a package with the folders of a step library",
            )
        )
    return _steps(_Library(name, origin, folder, folder))


@lru_cache(maxsize=64)
def _folder_steps(folder: Path, shown: Path, state: str) -> LibrarySteps:
    library = _Library(f"{_PRIVATE}{state}", f"the step library {shown}", folder, shown)
    if library.name not in sys.modules:
        _import_root(library)
    return _steps(library)


def _state_of(folder: Path) -> str:
    """A name for what the files of a library are now: another one when a declaration changes."""
    digest = hashlib.sha256(str(folder).encode())
    modules = [
        *folder.glob("*.py"),
        *(path for each in DECLARATIONS for path in (folder / each).rglob("*.py")),
    ]
    for path in sorted(modules):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\0".encode())
    digest.update("\0".join(sorted(path.name for path in (folder / SCRIPTS).glob("*.py"))).encode())
    return digest.hexdigest()[:16]


def _import_root(library: _Library) -> None:
    """The library's folder as a package of a private name, whether or not it has an __init__.py."""
    start = library.folder / "__init__.py"
    if start.is_file():
        spec = spec_from_file_location(library.name, start, submodule_search_locations=[str(library.folder)])
    else:
        spec = ModuleSpec(library.name, None, is_package=True)
        spec.submodule_search_locations = [str(library.folder)]
    assert spec is not None, "a file name that ends in .py has a loader"
    sys.modules[library.name] = package = module_from_spec(spec)
    if spec.loader is None:
        return
    try:
        spec.loader.exec_module(package)
    except (Exception, SystemExit) as error:
        del sys.modules[library.name]
        raise _not_importable(error, library) from error


def _steps(library: _Library) -> LibrarySteps:
    errors: list[PipelineCompilerError] = []
    contracts = _declared(CONTRACTS, ScriptContract, "CONTRACT", library, errors)
    specs = _declared(SPECS, StepSpecification, "SPEC", library, errors)
    steps = _declared(BUILDERS, StepDeclaration, "STEP", library, errors)
    problems = list(reserved_scripts(library.shown / SCRIPTS))
    if not errors:
        used = [step.spec for step in steps.values()]
        run = [spec.script_contract for spec in specs.values()]
        left = [(SPECS, module) for module, spec in specs.items() if spec not in used]
        left += [(CONTRACTS, module) for module, contract in contracts.items() if contract not in run]
        problems += [_belongs_to_no_step(folder, module, library) for folder, module in left]
        problems += _same_type(steps, library)
    raise_together(errors, problems)
    scripts = library.folder / SCRIPTS
    found = (step if step.scripts else replace(step, scripts=scripts) for step in steps.values())
    return LibrarySteps(
        library.folder.resolve(),
        {step.spec.step_type: step for step in found},
        {step.spec.step_type: _place_of(module, step, specs, library) for module, step in steps.items()},
    )


def _place_of(
    module: str, step: StepDeclaration, specs: Mapping[str, StepSpecification], library: _Library
) -> Place:
    """Where the specification of a step is declared."""
    declaring = next((name for name, spec in specs.items() if spec == step.spec), None)
    if declaring is None:  # it lies beside the builder's declaration, or comes from elsewhere
        return _line_of(library, BUILDERS, module, "STEP")
    return _line_of(library, SPECS, declaring, "SPEC")


def _line_of(library: _Library, folder: str, module: str, suffix: str) -> Place:
    """Where a module declares its constant."""
    path = Path(folder, f"{module}.py")
    text = (library.folder / path).read_text(encoding="utf-8", errors="replace")
    found = re.search(rf"^{re.escape(module.upper())}_{suffix}\b", text, re.MULTILINE)
    return Place(str(library.shown / path), text.count("\n", 0, found.start()) + 1 if found else None)


def _declared(
    folder: str, kind: type[T], suffix: str, library: _Library, errors: list[PipelineCompilerError]
) -> dict[str, T]:
    """What the modules of one folder declare; `errors` takes what is wrong with the others."""
    found: dict[str, T] = {}
    if not (library.folder / folder).is_dir():
        return found
    package = f"{library.name}.{folder}"
    for module in module_names(_imported(package, library)):
        try:
            found[module] = declared(_imported(f"{package}.{module}", library), kind, suffix)
        except PipelineCompilerError as error:
            errors.append(error)
    return found


def raise_together(errors: Sequence[PipelineCompilerError], problems: Iterable[Diagnostic] = ()) -> None:
    """Raise one error with all that was found, each once; its cause is that of the first error.

    One broken contract breaks every module that imports it in the same words.
    """
    found = dict.fromkeys([*(each for error in errors for each in error.diagnostics), *problems])
    if found:
        raise PipelineCompilerError(*found) from next((each.__cause__ for each in errors), None)


def _imported(name: str, library: _Library) -> ModuleType:
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:
        raise _not_importable(error, library) from error


def _not_importable(error: Exception | SystemExit, library: _Library) -> PipelineCompilerError:
    """What an import failed with, at the library's own line."""
    place = _place(error, library)
    if isinstance(error, PipelineCompilerError):  # a declaration that contradicts itself
        found = (each.at(replace(place, field=each.place.field)) for each in error.diagnostics)
        return PipelineCompilerError(*found)
    what = error.msg if isinstance(error, SyntaxError) else str(error)
    if library.name.startswith(_PRIVATE):
        what = what.replace(f"{library.name}.", "")
    return PipelineCompilerError(
        LIBRARY_NOT_IMPORTABLE.error(
            f"{library.origin} cannot be imported: {type(error).__name__}: {what}",
            fix=_remedy(error, library),
            place=place,
        )
    )


def _remedy(error: Exception | SystemExit, library: _Library) -> str:
    if isinstance(error, ImportError) and "circular import" in str(error):
        return "import in one direction: step_builders from step_specs, step_specs from script_contracts"
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return "mend it there"
    if f"{library.name}.".startswith(f"{error.name}."):
        return "let the entry point name a package that can be imported"
    if error.name.startswith(f"{library.name}."):
        missing = error.name[len(library.name) + 1 :].replace(".", "/")
        return f"write {missing}.py, or correct the import"
    if error.name.partition(".")[0] in (*DECLARATIONS, library.folder.name):
        return "imports within a library are relative, such as 'from ..step_specs.clean import CLEAN_SPEC'"
    return (
        f"let only the program in {SCRIPTS} import what it needs, or install {error.name} where pipelines "
        "are compiled"
    )


def _place(error: Exception | SystemExit, library: _Library) -> Place:
    """The innermost line of the library's own that led to the error."""
    frames = ((frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__))
    machinery = (__file__, importlib.__file__)
    lines = [each for each in frames if each[0] not in machinery and not each[0].startswith("<frozen")]
    if isinstance(error, SyntaxError) and error.filename:
        lines.append((error.filename, error.lineno))
    if library.folder == _UNKNOWN:  # what is run first of a package is its own
        return Place(*lines[0]) if lines else NOWHERE
    for file, line in reversed(lines):
        if Path(file).is_relative_to(library.folder):
            return Place(str(library.shown / Path(file).relative_to(library.folder)), line)
    return NOWHERE


def _belongs_to_no_step(folder: str, module: str, library: _Library) -> Diagnostic:
    user = f"{BUILDERS}/{module}.py" if folder == SPECS else f"a specification in {SPECS}"
    suffix = "SPEC" if folder == SPECS else "CONTRACT"
    return BELONGS_TO_NO_STEP.error(
        f"{folder}/{module}.py declares what no step of the library uses",
        fix=f"use it in {user}, or remove it",
        place=_line_of(library, folder, module, suffix),
    )


def _same_type(steps: dict[str, StepDeclaration], library: _Library) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for module, step in steps.items():
        other = seen.setdefault(step.spec.step_type, module)
        if other != module:
            yield STEP_DECLARED_TWICE.error(
                f"'{step.spec.step_type}' is declared by {other}.py and by {module}.py of {library.origin}",
                fix="give one of the two another step_type",
                place=_line_of(library, BUILDERS, module, "STEP"),
            )


def reserved_scripts(folder: Path) -> Iterator[Diagnostic]:
    """Scripts whose names the contract runtime needs for itself."""
    for path in sorted(folder.glob("*.py")):
        if path.name in runtime_modules():
            yield RESERVED_SCRIPT.error(
                f"{path.name} is the name of a module of the contract runtime",
                fix="rename the script",
                place=Place(str(path)),
            )
