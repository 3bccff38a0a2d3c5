from __future__ import annotations

import pytest

from pipeline_deps.registry import SpecificationRegistry
from pipeline_deps.specification import SpecificationError
from script_contracts.core.diagnostics import Place
from tests.strategies import gives, needs, step

LOAD = step("Load", gives("data"), job="training").model_copy(update={"job_type": None})
TRAIN = step("Train", needs("data", compatible_sources=("Load",)))


def test_a_source_that_no_step_has_is_refused() -> None:
    bad = step(
        "Bad", needs("x", compatible_sources=("Laod", "Nothing")), needs("y", compatible_sources=("Q",))
    )
    with pytest.raises(SpecificationError) as caught:
        SpecificationRegistry([LOAD, bad])
    assert caught.value.codes == ("PC206", "PC206", "PC206")
    first = caught.value.diagnostics[0]
    assert "Bad.x" in first.message
    assert "'Laod'" in first.message
    assert first.fix == "did you mean 'Load'?"


def test_a_step_type_names_one_specification() -> None:
    with pytest.raises(SpecificationError) as caught:
        SpecificationRegistry([LOAD, TRAIN, TRAIN])
    assert caught.value.codes == ("PC207",)
    assert "'Train'" in str(caught.value)


def test_a_registry_is_a_mapping() -> None:
    registry = SpecificationRegistry([LOAD, TRAIN])
    assert dict(registry) == {"Load": LOAD, "Train": TRAIN}
    assert len(registry) == 2
    assert "Evaluate" not in registry


def test_every_node_name_is_understood() -> None:
    registry = SpecificationRegistry([LOAD, TRAIN])
    names = registry.node_names()
    assert names == ("Load_training", "Load_calibration", "Load_validation", "Load_testing", "Train")
    assert [registry.for_node(name).name for name in names] == list(names)


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("Trian", "not a known step", "did you mean 'Train'?"),
        ("Load", "needs a job type", "Load_training, Load_calibration, Load_validation, Load_testing"),
        ("Load_trainig", "job type that Load does not have", "did you mean 'Load_training'?"),
        ("Train_training", "job type that Train does not have", "Train"),
        ("Train_testing", "job type that Train does not have", "Train"),
        ("Load_", "job type that Load does not have", "Load_"),
        ("Evaluate", "not a known step", "Load_calibration"),
    ],
)
def test_an_unknown_name_is_explained(name: str, message: str, fix: str) -> None:
    with pytest.raises(SpecificationError) as caught:
        SpecificationRegistry([LOAD, TRAIN]).for_node(name, Place("t.yaml", 3))
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC208"
    assert f"'{name}'" in problem.message
    assert message in problem.message
    assert fix in problem.fix
    assert problem.place.line == 3
