"""The analysis of programs is kept while nothing that it depends on changes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline_compiler import compile_pipeline, script_checks
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.resources import resource
from pipeline_compiler.script_checks import check_scripts
from script_contracts.core.contract import ScriptContract
from script_contracts.core.diagnostics import Diagnostic
from tests.configs import minimal_config

TEMPLATE = "CradleOnly"


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CompiledPipeline:
    """A pipeline whose one program may be edited, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    scripts = shutil.copytree(resource("scripts"), tmp_path / "scripts")
    compiled = compile_pipeline(TEMPLATE, minimal_config(TEMPLATE))
    return replace(
        compiled, scripts={scripts / path.name: contract for path, contract in compiled.scripts.items()}
    )


@pytest.fixture
def analyzed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The programs that are really analysed from here on."""
    paths: list[Path] = []
    original = script_checks._analyzed

    def counted(path: Path, contract: ScriptContract) -> tuple[Diagnostic, ...]:
        paths.append(path)
        return original(path, contract)

    monkeypatch.setattr(script_checks, "_analyzed", counted)
    return paths


def broken(pipeline: CompiledPipeline, module: str) -> Path:
    """A file beside the program that now reads a variable which its contract does not have."""
    (program,) = pipeline.scripts
    file = program.with_name(module)
    file.write_text(file.read_text() + "\nimport os\n\nSECRET_SWITCH = os.environ['SECRET_SWITCH']\n")
    return file


def test_a_second_check_finds_the_same_without_analysing(
    pipeline: CompiledPipeline, analyzed: list[Path]
) -> None:
    broken(pipeline, "table_source.py")
    first = list(check_scripts(pipeline))
    assert [each.code for each in first]
    assert list(check_scripts(pipeline)) == first
    assert len(analyzed) == 1


def test_an_edit_of_a_module_is_seen(pipeline: CompiledPipeline, analyzed: list[Path]) -> None:
    assert list(check_scripts(pipeline)) == []
    broken(pipeline, "table_source.py")
    assert any("SECRET_SWITCH" in str(each) for each in check_scripts(pipeline))
    assert len(analyzed) == 2


def test_another_contract_is_another_analysis(pipeline: CompiledPipeline, analyzed: list[Path]) -> None:
    ((path, contract),) = pipeline.scripts.items()
    less = {name: value for name, value in contract.optional_env_vars.items() if name != "COLUMNS"}
    assert list(check_scripts(pipeline)) == []
    changed = contract.model_copy(update={"optional_env_vars": less})
    assert any("COLUMNS" in str(each) for each in check_scripts(replace(pipeline, scripts={path: changed})))


def test_a_cache_that_cannot_be_written_does_no_harm(
    pipeline: CompiledPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert list(check_scripts(pipeline)) == []
