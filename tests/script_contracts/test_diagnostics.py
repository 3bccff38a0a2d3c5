from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from script_contracts import ScriptContract, all_contracts
from script_contracts.core.diagnostics import (
    Diagnostic,
    PipelineCompilerError,
    Place,
    Rule,
    Severity,
    has_errors,
    raise_errors,
)
from script_contracts.core.discovery import discover
from script_contracts.core.suggestions import closest, did_you_mean

RULE = Rule("PC999", "a title", "An explanation.")


def test_a_diagnostic_reads_as_code_place_and_remedy() -> None:
    place = Place("fraud.yaml", 9, "defaults.lable_field")
    diagnostic = RULE.error("unknown field 'lable_field'", fix="did you mean 'label_field'?", place=place)
    assert str(diagnostic) == (
        "PC999 error: unknown field 'lable_field'\n"
        "  fraud.yaml:9  defaults.lable_field\n"
        "  fix: did you mean 'label_field'?"
    )


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place("a.yaml"), "a.yaml"),
        (Place("a.yaml", 3), "a.yaml:3"),
        (Place(field="steps.A"), "steps.A"),
        (Place(line=3, field="steps.A"), "steps.A"),
    ],
)
def test_a_place_shows_what_is_known(place: Place, text: str) -> None:
    assert str(place) == text
    assert len(str(RULE.error("m", fix="f", place=place)).splitlines()) == (3 if text else 2)


def test_diagnostics_are_json_ready() -> None:
    diagnostic = RULE.warning("m", fix="f", place=Place("a.yaml", 1), details=["d"])
    assert json.loads(json.dumps(diagnostic.as_dict())) == {
        "code": "PC999",
        "severity": "warning",
        "message": "m",
        "fix": "f",
        "place": {"file": "a.yaml", "line": 1, "field": None},
        "details": ["d"],
    }


def test_an_error_carries_and_shows_every_diagnostic() -> None:
    first, second = RULE.error("first", fix="f", details=["because"]), RULE.warning("second", fix="g")
    error = PipelineCompilerError(first, second)
    assert error.diagnostics == (first, second)
    assert error.codes == ("PC999", "PC999")
    for part in ("first", "because", "second", "fix: f", "fix: g"):
        assert part in str(error)


def test_only_errors_stop() -> None:
    note = Diagnostic("PC999", Severity.NOTE, "n", "f")
    raise_errors([note, RULE.warning("w", fix="f")])
    assert not has_errors([note])
    with pytest.raises(PipelineCompilerError) as caught:
        raise_errors([note, RULE.error("e", fix="f")])
    assert len(caught.value.diagnostics) == 2, "what is not an error is shown beside what is"


def test_a_diagnostic_can_be_moved() -> None:
    moved = RULE.error("m", fix="f").at(Place("a.yaml", 4))
    assert (moved.message, moved.place.line) == ("m", 4)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("lable_field", "label_field"), ("Train_Ratio", "train_ratio"), ("ID_FIELD", "id_field"), ("zzz", None)],
)
def test_suggestions(name: str, suggestion: str | None) -> None:
    known = ["label_field", "train_ratio", "id_field"]
    assert closest(name, known) == suggestion
    fix = did_you_mean(name, known, what="fields")
    if suggestion:
        assert fix == f"did you mean '{suggestion}'?"
    else:
        assert fix == "use one of the fields: id_field, label_field, train_ratio"


def test_without_anything_known_there_is_nothing_to_suggest() -> None:
    assert did_you_mean("x", [], what="steps") == "there are no steps"


@given(st.text(max_size=8), st.lists(st.text("abcdeXY_", max_size=8)), st.randoms())
def test_a_suggestion_is_known_and_does_not_depend_on_order(
    name: str, known: list[str], random: object
) -> None:
    best = closest(name, known)
    assert best is None or best in known
    assert closest(name, list(reversed(known))) == best


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    folder = tmp_path / "declared_things"
    (folder / "core").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "core" / "__init__.py").write_text("raise RuntimeError('machinery is not imported')")
    (folder / "one.py").write_text("ONE_NUMBER = 1\nOTHER_NUMBER = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__("declared_things")
    yield module
    for name in [each for each in sys.modules if each.startswith("declared_things")]:
        del sys.modules[name]


def test_a_new_module_is_found_without_a_registry(package: types.ModuleType) -> None:
    assert discover(package, int, "NUMBER") == {"one": 1}
    (Path(package.__path__[0]) / "two.py").write_text("TWO_NUMBER = 2\n")
    assert discover(package, int, "NUMBER") == {"one": 1, "two": 2}


@pytest.mark.parametrize("text", ["", "BAD_NUMBRE = 1\n", "BAD_NUMBER = 'one'\n"])
def test_a_module_that_declares_nothing_is_refused(package: types.ModuleType, text: str) -> None:
    (Path(package.__path__[0]) / "bad.py").write_text(text)
    with pytest.raises(PipelineCompilerError) as caught:
        discover(package, int, "NUMBER")
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC107"
    assert "declared_things/bad.py" in problem.message
    assert "BAD_NUMBER = int(...)" in problem.fix


def test_an_import_error_is_never_swallowed(package: types.ModuleType) -> None:
    (Path(package.__path__[0]) / "broken.py").write_text("import no_such_module\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        discover(package, int, "NUMBER")


def test_contracts_are_found() -> None:
    assert {"xgboost_training", "tabular_preprocessing"} <= set(all_contracts())
    assert all(isinstance(each, ScriptContract) for each in all_contracts().values())
