"""`pipeline-compiler check` on definitions: any JSON file with Version and Steps."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_compiler.conformance.definition_files import lines_of, pointer
from tests.cli.harness import cli

from .handwritten import XGBOOST, definition, processing, training

TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def write(folder: Path, document: Any, **options: Any) -> Path:
    path = folder / "definition.json"
    path.write_text(json.dumps(document, **options))
    return path


def test_a_correct_definition(tmp_path: Path) -> None:
    path = write(tmp_path, definition(processing(), training()), indent=2)
    result = cli("check", path, "--region", "us-east-1")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{path}: 2 steps, 0 errors, 0 warnings\n"


def test_a_mistake_is_told_with_file_line_and_pointer(tmp_path: Path) -> None:
    document = definition(processing(), training(ResourceConfig__InstanceType="ml.m5.huge"))
    path = write(tmp_path, document, indent=2)
    result = cli("check", path)
    assert result.code == 1
    (line,) = [n for n, each in enumerate(path.read_text().splitlines(), 1) if "ml.m5.huge" in each]
    lines = result.err.splitlines()
    assert lines[0].startswith("PC523 error: Train: 'ml.m5.huge'")
    assert lines[1] == f"  {path}:{line}  /Steps/1/Arguments/ResourceConfig/InstanceType"


@pytest.mark.parametrize(
    ("region", "codes"), [("us-east-1", []), ("eu-west-1", ["PC545", "PC545"]), (None, [])]
)
def test_the_region_is_the_users_to_say(tmp_path: Path, region: str | None, codes: list[str]) -> None:
    path = write(tmp_path, definition(processing(), training()))
    result = cli("check", path, "--json", *(["--region", region] if region else []))
    assert [each["code"] for each in result.json["diagnostics"]] == codes
    assert result.json["ok"] is not bool(codes)


def test_warnings_do_not_fail(tmp_path: Path) -> None:
    image = XGBOOST.replace("3.2-0", "3.0-5")
    path = write(tmp_path, definition(training(AlgorithmSpecification__TrainingImage=image)), indent=1)
    result = cli("check", path, today=date(2027, 1, 1))
    assert result.code == 0
    assert result.err.startswith("PC547 warning: Train: AWS stopped patching")
    assert result.out.endswith("1 steps, 0 errors, 1 warning\n")


def test_a_json_config_is_still_a_config(tmp_path: Path) -> None:
    result = cli("check", write(tmp_path, {"template": "XGBoostSimpel"}))
    assert result.err.startswith("PC407 error: there is no template 'XGBoostSimpel'")
    assert cli("check", write(tmp_path, {"template": "CradleOnly"}), "--region", "us-east-1").code == 2


def test_a_broken_file_is_read_as_a_config_and_refused(tmp_path: Path) -> None:
    path = tmp_path / "definition.json"
    path.write_text('{"Version": "2020-12-01", "Steps": [')
    assert cli("check", path).err.startswith("PC401 error:")
    assert cli("check", tmp_path / "none.json").err.startswith("PC401 error:")


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    own = [path] if path else []
    return own + [each for key, entry in inner for each in paths(entry, (*path, key))]


@given(JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_every_value_has_its_line(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps({"Steps": value}, indent=indent, ensure_ascii=ascii_only)
    found = dict(lines_of(text))
    assert sorted(found, key=str) == sorted(paths({"Steps": value}), key=str)
    if indent is None:
        assert set(found.values()) == {1}
    else:
        assert list(found.values()) == sorted(found.values())


def test_pointers_escape_what_pointers_are_made_of() -> None:
    assert pointer(("a/b", 0, "c~d")) == "/a~1b/0/c~0d"
