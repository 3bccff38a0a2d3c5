"""How often the analyzer is right, over the labelled scripts.

`corpus` is what it was developed against. `held_out` was written afterwards, in other styles, in two rounds;
what each revealed has been mended since. When they were first run:

    round         scripts  precision  recall  unknown, of what can be known
    first             100      0.948   0.986                          0.031
    later.yaml         28      1.000   0.955                          0.036
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from script_contracts.core.diagnostics import Severity
from tests.script_analysis.cases import Case, load_cases

CORPORA = ("corpus", "held_out")
CASES = {corpus: load_cases(corpus) for corpus in CORPORA}


@dataclass(frozen=True)
class Score:
    """True and false positives and false negatives, one for each code of each script."""

    right: int
    wrong: int
    missed: int
    scripts_unknown: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)


def found_codes(case: Case, folder: Path) -> tuple[set[str], bool]:
    report = case.analyze(folder)
    errors = {each.code for each in report.findings if each.diagnostic.severity is Severity.ERROR}
    return errors, bool(report.unknowns)


def score(cases: list[Case], folder: Path) -> Score:
    right = wrong = missed = unknown = 0
    for case in cases:
        home = folder / case.id
        home.mkdir(parents=True)
        found, has_unknown = found_codes(case, home)
        right += len(found & case.expect)
        wrong += len(found - case.expect)
        missed += len(case.expect - found)
        unknown += has_unknown and not case.unknown
    return Score(right, wrong, missed, unknown)


@pytest.mark.parametrize("corpus", CORPORA)
def test_precision_and_recall(corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = CASES[corpus]
    result = score(cases, tmp_path)
    resolvable = [case for case in cases if not case.unknown]
    rate = result.scripts_unknown / len(resolvable)
    with capsys.disabled():
        print(
            f"\n{corpus}: {len(cases)} scripts, precision {result.precision:.3f}, "
            f"recall {result.recall:.3f}, unknown {rate:.3f} of what can be known"
        )
    assert result.precision >= 0.98
    assert result.recall >= 0.95
    assert rate <= 0.02


def test_the_corpus_is_large_and_balanced() -> None:
    cases = [case for corpus in CORPORA for case in CASES[corpus]]
    compliant = sum(not case.expect for case in cases)
    assert len(cases) >= 150
    assert 0.35 <= compliant / len(cases) <= 0.65
    assert len({case.id for case in cases}) == len(cases)


@pytest.mark.parametrize(
    "case", [each for corpus in CORPORA for each in CASES[corpus]], ids=lambda case: case.id
)
def test_case(case: Case, tmp_path: Path) -> None:
    found, has_unknown = found_codes(case, tmp_path)
    assert found == case.expect
    assert has_unknown or not case.unknown, "what cannot be known must be said"
