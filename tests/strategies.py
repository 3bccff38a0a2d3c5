"""Small specifications and graphs, made by hand or drawn by Hypothesis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from pipeline_deps.dag import PipelineDAG, edges_from
from pipeline_deps.matching import Output
from pipeline_deps.resolver import resolve
from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, JobType, NodeType
from pipeline_deps.wiring import ResolvableNode, Wiring, WiringError
from script_contracts.core.contract import JobKind

DATA, MODEL, METRICS = DependencyType.DATASET, DependencyType.MODEL, DependencyType.METRICS
IRRELEVANT = DependencyType.MODEL_PACKAGE  # a type that no drawn dependency has


def needs(name: str, type: DependencyType = DATA, **options: Any) -> DependencySpec:
    """A dependency, required unless `required=False`."""
    return DependencySpec(logical_name=name, type=type, **options)


def gives(name: str, type: DependencyType = DATA, **options: Any) -> OutputSpec:
    """An output."""
    return OutputSpec(logical_name=name, type=type, **options)


def step(step_type: str, *ports: DependencySpec | OutputSpec, job: str | None = None) -> StepSpecification:
    """A step with these ports, without a script, of one job type or of none."""
    dependencies = tuple(port for port in ports if isinstance(port, DependencySpec))
    outputs = tuple(port for port in ports if isinstance(port, OutputSpec))
    spec = StepSpecification(
        step_type=step_type,
        node_type=NodeType.of(bool(dependencies), bool(outputs)),
        summary=f"the step {step_type}",
        job_kind=JobKind.CONDITION,
        dependencies=dependencies,
        outputs=outputs,
        job_types=tuple(JobType) if job else (),
    )
    return spec.variant(job) if job else spec


def wire(
    specs: Mapping[str, StepSpecification],
    edges: Iterable[str],
    provided: Mapping[str, tuple[str, ...]] | None = None,
) -> Wiring:
    """What the resolver makes of nodes and textual edges."""
    nodes = {name: ResolvableNode(name, spec, (provided or {}).get(name, ())) for name, spec in specs.items()}
    return resolve(PipelineDAG(tuple(specs), edges_from(edges)), nodes)


def wires(wiring: Wiring) -> set[tuple[str, str, str, str]]:
    """The wires alone: (producer, output, consumer, dependency)."""
    return {(each.producer, each.output, each.consumer, each.dependency) for each in wiring.bindings}


Outcome = tuple[frozenset[tuple[str, ...]], tuple[str, ...]]


def outcome(specs: Mapping[str, StepSpecification], edges: Iterable[str]) -> Outcome:
    """The wires, or else the error codes, as something that can be compared."""
    try:
        return frozenset(wires(wire(specs, edges))), ()
    except WiringError as error:
        return frozenset(), tuple(sorted(error.codes))


_NAMES = ("data", "train_data", "testData", "model", "xgb_model", "metrics", "out", "report2")
_WORDS = ("data", "train", "test", "model", "metrics")


def _ports(kind: type[Any], **options: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    port = st.builds(
        kind,
        logical_name=st.sampled_from(_NAMES),
        type=st.sampled_from((DATA, MODEL, METRICS)),
        semantic_keywords=st.lists(st.sampled_from(_WORDS), max_size=2, unique=True).map(tuple),
        **options,
    )
    return st.lists(port, max_size=3, unique_by=lambda each: each.logical_name)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, StepSpecification], tuple[str, ...]]:
    """Nodes with their specifications, and edges that lead from earlier nodes to later ones."""
    count = draw(st.integers(2, 5))
    specs = {}
    for index in range(count):
        outputs = draw(_ports(OutputSpec))
        dependencies = draw(_ports(DependencySpec, required=st.booleans())) if index else []
        specs[f"N{index}"] = step(f"Step{index}", *dependencies, *outputs)
    pairs = [f"N{a} -> N{b}" for b in range(count) for a in range(b)]
    return specs, tuple(draw(st.lists(st.sampled_from(pairs), unique=True)))


@st.composite
def offers(draw: st.DrawFn) -> tuple[dict[str, dict[Output, float]], frozenset[str]]:
    """Scores of outputs for the inputs of one consumer, and which of the inputs are required."""
    inputs = [f"in{index}" for index in range(draw(st.integers(1, 4)))]
    outputs = [("P", f"out{index}") for index in range(draw(st.integers(1, 4)))]
    score = st.integers(0, 20).map(lambda n: n / 20)
    rows = {name: draw(st.dictionaries(st.sampled_from(outputs), score)) for name in inputs}
    return rows, draw(st.frozensets(st.sampled_from(inputs)))


def digraphs() -> st.SearchStrategy[list[tuple[str, str]]]:
    """Edges between a few nodes, cycles and self-loops included."""
    node = st.sampled_from("ABCDEF")
    return st.lists(st.tuples(node, node), max_size=12)
