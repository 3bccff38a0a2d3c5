"""Finding and loading libraries: every mistake is told with its place, no module is taken for another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, Template, compile_pipeline
from pipeline_compiler.step_library import builtin_library, complete_library
from script_contracts.core.diagnostics import Diagnostic
from step_builders import all_steps
from tests.cli.harness import cli
from tests.configs import PIPELINE, minimal_config
from tests.own_steps.pipelines import compiled

SECTION = {"CleanText": {"data": {"files": "s3://bucket/data"}}}


def problems(*libraries: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(PipelineCompilerError) as caught:
        complete_library(libraries)
    return caught.value.diagnostics


def edit(library: Path, name: str, old: str, new: str) -> None:
    file = library / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


MISTAKES = {
    "a module that is not there": (
        ("step_builders/clean_text.py", "from pydantic", "import nowhere\nfrom pydantic"),
        ("PC431", "ModuleNotFoundError: No module named 'nowhere'", "step_builders/clean_text.py", 3),
    ),
    "not Python": (
        ("step_specs/clean_text.py", "StepSpecification(", "StepSpecification(("),
        ("PC431", "SyntaxError", "step_specs/clean_text.py", 8),
    ),
    "an error of its own": (
        ("step_builders/clean_text.py", "class ", "1 / 0\n\n\nclass "),
        ("PC431", "ZeroDivisionError", "step_builders/clean_text.py", 11),
    ),
    "a contract that no container could honour": (
        ("script_contracts/clean_text.py", "/opt/ml/processing/input/data", "/tmp/data"),
        ("PC102", "mounts nothing", "script_contracts/clean_text.py", 6),
    ),
    "a constant of another name": (
        ("step_specs/clean_text.py", "CLEAN_TEXT_SPEC", "SPEC"),
        ("PC107", "does not declare CLEAN_TEXT_SPEC", "step_specs/clean_text.py", None),
    ),
    "a dead config field": (
        ("step_builders/clean_text.py", "max_rows:", "max_row:"),
        ("PC423", "max_row reaches nothing", "step_builders/clean_text.py", 18),
    ),
    "an unknown source": (
        ("step_specs/clean_text.py", 'name="data",', 'name="data", compatible_sources=("Nobody",),'),
        ("PC206", "compatible source 'Nobody'", "step_specs/clean_text.py", 8),
    ),
    "a stand-in for nobody": (
        ("step_specs/clean_text.py", 'name="result",', 'name="result", stands_in_for=("Nobody",),'),
        ("PC206", "stands in for 'Nobody'", "step_specs/clean_text.py", 8),
    ),
    "the name of a built-in step": (
        ("step_specs/clean_text.py", '"CleanText"', '"MimsPackage"'),
        (
            "PC432",
            "'MimsPackage' is declared by the built-in steps and by the step library",
            "step_specs/clean_text.py",
            8,
        ),
    ),
    "a program that ends the compiler": (
        ("step_specs/clean_text.py", "CLEAN_TEXT_SPEC =", "raise SystemExit(3)\nCLEAN_TEXT_SPEC ="),
        ("PC431", "SystemExit: 3", "step_specs/clean_text.py", 8),
    ),
}


@pytest.mark.parametrize(("change", "expected"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_in_a_library_is_told_with_its_place(
    library: Path, change: tuple[str, str, str], expected: tuple[str, str, str | None, int | None]
) -> None:
    edit(library, *change)
    code, message, file, line = expected
    found = [each for each in problems(library) if each.code == code]
    assert found, problems(library)
    assert message in found[0].message
    assert found[0].fix
    if file:
        assert (found[0].place.file or "").endswith(f"my_steps/{file}")
        assert line is None or found[0].place.line == line


REMEDIES = {
    "from nowhere import x": "install nowhere where pipelines are compiled",
    "from step_specs.clean_text import CLEAN_TEXT_SPEC": "imports within a library are relative",
    "from my_steps.step_specs.clean_text import CLEAN_TEXT_SPEC": "imports within a library are relative",
    "from ..script_contracts.cleaning import X": "write script_contracts/cleaning.py",
    "from ..step_builders.clean_text import CLEAN_TEXT_STEP": "import in one direction",
}


@pytest.mark.parametrize("line", REMEDIES)
def test_a_failed_import_names_its_remedy_and_no_private_name(library: Path, line: str) -> None:
    edit(library, "step_specs/clean_text.py", "from ..script", f"{line}\nfrom ..script")
    found = problems(library)
    assert {each.code for each in found} == {"PC431"}
    assert ("step_specs/clean_text.py", 6) in [
        (Path(each.place.file or "").relative_to(library).as_posix(), each.place.line) for each in found
    ]
    assert all(REMEDIES[line] in each.fix for each in found)
    assert "_step_library_" not in str(found)


def test_a_module_with_a_name_that_no_constant_has(library: Path) -> None:
    (library / "step_specs/clean_text.py").rename(library / "step_specs/clean-text.py")
    assert [each.fix for each in problems(library) if each.code == "PC107"] == [
        "rename the file: no constant can be named after 'clean-text'"
    ]


def test_a_script_that_is_not_there_is_named_with_its_path(library: Path) -> None:
    (library / "scripts/clean_text.py").unlink()
    with pytest.raises(PipelineCompilerError) as caught:
        compiled(SECTION, libraries=[library])
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place.file) == ("PC415", str(library / "scripts/clean_text.py"))
    assert problem.fix == "write it, or let the contract name another"


def test_an_import_error_is_told_once_and_keeps_its_cause(library: Path) -> None:
    edit(library, "script_contracts/clean_text.py", "CLEAN_TEXT_CONTRACT", "1 / 0\nCLEAN_TEXT_CONTRACT")
    with pytest.raises(PipelineCompilerError) as caught:
        complete_library([library])
    assert len(caught.value.diagnostics) == 1
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_every_mistake_of_every_library_is_told_at_once(library: Path, workplace: Path) -> None:
    cli("new-step", "Other", "-o", "second")
    (library / "step_builders/clean_text.py").write_text("import nowhere\n")
    (workplace / "second/step_specs/other.py").write_text("1 / 0\n")
    (workplace / "second/scripts/contract_runtime.py").write_text("")
    codes = sorted(each.code for each in problems(library, workplace / "second", "third"))
    assert codes == ["PC430", "PC431", "PC431", "PC434"]


def test_what_belongs_to_no_step_is_told(library: Path) -> None:
    (library / "step_builders/clean_text.py").unlink()
    assert [(each.code, Path(each.place.file or "").parent.name) for each in problems(library)] == [
        ("PC433", "step_specs")
    ]
    assert [each.place.line for each in problems(library)] == [8]


@pytest.mark.parametrize(
    "value", ["my_steps", [3], [None], {"a": "b"}, 3, ["a" * 5000], ["\0"], ["data"], [[]], [""]], ids=repr
)
def test_a_list_of_libraries_that_is_none_is_told(library: Path, value: Any) -> None:
    template = Template.of("Mine", ["CleanText"])
    config = {"pipeline": PIPELINE, "steps": SECTION, "step_libraries": value}
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(template, config)
    (problem,) = caught.value.diagnostics
    assert problem.code in ("PC404", "PC430")
    assert "step_libraries" in (problem.place.field or "")


def test_a_library_may_be_named_by_the_config_or_given_in_python(library: Path) -> None:
    definitions = {
        compiled(SECTION, step_libraries=["./my_steps"]).definition,
        compiled(SECTION, libraries=["my_steps"]).definition,
        compiled(SECTION, libraries=[library]).definition,
        compiled(SECTION, libraries="my_steps").definition,
        compiled(SECTION, libraries=[complete_library(library), library]).definition,  # the same steps
        compiled(SECTION, step_libraries=["my_steps"], libraries=[library]).definition,  # counts once
        compiled(SECTION, libraries=[complete_library([library]).own["CleanText"]]).definition,
    }
    assert len(definitions) == 1


def test_steps_of_a_library_that_no_template_uses_change_nothing(library: Path) -> None:
    with_library = compile_pipeline("CradleOnly", _cradle(step_libraries=["my_steps"]))
    assert with_library.definition == compile_pipeline("CradleOnly", _cradle()).definition


def _cradle(**sections: Any) -> dict[str, Any]:
    return {**minimal_config("CradleOnly"), **sections}


def test_a_changed_library_is_read_again(library: Path) -> None:
    assert "max_rows" in complete_library([library]).steps["CleanText"].config.model_fields
    edit(library, "step_builders/clean_text.py", "max_rows:", "most_rows:")
    edit(library, "script_contracts/clean_text.py", "MAX_ROWS", "MOST_ROWS")
    fields = complete_library([library]).steps["CleanText"].config.model_fields
    assert "most_rows" in fields
    assert "max_rows" not in fields


def test_loading_leaves_the_import_path_alone(library: Path) -> None:
    path, modules = list(sys.path), set(sys.modules)
    complete_library([library])
    assert sys.path == path
    assert all(name.startswith("_step_library_") for name in set(sys.modules) - modules)


def test_libraries_with_the_same_module_names_are_not_mistaken_for_each_other(library: Path) -> None:
    cli("new-step", "CleanText", "-o", "second")
    second = library.parent / "second"
    edit(second, "step_specs/clean_text.py", '"CleanText"', '"SecondText"')
    edit(second, "script_contracts/clean_text.py", "MAX_ROWS", "MOST_ROWS")
    edit(second, "step_builders/clean_text.py", "max_rows", "most_rows")
    edit(second, "scripts/clean_text.py", "MAX_ROWS", "MOST_ROWS")
    sections = {name: {"data": {"files": "s3://bucket/data"}} for name in ("CleanText", "SecondText")}
    pipeline = compiled(sections, libraries=[library, second])
    scripts = [asset.files["clean_text.py"] for asset in pipeline.assets]
    assert len(scripts) == len(set(scripts)) == 2
    assert len(pipeline.scripts) == 2


def test_programs_of_one_file_name_are_each_held_to_their_own_contract(library: Path) -> None:
    cli("new-step", "CleanText", "-o", "second")
    second = library.parent / "second"
    edit(second, "step_specs/clean_text.py", '"CleanText"', '"SecondText"')
    edit(library, "script_contracts/clean_text.py", '"python": ">=3.9"', '"python": ">=3.99"')
    sections = {name: {"data": {"files": "s3://bucket/data"}} for name in ("CleanText", "SecondText")}
    for libraries in ([library, second], [second, library]):
        with pytest.raises(PipelineCompilerError) as caught:
            compiled(sections, libraries=libraries)
        (problem,) = caught.value.diagnostics
        assert problem.message.startswith("CleanText: ")
        assert "needs python>=3.99" in problem.message


def test_a_script_may_have_the_name_of_a_built_in_one(library: Path) -> None:
    (library / "scripts/clean_text.py").rename(library / "scripts/mims_package.py")
    edit(library, "script_contracts/clean_text.py", "clean_text.py", "mims_package.py")
    (asset,) = compiled(SECTION, libraries=[library]).assets
    assert asset.files["mims_package.py"] == (library / "scripts/mims_package.py").read_bytes()


def test_a_library_uses_none_of_the_built_in_scripts_but_the_runtime(library: Path) -> None:
    edit(library, "scripts/clean_text.py", "import csv\n", "import csv\nimport model_files\n")
    (asset,) = compiled(SECTION, libraries=[library]).assets
    assert "model_files.py" not in asset.files
    assert (
        "PC603" in cli("analyze", "--library", library).err or cli("analyze", "--library", library).code == 1
    )


def test_a_library_needs_no_script_of_ours_to_have_an_init_file(library: Path) -> None:
    before = compiled(SECTION, libraries=[library]).definition
    for folder in ("", "script_contracts", "step_specs", "step_builders"):
        (library / folder / "__init__.py").write_text("")
    assert compiled(SECTION, libraries=[library]).definition == before
    (library / "__init__.py").write_text("1 / 0\n")
    (problem,) = problems(library)
    assert (problem.code, problem.place.line) == ("PC431", 1)


def test_the_built_in_library_is_what_is_declared() -> None:
    assert builtin_library() is builtin_library()
    assert builtin_library().steps == all_steps()
    assert builtin_library().own == {}
    assert complete_library() is builtin_library()


def test_init_and_analyze_take_a_library(library: Path) -> None:
    Path("template.yaml").write_text("steps: [CleanText]\n")
    assert cli("init", "template.yaml").code == 1
    assert cli("init", "template.yaml", "--library", "my_steps").code == 0
    text = Path("pipeline.yaml").read_text()
    assert "step_libraries:\n  - my_steps\n" in text
    assert "max_rows: 0" in text
    assert cli("analyze", "--library", "my_steps").out == "clean_text.py: honours its contract\n"
    assert cli("analyze", "x.py", "--library", "my_steps").code == 2
    assert cli("contracts", "show", "--library", "my_steps", "--config", "pipeline.yaml").code == 2
