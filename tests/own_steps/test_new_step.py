"""new-step: four files that pass every check as they are written."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

from pipeline_compiler.new_step import Kind
from pipeline_compiler.step_names import StepNames
from tests.cli.harness import cli
from tests.configs import PIPELINE
from tests.own_steps.pipelines import IMAGE

FOLDERS = ("script_contracts", "step_specs", "step_builders", "scripts")
KINDS = get_args(Kind)


def written(kind: str) -> None:
    assert cli("new-step", "OwnStep", "--kind", kind).code == 0
    Path("data").mkdir()
    Path("data/table.csv").write_text("name,age\nann,30\nbob,50\n")
    Path("template.yaml").write_text("step_libraries: [my_steps]\nsteps: [OwnStep]\n")
    section = {"data": {"files": "data"}, **({"image_uri": IMAGE} if kind == "container" else {})}
    config = {"template": "template.yaml", "pipeline": PIPELINE, "steps": {"OwnStep": section}}
    Path("pipeline.yaml").write_text(yaml.safe_dump(config))


@pytest.mark.parametrize("kind", KINDS)
def test_the_step_passes_every_check_and_runs(kind: str, workplace: Path) -> None:
    written(kind)
    assert sorted(path.as_posix() for path in Path("my_steps").rglob("*.py")) == sorted(
        f"my_steps/{folder}/own_step.py" for folder in FOLDERS
    )
    assert cli("check", "pipeline.yaml").code == 0
    assert cli("analyze", "--library", "my_steps", "--strict").code == 0
    assert cli("contracts", "show", "OwnStep", "--library", "my_steps").code == 0
    result = cli("run", "pipeline.yaml")
    assert result.code == 0, result.err


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_step_passes_its_generated_tests(kind: str, workplace: Path) -> None:
    written(kind)
    result = cli("contracts", "test", "OwnStep", "--library", "my_steps")
    assert result.code == 0, result.out


def test_it_says_what_to_do_next(workplace: Path) -> None:
    result = cli("new-step", "clean_text", "-o", "team")
    assert "wrote team/step_specs/clean_text.py" in result.out
    assert "pipeline-compiler contracts test CleanText --library team" in result.out
    assert "step_libraries: [./team]" in result.out
    document = cli("new-step", "CleanMore", "-o", "team", "--json").json
    assert (document["step"], len(document["files"])) == ("CleanMore", 4)


def test_nothing_is_overwritten_and_nothing_half_written(workplace: Path) -> None:
    mine = workplace / "my_steps/scripts/clean_text.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    result = cli("new-step", "CleanText")
    assert (result.code, result.err.count("PC438")) == (1, 1)
    assert [path for path in Path("my_steps").rglob("*") if path.is_file()] == [mine.relative_to(workplace)]
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    "name",
    [
        "MimsPackage",
        "mims_package",
        "ContractRuntime",
        "Clean-Text",
        "2nd",
        "../Clean",
        "Clean Text",
        "class",
        "",
    ],
)
def test_a_name_that_no_new_step_can_have_is_refused(name: str, workplace: Path) -> None:
    result = cli("new-step", name)
    assert result.code == 1
    assert result.err.startswith("PC438 error")
    assert not list(workplace.iterdir())


def test_a_folder_that_cannot_be_made_is_told(workplace: Path) -> None:
    Path("my_steps").write_text("a file")
    result = cli("new-step", "CleanText")
    assert (result.code, "cannot be written" in result.err) == (1, True)


@pytest.mark.parametrize(
    ("given", "step_type", "module"),
    [
        ("CleanText", "CleanText", "clean_text"),
        ("clean_text", "CleanText", "clean_text"),
        ("XMLExport", "XMLExport", "xml_export"),
        ("Clean2", "Clean2", "clean2"),
        ("clean", "Clean", "clean"),
        ("cleanText", "CleanText", "clean_text"),
    ],
)
def test_one_name_gives_all(given: str, step_type: str, module: str) -> None:
    assert StepNames.of(given) == StepNames(step_type, module)
