"""Reports as text, data and SARIF; contracts from files; the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipeline_compiler.cli.analyze import analyze
from script_contracts.analyzer import ContractValidationReport, analyze_script
from script_contracts.analyzer.contract_files import contracts_from, contracts_from_module
from script_contracts.analyzer.rendering import render_report
from script_contracts.analyzer.sarif import to_sarif
from script_contracts.core import analysis_rules
from script_contracts.core.contract import JobKind
from script_contracts.core.diagnostics import PipelineCompilerError, catalogue

CONTRACTS = """
train.py:
  kind: training
  expected_input_paths: {train: /opt/ml/input/data/train}
  expected_output_paths: {model: /opt/ml/model}
  framework_requirements: {pandas: ">=1.3"}
"""
GOOD = """import pandas as pd
df = pd.read_csv("/opt/ml/input/data/train/a.csv")
df.to_csv("/opt/ml/model/b.csv")
"""
BAD = GOOD.replace("import pandas as pd", "import pandas as pd, torch").replace("data/train", "data/training")
UNKNOWN = GOOD + "open(input()).read()\n"

app = typer.Typer()
app.command()(analyze)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "contracts.yaml").write_text(CONTRACTS)
    (tmp_path / "train.py").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def report_of(folder: Path, script: str) -> ContractValidationReport:
    (folder / "train.py").write_text(script)
    (contract,) = contracts_from_module(
        "X = TrainingScriptContract(entry_point='train.py', description='d', "
        "expected_input_paths={'train': '/opt/ml/input/data/train'}, "
        "expected_output_paths={'model': '/opt/ml/model'}, framework_requirements={'pandas': ''})",
        "c.py",
    )
    return analyze_script(folder / "train.py", contract)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, PipelineCompilerError):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_text_shows_the_source_and_the_remedy(folder: Path) -> None:
    text = render_report(report_of(folder, BAD))
    assert '   2 | df = pd.read_csv("/opt/ml/input/data/training/a.csv")\n' in text
    assert "\n     |      ^^^^^^^^" in text
    assert "fix: add 'torch' to framework_requirements" in text
    assert text.endswith("train.py: 3 violations")


def test_data_is_json(folder: Path) -> None:
    report = report_of(folder, BAD)
    document = json.loads(json.dumps(report.as_dict()))
    assert document["is_compliant"] is False
    assert [each["code"] for each in document["findings"]] == list(report.codes)
    assert document["facts"]["paths"][0]["path"] == "/opt/ml/input/data/training/a.csv"


def test_summary_of_a_compliant_script(folder: Path) -> None:
    report = report_of(folder, GOOD)
    assert report.is_compliant
    assert report.summary == "train.py: honours its contract"


def test_sarif_has_what_code_hosts_need(folder: Path) -> None:
    log = to_sarif([report_of(folder, BAD)], root=folder)
    (run_,) = log["runs"]
    assert log["version"] == "2.1.0"
    rules = run_["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in catalogue(vars(analysis_rules))]
    assert len(run_["results"]) == 3
    for result in run_["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == "error"
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "train.py", "uriBaseId": "%SRCROOT%"}
        assert place["region"]["startLine"] >= 1
    fingerprints = [result["partialFingerprints"]["finding/v1"] for result in run_["results"]]
    assert len(set(fingerprints)) == 3
    moved = to_sarif([report_of(folder, "\n\n" + BAD)], root=folder)["runs"][0]["results"]
    assert {each["partialFingerprints"]["finding/v1"] for each in moved} == set(fingerprints)


def test_codes_are_unique_and_explained() -> None:
    rules = catalogue(vars(analysis_rules))
    assert len({rule.code for rule in rules}) == len(rules)
    assert all(rule.code.startswith("PC6") and rule.explanation.endswith(".") for rule in rules)


@pytest.mark.parametrize(
    "data",
    [
        {"entry_point": "a.py"},
        [{"entry_point": "a.py"}],
        {"a.py": {}},
        {"a.py": {"required_env_vars": ["A"], "bundle_files": []}},
    ],
)
def test_contract_files_in_every_shape(data: object) -> None:
    (contract,) = contracts_from(data, "c.json")
    assert contract.entry_point == "a.py"
    assert contract.job_kind is JobKind.PROCESSING


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([], "PC615"),
        ("text", "PC615"),
        ({"a.py": None}, "PC615"),
        ({"a.py": {"kind": "trainig"}}, "PC615"),
        ([{"entry_point": "a.py"}, {"entry_point": "a.py"}], "PC615"),
        ({"a.py": {"inputs": {}}}, "PC101"),
        ({"a.py": {"expected_output_paths": {"o": "/opt/ml/processing/out.csv"}}}, "PC103"),
    ],
)
def test_bad_contract_files(data: object, code: str) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        contracts_from(data, "c.json")
    assert caught.value.codes == (code,)


@pytest.mark.parametrize("text", ["x = 1", "def f(:", "A = ScriptContract(entry_point=name)"])
def test_contract_modules_are_read_and_never_imported(text: str) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        contracts_from_module(text, "contracts.py")
    assert caught.value.codes == ("PC615",)


def test_cli_all_shipped_scripts() -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.count("honours its contract") >= 6


def test_cli_one_shipped_script_by_its_name() -> None:
    from pipeline_compiler.resources import resource

    assert run(str(resource("scripts") / "mims_package.py"))[0] == 0


def test_cli_a_folder_with_foreign_scripts(folder: Path) -> None:
    assert run(".", "--contract", "contracts.yaml")[0] == 0
    (folder / "train.py").write_text(BAD)
    code, out, err = run(".", "-c", "contracts.yaml")
    assert code == 1
    assert "train.py: 3 violations" in out
    assert "PC605 error" in err
    assert "train.py:2:6" in err


def test_cli_one_foreign_script_under_another_name(folder: Path) -> None:
    (folder / "my_train.py").write_text(GOOD)
    assert run("my_train.py", "--contract", "contracts.yaml")[0] == 0


def test_cli_json_and_sarif(folder: Path) -> None:
    (folder / "train.py").write_text(BAD)
    code, out, _ = run(".", "--contract", "contracts.yaml", "--json", "--sarif", "out.sarif")
    document = json.loads(out)
    assert code == 1
    assert document["ok"] is False
    assert {each["code"] for each in document["diagnostics"]} == {"PC602", "PC605", "PC611"}
    assert document["reports"][0]["entry_point"] == "train.py"
    assert len(json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]) == 3


def test_cli_unknowns_fail_only_when_strict(folder: Path) -> None:
    (folder / "train.py").write_text(UNKNOWN)
    assert run(".", "--contract", "contracts.yaml")[0] == 0
    assert run(".", "--contract", "contracts.yaml", "--strict")[0] == 1


def test_cli_a_missing_entry_point_is_a_finding(folder: Path) -> None:
    (folder / "train.py").unlink()
    code, _, err = run(".", "--contract", "contracts.yaml")
    assert code == 1
    assert "PC601" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere.py"],
        ["."],
        ["train.py"],
        ["--contract", "contracts.yaml"],
        [".", "--contract", "nowhere.yaml"],
        [".", "--unheard-of"],
    ],
)
def test_cli_wrong_usage(folder: Path, arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


def test_cli_a_contract_file_that_is_no_yaml(folder: Path) -> None:
    (folder / "contracts.yaml").write_text("a: [")
    with pytest.raises(PipelineCompilerError) as caught:
        run(".", "--contract", "contracts.yaml")
    assert caught.value.codes == ("PC615",)
