"""The generated suites catch scripts that break their contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_compiler.contract_tools.generated_tests import run_tests
from pipeline_compiler.contract_tools.outcomes import Outcome
from tests.contract_tools.mutants import DEMANDS, PROMISES, SLOW_PROMISES, Mutant, suites


def surviving(mutants: tuple[Mutant, ...], folder: Path, *, first_only: bool) -> dict[str, list[Outcome]]:
    """The mutants that no test of their suite fails for, with the outcomes; all run side by side."""
    suite = suites()
    tests = [
        (mutant, test)
        for number, mutant in enumerate(mutants)
        for test in mutant.tests(folder / str(number), suite)[: 1 if first_only else None]
    ]
    outcomes = run_tests([test for _, test in tests])
    found: dict[str, list[Outcome]] = {str(mutant): [] for mutant in mutants}
    for (mutant, _), outcome in zip(tests, outcomes, strict=True):
        found[str(mutant)].append(outcome)
    return {name: each for name, each in found.items() if all(outcome.passed for outcome in each)}


@pytest.mark.slow
def test_broken_promises_are_caught(tmp_path: Path) -> None:
    assert surviving(PROMISES, tmp_path, first_only=True) == {}


@pytest.mark.slow
def test_forgotten_demands_are_caught(tmp_path: Path) -> None:
    assert surviving(DEMANDS, tmp_path, first_only=False) == {}


@pytest.mark.slow
def test_broken_promises_about_models_and_metrics_are_caught(tmp_path: Path) -> None:
    assert surviving(SLOW_PROMISES, tmp_path, first_only=True) == {}


def test_there_are_enough_mutants_and_each_changes_a_place_that_exists(tmp_path: Path) -> None:
    mutants = (*PROMISES, *DEMANDS, *SLOW_PROMISES)
    assert len({str(each) for each in mutants}) == len(mutants) >= 20
    for number, mutant in enumerate(mutants):
        compile((mutant.write(tmp_path / str(number)) / mutant.module).read_text(), mutant.module, "exec")
