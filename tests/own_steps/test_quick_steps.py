"""quick_step: a step in one cell."""

from __future__ import annotations

import math
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, quick_step
from script_contracts.core.contract import JobKind
from tests.own_steps.pipelines import arguments, compiled, executed


def shout(runtime: Any) -> None:
    for file in runtime.input_path("texts").iterdir():
        text = file.read_text().upper() + runtime.env("MARK") * int(runtime.env("TIMES"))
        (runtime.output_path("result") / file.name).write_text(text)


def test_a_function_becomes_a_step_that_runs(tmp_path: Path) -> None:
    step = quick_step("Shout", shout, inputs=["texts"], settings={"mark": str, "times": 2})
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a.txt").write_text("hear")
    section = {"texts": {"files": str(tmp_path / "texts")}, "mark": "!"}
    pipeline = compiled({"Shout": section}, libraries=[step])
    assert arguments(pipeline, "Shout")["Environment"] == {"MARK": "!", "TIMES": "2"}
    report = executed(pipeline, tmp_path / "state")
    assert report.ok, report.diagnostics
    assert (report.step("Shout").outputs["result"] / "a.txt").read_text() == "HEAR!!"


def test_the_same_function_is_the_same_definition() -> None:
    section = {"Shout": {"texts": {"files": "s3://bucket/texts"}}}
    definitions = {
        compiled(section, libraries=[quick_step("Shout", shout, inputs=["texts"])]).definition
        for _ in range(2)
    }
    assert len(definitions) == 1


def test_a_script_file_and_built_in_steps_around_it(tmp_path: Path) -> None:
    script = tmp_path / "shout.py"
    script.write_text("import contract_runtime\nimport helper\n")
    (tmp_path / "helper.py").write_text("")
    step = quick_step("Shout", script, inputs=["DATA"], outputs=["texts"], requirements={"pandas": ">=2"})
    sections = {"CradleDataLoading_training": {"source": {"files": "s3://bucket/raw"}}, "Shout": {}}
    pipeline = compiled(sections, "CradleDataLoading_training -> Shout", libraries=[step])
    assert [str(each.producer) for each in pipeline.wiring.bindings] == ["CradleDataLoading_training"]
    (bundle,) = (asset for asset in pipeline.assets if "shout.py" in asset.files)
    assert "helper.py" in bundle.files


def test_a_training_step() -> None:
    step = quick_step("Learn", shout, inputs=["texts"], outputs=["model", "report"], kind="training")
    assert step.spec.job_kind is JobKind.TRAINING
    pipeline = compiled({"Learn": {"texts": {"files": "s3://bucket/texts"}}}, libraries=[step])
    assert arguments(pipeline, "Learn")["InputDataConfig"][0]["ChannelName"] == "texts"


def outside(runtime: Any) -> None:
    print(math.pi)


def two(runtime: Any, more: Any) -> None:
    """One parameter too many."""


def by_name(*, runtime: Any) -> None:
    """A parameter that no caller gives."""


def with_default(runtime: Any = math) -> None:
    """A default that is not in the script."""


def never_runs(runtime: Any) -> Any:
    yield runtime


@cache
def decorated(runtime: Any) -> None:
    """A decorator that is not in the script."""


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a name that is none": ({"step_type": "clean-text"}, "no step type"),
    "a script that is not there": ({"script": "nowhere.py"}, "there is no script"),
    "what is defined outside": ({"script": outside}, "uses math"),
    "two parameters": ({"script": two}, "no function of one parameter"),
    "a parameter by name": ({"script": by_name}, "no function of one parameter"),
    "a default": ({"script": with_default}, "without a default"),
    "a generator": ({"script": never_runs}, "has a 'yield'"),
    "a decorator": ({"script": decorated}, "no function of one parameter"),
    "no script": ({"script": None}, "there is no script None"),
    "no kind": ({"kind": "train"}, "the kind is 'train'"),
    "settings that are a list": ({"settings": ["mark"]}, "['mark'] is no mapping"),
    "requirements that are a list": ({"requirements": ["pandas"]}, "['pandas'] is no mapping"),
    "a setting in upper case": ({"settings": {"MARK": "!"}}, "name it 'mark'"),
    "a lambda": ({"script": lambda runtime: None}, "no function of one parameter"),
    "no source": ({"script": print}, "source cannot be read"),
    "a setting that is a list": ({"settings": {"names": [1]}}, "the setting 'names' is [1]"),
    "a setting of the job": ({"settings": {"instance_type": "x"}}, "another config field"),
    "a setting and an input": ({"settings": {"data": 1}}, "another config field"),
    "a port that is no name": ({"inputs": ["my data"]}, "no name of a config field"),
    "three outputs of a training": ({"kind": "training", "outputs": ["a", "b", "c"]}, "at most two outputs"),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=list(BAD))
def test_what_no_step_can_be_made_of_is_told(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        quick_step(**{"step_type": "Shout", "script": shout, **changes})
    assert caught.value.codes == ("PC439",)
    assert message in str(caught.value)


@pytest.mark.parametrize("function", [outside, two, by_name, with_default, never_runs, decorated])
def test_a_function_is_told_with_its_line(function: Any) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        quick_step("Shout", function)
    place = caught.value.diagnostics[0].place
    assert place.file == __file__
    line = Path(__file__).read_text().splitlines()[(place.line or 0) - 1]
    assert line.startswith((f"def {function.__name__}(", "@cache"))


@pytest.mark.parametrize("own", [False, True])
def test_a_notebooks_version_of_a_built_in_function_is_not_the_users(own: bool, tmp_path: Path) -> None:
    line = "def open(file): ..." if own else "from codecs import open"
    cell = f"{line}\ndef read(runtime):\n    open(runtime.input_path('data'))\n"
    (tmp_path / "cell.py").write_text(cell)
    spec = spec_from_file_location("a_cell", tmp_path / "cell.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    if not own:
        assert quick_step("Read", module.read).spec.step_type == "Read"
        return
    with pytest.raises(PipelineCompilerError, match="uses open"):
        quick_step("Read", module.read)


def test_one_port_needs_no_list() -> None:
    spec = quick_step("Shout", shout, inputs="texts", outputs="loud").spec
    assert spec.port_names == ("texts", "loud")


def test_a_step_of_a_built_in_name_is_refused() -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        compiled({"MimsPackage": {}}, libraries=[quick_step("MimsPackage", shout)])
    assert "PC432" in caught.value.codes
