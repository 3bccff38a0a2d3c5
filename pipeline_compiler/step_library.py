"""Step libraries: where steps come from, and all of them joined into one closed world.

Built-in steps lie in `script_contracts/`, `step_specs/`, `step_builders/` and `scripts/`. A library of the
user's own is a folder, or an installed package, with the same four folders. It is found by a path in the
config or the template (`step_libraries`), by an entry point of the group `sagemaker_pipeline_compiler.steps`
whose value is the package, or given to `compile_pipeline(..., libraries=...)`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from pipeline_compiler.library_loading import folder_library, package_library, raise_together
from pipeline_compiler.library_paths import LibraryPath
from pipeline_compiler.library_rules import STEP_DECLARED_TWICE
from pipeline_deps.registry import SpecificationRegistry, unknown_sources
from pipeline_deps.specification import StepSpecification
from script_contracts.core.diagnostics import (
    NOWHERE,
    Diagnostic,
    PipelineCompilerError,
    Place,
    Severity,
    raise_errors,
)
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
        places: step type -> where it is declared, for steps that are not built in.
        left_out: why the steps of installed packages are not among them, as warnings.
    """

    steps: Mapping[str, StepDeclaration]
    origins: Mapping[str, str]
    places: Mapping[str, Place] = field(default_factory=dict)
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
    """The built-in steps, the given ones, and those of installed packages. A folder counts once.

    An installed package that is broken, or contradicts another library, is left out: whoever needs none of
    its steps need not mend it. What is given goes before what is installed.

    Args:
        sources: folders, libraries or single declarations; one of them, or several.

    Raises:
        PipelineCompilerError: (PC430 to PC434) with every problem of every library that is given; (PC206) a
            step of one names another step that does not exist.
    """
    given: list[StepLibrary] = [builtin_library()]
    errors: list[PipelineCompilerError] = []
    folders: set[Path] = set()
    for source in as_sources(sources):
        try:
            given += _loaded(source, folders)
        except PipelineCompilerError as error:
            errors.append(error)
    twice = (each for place, library in enumerate(given) for each in _clashes(library, given[:place]))
    raise_together(errors, twice)
    packages, left_out = _fitting_packages(given, folders)
    found = [*given, *packages]
    if len(found) == 1 and not left_out:
        return found[0]
    complete = StepLibrary(
        {name: step for each in found for name, step in each.steps.items()},
        {name: origin for each in found for name, origin in each.origins.items()},
        {name: place for each in found for name, place in each.places.items()},
        left_out,
    )
    with complete.left_out_told():  # a step that names an unknown one is found now, whoever uses it
        raise_errors(each for library in given for each in _unknown_sources(library, complete.steps))
    return complete


def _fitting_packages(
    given: list[StepLibrary], folders: set[Path]
) -> tuple[list[StepLibrary], tuple[Diagnostic, ...]]:
    """The installed packages that can be used beside the given libraries, and why the others cannot."""
    packages: dict[_Installed, list[StepLibrary]] = {}
    left_out: list[Diagnostic] = []
    for package in sorted(_installed()):
        try:
            packages[package] = list(_loaded(package, folders))
        except PipelineCompilerError as error:
            left_out += (_left_out(each, package) for each in error.diagnostics)
    while True:  # one that is left out may be what another one names
        found = [*given, *(library for each in packages.values() for library in each)]
        known = {name for library in found for name in library.steps}
        problems = {
            package: [
                problem
                for library in libraries
                for problem in (*_clashes(library, found), *_unknown_sources(library, known))
            ]
            for package, libraries in packages.items()
        }
        left_out += (_left_out(each, package) for package, some in problems.items() for each in some)
        if not any(problems.values()):
            return found[len(given) :], tuple(dict.fromkeys(left_out))
        packages = {package: packages[package] for package, some in problems.items() if not some}


def _left_out(problem: Diagnostic, package: _Installed) -> Diagnostic:
    note = f"the steps of the installed package {package.distribution} are left out"
    return replace(problem, severity=Severity.WARNING, details=(*problem.details, note))


def as_sources(libraries: Libraries) -> tuple[Source, ...]:
    """One source, or several, as several."""
    return (libraries,) if isinstance(libraries, _SOURCES) else tuple(libraries)


@dataclass(frozen=True, order=True)
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
        declared = package_library(source.value, origin)
    else:
        path = source if isinstance(source, LibraryPath) else LibraryPath(Path(source))
        origin = f"the step library {path.path}"
        declared = folder_library(path)
    if declared.folder not in folders:
        folders.add(declared.folder)
        yield StepLibrary(declared.steps, dict.fromkeys(declared.steps, origin), declared.places)


def _clashes(library: StepLibrary, others: Iterable[StepLibrary]) -> Iterator[Diagnostic]:
    """The step types that another library declares otherwise; the same declaration, twice, is no clash."""
    for other in others:
        for name in sorted(library.steps.keys() & other.steps.keys()):
            if library.steps[name] != other.steps[name]:
                place = other.places.get(name)
                yield STEP_DECLARED_TWICE.error(
                    f"'{name}' is declared by {other.origins[name]} and by {library.origins[name]}",
                    fix="give one of the two another step_type",
                    place=library.places.get(name, NOWHERE),
                    details=[f"the other one is at {place}"] if place else [],
                )


def _unknown_sources(library: StepLibrary, known: Collection[str]) -> Iterator[Diagnostic]:
    for name, step in library.steps.items():
        for problem in unknown_sources(step.spec, known):
            yield problem.at(library.places.get(name, NOWHERE))
