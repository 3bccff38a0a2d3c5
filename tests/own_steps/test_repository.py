"""A user's repository outside of ours: its steps pass everything that built-in steps pass."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from pipeline_compiler import compile_pipeline
from tests.cli.harness import cli
from tests.configs import minimal_config
from tests.own_steps.pipelines import arguments


def test_check_proves_the_pipeline_and_its_scripts(repository: Path) -> None:
    result = cli("check", "pipeline.yaml")
    assert (result.code, result.err) == (0, "")
    assert result.out == "screening: 3 steps, 2 inputs wired, 0 errors, 0 warnings\n"


def test_check_finds_what_a_script_of_the_library_does_wrong(repository: Path) -> None:
    script = repository / "team_steps/scripts/deduplicate.py"
    script.write_text(script.read_text().replace('input_path("records")', 'input_path("record")'))
    result = cli("check", "pipeline.yaml")
    assert result.code == 1
    assert "team_steps/scripts/deduplicate.py:" in result.err
    assert cli("analyze", "--library", "team_steps").code == 1


def test_a_template_may_be_named_in_two_ways(repository: Path) -> None:
    template = repository / "templates/screening.yaml"
    assert cli("check", "pipeline.yaml", "--template", template).code == 0


def test_explain_says_whose_place_an_output_takes(repository: Path) -> None:
    assert "stands in for CradleDataLoading" in cli("explain", "pipeline.yaml").out
    rows = cli("explain", "pipeline.yaml", "--json").json["inputs"]
    stand_ins = {row["from"]: row["stands_in_for"] for row in rows if row["from"]}
    assert stand_ins["Deduplicate.DATA"] == "CradleDataLoading"
    assert stand_ins["TabularPreprocessing_training.processed_data"] is None


def test_the_definition_runs_the_image_and_nothing_of_ours(repository: Path) -> None:
    pipeline = compile_pipeline(None, "pipeline.yaml")
    request = arguments(pipeline, "ScreenSplits")
    assert request["AppSpecification"] == {
        "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/screening:4",
        "ContainerEntrypoint": ["/opt/screen/bin/screen", "--quiet"],
        "ContainerArguments": ["--level", "thorough"],
    }
    assert request["Environment"] == {"LANGUAGE": "en"}
    assert [each["InputName"] for each in request["ProcessingInputs"]] == ["processed_data"]
    assert not any("screen_splits.py" in asset.files for asset in pipeline.assets)


def test_a_bundle_has_the_librarys_modules_and_our_runtime(repository: Path) -> None:
    (bundle,) = (a for a in compile_pipeline(None, "pipeline.yaml").assets if "deduplicate.py" in a.files)
    assert {"tables.py", "contract_runtime.py", "contract.json"} <= set(bundle.files)
    assert "screen_splits.py" not in bundle.files


def test_where_the_repository_lies_does_not_reach_the_definition(repository: Path, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(repository, tmp_path / "elsewhere")
    here, there = (compile_pipeline(None, folder / "pipeline.yaml") for folder in (repository, elsewhere))
    assert here.definition == there.definition


def test_run_executes_built_in_and_own_steps_and_the_stand_in_of_the_image(repository: Path) -> None:
    result = cli("run", "pipeline.yaml", "--json")
    assert result.code == 0, result.err
    results = repository / ".pipeline-runs/screening/s3/team-bucket/pipelines/screening/executions"
    (screening,) = results.rglob("screening.json")
    assert json.loads(screening.read_text())["level"] == "thorough"
    (written,) = results.rglob("records.csv")
    assert len(written.read_text().splitlines()) == 1 + 60  # five of the rows came twice


def test_without_a_stand_in_the_step_is_refused_and_the_others_run(repository: Path) -> None:
    contract = repository / "team_steps/script_contracts/screen_splits.py"
    contract.write_text(contract.read_text().replace('    local_program="screen_splits.py",\n', ""))
    assert cli("check", "pipeline.yaml").code == 0
    refused = cli("run", "pipeline.yaml")
    assert refused.code == 1
    assert "PC782 error: step 'ScreenSplits' runs a program that is in its image" in refused.err
    assert "local_program" in refused.err
    assert not list(repository.glob(".pipeline-runs/**/*.log"))  # nothing ran, and nothing was skipped
    untestable = cli("contracts", "test", "ScreenSplits", "--config", "pipeline.yaml")
    assert "PC137" in untestable.err
    assert "local_program" in untestable.err
    assert cli("run", "pipeline.yaml", "--only", "Deduplicate").code == 0


def test_the_contract_commands_know_the_steps_of_a_config(repository: Path) -> None:
    shown = cli("contracts", "show", "ScreenSplits", "--config", "pipeline.yaml")
    assert "Runs '/opt/screen/bin/screen --quiet', in an image of its own" in shown.out
    assert "Deduplicate" in cli("contracts", "show", "--library", "team_steps").out
    followers = cli("contracts", "suggest", "TabularPreprocessing", "--library", "team_steps").out
    assert "ScreenSplits" in followers
    assert cli("contracts", "show", "ScreenSplits").code == 2
    written = cli("contracts", "synthesize", "Deduplicate", "records", "-o", "new", "--library", "team_steps")
    assert written.code == 0
    assert (repository / "new").is_dir()


@pytest.mark.slow
@pytest.mark.parametrize("step", ["Deduplicate", "ScreenSplits"])
def test_the_generated_contract_tests_pass(repository: Path, step: str) -> None:
    result = cli("contracts", "test", step, "--config", "pipeline.yaml")
    assert result.code == 0, result.out


def test_an_installed_package_needs_no_path(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = repository / "site"
    shutil.move(repository / "team_steps", site / "team_steps")
    info = repository / "team_steps-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: team-steps\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sagemaker_pipeline_compiler.steps]\nteam = team_steps\n")
    template = repository / "templates/screening.yaml"
    text = yaml.safe_load(template.read_text())
    del text["step_libraries"]
    template.write_text(yaml.safe_dump(text))
    monkeypatch.syspath_prepend(site)
    assert "PC208" in cli("check", "pipeline.yaml").err
    shutil.move(info, site)  # as when it is installed while a notebook runs
    try:
        assert cli("check", "pipeline.yaml").code == 0
        assert "Deduplicate" in cli("contracts", "show").out
        # the same folder by its path is the same library
        template.write_text(yaml.safe_dump({**text, "step_libraries": ["../site/team_steps"]}))
        assert cli("check", "pipeline.yaml").code == 0
        (site / "team_steps/step_specs/deduplicate.py").write_text("import nowhere\n")
        for name in [name for name in sys.modules if name.startswith("team_steps.")]:
            del sys.modules[name]
        broken = "the package team_steps of team-steps cannot be imported"
        named = cli("check", "pipeline.yaml")
        assert (named.code, "PC431 error: the step library templates/../site/team_steps" in named.err) == (
            1,
            True,
        ), named.err
        # what nobody names need not be in order, unless a step is missing that it may have
        template.write_text(yaml.safe_dump(text))
        missing = cli("check", "pipeline.yaml")
        assert missing.code == 1
        assert missing.err.startswith("PC208 error: 'Deduplicate' is not a known step")
        assert f"PC431 error: {broken}" in missing.err
        (repository / "other.yaml").write_text(yaml.safe_dump(minimal_config("XGBoostSimple")))
        other = cli("check", "other.yaml")
        assert (other.code, f"PC431 warning: {broken}" in other.err) == (0, True), other.err
        assert "the steps of the installed package team-steps are left out" in other.err
        (warning,) = cli("compile", "other.yaml", "--json").json["diagnostics"]
        assert warning["severity"] == "warning"
        listed = cli("contracts", "show")
        assert (listed.code, f"PC431 warning: {broken}" in listed.err) == (0, True)
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "team_steps"]:
            del sys.modules[name]
