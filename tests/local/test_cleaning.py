"""clean: what old executions left is removed, and what later ones or packages need is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_compiler import PipelineCompilerError, Template, compile_pipeline, quick_step
from pipeline_compiler.local import RunReport
from pipeline_compiler.local.cleaning import clean
from pipeline_compiler.local.guard import locked
from tests.cli.harness import cli
from tests.configs import PIPELINE
from tests.own_steps.pipelines import executed


def shout(runtime: Any) -> None:
    text = (runtime.input_path("words") / "words.txt").read_text()
    (runtime.output_path("shouted") / "words.txt").write_text(text.upper())


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "words").mkdir()
    return tmp_path / "state"


def run(state: Path, words: str, **options: Any) -> RunReport:
    (state.parent / "words/words.txt").write_text(words)
    step = quick_step("Shout", shout, inputs=["words"], outputs=["shouted"])
    section = {"words": {"files": str(state.parent / "words")}}
    document = {"pipeline": PIPELINE, "steps": {"Shout": section}}
    report = executed(compile_pipeline(Template.of("Words", ["Shout"]), document, [step]), state, **options)
    assert report.ok
    return report


def output(report: RunReport) -> Path:
    return report.step("Shout").outputs["shouted"] / "words.txt"


def test_old_executions_go_and_the_latest_stay(state: Path) -> None:
    first, second, third = (run(state, words) for words in ("a", "b", "c"))
    found = clean(state, keep=2)
    assert found.executions == (first.execution_id,)
    assert (found.files, found.size > 0) == (3, True)  # its result, its log and its report
    assert not list(state.rglob(f"*{first.execution_id}*"))
    assert [output(each).read_text() for each in (second, third)] == ["B", "C"]
    assert run(state, "b").executed == ()
    assert run(state, "a").executed == ("Shout",)


def test_what_a_kept_execution_took_from_the_cache_is_kept(state: Path) -> None:
    first, _, third = (run(state, words) for words in ("a", "b", "a"))
    assert third.executed == ()
    clean(state, keep=1)
    assert not first.folder.joinpath("execution.json").exists()
    assert output(third).read_text() == "A"
    assert third.step("Shout").log is not None
    assert third.step("Shout").log.is_file()
    assert run(state, "a").executed == ()


def test_what_a_model_package_names_is_kept(state: Path) -> None:
    first, _ = (run(state, words) for words in ("a", "b"))
    address = "s3://" + str(output(first).relative_to(state / "s3"))
    package = state / "model-packages/words/1.json"
    package.parent.mkdir(parents=True)
    package.write_text(json.dumps({"InferenceSpecification": {"Containers": [{"ModelDataUrl": address}]}}))
    clean(state, keep=1)
    assert output(first).read_text() == "A"


def test_a_dry_run_removes_nothing(state: Path) -> None:
    run(state, "a")
    run(state, "b")
    before = sorted(state.rglob("*"))
    assert clean(state, keep=1, dry_run=True).files == 3
    assert sorted(state.rglob("*")) == before
    assert clean(state, keep=1).files == 3


def test_everything_that_runs_made_goes_and_nothing_else(state: Path) -> None:
    run(state, "a")
    (state / "notes.txt").write_text("mine")
    assert len(clean(state, keep=0).executions) == 1
    assert sorted(path.name for path in state.iterdir()) == ["lock", "notes.txt"]
    assert run(state, "a").executed == ("Shout",)


def test_a_folder_in_use_is_left_alone(state: Path) -> None:
    report = run(state, "a")
    with locked(state), pytest.raises(PipelineCompilerError) as caught:
        clean(state, keep=0)
    assert caught.value.codes == ("PC781",)
    assert output(report).is_file()


def test_the_command(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(state.parent)
    config = state.parent / "pipeline.yaml"
    config.write_text(yaml.safe_dump({"template": "XGBoostSimple", "pipeline": PIPELINE}))
    missing = cli("clean", config)
    assert missing.code == 2
    assert f".pipeline-runs/{PIPELINE['name']} is not what a local run makes" in " ".join(missing.err.split())
    own = state.parent / ".pipeline-runs" / PIPELINE["name"]
    (own.parent / "words").mkdir(parents=True)
    for words in "abcd":
        run(own, words)
    assert "would remove 1 execution, 3 files" in cli("clean", config, "--dry-run").out
    assert cli("clean", config).out.startswith("removed 1 execution, 3 files, 0.0 MB from .pipeline-runs/")
    document = cli("clean", config, "--all", "--json").json
    assert (len(document["executions"]), document["removed"]) == (3, True)
    assert [path.name for path in own.iterdir()] == ["lock"]
