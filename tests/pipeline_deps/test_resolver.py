"""The resolver: gates, choices, ties, explicit ports and what it says when it cannot wire."""

from __future__ import annotations

import pytest

from pipeline_deps.dag import GraphError, PipelineDAG, edges_from, parse_edge
from pipeline_deps.resolver import resolve
from pipeline_deps.specification import StepSpecification
from pipeline_deps.vocabulary import JobType
from pipeline_deps.wiring import ResolvableNode, WiringError
from script_contracts.core.diagnostics import Diagnostic, Place, Severity
from tests.strategies import METRICS, MODEL, gives, needs, step, wire, wires

LOAD = step("Load", gives("data"))
TRAIN = step("Train", needs("data"), gives("model", MODEL))


def refused(
    specs: dict[str, StepSpecification], *edges: str, **provided: tuple[str, ...]
) -> tuple[Diagnostic, ...]:
    with pytest.raises(WiringError) as caught:
        wire(specs, edges, provided)
    return caught.value.diagnostics


def test_an_edge_is_wired_by_what_its_ends_are() -> None:
    wiring = wire({"L": LOAD, "T": TRAIN}, ["L -> T"])
    assert wires(wiring) == {("L", "data", "T", "data")}
    assert wiring.order_only == ()
    assert wiring.diagnostics == ()
    (binding,) = wiring.inputs_of("T").values()
    assert not binding.explicit
    assert [str(each) for each in binding.candidates] == ["L.data: score 0.75"]


def test_only_edges_make_candidates() -> None:
    specs = {"L": LOAD, "M": step("More", gives("data")), "T": TRAIN}
    assert wires(wire(specs, ["L -> T"])) == {("L", "data", "T", "data")}


def test_the_better_name_wins_and_the_loser_is_shown() -> None:
    producer = step("P", gives("data"), gives("raw_table"))
    wiring = wire({"P": producer, "T": TRAIN}, ["P -> T"])
    (binding,) = wiring.bindings
    assert (binding.output, [each.output for each in binding.candidates]) == ("data", ["data", "raw_table"])


def test_an_alias_wires_names_that_share_no_word() -> None:
    producer = step("P", gives("zzz", MODEL, aliases=("model_input",)), gives("model_data", MODEL))
    wiring = wire({"P": producer, "C": step("C", needs("model_input", MODEL))}, ["P -> C"])
    assert wires(wiring) == {("P", "zzz", "C", "model_input")}


def test_one_output_feeds_one_input() -> None:
    producer = step("P", gives("train_data"), gives("test_data"))
    consumer = step("C", needs("test_data"), needs("train_data"))
    assert wires(wire({"P": producer, "C": consumer}, ["P -> C"])) == {
        ("P", "train_data", "C", "train_data"),
        ("P", "test_data", "C", "test_data"),
    }


def test_an_exact_name_is_not_given_up_for_an_optional_input() -> None:
    producer = step("P", gives("data"), gives("table"))
    consumer = step("C", needs("data"), needs("datum", required=False))
    wiring = wire({"P": producer, "C": consumer}, ["P -> C"])
    assert ("P", "data", "C", "data") in wires(wiring)


def test_a_second_consumer_may_have_the_same_output() -> None:
    wiring = wire({"L": LOAD, "T": TRAIN, "U": TRAIN}, ["L -> T", "L -> U"])
    assert len(wiring.bindings) == 2


def test_candidates_come_best_first_then_by_name() -> None:
    ports = (gives("zz", METRICS), gives("yy", METRICS), gives("table"), gives("data"))
    consumer = step("C", needs("data"))
    for outputs in (ports, (ports[1], ports[0], *ports[:1:-1])):
        wiring = wire(
            {"B": step("P", *outputs), "A": step("P", *outputs[:2]), "C": consumer}, ["B -> C", "A -> C"]
        )
        (binding,) = wiring.bindings
        shown = [f"{each.producer}.{each.output}" for each in binding.candidates]
        assert shown == ["B.data", "B.table", "A.yy", "A.zz", "B.yy", "B.zz"]


def test_bindings_come_in_order_of_declaration() -> None:
    consumer = step("C", needs("b"), needs("a"), needs("c"))
    producer = step("P", gives("a"), gives("b"), gives("c"))
    wiring = wire({"P": producer, "C": consumer}, ["P -> C"])
    assert list(wiring.inputs_of("C")) == ["b", "a", "c"]


# --- what is missing


def test_a_missing_input_lists_every_candidate_with_its_reason() -> None:
    consumer = step(
        "C", needs("model", MODEL, compatible_sources=("Fit",), source_job_types=(JobType.TRAINING,))
    )
    specs = {
        "A": step("A", gives("model", MODEL), job="testing"),
        "B": step("B", gives("data"), gives("metrics", METRICS)),
        "C": consumer,
    }
    (problem,) = refused(specs, "A -> C", "B -> C")
    assert problem.code == "PC310"
    assert "C: nothing feeds the required input 'model'" in problem.message
    assert problem.fix == "add an edge from Fit to C"
    assert problem.details == (
        "considered A.model: A is not among its compatible sources (Fit); job type is testing, not training",
        "considered B.data: carries dataset, not model; B is not among its compatible sources (Fit)",
        "considered B.metrics: carries metrics, not model; B is not among its compatible sources (Fit)",
    )


def test_a_missing_input_without_any_edge_says_so() -> None:
    (problem,) = refused({"T": TRAIN})
    assert problem.code == "PC310"
    assert problem.details == ("no edge leads to T from a step with outputs",)
    assert problem.fix == "add an edge from a step with a dataset output to T"


def test_a_candidate_that_feeds_another_input_says_which() -> None:
    consumer = step("C", needs("data"), needs("table"))
    (problem,) = refused({"L": LOAD, "C": consumer}, "L -> C")
    assert problem.code == "PC310"
    assert "'table'" in problem.message
    assert problem.details[0].endswith(", but it feeds data")


def test_the_problems_of_all_consumers_come_at_once() -> None:
    specs = {"L": LOAD, "T": TRAIN, "U": TRAIN, "V": step("V", needs("m", MODEL), needs("x", METRICS))}
    assert [each.code for each in refused(specs, "L -> T")] == ["PC310", "PC310", "PC310"]


def test_an_optional_input_may_stay_empty_and_says_what_was_considered() -> None:
    consumer = step("C", needs("data"), needs("metrics", METRICS, required=False))
    wiring = wire({"L": LOAD, "C": consumer}, ["L -> C"])
    assert wires(wiring) == {("L", "data", "C", "data")}
    (candidate,) = wiring.unwired["C", "metrics"]
    assert candidate.failures == ("carries dataset, not metrics",)


def test_an_optional_input_is_bound_where_every_gate_is_passed() -> None:
    consumer = step("C", needs("data", required=False, compatible_sources=("Load",)))
    assert wires(wire({"L": LOAD, "C": consumer}, ["L -> C"]))
    other = {"O": step("Other", gives("data")), "C": consumer}
    assert not wires(wire(other, ["O -> C"]))


# --- what is ambiguous


def test_a_tie_names_both_and_the_edge_that_settles_it() -> None:
    specs = {"A": LOAD, "B": LOAD, "T": TRAIN}
    (problem,) = refused(specs, "A -> T", "B -> T")
    assert problem.code == "PC311"
    assert problem.message == "T.data: A.data and B.data fit equally well"
    assert problem.details == ("A.data: score 0.75", "B.data: score 0.75")
    assert "'A.data -> T.data'" in problem.fix
    assert wires(wire(specs, ["A.data -> T.data", "B -> T"])) == {("A", "data", "T", "data")}


def test_a_tie_for_an_optional_input_is_an_error_too() -> None:
    specs = {"A": LOAD, "B": LOAD, "C": step("C", needs("data", required=False))}
    assert [each.code for each in refused(specs, "A -> C", "B -> C")] == ["PC311"]


def test_two_inputs_that_want_one_output_are_not_decided_by_chance() -> None:
    consumer = step("C", needs("left_table", required=False), needs("right_table", required=False))
    specs = {"P": step("P", gives("table")), "C": consumer}
    (problem,) = refused(specs, "P -> C")
    assert problem.code == "PC311"
    assert "P.table fits the inputs" in problem.message
    assert "left_table" in problem.message
    assert "right_table" in problem.message
    assert len(wires(wire(specs, [settling_edge(problem)]))) == 1


def settling_edge(problem: Diagnostic) -> str:
    return problem.fix.split("'")[1]


TIES: dict[str, tuple[dict[str, StepSpecification], list[str]]] = {
    "two producers": ({"A": LOAD, "B": LOAD, "T": TRAIN}, ["A -> T", "B -> T"]),
    "three producers": ({"A": LOAD, "B": LOAD, "D": LOAD, "T": TRAIN}, ["A -> T", "B -> T", "D -> T"]),
    "two outputs of one step": (
        {"A": step("A", gives("x1"), gives("x2")), "T": step("T", needs("x"))},
        ["A -> T"],
    ),
    "a swap": (
        {"A": step("A", gives("p"), gives("o")), "T": step("T", needs("q"), needs("r"))},
        ["A -> T"],
    ),
    "two inputs, two producers": (
        {"A": LOAD, "B": LOAD, "T": step("T", needs("left"), needs("right"))},
        ["A -> T", "B -> T"],
    ),
    "several ports of both": (
        {
            "A": step("A", gives("data"), gives("metrics", METRICS)),
            "B": step("A", gives("data"), gives("metrics", METRICS)),
            "T": step("T", needs("data"), needs("metrics", METRICS, required=False)),
        },
        ["A -> T", "B -> T"],
    ),
}


@pytest.mark.parametrize(("specs", "edges"), TIES.values(), ids=TIES)
def test_the_suggested_edges_really_settle_a_tie(
    specs: dict[str, StepSpecification], edges: list[str]
) -> None:
    edges = list(edges)
    settled: list[str] = []
    for _ in range(4):
        try:
            wiring = wire(specs, edges)
            break
        except WiringError as error:
            problem = error.diagnostics[0]
            assert problem.code == "PC311"
            edge = settling_edge(problem)
            assert edge not in settled, "a suggestion that was followed is not made again"
            settled.append(edge)
            edges.append(edge)
    else:
        pytest.fail("suggestions do not come to an end")
    assert settled
    found = {f"{p}.{o} -> {c}.{d}" for p, o, c, d in wires(wiring)}
    assert set(settled) <= found
    outputs = [wire[:2] for wire in wires(wiring)]
    assert len(outputs) == len(set(outputs))


# --- edges that name ports


def test_both_ports_override_names_sources_and_job_types() -> None:
    producer = step("P", gives("data"), gives("zzz"), job="testing")
    consumer = step("C", needs("data", compatible_sources=("Other",)), job="training")
    wiring = wire({"P": producer, "C": consumer}, ["P.zzz -> C.data"])
    (binding,) = wiring.bindings
    assert (binding.output, binding.explicit) == ("zzz", True)


def test_ports_may_be_named_by_alias() -> None:
    producer = step("P", gives("long_name", aliases=("short",)))
    consumer = step("C", needs("input_name", aliases=("in",)))
    wiring = wire({"P": producer, "C": consumer}, ["P.short -> C.in"])
    assert wires(wiring) == {("P", "long_name", "C", "input_name")}


def test_named_ports_must_still_carry_the_same_thing() -> None:
    (problem,) = refused({"L": LOAD, "C": step("C", needs("model", MODEL))}, "L.data -> C.model")
    assert problem.code == "PC312"
    assert "'L.data -> C.model'" in problem.message
    assert "carries dataset, not model" in problem.message
    assert problem.fix


def test_one_output_may_feed_two_inputs_if_edges_say_so() -> None:
    consumer = step("C", needs("left"), needs("right"))
    wiring = wire({"L": LOAD, "C": consumer}, ["L.data -> C.left", "L.data -> C.right"])
    assert len(wiring.bindings) == 2


def test_an_output_that_an_edge_wires_is_not_wired_again_by_inference() -> None:
    consumer = step("C", needs("left"), needs("data", required=False))
    wiring = wire({"L": LOAD, "C": consumer}, ["L.data -> C.left", "L -> C"])
    assert wires(wiring) == {("L", "data", "C", "left")}
    (candidate,) = wiring.unwired["C", "data"]
    assert candidate.failures == ("an edge wires it to left",)


@pytest.mark.parametrize(
    ("edge", "expected"),
    [("P.table -> C", ("P", "table", "C", "data")), ("P -> C.data", ("P", "data", "C", "data"))],
)
def test_one_port_narrows_the_choice(edge: str, expected: tuple[str, str, str, str]) -> None:
    producer = step("P", gives("data"), gives("table"))
    consumer = step("C", needs("data"), needs("more", required=False))
    assert wires(wire({"P": producer, "C": consumer}, [edge])) == {expected}


@pytest.mark.parametrize(
    ("edge", "named", "fix"),
    [
        ("L.dta -> C.table", "Load has no output 'dta'", "did you mean 'data'?"),
        ("L.dta -> C", "Load has no output 'dta'", "did you mean 'data'?"),
        ("L.data -> C.tabel", "Consume has no input 'tabel'", "did you mean 'table'?"),
        ("L -> C.zzzzzz", "Consume has no input 'zzzzzz'", "use one of the inputs: table"),
    ],
)
def test_a_port_that_does_not_exist_is_the_only_error(edge: str, named: str, fix: str) -> None:
    (problem,) = refused({"L": LOAD, "C": step("Consume", needs("table"))}, edge)
    assert problem.code == "PC305"
    assert named in problem.message
    assert f"'{edge}'" in problem.message
    assert problem.fix == fix


def test_both_wrong_ports_of_an_edge_are_reported() -> None:
    problems = refused({"L": LOAD, "C": step("C", needs("table"))}, "L.x -> C.y")
    assert [each.code for each in problems] == ["PC305", "PC305"]


def test_an_error_on_one_edge_does_not_hide_another_missing_input() -> None:
    consumer = step("C", needs("data"), needs("model", MODEL))
    problems = refused({"L": LOAD, "C": consumer}, "L.dta -> C.data")
    assert [each.code for each in problems] == ["PC305", "PC310"]
    assert "'model'" in problems[1].message


@pytest.mark.parametrize("edge", ["L.data -> C", "L -> C.metrics"])
def test_a_port_that_is_named_and_cannot_be_used_is_an_error(edge: str) -> None:
    consumer = step("C", needs("metrics", METRICS, required=False))
    (problem,) = refused({"L": LOAD, "C": consumer}, edge)
    assert problem.code == "PC312"
    assert f"'{edge}'" in problem.message
    assert problem.details == ("metrics: L.data: carries dataset, not metrics",)


def test_every_unused_port_is_reported() -> None:
    consumer = step("C", needs("metrics", METRICS, required=False))
    problems = refused({"L": LOAD, "M": LOAD, "C": consumer}, "L.data -> C", "M -> C.metrics")
    assert [each.code for each in problems] == ["PC312", "PC312"]


# --- inputs with two sources


@pytest.mark.parametrize("second", ["B.data -> T.data", "B -> T.data"])
def test_two_edges_that_name_one_input(second: str) -> None:
    (problem,) = refused({"A": LOAD, "B": LOAD, "T": TRAIN}, "A.data -> T.data", second)
    assert problem.code == "PC313"
    assert "already fed by A.data" in problem.message
    assert "one source" in problem.fix


def test_the_same_edge_twice_is_harmless() -> None:
    assert len(wire({"L": LOAD, "T": TRAIN}, ["L.data -> T.data", "L.data -> T.data"]).bindings) == 1
    assert len(wire({"L": LOAD, "T": TRAIN}, ["L -> T", "L -> T"]).bindings) == 1


def test_an_input_of_the_config_needs_no_edge_and_gets_none() -> None:
    consumer = step("C", needs("data"), needs("other"))
    wiring = wire({"L": LOAD, "C": consumer}, ["L -> C"], {"C": ("data",)})
    assert wires(wiring) == {("L", "data", "C", "other")}


@pytest.mark.parametrize("edge", ["L.data -> T.data", "L -> T.data"])
def test_an_edge_and_the_config_cannot_feed_one_input(edge: str) -> None:
    (problem,) = refused({"L": LOAD, "T": TRAIN}, edge, T=("data",))
    assert problem.code == "PC313"
    assert "already fed by the config" in problem.message


# --- edges that carry no data


def test_an_edge_without_data_orders_and_says_so() -> None:
    specs = {"L": LOAD, "T": TRAIN, "M": step("M", needs("data"), gives("metrics", METRICS))}
    wiring = wire(specs, ["L -> T", "L -> M", "M -> T"])
    assert wiring.order_only == (("M", "T"),)
    (note,) = wiring.diagnostics
    assert (note.code, note.severity) == ("PC314", Severity.NOTE)
    assert "'M -> T' carries no data" in note.message


def test_edges_that_can_carry_nothing_need_no_note() -> None:
    specs = {"L": LOAD, "S": step("S"), "M": step("More", gives("data"))}
    wiring = wire(specs, ["L -> S", "S -> M"])
    assert set(wiring.order_only) == {("S", "M"), ("L", "S")}
    assert wiring.diagnostics == ()


def test_an_order_edge_written_twice_counts_once() -> None:
    specs = {"L": LOAD, "S": step("S"), "T": TRAIN, "M": step("M", gives("metrics", METRICS))}
    wiring = wire(specs, ["L -> S", "L -> S", "L -> T", "M -> T", "M -> T"])
    assert sorted(wiring.order_only) == [("L", "S"), ("M", "T")]
    assert len(wiring.diagnostics) == 1


def test_an_edge_beside_a_data_edge_is_no_order_edge() -> None:
    producer = step("P", gives("data"), gives("metrics", METRICS))
    consumer = step("C", needs("data"), needs("metrics", METRICS, required=False))
    wiring = wire({"P": producer, "C": consumer}, ["P.data -> C.data", "P -> C"])
    assert len(wiring.bindings) == 2
    assert wiring.order_only == ()


# --- graphs that are none


@pytest.mark.parametrize("edges", [["A -> B", "B -> A"], ["A -> X"], ["X -> B"]])
def test_what_is_no_graph_is_refused_as_such(edges: list[str]) -> None:
    specs = {"A": LOAD, "B": TRAIN}
    dag = PipelineDAG(tuple(specs), edges_from(edges))
    with pytest.raises(GraphError):
        resolve(dag, {name: ResolvableNode(name, spec) for name, spec in specs.items()})


def test_problems_are_placed_at_the_node_or_edge() -> None:
    node, edge = Place("t.yaml", 4), Place("t.yaml", 9)
    parsed = parse_edge("A.x -> B", edge)
    assert not isinstance(parsed, Diagnostic)
    nodes = {
        "A": ResolvableNode("A", LOAD),
        "B": ResolvableNode("B", TRAIN),
        "C": ResolvableNode("C", TRAIN, (), node),
    }
    with pytest.raises(WiringError) as caught:
        resolve(PipelineDAG(("A", "B", "C"), (parsed,)), nodes)
    assert {each.code: each.place for each in caught.value.diagnostics} == {"PC305": edge, "PC310": node}
