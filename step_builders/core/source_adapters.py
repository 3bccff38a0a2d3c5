"""Source adapters: services of an organisation's own, as sources of tables, found through entry points.

A package offers one in its metadata::

    [project.entry-points."sagemaker_pipeline_compiler.sources"]
    cradle = "our_package.cradle:ADAPTER"

and `source: {adapter: cradle, settings: {...}}` in a config uses it.
"""

from __future__ import annotations

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


def installed_adapters() -> dict[str, EntryPoint]:
    """The adapters that installed packages offer: name -> entry point, not loaded yet."""
    return {each.name: each for each in entry_points(group=GROUP)}


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
    found = installed[name].load()
    if not (isinstance(found, SourceAdapter) and Path(found.program).is_file()):
        reason = f"has no program at {found.program}" if isinstance(found, SourceAdapter) else "is none"
        raise PipelineCompilerError(
            BROKEN_ADAPTER.error(
                f"the source adapter '{name}' ({installed[name].value}) {reason}",
                fix="let the entry point name a SourceAdapter whose program exists; its authors can run "
                "pipeline_compiler.adapter_testing.check_adapter",
                place=place,
            )
        )
    return found
