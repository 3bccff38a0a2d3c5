"""Sources beyond files: what they become in the definition, and that they run here with a stand-in."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline_compiler import CompiledPipeline, PipelineCompilerError, compile_pipeline
from pipeline_compiler.adapter_testing import check_adapter
from pipeline_compiler.local import run_pipeline
from tests.configs import PIPELINE

NODE = "CradleDataLoading_training"
QUERY = {"database": "sales", "query": "SELECT * FROM orders"}
ROWS = {"id": ["007", "008"], "amount": [5.0, 15.0]}
REDSHIFT = {
    **QUERY,
    "cluster_id": "warehouse",
    "db_user": "reader",
    "cluster_role_arn": "arn:aws:iam::123456789012:role/Unload",
}
KINDS: dict[str, dict[str, Any]] = {
    "athena": {"athena": QUERY},
    "unload": {"unload": QUERY},
    "redshift": {"redshift": REDSHIFT},
    "table": {"table": {"database": "sales", "name": "orders"}},
}


def compiled(source: dict[str, Any], **more: Any) -> CompiledPipeline:
    step = {"source": source, **more.pop("step", {})}
    config = {"pipeline": {**PIPELINE, **more.pop("pipeline", {})}, "steps": {NODE: step}, **more}
    return compile_pipeline("CradleOnly", config)


def dataset(pipeline: CompiledPipeline) -> dict[str, Any]:
    (found,) = (
        each["DatasetDefinition"]
        for each in pipeline.steps[0]["Arguments"]["ProcessingInputs"]
        if "DatasetDefinition" in each
    )
    return dict(found)


@pytest.mark.parametrize("kind", ["athena", "redshift"])
def test_a_query_is_run_by_the_service_into_a_place_of_this_execution(kind: str) -> None:
    pipeline = compiled(KINDS[kind], pipeline={"kms_key": "arn:aws:kms:us-east-1:123456789012:key/k"})
    found = dataset(pipeline)
    assert found["LocalPath"] == "/opt/ml/processing/input/source"
    query = found[f"{kind.capitalize()}DatasetDefinition"]
    assert query["QueryString"] == "SELECT * FROM orders"
    assert query["OutputFormat"] == "PARQUET"
    assert query["KmsKeyId"].endswith("key/k")
    assert {"Get": "Execution.PipelineExecutionId"} in query["OutputS3Uri"]["Std:Join"]["Values"]


def test_a_table_is_read_with_the_columns_and_rows_that_are_wanted() -> None:
    source = {
        "table": {"database": "sales", "name": 'or"ders', "as_of": "2026-06-01"},
        "where": [
            {"column": "country", "op": "in", "value": ["DE", "O'FALLON"]},
            {"column": "email", "op": "is not null"},
            {"column": "paid", "op": "!=", "value": True},
        ],
        "dates": {"column": "ordered", "start": "2026-06-01", "end": "2026-07-01"},
    }
    query = dataset(compiled(source, step={"columns": ["id", "amount"]}))["AthenaDatasetDefinition"]
    assert query["QueryString"] == (
        'SELECT "id", "amount", "country", "email", "paid", "ordered" FROM "sales"."or""ders" '
        "FOR TIMESTAMP AS OF from_iso8601_timestamp('2026-06-01') "
        "WHERE \"country\" IN ('DE', 'O''FALLON') AND \"email\" IS NOT NULL AND \"paid\" <> true "
        'AND CAST("ordered" AS timestamp) >= '
        "CAST(from_iso8601_timestamp('2026-06-01') AT TIME ZONE 'UTC' AS timestamp) "
        'AND CAST("ordered" AS timestamp) < '
        "CAST(from_iso8601_timestamp('2026-07-01') AT TIME ZONE 'UTC' AS timestamp)"
    )


def test_each_execution_may_load_another_window() -> None:
    source = {
        "table": {"database": "sales", "name": "orders"},
        "dates": {"column": "day", "end": "2026-07-01"},
    }
    pipeline = compiled(
        source, parameters={"From": {"default": "2026-06-01", "sets": f"{NODE}.source.dates.start"}}
    )
    query = dataset(pipeline)["AthenaDatasetDefinition"]["QueryString"]["Std:Join"]
    assert {"Get": "Parameters.From"} in query["Values"]
    environment = pipeline.steps[0]["Arguments"]["Environment"]
    assert environment["SOURCE_DATES_START"] == {"Get": "Parameters.From"}


def test_long_settings_travel_in_the_bundle_of_their_step() -> None:
    where = [{"column": "country", "op": "in", "value": [f"country-{n}" for n in range(99)]}]
    pipeline = compiled({"files": "s3://ml-fraud/raw/", "where": where})
    (bundle,) = (asset for asset in pipeline.assets if "source.json" in asset.files)
    content = bundle.files["source.json"]
    assert isinstance(content, bytes)
    assert json.loads(content)["where"][0]["value"][98] == "country-98"
    assert bundle.uri != compiled({"files": "s3://ml-fraud/raw/"}).assets[0].uri


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_outputs_from_a_stand_in(kind: str, tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    pq.write_table(pa.table(ROWS), tmp_path / "sample" / "rows.parquet")
    pipeline = compiled(KINDS[kind], local={f"{NODE}.source": str(tmp_path / "sample")})
    report = run_pipeline(
        pipeline.document,
        name="x",
        state_dir=tmp_path / "state",
        assets=pipeline.assets,
        mounts=pipeline.local_mounts,
    )
    assert report.diagnostics == ()
    (step,) = report.steps
    assert pq.read_table(step.outputs["DATA"]).to_pydict() == ROWS
    metadata = json.loads((step.outputs["METADATA"] / "metadata.json").read_text())
    assert [each["type"] for each in metadata["columns"]] == ["string", "double"]
    assert (step.outputs["SIGNATURE"] / "signature").read_text() == "id,amount\n"


@pytest.mark.parametrize("kind", ["athena", "redshift", "table"])
def test_a_query_without_a_stand_in_is_refused_before_anything_runs(kind: str, tmp_path: Path) -> None:
    pipeline = compiled(KINDS[kind])
    with pytest.raises(PipelineCompilerError) as caught:
        run_pipeline(pipeline.document, name="x", state_dir=tmp_path, assets=pipeline.assets)
    assert f"--map {NODE}.source=FOLDER" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ({}, "should name one of files, athena, unload, redshift, table, adapter"),
        ({"files": "s3://a-bucket/", "athena": QUERY}, "names several sources: files, athena"),
        ({"athena": QUERY, "format": "csv"}, "format: only 'files' has that"),
        ({"files": "s3://a-bucket/", "settings": {"a": 1}}, "no adapter is given"),
        ({"files": "s3://a-bucket/", "dates": {"column": "d"}}, "give start, end, or both"),
        (
            {"files": "s3://a-bucket/", "dates": {"column": "d", "start": "2026-06-31"}},
            "start '2026-06-31' is no date",
        ),
        (
            {
                "files": "s3://a-bucket/",
                "dates": {"column": "d", "start": "2026-06-01T00:00:00Z", "end": "2026-06-01T01:00:00+0200"},
            },
            "is not before",
        ),
        (
            {"files": "s3://a-bucket/", "where": [{"column": "a", "op": "in", "value": []}]},
            "'in' takes a list of values",
        ),
        (
            {"files": "s3://a-bucket/", "dates": {"column": "d", "start": "2026-07-01", "end": "2026-06-01"}},
            "is not before",
        ),
        (
            {"files": "s3://a-bucket/", "where": [{"column": "a", "op": "in", "value": 1}]},
            "'in' takes a list",
        ),
        ({"files": "s3://a-bucket/", "where": [{"column": "a", "op": ">"}]}, "'>' takes a value"),
        (
            {"files": "s3://a-bucket/", "where": [{"colunm": "a", "op": ">", "value": 1}]},
            "did you mean 'column'?",
        ),
        ({"adapter": "no_such"}, "no installed package offers the source adapter 'no_such'"),
    ],
)
def test_sources_that_cannot_work(source: dict[str, Any], says: str) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        compiled(source)
    assert says in str(caught.value)


ADAPTER = """
from pathlib import Path
from step_builders.core.config import Config
from step_builders.core.source_adapters import SourceAdapter

class Settings(Config):
    rows: int

ADAPTER = SourceAdapter(Settings, Path(__file__).with_name("program.py"))
"""
PROGRAM = """
from pathlib import Path

def read(settings: dict, folder: Path) -> None:
    lines = [f"00{n},{n * 10}" for n in range(settings["rows"])]
    (folder / "rows.csv").write_text("\\n".join(["id,amount", *lines]) + "\\n")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package that offers the adapter 'office'."""
    site = tmp_path / "site"
    folder = site / "office_adapter"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(ADAPTER)
    (folder / "program.py").write_text(PROGRAM)
    info = site / "office_adapter-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: office-adapter\nVersion: 1.0\n")
    group = "sagemaker_pipeline_compiler.sources"
    (info / "entry_points.txt").write_text(f"[{group}]\noffice = office_adapter:ADAPTER\n")
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield folder
    sys.modules.pop("office_adapter", None)


def test_an_installed_adapter_is_a_source_like_any_other(package: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    outputs = check_adapter("office", {"rows": 3}, tmp_path / "work")
    assert pq.read_table(outputs["DATA"]).to_pydict() == {"id": ["000", "001", "002"], "amount": [0, 10, 20]}
    assert (outputs["SIGNATURE"] / "signature").read_text() == "id,amount\n"


def test_settings_of_an_adapter_are_checked_where_they_stand(package: Path) -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        compiled({"adapter": "office", "settings": {"rosw": 3}})
    assert "its settings are: rows" in str(caught.value)
    assert f"steps.{NODE}.source.settings.rosw" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("program.py", "def read(", "def fetch(", "has no function read"),
        ("program.py", "(settings: dict, folder: Path)", "(folder: Path)", "has no function read"),
        ("__init__.py", "Settings(Config)", "Settings(__import__('pydantic').BaseModel)", "no_such_setting"),
        ("__init__.py", "program.py", "missing.py", "has no program"),
        ("__init__.py", "ADAPTER = SourceAdapter", "ADAPTER = lambda *_:", "is none"),
        ("__init__.py", "ADAPTER =", "import nowhere\nADAPTER =", "office_adapter/__init__.py:9"),
        ("__init__.py", "ADAPTER =", "ADAPTER = (", "office_adapter/__init__.py:9"),
    ],
)
def test_the_kit_finds_what_is_wrong_with_an_adapter(
    package: Path, tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    text = (package / file).read_text()
    assert old in text
    (package / file).write_text(text.replace(old, new))
    with pytest.raises(PipelineCompilerError) as caught:
        check_adapter("office", {"rows": 3}, tmp_path)
    assert set(caught.value.codes) == {"PC441"}
    assert says in str(caught.value)


def test_of_two_adapters_of_one_name_none_is_taken(package: Path) -> None:
    (package.parent / "other-1.0.dist-info").mkdir()
    for file in (package.parent / "office_adapter-1.0.dist-info").iterdir():
        text = file.read_text().replace("office-adapter", "other").replace("office_adapter:", "other:")
        (package.parent / "other-1.0.dist-info" / file.name).write_text(text)
    with pytest.raises(PipelineCompilerError) as caught:
        compiled({"adapter": "office", "settings": {"rows": 3}})
    assert caught.value.codes == ("PC441",)
    assert "office_adapter:ADAPTER of office-adapter and by other:ADAPTER of other" in str(caught.value)


def test_an_adapter_that_delivers_nothing_fails_its_step(package: Path, tmp_path: Path) -> None:
    (package / "program.py").write_text("def read(settings, folder):\n    pass\n")
    with pytest.raises(PipelineCompilerError) as caught:
        check_adapter("office", {"rows": 3}, tmp_path)
    assert "PC754" in str(caught.value)
