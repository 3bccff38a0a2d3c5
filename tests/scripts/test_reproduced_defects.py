"""Defects that were reproduced in other tools' programs, each with the test that ours do not have it."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import contract_runtime
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from xgboost_model import load_model

from tests.scripts.harness import run_script
from tests.scripts.scoring_data import train
from tests.scripts.test_cradle_data_loading import columns, load
from tests.scripts.test_tabular_preprocessing import (
    SETTINGS,
    folder,
    labelled,
    labels,
    people,
    preprocess,
)
from tests.scripts.test_xgboost_model_evaluation import failure_of


@pytest.mark.parametrize(("positive", "expected"), [("fraud", [1, 0]), ("ok", [0, 1])])
def test_labels_are_not_numbered_alphabetically(tmp_path: Path, positive: str, expected: list[int]) -> None:
    """In order of the alphabet, fraud would always become class 0."""
    done = preprocess(tmp_path, labelled("fraud", "ok"), env={"POSITIVE_CLASS": positive})
    assert labels(done) == expected * 200


def test_labels_are_mapped_once_and_not_for_each_shard(tmp_path: Path) -> None:
    """The shards know the labels in different orders, and one of them lacks a label."""
    mapping = {"LABEL_MAPPING": '{"a": 0, "b": 1, "c": 1}', "POSITIVE_CLASS": ""}
    first = pa.table({"x": list(range(200)), "label": ["b", "a"] * 100})
    second = pa.table({"x": list(range(200, 400)), "label": ["c", "b"] * 100})
    assert labels(preprocess(tmp_path, first, second, env=mapping)) == [1, 0] * 100 + [1, 1] * 100


def test_a_shard_with_a_single_class_is_no_failure(tmp_path: Path) -> None:
    only_ok = labelled("ok")
    only_fraud = pa.table({"x": list(range(200, 400)), "label": ["fraud"] * 200})
    assert labels(preprocess(tmp_path, only_ok, only_fraud)) == [0] * 200 + [1] * 200


def test_shards_with_equal_names_are_all_read(tmp_path: Path) -> None:
    files = {f"{day}/part-00000.parquet": {"v": [day]} for day in range(3)}
    assert columns(load(tmp_path, files)) == {"v": [0, 1, 2]}


def test_a_corrupt_shard_is_an_error_and_never_dropped_with_a_warning(tmp_path: Path) -> None:
    (folder(tmp_path / "data", people()) / "part-9.parquet").write_bytes(b"junk")
    with pytest.raises(
        contract_runtime.ScriptError, match=r"PC723 cannot read parquet file 'part-9\.parquet'"
    ):
        preprocess(tmp_path, people())


def test_zero_padded_ids_keep_their_zeros(tmp_path: Path) -> None:
    """Through CSV, and in the splits that are made of it."""
    rows = people(400)
    text = "id,amount,label\n" + "".join(
        f"{row['id']},{row['amount']},{row['label']}\n" for row in rows.to_pylist()
    )
    loaded = load(tmp_path / "load", {"people.csv": text})
    done = preprocess(tmp_path, pq.read_table(loaded.output("DATA")), job_type="calibration")
    ids = pq.read_table(done.output("processed_data") / "calibration")["id"].to_pylist()
    assert sorted(ids) == rows["id"].to_pylist()
    assert ids[0].startswith("0")


def test_the_split_does_not_depend_on_pythons_randomised_hash(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", people(600))
    written = []
    for seed in ("1", "4242"):
        done = run_script(
            "tabular_preprocessing",
            root=tmp_path / seed,
            inputs={"DATA": data},
            env={**SETTINGS, "ID_FIELD": "id", "PYTHONHASHSEED": seed},
            arguments=("--job_type", "training"),
        )
        assert done.returncode == 0, done.stderr
        parts = sorted(done.output("processed_data").rglob("*.parquet"))
        written.append([path.read_bytes() for path in parts])
    assert len(written[0]) == 3
    assert written[0] == written[1]


def test_early_stopping_saves_the_best_iteration_and_nothing_after_it(tmp_path: Path, orders: Path) -> None:
    model = train(tmp_path, orders, num_round="200", max_depth="6", eta="0.5", early_stopping_rounds="4")
    booster, info = load_model(model)
    history = json.loads((model / "training_metrics.json").read_text())["history"]["val"]["auc"]
    assert info.best_iteration == int(np.argmax(history))
    assert len(history) == info.best_iteration + 1 + 4 < 200
    assert booster.num_boosted_rounds() == info.best_iteration + 1


@pytest.mark.parametrize("kept", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_an_error_of_an_archive_is_not_swallowed(
    tmp_path: Path, model_archive: Path, orders: Path, kept: float
) -> None:
    data = model_archive.read_bytes()
    cut = tmp_path / "model.tar.gz"
    cut.write_bytes(data[: int(len(data) * kept)])
    assert failure_of(tmp_path / "root", cut, orders).code == "PC756"


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("../outside", tarfile.REGTYPE, ""),
        ("/outside", tarfile.REGTYPE, ""),
        ("code/../../outside", tarfile.REGTYPE, ""),
        ("model.ubj", tarfile.SYMTYPE, "/etc/passwd"),
        ("model.ubj", tarfile.LNKTYPE, "../outside"),
        ("pipe", tarfile.FIFOTYPE, ""),
    ],
)
def test_an_archive_is_not_extracted_unfiltered(
    tmp_path: Path, orders: Path, name: str, kind: bytes, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        member.size = 4 if kind == tarfile.REGTYPE else 0
        tar.addfile(member, io.BytesIO(b"evil"))
    error = failure_of(tmp_path / "root", archive, orders)
    assert error.code == "PC757"
    assert name in error.message
    assert os.listdir(scratch) == []
    assert not (tmp_path / "outside").exists()
