"""Every mistake, on the command line: exit code 1, the field in the first line, the same as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_compiler import PipelineCompilerError, compile_pipeline
from tests.cli.harness import TODAY, cli
from tests.pipeline_compiler.mistakes import ALL, Mistake

every_mistake = pytest.mark.parametrize("mistake", ALL, ids=[row.name for row in ALL])


@every_mistake
def test_check_shows_it(mistake: Mistake, tmp_path: Path) -> None:
    path = mistake.write(tmp_path)
    result = cli("check", path)
    assert (result.code, result.out) == (1, "")
    lines = result.err.splitlines()
    (first,) = [index for index, line in enumerate(lines) if line.startswith(f"{mistake.code} error: ")]
    assert first == 0 or "note" in lines[0]
    assert mistake.says in lines[first]
    assert ":" in lines[first + 1]
    assert lines[first + 1].startswith(f"  {tmp_path}")
    assert any(line.startswith("  fix: ") and mistake.fix in line for line in lines)
    assert lines[-1].endswith("found")


@every_mistake
def test_the_same_as_data(mistake: Mistake, tmp_path: Path) -> None:
    path = mistake.write(tmp_path)
    with pytest.raises(PipelineCompilerError) as error:
        compile_pipeline(None, path, today=TODAY)
    result = cli("check", path, "--json")
    assert (result.code, result.err) == (1, "")
    assert result.json == {"ok": False, "diagnostics": [each.as_dict() for each in error.value.diagnostics]}


@every_mistake
def test_compile_writes_nothing(mistake: Mistake, tmp_path: Path) -> None:
    path = mistake.write(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for options in ((), ("--json",)):
        assert cli("compile", path, "-o", tmp_path / "definition.json", *options).code == 1
    assert sorted(tmp_path.rglob("*")) == before
