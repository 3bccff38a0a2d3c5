"""The service models, and the table of step types that stands on them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import botocore.session
import pytest

from pipeline_compiler.conformance import service_model
from pipeline_compiler.conformance.pipeline_shapes import SHAPES
from pipeline_compiler.conformance.quotas import shipped_quotas
from pipeline_compiler.conformance.shape import Shape, shape_of
from pipeline_compiler.conformance.step_types import STEP_TYPES
from script_contracts.core.diagnostics import PipelineCompilerError


def test_it_is_what_botocore_itself_reads() -> None:
    model = botocore.session.get_session().get_component("data_loader")
    assert (
        service_model.service_shapes("sagemaker")
        == model.load_service_model("sagemaker", "service-2")["shapes"]
    )


@pytest.mark.parametrize("packed", [True, False])
def test_the_newest_version_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    for version in ("2017-07-24", "2025-01-01", "2099-01-01"):
        folder = tmp_path / "sagemaker" / version
        folder.mkdir(parents=True)
        text = json.dumps({"shapes": {version: {"type": "string"}}}).encode()
        if version == "2099-01-01":
            continue  # holds no service model
        if packed:
            (folder / "service-2.json.gz").write_bytes(gzip.compress(text))
        else:
            (folder / "service-2.json").write_bytes(text)
    monkeypatch.setattr(service_model, "_data_folder", lambda: tmp_path)
    assert list(service_model.service_shapes.__wrapped__("sagemaker")) == ["2025-01-01"]


def test_a_missing_model_or_botocore_is_a_coded_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_model, "find_spec", lambda _: None)
    with pytest.raises(PipelineCompilerError, match="botocore is not installed") as caught:
        service_model.service_shapes.__wrapped__("sagemaker")
    assert caught.value.codes == ("PC539",)
    monkeypatch.setattr(service_model, "_data_folder", lambda: tmp_path)
    with pytest.raises(PipelineCompilerError, match="no service model of 'sagemaker'"):
        service_model.service_shapes.__wrapped__("sagemaker")


@pytest.mark.parametrize("name", STEP_TYPES)
def test_every_step_type_stands_on_shapes_that_exist(name: str) -> None:
    kind = STEP_TYPES[name]
    seen: set[int] = set()
    pending = [kind.arguments, *kind.properties.values(), *kind.entry.values()]
    while pending:
        shape = pending.pop()
        if id(shape) not in seen:
            seen.add(id(shape))
            pending += _below(shape)
    assert kind.filled_in <= set(kind.arguments.required)


def _below(shape: Shape) -> list[Shape]:
    if shape.type == "structure":
        assert set(shape.required) <= set(shape.members)
        return list(shape.members.values())
    if shape.type == "list":
        return [shape.member]
    if shape.type == "map":
        return [shape.key, shape.value]
    return list(shape.options.values()) if shape.type == "either" else []


def test_no_shape_of_ours_is_unused_and_every_quota_in_them_exists() -> None:
    pending = [shape_of("pipelines:Definition"), shape_of("pipelines:Any")]
    for kind in STEP_TYPES.values():
        pending += [kind.arguments, *kind.entry.values(), *kind.properties.values()]
    results = {result.partition(":")[2] for kind in STEP_TYPES.values() for result in kind.results}
    seen: dict[int, Shape] = {}
    while pending:
        shape = pending.pop()
        if id(shape) not in seen:
            seen[id(shape)] = shape
            pending += _below(shape)
    used = {shape.name for shape in seen.values() if shape.namespace == "pipelines"} | results
    assert set(SHAPES) - used == set()
    for shape in SHAPES.values():
        if isinstance(shape.get("max"), str):
            assert shipped_quotas()[shape["max"]] > 0
