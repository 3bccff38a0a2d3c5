"""steps: the documentation of built-in and own steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from step_builders import all_steps
from tests.cli.harness import cli

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, kind in (("CleanText", "processing"), ("ScanTable", "container")):
        assert cli("new-step", name, "--kind", kind).code == 0
    return tmp_path / "my_steps"


def test_it_lists_every_step() -> None:
    result = cli("steps")
    assert (result.code, result.err) == (0, "")
    names = [line.split()[0] for line in result.out.splitlines()[1:]]
    assert names == sorted(all_steps())


@pytest.mark.parametrize("name", sorted(all_steps()))
def test_a_built_in_step_is_documented_as_on_the_page(name: str) -> None:
    text = cli("steps", name).out
    page = (DOCS / "steps.md").read_text()
    body, _, _ = text.partition("And the ")
    assert text.startswith(f"## {name}\n")
    assert body in page


def test_with_a_library_only_its_own_steps_are_documented(library: Path) -> None:
    result = cli("steps", "--library", library)
    names = [line.split()[0] for line in result.out.splitlines()[1:]]
    assert names == ["CleanText", "ScanTable"]
    assert f"the step library {library}" in result.out.replace("\n", "")


def test_an_own_step_has_its_ports_paths_and_fields(library: Path) -> None:
    text = cli("steps", "CleanText", "--library", library).out
    assert (
        "| `data` | dataset | any step or the config field `data` | `/opt/ml/processing/input/data` |" in text
    )
    assert "| `max_rows` | `0` | rows to keep at most; 0 for all |" in text
    assert "script `scripts/clean_text.py`" in text
    assert "fields of every job: `run_if`" in text


def test_what_a_program_in_an_image_needs_is_told(library: Path) -> None:
    text = cli("steps", "ScanTable", "--library", library).out
    assert "program '/opt/program/run'" in text
    assert "| `image_uri` | required |" in text


def test_it_is_written_as_a_page(library: Path, tmp_path: Path) -> None:
    page = tmp_path / "steps.md"
    result = cli("steps", "--library", library, "-o", page)
    assert f"wrote {page}: 2 steps" in result.out.replace("\n", " ")
    text = page.read_text()
    assert text.startswith("# Steps\n\n## CleanText\n")
    assert "\n## ScanTable\n" in text
    assert cli("steps", "-o", tmp_path / "gone/steps.md").err.startswith("PC410 error")


def test_the_same_as_data(library: Path) -> None:
    (step,) = cli("steps", "CleanText", "--library", library, "--json").json["steps"]
    assert (step["name"], step["from"]) == ("CleanText", f"the step library {library}")
    assert [each["name"] for each in step["inputs"]] == ["data"]
    fields = {each["name"]: each for each in step["fields"]}
    assert fields["max_rows"]["default"] == "0"
    assert fields["data.files"]["required"] is True


def test_an_unknown_step_is_wrong_usage() -> None:
    result = cli("steps", "XGBoostTrianing")
    assert result.code == 2
    assert "did you mean 'XGBoostTraining'?" in result.err
