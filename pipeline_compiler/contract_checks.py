"""Step contracts at design time: along every wire, and against every step's settings."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.loading import LoadedPipeline, Node
from pipeline_deps.rules import CONTRACT_VIOLATED
from pipeline_deps.wiring import Binding, Wiring
from script_contracts.core.contract import JobKind
from script_contracts.core.diagnostics import Diagnostic, Place
from script_contracts.core.suggestions import did_you_mean
from script_contracts.quality.binding import bind
from script_contracts.quality.compatibility import Compatibility, is_compatible
from script_contracts.quality.contracts import MetricsContract, PortContract
from step_builders.core.contract_values import field_paths
from step_builders.core.rules import CONFIG_CONTRACT, UNPROMISED_METRIC
from step_builders.core.tuning import searched


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
        yield from _gate_metric(loaded, binding)
    for node in loaded.nodes.values():
        yield from _settings(node)


def _gate_metric(loaded: LoadedPipeline, binding: Binding) -> Iterator[Diagnostic]:
    """Whether the program that a gate judges promises the metric; it may write others, too."""
    gate = loaded.nodes[binding.consumer]
    promised = _bound(loaded.nodes[binding.producer], "outputs", binding.output)
    if gate.spec.job_kind is not JobKind.CONDITION or not isinstance(promised, MetricsContract):
        return
    metric, known = getattr(gate.config, "metric", None), promised.required_metrics
    if metric and known and metric.split(".")[0] not in known:
        yield UNPROMISED_METRIC.warning(
            f"{gate.name} judges '{metric}', which {binding.producer} does not promise to write",
            fix=did_you_mean(metric, known, what="promised metrics"),
            place=gate.section.where(("metric",)),
        )


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
    config = contract.quality.config
    for name, text, place in _values(node):
        if name in config.ranges:
            bounds, number = config.ranges[name], _number(text)
            if number is None or bounds.excludes(number):
                low, high = ("any" if end is None else f"{end:g}" for end in (bounds.minimum, bounds.maximum))
                problem = "not a number" if number is None else f"outside {low} to {high}"
                yield CONFIG_CONTRACT.error(
                    f"{node.name}: {name} is {text}, {problem}",
                    fix=f"choose a number from {low} to {high}",
                    place=place,
                )
        if name in config.allowed and text not in config.allowed[name]:
            yield CONFIG_CONTRACT.error(
                f"{node.name}: {name} is '{text}'",
                fix=f"use one of {', '.join(config.allowed[name])}",
                place=place,
            )


def _values(node: Node) -> Iterator[tuple[str, str, Place]]:
    """Every setting of the script as text, and where it stands; of one that is varied, all that it can be."""
    varied = searched(node.config)
    for name, text in node.script_settings.items():
        if name not in varied:
            yield name, text, _place(node, name)
    for name, values in varied.items():
        for text, path in values:
            yield name, text, node.section.where(path)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _place(node: Node, name: str) -> Place:
    """Where the config sets a setting of the script, or could."""
    path = field_paths(type(node.config)).get(name.lower())
    return node.section.where(tuple(path.split(".")) if path else ("hyperparameters", name))
