from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_deps.dag import Edge, GraphError, PipelineDAG, edges_from, parse_edge
from script_contracts.core.diagnostics import Diagnostic, Place
from tests.strategies import digraphs


@pytest.mark.parametrize(
    ("text", "edge"),
    [
        ("A -> B", Edge("A", "B")),
        ("A->B", Edge("A", "B")),
        ("  A  ->  B  ", Edge("A", "B")),
        ("A.out -> B", Edge("A", "B", "out")),
        ("A -> B.in", Edge("A", "B", None, "in")),
        ("A.out -> B.in", Edge("A", "B", "out", "in")),
        ("Load_training.DATA -> my-step_2.x", Edge("Load_training", "my-step_2", "DATA", "x")),
    ],
)
def test_edges_are_read_and_written(text: str, edge: Edge) -> None:
    assert parse_edge(text) == edge
    assert parse_edge(str(edge)) == edge


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "A B",
        "A -> ",
        "-> B",
        "A => B",
        "A -> B -> C",
        "A. -> B",
        "A.x.y -> B",
        "A -> A",
        "A.x -> A.y",
    ],
)
def test_what_is_no_edge_is_refused(text: str) -> None:
    problem = parse_edge(text, Place("t.yaml", 7))
    assert isinstance(problem, Diagnostic)
    assert problem.code == "PC304"
    assert f"'{text}'" in problem.message
    assert "Producer -> Consumer" in problem.fix
    assert problem.place.line == 7


def test_every_bad_edge_is_reported_at_once() -> None:
    with pytest.raises(GraphError) as caught:
        edges_from(["A -> B", "A => B", "B"])
    assert caught.value.codes == ("PC304", "PC304")


def test_an_unknown_node_gets_a_suggestion() -> None:
    dag = PipelineDAG(("Load", "Train"), edges_from(["Lod -> Train", "Load -> Evaluate"]))
    first, second = dag.problems()
    assert (first.code, second.code) == ("PC302", "PC302")
    assert "'Lod -> Train'" in first.message
    assert "'Lod'" in first.message
    assert first.fix == "did you mean 'Load'?"
    assert second.fix == "use one of the nodes: Load, Train"


def test_problems_of_several_kinds_come_together() -> None:
    dag = PipelineDAG(("A", "B", "B"), edges_from(["A -> B", "B -> A", "A -> C"]))
    with pytest.raises(GraphError) as caught:
        dag.order()
    assert caught.value.codes == ("PC301", "PC302", "PC303")
    assert "two nodes are called 'B'" in str(caught.value)


def test_a_cycle_names_its_nodes_in_order() -> None:
    dag = PipelineDAG(tuple("ABCD"), edges_from(["A -> B", "B -> C", "C -> A", "C -> D"]))
    (problem,) = dag.problems()
    assert problem.code == "PC303"
    assert problem.message.endswith("A -> B -> C -> A")
    assert problem.fix


def test_each_of_two_cycles_is_named() -> None:
    dag = PipelineDAG(tuple("ABCD"), edges_from(["A -> B", "B -> A", "C -> D", "D -> C"]))
    assert [each.code for each in dag.problems()] == ["PC303", "PC303"]


def test_ties_of_the_order_are_broken_by_name() -> None:
    assert PipelineDAG(tuple("CBA"), edges_from(["A -> B"])).order() == ("A", "B", "C")


@given(digraphs(), st.randoms(use_true_random=False))
def test_cycle_diagnostics_name_real_cycles(pairs: list[tuple[str, str]], random: object) -> None:
    nodes = tuple(sorted({node for pair in pairs for node in pair}))
    dag = PipelineDAG(nodes, tuple(Edge(*pair) for pair in pairs))
    problems = list(dag.problems())
    for problem in problems:
        assert problem.code == "PC303"
        path = problem.message.partition(": ")[2].split(" -> ")
        assert path[0] == path[-1]
        assert set(pairwise(path)) <= set(pairs)
        assert len(set(path)) == len(path) - 1
    if problems:
        with pytest.raises(GraphError):
            dag.order()
    else:
        order = dag.order()
        assert sorted(order) == list(nodes)
        assert all(order.index(a) < order.index(b) for a, b in pairs)


@given(digraphs().flatmap(lambda pairs: st.tuples(st.just(pairs), st.permutations(pairs))))
def test_order_depends_on_content_only(drawn: tuple[list[tuple[str, str]], list[tuple[str, str]]]) -> None:
    pairs, shuffled = [[(min(p), max(p)) for p in each if p[0] != p[1]] for each in drawn]
    nodes = tuple("ABCDEF")
    one = PipelineDAG(nodes, tuple(Edge(*p) for p in pairs))
    other = PipelineDAG(nodes[::-1], tuple(Edge(*p) for p in shuffled))
    assert one.order() == other.order()
