"""templates, init, check, compile and explain: what they print, write and return."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from pipeline_compiler import compile_pipeline
from pipeline_compiler.catalogue import all_rules
from pipeline_compiler.cli.app import COMMANDS
from pipeline_compiler.template import shipped_templates
from tests.cli.harness import cli
from tests.configs import CONFIG_YAML, TEMPLATE_YAML, minimal_config, with_values

ROOT = Path(__file__).parents[2]
E2E = "XGBoostTrainEvaluateE2E"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(minimal_config(E2E)))
    return path


def test_templates_lists_every_template_on_one_line() -> None:
    result = cli("templates")
    assert (result.code, result.err) == (0, "")
    for name in shipped_templates():
        (line,) = [line for line in result.out.splitlines() if line.startswith(f"{name} ")]
        assert line.rstrip().endswith(".")


def test_templates_as_json() -> None:
    document = cli("templates", "--json").json
    assert document["ok"] is True
    listed = {entry["name"]: entry for entry in document["templates"]}
    assert set(listed) == set(shipped_templates())
    assert len(listed[E2E]["steps"]) == 10
    assert listed[E2E]["summary"].startswith("Train")


@pytest.mark.parametrize("name", sorted(shipped_templates()))
def test_init_writes_a_starter_that_check_explains(name: str, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    result = cli("init", name, "-o", path)
    assert result.code == 0
    assert f"wrote {path}" in result.out
    assert yaml.safe_load(path.read_text())["template"] == name
    checked = cli("check", path)
    assert checked.code == 1
    assert checked.err.startswith("PC403 error: 'name' (the pipeline's name in SageMaker) is missing")


def test_init_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("precious\n")
    result = cli("init", E2E, "--output", path)
    assert result.code == 1
    assert result.err.splitlines()[0] == f"PC410 error: {path} cannot be written: File exists"
    assert "fix: choose another file with --output" in result.err
    assert path.read_text() == "precious\n"


def test_init_of_an_unknown_template_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    result = cli("init", "XGBoostSimpel", "-o", path, "--json")
    assert result.code == 1
    (diagnostic,) = result.json["diagnostics"]
    assert (diagnostic["code"], diagnostic["fix"]) == ("PC407", "did you mean 'XGBoostSimple'?")
    assert not path.exists()


def test_init_as_json(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    assert cli("init", E2E, "-o", path, "--json").json["file"] == str(path)


def test_check_says_what_it_found(config: Path) -> None:
    result = cli("check", config)
    assert (result.code, result.err) == (0, "")
    assert result.out == "fraud-detection: 11 steps, 15 inputs wired, 0 errors, 0 warnings\n"


def test_check_shows_warnings_and_still_succeeds(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "part.csv").write_text("a\n1\n")
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG_YAML.replace("s3://ml-fraud/raw/06/", "raw"))
    result = cli("check", path)
    assert result.code == 0
    assert result.err.startswith("PC413 warning: CradleDataLoading_training.source: 'raw' is a folder")
    assert result.out.endswith("0 errors, 1 warning\n")
    document = cli("check", path, "--json").json
    assert document["ok"] is True
    assert [each["severity"] for each in document["diagnostics"]] == ["warning"]


def test_check_with_a_template_that_the_config_does_not_name(tmp_path: Path) -> None:
    document = minimal_config(E2E)
    del document["template"]
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    assert cli("check", path, "--template", E2E).code == 0
    assert cli("check", path).err.startswith("PC403 error: the config does not name a template")


def test_compile_prints_the_definition_and_nothing_else(config: Path) -> None:
    result = cli("compile", config)
    assert (result.code, result.err) == (0, "")
    assert result.out == compile_pipeline(None, config).definition + "\n"


def test_compile_writes_the_definition(config: Path, tmp_path: Path) -> None:
    output = tmp_path / "definition.json"
    result = cli("compile", config, "-o", output)
    assert (result.code, result.out) == (0, "")
    assert f"wrote {output}" in result.err
    assert output.read_text() == compile_pipeline(None, config).definition + "\n"
    output.write_text("an older one, much longer" * 10_000)
    assert cli("compile", config, "-o", output).code == 0
    assert json.loads(output.read_text())["Version"] == "2020-12-01"


def test_compile_as_json_lists_what_must_be_uploaded(config: Path) -> None:
    document = cli("compile", config, "--json").json
    compiled = compile_pipeline(None, config)
    assert document["definition"] == compiled.document
    assert set(document["assets"]) == {asset.uri for asset in compiled.assets}


def test_compile_to_where_nothing_can_be_written(config: Path, tmp_path: Path) -> None:
    output = tmp_path / "no" / "such" / "folder.json"
    result = cli("compile", config, "-o", output)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"PC410 error: {output} cannot be written: No such file")


def test_paths_in_brackets_are_printed_as_they_are(config: Path, tmp_path: Path) -> None:
    output = tmp_path / "[prod]" / "out.json"
    output.parent.mkdir()
    assert f"wrote {output}" in cli("compile", config, "-o", output).err
    assert f"wrote {output.parent / 'new.yaml'}" in cli("init", E2E, "-o", output.parent / "new.yaml").out


def test_explain_shows_every_input_its_source_and_the_losers(config: Path) -> None:
    result = cli("explain", config)
    assert (result.code, result.err) == (0, "")
    rows = [line.split() for line in result.out.splitlines()]
    assert ["processed_data", "TabularPreprocessing_training.processed_data"] in [row[:2] for row in rows]
    assert ["inference_scripts_input", "nothing"] in [row[:2] for row in rows]
    assert ["not", "XGBoostTraining.evaluation_output", "carries"] in [row[:3] for row in rows]
    assert ["(settings)", "defaults"] in [row[:2] for row in rows]
    assert "QualityGate -> MimsPackage carries no data" in result.out


def test_explain_one_step(config: Path) -> None:
    result = cli("explain", config, "--step", "QualityGate")
    names = [line for line in result.out.splitlines() if line and line[0] != " "]
    assert any(line.startswith("QualityGate") for line in names)
    assert "XGBoostModelEvaluation_calibration.metrics_output" in result.out
    assert "TabularPreprocessing" not in result.out


def test_explain_as_json(config: Path) -> None:
    inputs = cli("explain", config, "--json").json["inputs"]
    row = next(
        each for each in inputs if (each["step"], each["input"]) == ("XGBoostTraining", "processed_data")
    )
    assert row["from"] == "TabularPreprocessing_training.processed_data"
    assert 0 < row["score"]["total"] <= 1
    source = next(each for each in inputs if each["input"] == "source")
    assert source["from"].startswith("s3://")
    one = cli("explain", config, "--json", "--step", "MimsPackage").json["inputs"]
    assert {each["step"] for each in one} == {"MimsPackage"}
    assert any(each["rejected"] for each in one)


@pytest.mark.parametrize("code", sorted(all_rules()))
def test_explain_every_code(code: str) -> None:
    result = cli("explain", code)
    assert result.code == 0
    assert result.out.startswith(f"{code}: {all_rules()[code].title}")
    document = cli("explain", code.lower(), "--json").json
    assert (document["code"], document["explanation"]) == (code, all_rules()[code].explanation)


WRONG = [
    (("explain", "PC999"), "no code PC999"),
    (("explain", "{config}", "--step", "MimsPakage"), "did you mean 'MimsPackage'?"),
    (("check",), "Missing argument"),
    (("chekc", "{config}"), "Did you mean 'check'?"),
    (("check", "{config}", "--jsno"), "--jsno"),
    (("contracts", "shwo"), "Did you mean 'show'?"),
    (("run", "{config}", "--parameter", "MinAuc"), "'MinAuc' is not NAME=VALUE"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], says: str, config: Path) -> None:
    result = cli(*(each.format(config=config) for each in arguments))
    assert (result.code, result.out) == (2, "")
    assert says in result.err


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_wrong_usage_as_data(arguments: tuple[str, ...], says: str, config: Path) -> None:
    result = cli(*(each.format(config=config) for each in arguments), "--json")
    assert (result.code, result.err) == (2, "")
    assert result.json["ok"] is False
    (diagnostic,) = result.json["diagnostics"]
    assert (diagnostic["code"], diagnostic["severity"]) == ("PC400", "error")
    assert says in diagnostic["message"]
    assert diagnostic["fix"].endswith(" --help'")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_is_for(command: str) -> None:
    result = cli(command, "--help")
    assert result.code == 0
    listed = next(line for line in cli("--help").out.splitlines() if line.split()[:1] == [command])
    assert not listed.endswith("...")
    assert listed.split(maxsplit=1)[1] in " ".join(result.out.split())


def test_the_version_is_the_packages() -> None:
    assert cli("--version").out.strip() == version("sagemaker-pipeline-compiler")


def test_errors_are_counted_apart_from_warnings(config: Path) -> None:
    (config.parent / "data").mkdir()
    (config.parent / "data/part.csv").write_text("a\n1\n")
    settings = with_values(
        yaml.safe_load(config.read_text()),
        {
            "steps.CradleDataLoading_training.source": {"files": "data"},
            "steps.XGBoostTraining": {"instance_type": "ml.m5.huge"},
        },
    )
    config.write_text(yaml.safe_dump(settings))
    assert cli("check", config).err.splitlines()[-1] == "1 error, 1 warning found"


def test_a_command_loads_no_other_commands_libraries(config: Path) -> None:
    """Which would take as long as checking does."""
    program = (
        "import sys; from pipeline_compiler.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "others = 'local', 'executions', 'contract_tools', 'access', 'plan'\n"
        "print([each for each in others if f'pipeline_compiler.{each}' in sys.modules])"
    )
    process = _process("-c", program, "check", config.name, cwd=config.parent)
    assert process.stdout.splitlines()[-1] == "[]", process.stderr


def test_a_config_that_is_not_there(tmp_path: Path) -> None:
    for command in ("check", "compile", "explain"):
        result = cli(command, tmp_path / "gone.yaml")
        assert (result.code, result.out) == (1, "")
        assert result.err.startswith(f"PC401 error: {tmp_path / 'gone.yaml'} cannot be read: No such file")
        document = cli(command, tmp_path / "gone.yaml", "--json").json
        assert document["ok"] is False


def _process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )


def test_it_is_a_module_that_can_be_run(config: Path) -> None:
    process = _process("-m", "pipeline_compiler", "check", config.name, cwd=config.parent)
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("fraud-detection: 11 steps")
    config.write_text(config.read_text().replace("threshold", "treshold"))
    process = _process("-m", "pipeline_compiler", "check", config.name, cwd=config.parent)
    assert process.returncode == 1
    assert "Traceback" not in process.stderr
    assert "config.yaml:" in process.stderr


def test_importing_prints_nothing_and_needs_no_sdk(tmp_path: Path) -> None:
    statement = "import sys, pipeline_compiler, pipeline_compiler.cli; assert 'sagemaker' not in sys.modules"
    process = _process("-c", statement, cwd=tmp_path)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
