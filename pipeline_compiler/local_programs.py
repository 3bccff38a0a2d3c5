"""Local programs in place of images: what a local run has where no image can run."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline_compiler.bundles import code_bundle
from pipeline_compiler.compiled import LocalProgram
from pipeline_compiler.loading import Node


def local_programs(nodes: Mapping[str, Node], s3_root: str) -> dict[str, LocalProgram | None]:
    """For each node whose program is in an image, what takes its place in local runs, or None."""
    return {
        name: _local_program(node, s3_root)
        for name, node in sorted(nodes.items())
        if node.spec.script_contract is not None and node.spec.script_contract.in_image
    }


def _local_program(node: Node, s3_root: str) -> LocalProgram | None:
    contract = node.spec.script_contract
    if contract is None or not contract.entry_point:
        return None
    code = code_bundle(node.spec, s3_root, node.code_files, node.unmounted, node.step.scripts)
    return LocalProgram(code, contract.entry_point)
