"""Source adapters: services of an organisation's own, as sources of tables, found through entry points.

A package offers one in its metadata::

    [project.entry-points."sagemaker_pipeline_compiler.sources"]
    cradle = "our_package.cradle:ADAPTER"

and `source: {adapter: cradle, settings: {...}}` in a config uses it.
"""

from __future__ import annotations

import importlib.metadata
import traceback
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from pydantic import BaseModel

from script_contracts.core.diagnostics import NOWHERE, PipelineCompilerError, Place
from script_contracts.core.suggestions import did_you_mean
from step_builders.core.rules import BROKEN_ADAPTER, UNKNOWN_ADAPTER

GROUP = "sagemaker_pipeline_compiler.sources"


@dataclass(frozen=True)
class SourceAdapter:
    """A source of tables that a package offers.

    Attributes:
        settings: the model of `source.settings`; derive it from `step_builders.core.config.Config`, which
            rejects unknown fields.
        program: a Python file with `read(settings: dict, folder: Path) -> None`, which writes the table
            as data files. It travels in the step's code bundle, and runs in the step's image.
    """

    settings: type[BaseModel]
    program: Path


def installed_adapters() -> dict[str, tuple[EntryPoint, ...]]:
    """The adapters that installed packages offer: name -> its entry points, not loaded yet."""
    found = tuple(entry_points(group=GROUP))
    return {each.name: tuple(other for other in found if other.name == each.name) for each in found}


def find_adapter(name: str, place: Place = NOWHERE) -> SourceAdapter:
    """The adapter of that name.

    Raises:
        PipelineCompilerError: (PC440) no installed package offers it; (PC441) what it offers is none.
    """
    installed = installed_adapters()
    if name not in installed:
        known = f" ({did_you_mean(name, installed, what='adapters')})" if installed else ""
        raise PipelineCompilerError(
            UNKNOWN_ADAPTER.error(
                f"no installed package offers the source adapter '{name}'{known}",
                fix=f"install the package that has an entry point '{name}' in the group {GROUP}, or use an "
                "open source: files, athena, unload, redshift or table",
                place=place,
            )
        )
    offered = sorted(
        f"{each.value} of {each.dist.name if each.dist else 'a package'}" for each in installed[name]
    )
    if len(offered) > 1:
        raise _broken(
            name, "is offered by " + " and by ".join(offered), "uninstall all of them but one", place
        )
    try:
        found = installed[name][0].load()
    except Exception as error:
        reason = f"({offered[0]}) cannot be imported: {type(error).__name__}: {error}"
        raise _broken(name, reason, f"mend it{_last_line(error)}", place) from error
    if not (isinstance(found, SourceAdapter) and Path(found.program).is_file()):
        reason = f"has no program at {found.program}" if isinstance(found, SourceAdapter) else "is none"
        raise _broken(
            name,
            f"({offered[0]}) {reason}",
            "let the entry point name a SourceAdapter whose program exists; its authors can run "
            "pipeline_compiler.adapter_testing.check_adapter",
            place,
        )
    return found


def _broken(name: str, reason: str, fix: str, place: Place) -> PipelineCompilerError:
    return PipelineCompilerError(
        BROKEN_ADAPTER.error(f"the source adapter '{name}' {reason}", fix=fix, place=place)
    )


def _last_line(error: Exception) -> str:
    """Where the code of a package failed; nothing for an import that found no package at all."""
    frames = traceback.extract_tb(error.__traceback__)
    machinery = (__file__, importlib.__file__, importlib.metadata.__file__)
    lines = [each for each in frames if each.filename not in machinery and "<frozen" not in each.filename]
    if isinstance(error, SyntaxError):
        return f" in {error.filename}:{error.lineno}"
    return f" in {lines[-1].filename}:{lines[-1].lineno}" if lines else ""
