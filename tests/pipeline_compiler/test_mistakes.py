"""Bad input, at compile time: each mistake gives one diagnostic with its place, value and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_compiler import Diagnostic, PipelineCompilerError, compile_pipeline
from tests.configs import CONFIG_YAML, TEMPLATE_YAML
from tests.pipeline_compiler import mistakes
from tests.pipeline_compiler.mistakes import Mistake


def table(name: str, rows: tuple[Mistake, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("mistake", rows, ids=[f"{name}: {row.name}" for row in rows])


def problems(config: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(PipelineCompilerError) as error:
        compile_pipeline(None, config)
    return error.value.diagnostics


def check(mistake: Mistake, folder: Path) -> None:
    found = [each for each in problems(mistake.write(folder)) if each.severity.value == "error"]
    assert len(found) == 1, "\n".join(map(str, found))
    mistake.check(found[0], folder)


def test_without_mistakes_the_two_files_compile(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    (tmp_path / "config.yaml").write_text(CONFIG_YAML)
    assert compile_pipeline(None, tmp_path / "config.yaml").diagnostics == ()


@table("misspelt", mistakes.MISSPELT)
def test_misspelt(mistake: Mistake, tmp_path: Path) -> None:
    check(mistake, tmp_path)


@table("missing", mistakes.MISSING)
def test_missing(mistake: Mistake, tmp_path: Path) -> None:
    check(mistake, tmp_path)


@table("job type", mistakes.JOB_TYPES)
def test_job_type(mistake: Mistake, tmp_path: Path) -> None:
    check(mistake, tmp_path)


@table("value", mistakes.VALUES)
def test_value(mistake: Mistake, tmp_path: Path) -> None:
    check(mistake, tmp_path)


@table("graph", mistakes.GRAPH)
def test_graph(mistake: Mistake, tmp_path: Path) -> None:
    check(mistake, tmp_path)


def test_problems_of_different_kinds_are_reported_together_in_the_order_of_the_file(tmp_path: Path) -> None:
    edits = {
        "us-east-1": "us-est-1",
        "label_field: is_fraud": "lable_field: is_fraud",
        "default: ml.m5.xlarge": "default: m5.xlarge",
        "  MimsRegistration:": "  MimsRegister:",
    }
    text = CONFIG_YAML
    for old, new in edits.items():
        text = text.replace(old, new)
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML.replace("-> MimsRegistration", "-> Nowhere"))
    (tmp_path / "config.yaml").write_text(text)
    found = problems(tmp_path / "config.yaml")
    expected = {"PC402", "PC403", "PC404", "PC405", "PC302"}
    assert expected <= {each.code for each in found}
    # Names that do not exist come first: the rest may only follow from them.
    unknown = [each.code in ("PC405", "PC302") for each in found]
    assert unknown == sorted(unknown, reverse=True)
    config = [each for each in found if each.place.file == str(tmp_path / "config.yaml")]
    lines = [each.place.line or 0 for each in config if each.code != "PC405"]
    assert lines == sorted(lines)
    assert len({(each.code, each.message) for each in found}) == len(found)


def test_every_missing_and_ambiguous_input_is_reported_at_once(tmp_path: Path) -> None:
    template = TEMPLATE_YAML.replace("  - TabularPreprocessing_training -> XGBoostTraining\n", "")
    template = template.replace("  - XGBoostTraining -> MimsPackage\n", "")
    (tmp_path / "template.yaml").write_text(template)
    (tmp_path / "config.yaml").write_text(CONFIG_YAML)
    found = [each for each in problems(tmp_path / "config.yaml") if each.severity.value == "error"]
    assert [(each.code, each.place.field) for each in found] == [
        ("PC310", "steps.XGBoostTraining"),
        ("PC310", "steps.MimsPackage"),
    ]


def test_two_sources_that_fit_equally_well(tmp_path: Path) -> None:
    template = TEMPLATE_YAML.replace(
        "  QualityGate:\n", "  Second: {step: XGBoostTraining}\n  QualityGate:\n"
    )
    template += "  - TabularPreprocessing_training -> Second\n  - Second -> MimsPackage\n"
    (tmp_path / "template.yaml").write_text(template)
    (tmp_path / "config.yaml").write_text(CONFIG_YAML)
    (found,) = [each for each in problems(tmp_path / "config.yaml") if each.severity.value == "error"]
    assert found.code == "PC311"
    assert "Second.model_output" in found.message
    assert "XGBoostTraining.model_output" in found.message
    assert found.place.line == 1 + template.splitlines().index("  MimsPackage:")
    remedy = found.fix.split("'")[1]
    producer = remedy.split(".")[0]
    (tmp_path / "template.yaml").write_text(template.replace(f"{producer} -> MimsPackage", remedy))
    compile_pipeline(None, tmp_path / "config.yaml")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "data" / ".hidden").mkdir(parents=True)
    (tmp_path / "data" / ".hidden" / "part.csv").write_text("a\n")
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    (tmp_path / "config.yaml").write_text(CONFIG_YAML.replace("s3://ml-fraud/raw/06/", "data"))
    (found,) = problems(tmp_path / "config.yaml")
    assert (found.code, found.place.line) == ("PC414", 21)
    assert "the folder 'data' holds no files" in found.message


def test_a_folder_that_is_not_uploaded_is_a_warning_and_one_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "part.csv").write_text("a\n1\n")
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    (tmp_path / "config.yaml").write_text(CONFIG_YAML.replace("s3://ml-fraud/raw/06/", "data"))
    compiled = compile_pipeline(None, tmp_path / "config.yaml")
    (warning,) = compiled.diagnostics
    assert (warning.code, warning.severity.value, warning.place.line) == ("PC413", "warning", 21)
    assert set(compiled.local_sources.values()) == {tmp_path / "data"}
    uploaded = CONFIG_YAML.replace("s3://ml-fraud/raw/06/", "data\n      upload: true")
    (tmp_path / "config.yaml").write_text(uploaded)
    compiled = compile_pipeline(None, tmp_path / "config.yaml")
    assert compiled.diagnostics == ()
    assert compiled.local_sources == {}
    (asset,) = [each for each in compiled.assets if "/data/" in each.uri]
    assert dict(asset.files) == {"part.csv": tmp_path / "data" / "part.csv"}
    assert asset.uri in compiled.definition


_UNREADABLE = {
    "not YAML": (b"template: [a\npipeline: {", 2, "not valid YAML"),
    "a tab": (b"template: A\n\tpipeline: 1\n", 2, "not valid YAML"),
    "a repeated key": (b"template: A\npipeline:\n  name: a\n  name: b\n", 4, "'name' is given twice"),
    "a repeated section": (b"steps: {}\ntemplate: A\nsteps: {}\n", 3, "'steps' is given twice"),
    "a list": (b"- a\n- b\n", 1, "is not a mapping"),
    "text": (b"hello\n", 1, "is not a mapping"),
    "nothing": (b"", 1, "is not a mapping"),
    "only a comment": (b"# nothing here\n", 1, "is not a mapping"),
    "two documents": (b"a: 1\n---\nb: 2\n", 2, "not valid YAML"),
    "an unknown tag": (b"template: A\npipeline: !!python/object:os.system {}\n", 2, "not valid YAML"),
    "an unknown alias": (b"template: *missing\n", 1, "not valid YAML"),
    "an alias of itself": (b"template: A\npipeline: &p\n  x: *p\n", 3, "'pipeline.x' contains itself"),
    "not UTF-8": ("template: \xfc\n".encode("latin-1"), None, "is not UTF-8 text"),
    "UTF-16": ("template: A\n".encode("utf-16"), None, "is not UTF-8 text"),
    "a control character": (b"template: \x01\n", None, "control characters are not allowed"),
    "a value against its tag": (b"template: !!int twelve\n", None, "cannot be read"),
    "a date against its tag": (b"template: !!timestamp never\n", None, "cannot be read"),
    "deep nesting": (b"a: " + b"[" * 3000 + b"]" * 3000, None, "nested too deeply"),
    "a list as a key": (b"? [a]\n: b\n", 1, "not valid YAML"),
}


@pytest.mark.parametrize(("content", "line", "says"), _UNREADABLE.values(), ids=_UNREADABLE)
def test_unreadable(content: bytes, line: int | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    (found,) = problems(path)
    assert found.code == "PC401"
    assert says in found.message
    assert (found.place.file, found.place.line) == (str(path), line)
    assert found.fix


@pytest.mark.parametrize(("name", "reason"), [("gone.yaml", "No such file"), (".", "Is a directory")])
def test_files_that_are_none(name: str, reason: str, tmp_path: Path) -> None:
    (found,) = problems(tmp_path / name)
    assert found.code == "PC401"
    assert str(tmp_path / name) in found.message
    assert reason in found.message


def test_aliases_and_merge_keys_are_yaml_like_any_other(tmp_path: Path) -> None:
    text = CONFIG_YAML.replace(
        "    source:\n      files: s3://ml-fraud/raw/06/", "    source: &s {files: s3://b/c}"
    )
    text = text.replace(
        "    source:\n      files: s3://ml-fraud/raw/07/", "    source: {<<: *s, fromat: csv}"
    )
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    (tmp_path / "config.yaml").write_text(text)
    (found,) = problems(tmp_path / "config.yaml")
    assert (found.code, found.place.line) == ("PC402", 22)


def test_a_key_is_the_text_in_the_file_and_a_date_is_text(tmp_path: Path) -> None:
    mapping = "    positive_class: null\n    label_mapping: {yes: 1, 0: 0, 2026-01-01: 0}"
    text = CONFIG_YAML.replace("    train_ratio: 0.7", mapping)
    text = text.replace("tags: {team: fraud}", "tags: {since: 2026-01-01}")
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    (tmp_path / "config.yaml").write_text(text)
    compiled = compile_pipeline(None, tmp_path / "config.yaml")
    assert compiled.tags == {"since": "2026-01-01"}
    step = next(each for each in compiled.steps if each["Name"] == "TabularPreprocessing_training")
    assert step["Arguments"]["Environment"]["LABEL_MAPPING"] == '{"0": 0, "2026-01-01": 0, "yes": 1}'
