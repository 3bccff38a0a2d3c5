"""The labelled table of edits: what the plan says, and what runs again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_compiler import compile_pipeline
from pipeline_compiler.plan.differences import Differences, Kind
from pipeline_compiler.plan.planning import plan_differences
from pipeline_compiler.plan.reruns import next_runs
from pipeline_compiler.resources import resource
from pipeline_compiler.template import load_template

from .deployed_values import deployed_as
from .edits import E2E, EDITS, Edit, template_of


def said(differences: Differences) -> Iterator[str]:
    signs = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: ""}
    for step in differences.steps:
        if step.kind is not Kind.CHANGED:
            yield f"{signs[step.kind]}{step.name}"
        if step.moved_from is not None:
            places = [branch or "the top level" for branch in (step.moved_from, step.branch)]
            yield f"{step.name}: from {places[0]} to {places[1]}"
        yield from (f"{step.name}: {each.field}" for each in step.fields)
    for parameter in differences.parameters:
        if parameter.kind is Kind.CHANGED:
            yield from (f"parameter {parameter.name}: {each.field}" for each in parameter.fields)
        else:
            yield f"{signs[parameter.kind]}parameter {parameter.name}"
    yield from (f"pipeline: {each.field}" for each in differences.settings)
    yield from (f"tag {each.field}" for each in differences.tags)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit(edit: Edit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = compile_pipeline(load_template(E2E), edit.before)
    if edit.scripts:
        shutil.copytree(resource("scripts"), tmp_path / "scripts")
        edit.scripts(tmp_path / "scripts")
        monkeypatch.setattr("pipeline_compiler.bundles.resource", lambda _: tmp_path / "scripts")
    after = compile_pipeline(template_of(edit), edit.after)
    found = plan_differences(
        deployed_as(before), after.document, after.role, after.tags, after.execution_settings
    )
    assert set(said(found)) == edit.says
    assert bool(found) == bool(edit.says)
    lost = {each.step for each in next_runs(before.document, after.document) if each.loses_cache}
    assert lost == edit.reruns
