"""Every conformance check over one definition."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline_compiler.conformance.control_flow import check_conditions, check_fail_steps
from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.image_checks import check_accelerators, check_registries, check_support
from pipeline_compiler.conformance.image_contents import check_libraries, check_model_versions
from pipeline_compiler.conformance.isolation import check_code_in_reach, check_volume_keys
from pipeline_compiler.conformance.known_lengths import check_known_lengths
from pipeline_compiler.conformance.local_paths import check_local_paths
from pipeline_compiler.conformance.model_checks import check_model
from pipeline_compiler.conformance.port_names import check_port_names
from pipeline_compiler.conformance.quotas import Quotas
from pipeline_compiler.conformance.s3_addresses import check_addresses
from pipeline_compiler.conformance.sharding import check_sharding
from pipeline_compiler.conformance.spot import check_spot
from pipeline_compiler.secrets import check_secrets
from script_contracts.core.contract import ScriptContract

CHECKS: tuple[Callable[[Definition], Iterator[Finding]], ...] = (
    check_local_paths,
    check_port_names,
    check_spot,
    check_registries,
    check_accelerators,
    check_code_in_reach,
    check_volume_keys,
    check_addresses,
    check_known_lengths,
    check_conditions,
    check_fail_steps,
    check_secrets,
)


@dataclass(frozen=True)
class Background:
    """What is known about a definition besides its text.

    Attributes:
        programs: step -> the contract of the program that it runs, for code bundles of this compiler.
        models: for each model, the names of the steps that touch it; told from references where it is None.
        objects: S3 prefix -> the number of objects below it.
    """

    programs: Mapping[str, ScriptContract] = field(default_factory=dict)
    models: Collection[Collection[str]] | None = None
    objects: Mapping[str, int] = field(default_factory=dict)


def check_definition(
    document: Mapping[str, Any],
    *,
    region: str | None,
    quotas: Quotas | None = None,
    today: date | None = None,
    background: Background = Background(),
) -> tuple[Finding, ...]:
    """Everything that AWS would refuse in a definition, or that would fail or mislead when it runs.

    Args:
        document: the parsed definition.
        region: the region it is meant for; what depends on it is not checked where it is None.
        quotas: those of the account; AWS's documented ones where it is None.
        today: the day that ends of support are compared with; not checked where it is None, so that the
            result depends on nothing but the arguments.
        background: what is known besides.
    """
    definition = Definition(document, region)
    found = list(check_model(definition, quotas))
    found += [finding for check in CHECKS for finding in check(definition)]
    found += check_libraries(definition, background.programs)
    found += check_model_versions(definition, background.models)
    found += check_sharding(definition, background.objects)
    if today is not None:
        found += check_support(definition, today)
    return tuple(found)
