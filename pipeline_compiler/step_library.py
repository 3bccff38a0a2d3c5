"""Step libraries: where steps come from, and all of them joined into one closed world.

Built-in steps lie in `script_contracts/`, `step_specs/`, `step_builders/` and `scripts/`. A library of the
user's own is a folder, or an installed package, with the same four folders. It is found by a path in the
config or the template (`step_libraries`), by an entry point of the group `sagemaker_pipeline_compiler.steps`
whose value is the package, or given to `compile_pipeline(..., libraries=...)`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from pipeline_compiler.library_loading import folder_library, package_library, raise_together
from pipeline_compiler.library_paths import LibraryPath
from pipeline_compiler.library_rules import STEP_DECLARED_TWICE
from pipeline_deps.registry import SpecificationRegistry
from pipeline_deps.specification import StepSpecification
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, PipelineCompilerError, Place, Severity
from step_builders import all_steps
from step_builders.core.step import StepDeclaration

ENTRY_POINT_GROUP = "sagemaker_pipeline_compiler.steps"
BUILT_IN = "the built-in steps"


@dataclass(frozen=True)
class StepLibrary:
    """Step types and their declarations.

    Attributes:
        steps: step type -> declaration.
        origins: step type -> where it comes from, for messages.
        left_out: why the steps of installed packages are not among them, as warnings.
    """

    steps: Mapping[str, StepDeclaration]
    origins: Mapping[str, str]
    left_out: tuple[Diagnostic, ...] = ()

    @cached_property
    def registry(self) -> SpecificationRegistry:
        """The closed world of these steps.

        Raises:
            SpecificationError: (PC206) if one names a step that is not among them.
        """
        return SpecificationRegistry(step.spec for step in self.steps.values())

    def for_node(self, name: str, place: Place = NOWHERE) -> StepSpecification:
        """The specification that a node's name stands for.

        Raises:
            PipelineCompilerError: (PC208) with the closest name that exists, and why steps are left out.
        """
        with self.left_out_told():
            return self.registry.for_node(name, place)

    @contextmanager
    def left_out_told(self) -> Iterator[None]:
        """Where a step is missing, why others are left out is an error too: it may be one of them."""
        try:
            yield
        except PipelineCompilerError as error:
            reasons = (replace(each, severity=Severity.ERROR) for each in self.left_out)
            raise PipelineCompilerError(*error.diagnostics, *reasons) from None

    @property
    def own(self) -> dict[str, StepDeclaration]:
        """The steps that are not built in."""
        return {name: step for name, step in self.steps.items() if self.origins[name] != BUILT_IN}


_SOURCES = (StepLibrary, StepDeclaration, LibraryPath, str, Path)
Source: TypeAlias = StepLibrary | StepDeclaration | LibraryPath | str | Path
Libraries: TypeAlias = Source | Iterable[Source]


@cache
def builtin_library() -> StepLibrary:
    """The steps that come with the compiler."""
    steps = all_steps()
    return StepLibrary(steps, dict.fromkeys(steps, BUILT_IN))


def complete_library(sources: Libraries = ()) -> StepLibrary:
    """The built-in steps, those of installed packages, and the given ones. A folder counts once.

    An installed package that is broken is left out: whoever needs none of its steps need not mend it.

    Args:
        sources: folders, libraries or single declarations; one of them, or several.

    Raises:
        PipelineCompilerError: (PC430 to PC434) with every problem of every library that is given; (PC206) a
            step names another one that does not exist.
    """
    found: list[StepLibrary] = [builtin_library()]
    errors: list[PipelineCompilerError] = []
    left_out: list[Diagnostic] = []
    folders: set[Path] = set()
    for package in _installed():
        try:
            found += _loaded(package, folders)
        except PipelineCompilerError as error:
            left_out += (_left_out(each, package) for each in error.diagnostics)
    for source in as_sources(sources):
        try:
            found += _loaded(source, folders)
        except PipelineCompilerError as error:
            errors.append(error)
    raise_together(errors, _declared_twice(found))
    if len(found) == 1 and not left_out:
        return found[0]
    library = StepLibrary(
        {name: step for each in found for name, step in each.steps.items()},
        {name: origin for each in found for name, origin in each.origins.items()},
        tuple(dict.fromkeys(left_out)),
    )
    with library.left_out_told():
        library.registry  # noqa: B018  # a step that names an unknown one is found now, whoever uses it
    return library


def _left_out(problem: Diagnostic, package: _Installed) -> Diagnostic:
    note = f"the steps of the installed package {package.distribution} are left out"
    return replace(problem, severity=Severity.WARNING, details=(*problem.details, note))


def as_sources(libraries: Libraries) -> tuple[Source, ...]:
    """One source, or several, as several."""
    return (libraries,) if isinstance(libraries, _SOURCES) else tuple(libraries)


@dataclass(frozen=True)
class _Installed:
    """A package that an entry point names."""

    name: str
    value: str
    distribution: str


def _installed() -> tuple[_Installed, ...]:
    """Found anew when a folder that holds packages changed: reading all takes longer than a small compile."""
    return _installed_in(tuple((folder, _version(folder)) for folder in sys.path))


@lru_cache(maxsize=1)
def _installed_in(folders: tuple[tuple[str, object], ...]) -> tuple[_Installed, ...]:
    return tuple(
        _Installed(entry.name, entry.value, entry.dist.name if entry.dist else "a package")
        for entry in entry_points(group=ENTRY_POINT_GROUP)
    )


def _version(folder: str) -> object:
    """Another one once a package was added or removed."""
    try:
        found = os.stat(folder or ".")
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _loaded(source: Source | _Installed, folders: set[Path]) -> Iterator[StepLibrary]:
    """The library of a source; none where its folder is among `folders` already."""
    if isinstance(source, StepLibrary):
        yield source
        return
    if isinstance(source, StepDeclaration):
        name = source.spec.step_type
        yield StepLibrary({name: source}, {name: f"the step {name} given in Python"})
        return
    if isinstance(source, _Installed):
        origin = f"the package {source.value} of {source.distribution}"
        folder, steps = package_library(source.value, origin)
    else:
        path = source if isinstance(source, LibraryPath) else LibraryPath(Path(source))
        origin = f"the step library {path.path}"
        folder, steps = folder_library(path)
    if folder not in folders:
        folders.add(folder)
        yield StepLibrary(steps, dict.fromkeys(steps, origin))


def _declared_twice(libraries: Iterable[StepLibrary]) -> Iterator[Diagnostic]:
    """Two declarations of one step type; the same one, reached twice, is none."""
    seen: dict[str, tuple[StepDeclaration, str]] = {}
    for library in libraries:
        for name, step in library.steps.items():
            other, origin = seen.setdefault(name, (step, library.origins[name]))
            if other != step:
                yield STEP_DECLARED_TWICE.error(
                    f"'{name}' is declared by {origin} and by {library.origins[name]}",
                    fix="give one of the two another step_type",
                )
