"""Inputs that the config supplies: S3 prefixes as they are, local folders at an S3 address of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from pipeline_compiler.compiled import Asset
from pipeline_compiler.content_hash import content_hash
from pipeline_compiler.loading import LoadedPipeline, Node
from pipeline_compiler.model_packages import is_model_package
from pipeline_compiler.rules import BAD_MAPPING, BAD_PARAMETER, INVALID_VALUE, LOCAL_SOURCE, MISSING_SOURCE
from pipeline_deps.expressions import Parameter
from script_contracts.core.diagnostics import NOWHERE, Diagnostic, PipelineCompilerError, Place
from step_builders.core.source_adapters import find_adapter
from step_builders.core.table_sources import TableSource


@dataclass
class ResolvedSources:
    """Where the config's sources are, once for the whole pipeline.

    Attributes:
        uris: (node, input) -> the S3 prefix, or the parameter that names it.
        assets: local folders to upload, by content.
        local: S3 prefix -> local folder, for folders that are not uploaded.
    """

    uris: dict[tuple[str, str], str | Parameter] = field(default_factory=dict)
    assets: list[Asset] = field(default_factory=list)
    local: dict[str, Path] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def resolve_sources(loaded: LoadedPipeline) -> ResolvedSources:
    """The S3 address of every source in the config, with a diagnostic for each that has none."""
    resolved = ResolvedSources()
    for node in loaded.nodes.values():
        for name in node.provided:
            source = getattr(node.config, name)
            if source.files is None:
                resolved.diagnostics += _adapter_problems(node, name, source)
                continue
            uri = _uri(loaded, node, name, source.files, source.upload, resolved)
            parameter = node.parameters.get(f"{name}.files")
            if parameter is not None and parameter.allowed and uri not in parameter.allowed:
                resolved.diagnostics.append(
                    BAD_PARAMETER.error(
                        f"parameter '{parameter.name}' lists allowed values, and its default "
                        f"'{parameter.default}' is a folder, which has another address in the pipeline",
                        fix="remove 'allowed', or name s3:// prefixes only",
                        place=node.section.where((name, "files")),
                    )
                )
            resolved.uris[node.name, name] = uri if parameter is None else replace(parameter, default=uri)
    return resolved


def _adapter_problems(node: Node, name: str, source: TableSource) -> Iterator[Diagnostic]:
    """Whether the source's adapter, where it has one, is installed and accepts its settings."""
    if source.adapter is None:
        return
    try:
        adapter = find_adapter(source.adapter, node.section.where((name, "adapter")))
    except PipelineCompilerError as error:
        yield from error.diagnostics
        return
    try:
        adapter.settings.model_validate(source.settings)
    except ValidationError as error:
        for entry in error.errors(include_url=False):
            path = ".".join(map(str, entry["loc"]))
            yield INVALID_VALUE.error(
                f"{node.name}: the source adapter '{source.adapter}' does not accept '{path}': "
                f"{entry['msg'][0].lower()}{entry['msg'][1:]}, got {entry['input']!r}",
                fix=f"its settings are: {', '.join(adapter.settings.model_fields) or 'none'}",
                place=node.section.where((name, "settings", *entry["loc"])),
            )


def _uri(
    loaded: LoadedPipeline, node: Node, name: str, files: str, upload: bool, resolved: ResolvedSources
) -> str:
    if files.startswith("s3://"):
        return files
    root = loaded.settings.s3_root.rstrip("/")
    folder = loaded.folder / files
    place = node.section.where((name, "files"))
    found = dict(folder_files(folder))
    if not found:
        reason = "holds no files" if os.path.isdir(folder) else "does not exist"
        if os.path.isfile(folder):
            reason = "is a file"
        resolved.diagnostics.append(
            MISSING_SOURCE.error(
                f"{node.name}.{name}: the folder '{files}' {reason}",
                fix="name an s3:// prefix, or a folder relative to the config file",
                place=place,
            )
        )
        return f"{root}/missing"
    if upload:
        asset = Asset(f"{root}/data/{content_hash(found)}", found)
        resolved.assets.append(asset)
        return asset.uri
    resolved.diagnostics.append(
        LOCAL_SOURCE.warning(
            f"{node.name}.{name}: '{files}' is a folder on this machine; it can be run here, not deployed",
            fix="add 'upload: true' beside 'files', or name an s3:// prefix",
            place=place,
        )
    )
    uri = f"{root}/local/{loaded.settings.name}/{node.name}/{name}"
    resolved.local[uri] = folder
    return uri


def mapping_problems(folders: Mapping[str, Path], place: Place = NOWHERE) -> Iterator[Diagnostic]:
    """Folders that cannot stand for an S3 prefix in local runs."""
    for prefix, folder in folders.items():
        is_input = "." in prefix and "/" not in prefix
        reason = (
            ""
            if prefix.startswith("s3://") or is_model_package(prefix) or is_input
            else f"'{prefix}' is no s3:// prefix, nor NODE.INPUT, nor the ARN of a model package"
        )
        reason = reason or ("" if folder.is_dir() else f"there is no folder '{folder}'")
        if reason:
            yield BAD_MAPPING.error(
                f"{prefix}={folder}: {reason}",
                fix="name an s3:// prefix and the folder that stands for it",
                place=place,
            )


def folder_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder, by relative name, without hidden ones; none where there is no folder."""
    if not os.path.isdir(folder):  # unlike Path.is_dir(), False for names that no file can have
        return
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield relative.as_posix(), path
