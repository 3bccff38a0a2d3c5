"""Step libraries as installed packages: what is wrong with one concerns only those who need it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline_compiler import CompiledPipeline, PipelineCompilerError
from pipeline_compiler.step_library import complete_library
from script_contracts.core.diagnostics import Severity
from tests.cli.harness import cli
from tests.own_steps.pipelines import compiled

Install = Callable[..., Path]
SECTION = {"data": {"files": "s3://bucket/data"}}


@pytest.fixture
def install(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`install(package, step)`: an installed package with a step of new-step's; returns its folder."""
    site = workplace / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    names: list[str] = []

    def make(package: str, step: str) -> Path:
        assert cli("new-step", step, "-o", site / package).code == 0
        info = site / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[sagemaker_pipeline_compiler.steps]\nteam = {package}\n")
        importlib.invalidate_caches()
        names.append(package)
        return site / package

    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def good() -> CompiledPipeline:
    return compiled({"GoodStep": SECTION})


def test_a_package_that_declares_a_built_in_step_is_left_out_and_named(install: Install) -> None:
    install("good_steps", "GoodStep")
    edit(install("bad_steps", "BadStep") / "step_specs/bad_step.py", '"BadStep"', '"MimsPackage"')
    (warning,) = good().diagnostics
    assert (warning.code, warning.severity) == ("PC432", Severity.WARNING)
    assert "by the built-in steps and by the package bad_steps of bad_steps" in warning.message
    assert (warning.place.file or "").endswith("site/bad_steps/step_specs/bad_step.py")
    assert warning.place.line == 8
    assert complete_library().origins["MimsPackage"] == "the built-in steps"


def test_of_two_packages_with_one_step_neither_is_taken(install: Install) -> None:
    install("good_steps", "GoodStep")
    install("one", "TwinStep")
    install("other", "TwinStep")
    assert [each.code for each in good().diagnostics] == ["PC432", "PC432"]
    with pytest.raises(PipelineCompilerError) as caught:
        compiled({"TwinStep": SECTION})
    assert caught.value.codes == ("PC208", "PC432", "PC432")
    assert all(each.severity is Severity.ERROR for each in caught.value.diagnostics)


def test_a_package_that_names_an_unknown_step_is_left_out_and_so_is_what_names_its_steps(
    install: Install,
) -> None:
    install("good_steps", "GoodStep")
    for package, step, source in (("first", "FirstStep", "Nobody"), ("second", "SecondStep", "FirstStep")):
        module = install(package, step) / f"step_specs/{package}_step.py"
        edit(module, 'name="data",', f'name="data", compatible_sources=("{source}",),')
    found = {each.message: each for each in good().diagnostics}
    assert [each.code for each in found.values()] == ["PC206", "PC206"]
    assert [message.split(":")[0] for message in found] == ["FirstStep.data", "SecondStep.data"]
    assert all(each.severity is Severity.WARNING and each.place.line for each in found.values())
    assert set(complete_library().own) == {"GoodStep"}


def test_what_the_config_names_goes_before_what_is_installed(install: Install, workplace: Path) -> None:
    package = install("good_steps", "GoodStep")
    assert cli("new-step", "GoodStep", "-o", "checkout").code == 0
    edit(workplace / "checkout/scripts/good_step.py", "Copies the rows", "Copies the newest rows")
    pipeline = compiled({"GoodStep": SECTION}, libraries=["checkout"])
    (warning,) = pipeline.diagnostics
    assert (warning.code, warning.severity) == ("PC432", Severity.WARNING)
    assert f"the other one is at {Path('checkout/step_specs/good_step.py')}:8" in warning.details
    assert list(pipeline.scripts) == [workplace / "checkout/scripts/good_step.py"]
    assert compiled({"GoodStep": SECTION}, libraries=[package]).diagnostics == ()  # the same folder


def test_a_package_that_fails_at_its_first_line_is_told_with_that_line(install: Install) -> None:
    package = install("bad_steps", "BadStep")
    (package / "__init__.py").write_text('"""Steps."""\nimport nowhere\n')
    (warning,) = complete_library().left_out
    assert (warning.code, warning.place.file, warning.place.line) == (
        "PC431",
        str(package / "__init__.py"),
        2,
    )
    assert "install nowhere" in warning.fix


def test_a_folder_that_an_older_version_left_is_not_taken_for_the_package(
    install: Install, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workplace / "older/good_steps/__pycache__").mkdir(parents=True)
    install("good_steps", "GoodStep")
    monkeypatch.syspath_prepend(workplace / "older")
    assert good().diagnostics == ()
