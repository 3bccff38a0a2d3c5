"""Conformance of what a config compiles to, told at the lines of the config and the template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date

from pipeline_compiler.assembly import fail_step_name
from pipeline_compiler.conformance.checks import Background, check_definition
from pipeline_compiler.conformance.findings import merged_diagnostics
from pipeline_compiler.conformance.origins import Origins
from pipeline_compiler.conformance.quotas import override_problems, shipped_quotas
from pipeline_compiler.loading import LoadedPipeline
from pipeline_compiler.sources import ResolvedSources, folder_files
from pipeline_deps.vocabulary import DependencyType
from script_contracts.core.contract import JobKind
from script_contracts.core.diagnostics import Diagnostic
from step_builders.core.request import BuildContext

_MODEL_PORTS = {DependencyType.MODEL, DependencyType.PACKAGED_MODEL}


def quota_problems(loaded: LoadedPipeline) -> Iterator[Diagnostic]:
    """Quotas in the config that do not exist, or have no usable value."""
    for name, value in loaded.settings.quotas.items():
        for problem in override_problems({name: value}):
            yield problem.at(loaded.document.place("pipeline", "quotas", name))


def steps_per_branch(loaded: LoadedPipeline) -> int:
    """The quota of steps in one branch of a condition: the config's, or AWS's."""
    name = "steps_per_branch"
    return loaded.settings.quotas.get(name, shipped_quotas()[name])


def check_conformance(
    loaded: LoadedPipeline,
    contexts: Mapping[str, BuildContext],
    definition: str,
    sources: ResolvedSources,
    today: date | None,
) -> list[Diagnostic]:
    """What AWS would refuse in the definition that a config compiled to.

    Args:
        contexts: node -> what its request was built from.
        today: the day that ends of support are compared with; None to leave them out.
    """
    document = json.loads(definition)
    findings = check_definition(
        document,
        region=loaded.settings.region,
        quotas=shipped_quotas().with_overrides(loaded.settings.quotas),
        today=today,
        background=_background(loaded, contexts, sources, definition),
    )
    added = {
        fail_step_name(name): name
        for name, node in loaded.nodes.items()
        if node.spec.job_kind is JobKind.CONDITION
    }
    origins = Origins(loaded, contexts, added, document)
    return merged_diagnostics((finding, origins.place(finding)) for finding in findings)


def _background(
    loaded: LoadedPipeline,
    contexts: Mapping[str, BuildContext],
    sources: ResolvedSources,
    definition: str,
) -> Background:
    contracts = {
        name: loaded.nodes[name].spec.script_contract for name in contexts if contexts[name].code_uri
    }
    model = [
        name
        for name, node in loaded.nodes.items()
        if _MODEL_PORTS & {port.type for port in (*node.spec.dependencies, *node.spec.outputs)}
        and contexts[name].runs_in_models_framework
    ]
    return Background(
        programs={name: contract for name, contract in contracts.items() if contract is not None},
        models=[model],
        objects=_objects(sources) if "ShardedByS3Key" in definition else {},
    )


def _objects(sources: ResolvedSources) -> dict[str, int]:
    """S3 prefix -> the number of files in the folder that it stands for."""
    uploaded = {asset.uri: len(asset.files) for asset in sources.assets}
    return {**uploaded, **{uri: len(list(folder_files(folder))) for uri, folder in sources.local.items()}}
