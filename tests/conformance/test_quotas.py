"""Quotas: where they come from, and how one is raised."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler.conformance import quotas as module
from pipeline_compiler.conformance.pipeline_shapes import SHAPES
from pipeline_compiler.conformance.quotas import override_problems, shipped_quotas
from pipeline_compiler.names import NAME
from script_contracts.core.diagnostics import PipelineCompilerError

CODE = Path(module.__file__).parent


def test_every_quota_says_where_it_was_read() -> None:
    for name, quota in shipped_quotas().entries.items():
        assert quota.name == name
        assert quota.value > 0
        assert quota.what
        assert quota.source
        date.fromisoformat(quota.read)


def test_every_quota_is_used() -> None:
    used = {shape.get("max") for shape in SHAPES.values()}
    text = "".join(file.read_text(encoding="utf-8") for file in CODE.parent.rglob("*.py"))
    assert [name for name in shipped_quotas().entries if name not in used and f'"{name}"' not in text] == []


def test_names_have_the_length_of_the_quota() -> None:
    longest = shipped_quotas()["name_length"]
    assert NAME.fullmatch("a" * longest)
    assert not NAME.fullmatch("a" * (longest + 1))


def test_an_override_replaces_one_value() -> None:
    changed = shipped_quotas().with_overrides({"steps": 100})
    assert changed["steps"] == 100
    assert changed.quota("steps").source == "the config"
    assert changed["parameters"] == shipped_quotas()["parameters"]
    assert shipped_quotas()["steps"] == 50


@pytest.mark.parametrize(
    ("overrides", "message", "fix"),
    [
        ({"step": 60}, "no quota 'step'", "'steps'"),
        ({"steps": 0}, "is 0", "steps in a pipeline"),
        ({"steps": "60"}, "'60'", "steps in a pipeline"),
        ({"steps": True}, "True", "steps in a pipeline"),
        ({"steps": 2.5}, "2.5", "steps in a pipeline"),
    ],
)
def test_what_is_no_quota_is_refused(overrides: dict[str, Any], message: str, fix: str) -> None:
    with pytest.raises(PipelineCompilerError, match=message) as caught:
        shipped_quotas().with_overrides(overrides)
    assert caught.value.codes == ("PC538",)
    assert fix in caught.value.diagnostics[0].fix


def test_all_problems_are_told_at_once() -> None:
    assert len(list(override_problems({"step": 1, "steps": 0}))) == 2
