"""The tags that a pipeline carries: the config's, and what deploying records about itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.deploy_rules import RESERVED_TAG
from pipeline_compiler.plan.definitions import digest
from pipeline_compiler.plan.revision import source_revision
from script_contracts.core.diagnostics import Diagnostic

_PREFIX = "pipeline-compiler:"
DEFINITION_TAG = f"{_PREFIX}definition"
REVISION_TAG = f"{_PREFIX}revision"


def deployment_tags(compiled: CompiledPipeline, definition: str | None = None) -> dict[str, str]:
    """The config's tags, the definition's digest, and the revision of the config where there is one.

    Args:
        definition: what is deployed, where that is not the compiled definition.
    """
    revision = source_revision(compiled.config_file) if compiled.config_file else None
    return {
        **compiled.tags,
        DEFINITION_TAG: digest(definition or compiled.definition),
        **({REVISION_TAG: revision} if revision else {}),
    }


def is_own_tag(key: str) -> bool:
    """Whether a tag is what deploying records about itself."""
    return key.startswith(_PREFIX)


def reserved_tags(tags: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Tags of the config whose keys are those of what deploying records."""
    for key in tags:
        if is_own_tag(key):
            yield RESERVED_TAG.error(
                f"the config's tag '{key}' begins with '{_PREFIX}'", fix="choose another key for it"
            )
