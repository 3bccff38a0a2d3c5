"""Step contracts at design time: along every wire, and against every step's settings."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.loading import LoadedPipeline, Node
from pipeline_deps.rules import CONTRACT_VIOLATED
from pipeline_deps.wiring import Binding, Wiring
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.quality.binding import bind
from script_contracts.quality.compatibility import Compatibility, is_compatible
from script_contracts.quality.contracts import PortContract
from step_builders.core.contract_values import field_paths
from step_builders.core.rules import CONFIG_CONTRACT


def check_contracts(loaded: LoadedPipeline, wiring: Wiring) -> Iterator[Diagnostic]:
    """Every guarantee that violates a requirement, and every setting outside its contract."""
    for binding in wiring.bindings:
        answer = wire_compatibility(loaded, binding)
        if not answer:
            consumer = loaded.nodes[binding.consumer]
            yield CONTRACT_VIOLATED.error(
                f"{binding.producer}.{binding.output} cannot satisfy {binding.consumer}.{binding.dependency}",
                fix="wire another output, or change the contract that is wrong",
                place=consumer.place,
                details=[str(each) for each in answer.violations],
            )
    for node in loaded.nodes.values():
        yield from _settings(node)


def wire_compatibility(loaded: LoadedPipeline, binding: Binding) -> Compatibility:
    """What the producer's guarantee makes of the consumer's requirement, with the config's column names."""
    guarantee = _bound(loaded.nodes[binding.producer], "outputs", binding.output)
    requirement = _bound(loaded.nodes[binding.consumer], "inputs", binding.dependency)
    if guarantee is None or requirement is None:
        return Compatibility()
    return is_compatible(guarantee, requirement)


def _bound(node: Node, side: str, port: str) -> PortContract | None:
    contract = node.spec.script_contract
    if contract is None:
        return None
    declared: PortContract | None = getattr(contract.quality, side).get(port)
    # A script that is not told a column takes the contract's default.
    return declared and bind(declared, {**contract.optional_env_vars, **node.script_settings})


def _settings(node: Node) -> Iterator[Diagnostic]:
    contract = node.spec.script_contract
    if contract is None:
        return
    values = node.script_settings
    for name, bounds in contract.quality.config.ranges.items():
        if name not in values:
            continue
        number = _number(values[name])
        if number is None or bounds.excludes(number):
            low, high = ("any" if end is None else f"{end:g}" for end in (bounds.minimum, bounds.maximum))
            problem = "not a number" if number is None else f"outside {low} to {high}"
            yield CONFIG_CONTRACT.error(
                f"{node.name}: {name} is {values[name]}, {problem}",
                fix=f"choose a number from {low} to {high}",
                place=_place(node, name),
            )
    for name, allowed in contract.quality.config.allowed.items():
        if name in values and values[name] not in allowed:
            yield CONFIG_CONTRACT.error(
                f"{node.name}: {name} is '{values[name]}'",
                fix=f"use one of {', '.join(allowed)}",
                place=_place(node, name),
            )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _place(node: Node, name: str) -> Place:
    """Where the config sets a setting of the script, or could."""
    path = field_paths(type(node.config)).get(name.lower())
    return node.section.where(tuple(path.split(".")) if path else ("hyperparameters", name))
