"""Local programs in place of images: what a local run has where no image can run."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline_compiler.bundles import code_bundle
from pipeline_compiler.compiled import StandIn
from pipeline_compiler.loading import Node
from pipeline_deps.specification import StepSpecification
from step_builders.core.step import StepDeclaration


def stand_ins(nodes: Mapping[str, Node], s3_root: str) -> dict[str, StandIn | None]:
    """For each node whose program is in an image, what takes its place in local runs, or None."""
    return {
        name: stand_in_of(node.step, node.spec, s3_root)
        for name, node in sorted(nodes.items())
        if node.spec.script_contract is not None and node.spec.script_contract.in_image
    }


def stand_in_of(step: StepDeclaration, spec: StepSpecification, s3_root: str) -> StandIn | None:
    """The local program of a step whose own program is in an image; None where it declares none."""
    contract = spec.script_contract
    if contract is None or not contract.entry_point:
        return None
    return StandIn(code_bundle(spec, s3_root, step.scripts), contract.entry_point)
