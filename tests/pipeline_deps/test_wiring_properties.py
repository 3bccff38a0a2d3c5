"""What holds for the wiring of any graph."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_deps.gates import gate_failures
from pipeline_deps.specification import StepSpecification
from pipeline_deps.wiring import Wiring, WiringError
from tests.strategies import IRRELEVANT, gives, graphs, outcome, step, wire, wires

Graph = tuple[dict[str, StepSpecification], tuple[str, ...]]
thorough = settings(max_examples=60)


def answer(graph: Graph) -> Wiring | str:
    """The wiring, or every word of the refusal."""
    try:
        return wire(*graph)
    except WiringError as error:
        return str(error)


def attempt(graph: Graph) -> Wiring | None:
    try:
        return wire(*graph)
    except WiringError:
        return None


@given(graphs(), st.data())
@thorough
def test_wiring_does_not_depend_on_any_order(graph: Graph, data: st.DataObject) -> None:
    specs, edges = graph
    shuffled = {
        name: specs[name].model_copy(
            update={
                "dependencies": tuple(data.draw(st.permutations(specs[name].dependencies))),
                "outputs": tuple(data.draw(st.permutations(specs[name].outputs))),
            }
        )
        for name in data.draw(st.permutations(list(specs)))
    }
    assert outcome(shuffled, data.draw(st.permutations(edges))) == outcome(specs, edges)


@given(graphs(), st.data())
@thorough
def test_the_whole_answer_is_the_same_for_reordered_nodes_and_edges(
    graph: Graph, data: st.DataObject
) -> None:
    specs, edges = graph
    nodes = data.draw(st.permutations(list(specs)))
    other = ({name: specs[name] for name in nodes}, tuple(data.draw(st.permutations(edges))))
    assert answer(other) == answer(graph)


@given(graphs())
@thorough
def test_every_wire_is_lawful(graph: Graph) -> None:
    specs, edges = graph
    wiring = attempt(graph)
    if wiring is None:
        return
    used = Counter((each.producer, each.output, each.consumer) for each in wiring.bindings)
    assert not [key for key, count in used.items() if count > 1], "one output feeds one input of a consumer"
    for producer, output, consumer, dependency in wires(wiring):
        assert f"{producer} -> {consumer}" in edges
        given_port, wanted = specs[producer].output(output), specs[consumer].dependency(dependency)
        assert given_port is not None
        assert wanted is not None
        assert gate_failures(specs[producer], given_port, specs[consumer], wanted) == ()
    fed = {(each.consumer, each.dependency) for each in wiring.bindings}
    for name, spec in specs.items():
        for dependency in spec.dependencies:
            key = (name, dependency.logical_name)
            assert (key in fed) != (key in wiring.unwired)
            assert key in fed or not dependency.required
    carrying = {(each.producer, each.consumer) for each in wiring.bindings}
    assert sorted([*carrying, *wiring.order_only]) == sorted(tuple(edge.split(" -> ")) for edge in edges)


@given(graphs(), st.data())
@thorough
def test_an_irrelevant_producer_changes_nothing(graph: Graph, data: st.DataObject) -> None:
    specs, edges = graph
    wiring = attempt(graph)
    if wiring is None:
        return
    consumers = data.draw(st.lists(st.sampled_from(sorted(specs)), unique=True))
    name = data.draw(st.sampled_from(["A0", "Z9"]))
    noise = step("Noise", *(gives(each, IRRELEVANT) for each in ("data", "model", "metrics")))
    more = wire({**specs, name: noise}, [*edges, *(f"{name} -> {each}" for each in consumers)])
    assert wires(more) == wires(wiring)


@given(graphs())
@thorough
def test_the_wires_written_out_as_edges_wire_the_same(graph: Graph) -> None:
    specs, _ = graph
    wiring = attempt(graph)
    if wiring is None:
        return
    explicit = [f"{p}.{o} -> {c}.{d}" for p, o, c, d in wires(wiring)]
    assert wires(wire(specs, explicit)) == wires(wiring)


@given(graphs())
@thorough
def test_every_refusal_says_what_and_how(graph: Graph) -> None:
    try:
        wire(*graph)
    except WiringError as error:
        for problem in error.diagnostics:
            assert problem.code in {"PC310", "PC311", "PC314"}
            assert problem.message
            assert problem.fix
            assert problem.details or problem.code == "PC314", "every candidate is listed"
