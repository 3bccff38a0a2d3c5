"""The check pass: what no single layer can see."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.assembly import fail_step_name
from pipeline_compiler.framework_checks import check_frameworks
from pipeline_compiler.loading import LoadedPipeline
from pipeline_compiler.names import IN_WORDS, LONGEST, NAME
from pipeline_compiler.rules import NAME_TOO_LONG
from pipeline_deps.rules import DUPLICATE_NODE
from pipeline_deps.wiring import Wiring
from script_contracts.core.diagnostics import Diagnostic
from step_builders.core.rules import TOO_MANY_HOSTS


def check_nodes(loaded: LoadedPipeline, wiring: Wiring) -> Iterator[Diagnostic]:
    """Every problem that shows only when the nodes are seen together."""
    yield from check_frameworks(loaded, wiring)
    yield from _hosts(loaded)
    for name, node in sorted(loaded.nodes.items()):
        if not NAME.fullmatch(name):
            yield NAME_TOO_LONG.error(
                f"step name '{name}' is not {IN_WORDS}",
                fix="rename the node and say its type with 'step:'",
                place=node.node_place,
            )
        elif getattr(node.config, "on_fail", None) == "fail":
            yield from _fail_step_problems(loaded, name)


def _fail_step_problems(loaded: LoadedPipeline, gate: str) -> Iterator[Diagnostic]:
    """Whether the step that the compiler itself adds to a gate can have its name."""
    name, place = fail_step_name(gate), loaded.nodes[gate].node_place
    if not NAME.fullmatch(name):
        yield NAME_TOO_LONG.error(
            f"step name '{gate}' leaves no room for '{name}', which has more than {LONGEST} characters",
            fix="rename the gate and say its type with 'step:'",
            place=place,
        )
    if name in loaded.nodes:
        yield DUPLICATE_NODE.error(
            f"a node is called '{name}', which is what fails the execution behind the gate '{gate}'",
            fix="rename the node and say its type with 'step:'",
            place=place,
        )


def _hosts(loaded: LoadedPipeline) -> Iterator[Diagnostic]:
    for name, node in sorted(loaded.nodes.items()):
        contract = node.spec.script_contract
        count = getattr(node.config, "instance_count", 1)
        if (
            contract is None
            or contract.multi_host
            or (count == 1 and "instance_count" not in node.parameters)
        ):
            continue
        given = "a parameter" if "instance_count" in node.parameters else str(count)
        yield TOO_MANY_HOSTS.error(
            f"{name}: instance_count is {given}, but {contract.program} works on one host",
            fix="set instance_count to 1 and choose a larger instance_type",
            place=node.section.where(("instance_count",)),
        )
