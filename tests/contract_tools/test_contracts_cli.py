from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from pipeline_compiler.cli.contracts import contracts_app
from script_contracts.core.diagnostics import PipelineCompilerError
from tests.cli.harness import cli


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(contracts_app, [str(each) for each in arguments])


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The contracts of today, written down."""
    folder = tmp_path / "contracts"
    assert run("show", "--output", folder).exit_code == 0
    return folder


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_contracts_that_have_not_changed_are_the_same(kept: Path) -> None:
    result = run("diff", kept, "--ci", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["ok"]
    assert {each["bump"] for each in document["contracts"]} == {"none"}


def test_a_breaking_change_stops_ci_until_the_major_version_is_raised(kept: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    run("show", "--output", new)
    file = new / "TabularPreprocessing.json"
    edit(file, '"SPLIT_SEED": "0"', '"SPLIT_SEED": "1"')
    result = run("diff", kept, new, "--ci", "--json")
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)["diagnostics"]
    assert problem["code"] == "PC130"
    assert problem["fix"].startswith("set its version to 2.0")
    assert run("diff", kept, new).exit_code == 0  # without --ci, the comparison itself has succeeded

    edit(file, '"version": "1.0"', '"version": "2.0"')
    assert run("diff", kept, new, "--ci").exit_code == 0


def test_two_files_are_compared(kept: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.json"
    shown = run("show", "MimsPackage", "--json").stdout
    new.write_text(shown.replace('"inference.py"', '"main.py"'))
    result = run("diff", kept / "MimsPackage.json", new)
    assert "breaking" in result.stdout
    assert "file 'main.py'" in result.stdout


@pytest.mark.parametrize(
    ("content", "code"),
    [("{", "PC135"), ("[]", "PC135"), ('{"entry_pint": "a.py"}', "PC101"), (None, "PC135")],
)
def test_a_file_that_is_no_contract_is_named(content: str | None, code: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    if content is not None:
        file.write_text(content)
    result = run("diff", file, file)
    assert isinstance(result.exception, PipelineCompilerError)
    assert result.exception.codes == (code,)
    assert "broken.json" in str(result.exception)


def test_show_prints_a_page_or_a_list() -> None:
    assert run("show", "XGBoostTraining").stdout.startswith("# XGBoostTraining, contract 1.0")
    assert "TabularPreprocessing" in run("show").stdout
    assert set(json.loads(run("show", "--json").stdout)["contracts"]) >= {"MimsPackage", "XGBoostTraining"}


def test_data_contracts_are_exported_for_other_tools(tmp_path: Path) -> None:
    assert run("export", "TabularPreprocessing", "--output", tmp_path).exit_code == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "TabularPreprocessing.inputs.DATA.odcs.yaml",
        "TabularPreprocessing.outputs.processed_data.odcs.yaml",
    ]
    assert yaml.safe_load((tmp_path / names[0]).read_text())["kind"] == "DataContract"
    documents = json.loads(run("export", "TabularPreprocessing", "--json").stdout)["documents"]
    assert list(documents) == ["inputs.DATA", "outputs.processed_data"]
    printed = run("export", "TabularPreprocessing").stdout
    assert [each["name"] for each in yaml.safe_load_all(printed)] == [
        "TabularPreprocessing.DATA",
        "TabularPreprocessing.processed_data",
    ]


def test_suggestions_are_listed() -> None:
    suggestions = json.loads(run("suggest", "XGBoostTraining", "--json").stdout)["suggestions"]
    assert suggestions[0]["step"] == "MimsPackage"
    assert suggestions[0]["feeds"][0]["reason"] == "alias"
    assert "has to come from another step" in run("suggest", "XGBoostTraining").stdout


def test_synthetic_data_are_written(tmp_path: Path) -> None:
    result = run("synthesize", "CradleDataLoading", "source", "--output", tmp_path, "--json")
    assert json.loads(result.stdout)["files"] == [str(tmp_path / "part-00000.parquet")]
    wrong = run("synthesize", "CradleDataLoading", "sauce", "--output", tmp_path)
    assert wrong.exit_code == 2
    assert "did you mean 'source'" in wrong.output


@pytest.mark.slow
def test_contract_tests_have_a_table_and_an_exit_code(tmp_path: Path) -> None:
    assert run("test", "MimsPayloads").exit_code == 1
    result = run("test", "CradleDataLoading")
    assert result.exit_code == 0
    assert re.search(r"(\d+) of \1 contract tests passed", result.stdout)

    (tmp_path / "cradle_data_loading.py").write_text("print('done')\n")
    result = run("test", "CradleDataLoading", "--scripts", tmp_path, "--json")
    assert result.exit_code == 1
    assert not json.loads(result.stdout)["passed"]


def test_unknown_steps_are_usage_errors() -> None:
    result = run("show", "XGBoostTrainig")
    assert result.exit_code == 2
    assert "did you mean 'XGBoostTraining'" in result.output


def test_without_the_data_libraries_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("pipeline_compiler.local.libraries._installed", lambda name: name != "pyarrow")
    result = cli("contracts", "synthesize", "TabularPreprocessing", "DATA", "--output", tmp_path / "data")
    assert result.code == 1
    assert result.err.startswith("PC777 error: synthesize_data.py needs pyarrow, which this Python")
    assert "pip install 'sagemaker-pipeline-compiler[local]'" in result.err
