"""The dependency resolver: which output feeds which input, and why.

For each consumer the candidates are the outputs of the nodes that an edge leads from. Gates decide who is
a candidate, the score how good it is, and a maximum-weight matching assigns each output at most once. A
choice that is too close to call is an error, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pipeline_deps.dag import Edge, PipelineDAG
from pipeline_deps.gates import gate_failures
from pipeline_deps.matching import Assignment, assign
from pipeline_deps.rules import (
    AMBIGUOUS_INPUT,
    DISCONNECTED,
    INPUT_WIRED_TWICE,
    MISSING_INPUT,
    PORTS_DO_NOT_FIT,
    UNKNOWN_PORT,
)
from pipeline_deps.scoring import score
from pipeline_deps.specification import DependencySpec, OutputSpec
from pipeline_deps.wiring import Binding, Candidate, ResolvableNode, Wiring, WiringError
from script_contracts.core.diagnostics import (
    Diagnostic,
    has_errors,
    raise_errors,
)
from script_contracts.core.suggestions import did_you_mean


def resolve(dag: PipelineDAG, nodes: Mapping[str, ResolvableNode]) -> Wiring:
    """Wire every input of every node.

    Raises:
        GraphError: if `dag` is not a directed acyclic graph.
        WiringError: with every missing, ambiguous or mismatched input.
    """
    order = dag.order()
    incoming: dict[str, list[Edge]] = {name: [] for name in dag.nodes}
    for edge in sorted(dag.edges, key=str):
        incoming[edge.consumer].append(edge)
    outcomes = [_Consumer(nodes[name], incoming[name], nodes).resolve() for name in order]
    raise_errors((each for outcome in outcomes for each in outcome.diagnostics), WiringError)
    return Wiring(
        bindings=tuple(each for outcome in outcomes for each in outcome.bindings),
        order_only=tuple(each for outcome in outcomes for each in outcome.order_only),
        unwired={key: value for outcome in outcomes for key, value in outcome.unwired.items()},
        diagnostics=tuple(each for outcome in outcomes for each in outcome.diagnostics),
    )


class _Consumer:
    """The wiring of one node's inputs."""

    def __init__(self, node: ResolvableNode, edges: list[Edge], nodes: Mapping[str, ResolvableNode]) -> None:
        self.node, self.edges, self.nodes = node, edges, nodes
        self.open = [each for each in node.spec.dependencies if each.logical_name not in node.provided]
        self.diagnostics: list[Diagnostic] = []
        self.faulty: list[Edge] = []  # edges with an error of their own

    def resolve(self) -> Wiring:
        pinned = self._pinned()
        self._wired_twice(pinned)
        taken = {(each.producer, each.output): each.dependency for each in pinned.values()}
        offers = {
            dependency.logical_name: self._candidates(dependency, taken)
            for dependency in self.open
            if dependency.logical_name not in pinned
        }
        assignment = assign(
            {name: self._weights(name, candidates) for name, candidates in offers.items()},
            required={each.logical_name for each in self.open if each.required},
        )
        bindings, unwired = list(pinned.values()), {}
        for name, candidates in offers.items():
            chosen = self._chosen(name, candidates, assignment)
            if chosen:
                bindings.append(
                    Binding(self.node.name, name, chosen.producer, chosen.output, False, candidates)
                )
            else:
                unwired[self.node.name, name] = candidates
        wired = tuple(sorted(bindings, key=lambda each: self._position(each.dependency)))
        self._check_named_ports(wired, offers)
        order_only = tuple(dict.fromkeys(self._order_only({each.producer for each in wired})))
        return Wiring(wired, order_only, unwired, tuple(self.diagnostics))

    def _pinned(self) -> dict[str, Binding]:
        """Inputs whose edge names both ports."""
        pinned: dict[str, Binding] = {}
        for edge in self.edges:
            output, dependency = self._named_ports(edge)
            if output is None or dependency is None:
                continue
            name = dependency.logical_name
            producer = self.nodes[edge.producer]
            failures = gate_failures(producer.spec, output, self.node.spec, dependency, explicit=True)
            if failures:
                self._fault(
                    edge,
                    PORTS_DO_NOT_FIT.error(
                        f"'{edge}': {output.logical_name} {'; '.join(failures)}",
                        fix="name ports of the same type, or none and let them be inferred",
                        place=edge.place,
                    ),
                )
            elif name not in pinned and name not in self.node.provided:
                candidate = Candidate(edge.producer, output.logical_name, (), score(output, dependency))
                pinned[name] = Binding(
                    self.node.name, name, edge.producer, output.logical_name, True, (candidate,)
                )
        return pinned

    def _wired_twice(self, pinned: Mapping[str, Binding]) -> None:
        """An error for each edge that names an input which the config or another edge feeds."""
        for edge in self.edges:
            dependency = self.node.spec.dependency(edge.dependency) if edge.dependency else None
            if dependency is None or edge in self.faulty:
                continue
            name = dependency.logical_name
            if name in self.node.provided:
                feeder = "the config"
            elif name in pinned and not self._agrees(edge, pinned[name]):
                feeder = f"{pinned[name].producer}.{pinned[name].output}"
            else:
                continue
            self._fault(
                edge,
                INPUT_WIRED_TWICE.error(
                    f"'{edge}': {self.node.name}.{name} is already fed by {feeder}",
                    fix="keep one source for the input",
                    place=edge.place,
                ),
            )

    def _agrees(self, edge: Edge, binding: Binding) -> bool:
        """Whether `binding` is what `edge` says, as far as it says anything."""
        output = self.nodes[edge.producer].spec.output(edge.output) if edge.output else None
        dependency = self.node.spec.dependency(edge.dependency) if edge.dependency else None
        return (
            edge.producer == binding.producer
            and (output is None or output.logical_name == binding.output)
            and (dependency is None or dependency.logical_name == binding.dependency)
        )

    def _check_named_ports(
        self, wired: tuple[Binding, ...], offers: Mapping[str, tuple[Candidate, ...]]
    ) -> None:
        """An error for each edge whose one named port ended up unused, though nothing else is wrong."""
        if self.diagnostics:
            return  # they say why
        for edge in self.edges:
            if not (edge.output or edge.dependency) or any(self._agrees(edge, each) for each in wired):
                continue
            considered = [
                f"{name}: {each}"
                for name, candidates in offers.items()
                for each in candidates
                if each.producer == edge.producer
            ]
            self._fault(
                edge,
                PORTS_DO_NOT_FIT.error(
                    f"'{edge}' names a port, but nothing was wired to it",
                    fix="name the ports at both ends, or none and let them be inferred",
                    place=edge.place,
                    details=considered,
                ),
            )

    def _fault(self, edge: Edge, diagnostic: Diagnostic) -> None:
        self.faulty.append(edge)
        self.diagnostics.append(diagnostic)

    def _named_ports(self, edge: Edge) -> tuple[OutputSpec | None, DependencySpec | None]:
        """The ports that an edge names, with a diagnostic for each that does not exist."""
        producer = self.nodes[edge.producer].spec
        output = producer.output(edge.output) if edge.output else None
        dependency = self.node.spec.dependency(edge.dependency) if edge.dependency else None
        for given, found, spec, kind, ports in (
            (edge.output, output, producer, "output", producer.outputs),
            (edge.dependency, dependency, self.node.spec, "input", self.node.spec.dependencies),
        ):
            if given and found is None:
                self._fault(
                    edge,
                    UNKNOWN_PORT.error(
                        f"'{edge}': {spec.name} has no {kind} '{given}'",
                        fix=did_you_mean(given, [port.logical_name for port in ports], what=f"{kind}s"),
                        place=edge.place,
                    ),
                )
        return output, dependency

    def _candidates(
        self, dependency: DependencySpec, taken: Mapping[tuple[str, str], str]
    ) -> tuple[Candidate, ...]:
        """Every output that an edge offers to `dependency`, with its score or the gates it failed.

        Args:
            taken: output -> the input that an edge with both ports wires it to.
        """
        found: dict[tuple[str, str], Candidate] = {}
        for edge in self.edges:
            if edge.output and edge.dependency:
                continue  # pinned, or already reported
            if edge.dependency and edge.dependency not in dependency.names:
                continue
            producer = self.nodes[edge.producer].spec
            for output in producer.outputs:
                if edge.output and edge.output not in output.names:
                    continue
                failures = gate_failures(producer, output, self.node.spec, dependency)
                if (edge.producer, output.logical_name) in taken:
                    failures += (f"an edge wires it to {taken[edge.producer, output.logical_name]}",)
                found[edge.producer, output.logical_name] = Candidate(
                    edge.producer,
                    output.logical_name,
                    failures,
                    None if failures else score(output, dependency),
                )
        ranked = sorted(found.values(), key=lambda each: (each.producer, each.output))
        return tuple(sorted(ranked, key=lambda each: -(each.score.total if each.score else -1.0)))

    @staticmethod
    def _weights(name: str, candidates: Iterable[Candidate]) -> dict[tuple[str, str], float]:
        return {(each.producer, each.output): each.score.total for each in candidates if each.score}

    def _chosen(
        self, name: str, candidates: tuple[Candidate, ...], assignment: Assignment
    ) -> Candidate | None:
        """The candidate that `name` gets, or None with a diagnostic where that is an error."""
        rivals, contested = assignment.rivals.get(name), assignment.contested.get(name)
        chosen = {(each.producer, each.output): each for each in candidates}.get(
            assignment.chosen.get(name, ("", ""))
        )
        dependency = self.node.spec.dependency(name)
        assert dependency is not None
        if chosen is not None and (rivals or contested):
            outputs = [".".join(each) for each in rivals or [(chosen.producer, chosen.output)]]
            ports = [f"{self.node.name}.{each}" for each in sorted((name, *(contested or ())))]
            self.diagnostics.append(
                AMBIGUOUS_INPUT.error(
                    f"{ports[0]}: {' and '.join(outputs)} fit equally well"
                    if rivals
                    else f"{outputs[0]} fits the inputs {' and '.join(ports)} equally well",
                    fix=f"name the ports on the edge, for example '{outputs[0]} -> {ports[0]}'",
                    place=self.node.place,
                    details=[str(each) for each in candidates],
                )
            )
        elif chosen is None and dependency.required and not self._explained(dependency):
            self.diagnostics.append(self._missing(dependency, candidates, assignment))
        return chosen

    def _explained(self, dependency: DependencySpec) -> bool:
        """Whether an edge that was to feed `dependency` has an error already."""
        return any(
            edge.dependency is None or self.node.spec.dependency(edge.dependency) in (None, dependency)
            for edge in self.faulty
        )

    def _missing(
        self, dependency: DependencySpec, candidates: tuple[Candidate, ...], assignment: Assignment
    ) -> Diagnostic:
        feeds = {output: name for name, output in assignment.chosen.items()}
        sources = (
            " or ".join(dependency.compatible_sources) or f"a step with a {dependency.type.value} output"
        )
        unexpected = next((each for each in candidates if self._only_unexpected(each, dependency)), None)
        fix = f"add an edge from {sources} to {self.node.name}"
        if unexpected is not None:
            port, wanted = f"{unexpected.producer}.{unexpected.output}", dependency.logical_name
            fix += f"; if {port} is what it needs, name both ports: '{port} -> {self.node.name}.{wanted}'"
        return MISSING_INPUT.error(
            f"{self.node.name}: nothing feeds the required input '{dependency.logical_name}'",
            fix=fix,
            place=self.node.place,
            details=[
                f"considered {each}"
                + (f", but it feeds {feeds[each.producer, each.output]}" if each.score else "")
                for each in candidates
            ]
            or [f"no edge leads to {self.node.name} from a step with outputs"],
        )

    def _only_unexpected(self, candidate: Candidate, dependency: DependencySpec) -> bool:
        """Whether nothing is against a candidate but that the input expects other steps."""
        producer = self.nodes[candidate.producer].spec
        output = producer.output(candidate.output)
        anyone = dependency.model_copy(update={"compatible_sources": ()})
        return (
            len(candidate.failures) == 1
            and output is not None
            and not gate_failures(producer, output, self.node.spec, anyone)
        )

    def _order_only(self, carrying: set[str]) -> Iterator[tuple[str, str]]:
        unfinished = has_errors(self.diagnostics)  # an edge without data may be one that an error is about
        for edge in self.edges:
            if edge.producer in carrying or edge in self.faulty:
                continue
            could_carry = self.nodes[edge.producer].spec.outputs and self.node.spec.dependencies
            if could_carry and not unfinished:
                note = DISCONNECTED.note(
                    f"'{edge}' carries no data: it only makes {edge.consumer} wait",
                    fix="run 'explain' to see why no port fits, or remove the edge",
                    place=edge.place,
                )
                if note not in self.diagnostics:
                    self.diagnostics.append(note)
            yield edge.producer, edge.consumer

    def _position(self, dependency: str) -> int:
        return [each.logical_name for each in self.node.spec.dependencies].index(dependency)
