from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from contract_runtime import ScriptError
from pytorch_hyperparameters import parse_hyperparameters
from pytorch_module import Classifier, metrics_text

import tests.scripts.pytorch_required  # noqa: F401 - first: skips all of this
from script_contracts import TrainingScriptContract, all_contracts
from tests.scripts.harness import SCRIPTS, contract_json, mount
from tests.scripts.ticket_data import ENCODER, ENV, FAST, train, write_tickets
from tests.scripts.ticket_data import tickets as tickets_of


def metrics(ml: Path) -> Any:
    return json.loads((ml / "output/data/metrics.json").read_text())


def failure(
    code: str, root: Path, data: Path, env: Mapping[str, str] = {}, **hyperparameters: str
) -> ScriptError:
    with pytest.raises(ScriptError) as caught:
        train(root, data, env, **hyperparameters)
    assert caught.value.code == code
    return caught.value


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the export, which takes longer than training on so little."""
    monkeypatch.setattr("pytorch_training.export_program", lambda *_: None)


def test_it_learns_and_says_how_well(trained: Path) -> None:
    found = metrics(trained)
    assert found["val_auc"] > 0.8
    assert (found["train_rows"], found["val_rows"], found["epochs"]) == (600, 200, 3)
    assert found["val_auc"] == max(epoch["val_auc"] for epoch in found["history"])
    lines = (trained / "output/data/epochs.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == found["history"]
    assert json.loads((trained / "model/training_metrics.json").read_text()) == found


def test_the_log_has_the_metrics_of_the_contract() -> None:
    entry = {
        "epoch": 1,
        "train_loss": 0.5,
        "val_auc": 0.875,
        "val_average_precision": 1e-05,
        "val_loss": 0.25,
    }
    text = metrics_text(entry)
    contract = all_contracts()["pytorch_training"]
    assert isinstance(contract, TrainingScriptContract)
    definitions = contract.metric_definitions
    found = {name: re.findall(each.regex, text) for name, each in definitions.items()}
    assert found == {
        "train:loss": ["0.5"],
        "validation:loss": ["0.25"],
        "validation:auc": ["0.875"],
        "validation:average_precision": ["1e-05"],
    }


def test_the_model_says_what_it_reads(trained: Path) -> None:
    info = json.loads((trained / "model/model_info.json").read_text())
    assert [(each["name"], each["type"]) for each in info["features"]] == [
        ("value", "numeric"),
        ("channel", "categorical"),
        ("message", "text"),
    ]
    assert info["label_mapping"] == {"no": 0, "yes": 1}
    assert set(info["libraries"]) == {"tokenizers"}
    assert info["hyperparameters"]["epochs"] == 3


@pytest.mark.slow
@pytest.mark.usefixtures("no_export")
def test_the_same_seed_gives_the_same_model_and_another_one_another(tmp_path: Path, tickets: Path) -> None:
    again = metrics(train(tmp_path / "again", tickets, epochs="1"))
    same = metrics(train(tmp_path / "same", tickets, epochs="1"))
    other = metrics(train(tmp_path / "other", tickets, epochs="1", seed="7"))
    assert same["history"] == again["history"] != other["history"]


@pytest.mark.usefixtures("no_export")
def test_categories_are_those_of_train_alone(tmp_path: Path) -> None:
    val = tickets_of(80, 2)
    column = val.schema.get_field_index("channel")
    data = write_tickets(tmp_path / "data", val=val.set_column(column, "channel", pa.array(["fax"] * 80)))
    info = json.loads((train(tmp_path / "run", data, epochs="1") / "model/model_info.json").read_text())
    (channel,) = [each for each in info["features"] if each["name"] == "channel"]
    assert channel["categories"] == ["chat", "email", "phone"]


@pytest.mark.slow
def test_text_alone_is_enough(tmp_path: Path) -> None:
    splits = {name: tickets_of(200, seed) for name, seed in (("train", 1), ("val", 2))}
    only_text = {name: table.select(["message", "escalated"]) for name, table in splits.items()}
    data = write_tickets(tmp_path / "data", **only_text)
    ml = train(tmp_path / "run", data, {"ID_FIELD": ""}, epochs="1", freeze_encoder="true")
    info = json.loads((ml / "model/model_info.json").read_text())
    assert [each["name"] for each in info["features"]] == ["message"]


class PowerCutError(Exception):
    """What ends a training at once."""


@pytest.mark.slow
@pytest.mark.usefixtures("no_export")
def test_an_interrupted_training_ends_as_an_uninterrupted_one(
    tmp_path: Path, tickets: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Classifier.on_train_epoch_start

    def stop(module: Classifier) -> None:
        start(module)
        if module.current_epoch == 2:
            raise PowerCutError

    with monkeypatch.context() as cut:
        cut.setattr(Classifier, "on_train_epoch_start", stop)
        with pytest.raises(PowerCutError):
            train(tmp_path, tickets)
    assert not (tmp_path / "opt/ml/output/data/metrics.json").exists()
    seen = []
    monkeypatch.setattr(
        Classifier, "on_train_epoch_start", lambda module: (seen.append(module.current_epoch), start(module))
    )
    assert metrics(train(tmp_path, tickets)) == metrics(trained)
    assert seen == [2], "the first two epochs are not trained again"


def test_checkpoints_of_another_run_are_refused(tmp_path: Path, tickets: Path, trained: Path) -> None:
    shutil.copytree(trained / "checkpoints", tmp_path / "opt/ml/checkpoints")
    error = failure("PC774", tmp_path, tickets, dropout="0.3")
    assert "other hyperparameters" in error.message


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ({"TEXT_FIELDS": "value"}, "value (numeric)"),
        ({"TEXT_FIELDS": "message,mesage"}, "mesage (no such column)"),
        ({"TEXT_FIELDS": "ticket_id"}, "ticket_id (the label or the id)"),
        ({"TEXT_FIELDS": ","}, "none named"),
    ],
)
def test_text_fields_that_cannot_be_used(
    tmp_path: Path, tickets: Path, env: dict[str, str], reason: str
) -> None:
    assert reason in failure("PC772", tmp_path, tickets, env).message


def test_an_encoder_that_cannot_be_used(
    tmp_path: Path, tickets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "at most 64 tokens" in failure("PC771", tmp_path / "long", tickets, max_text_tokens="65").message
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "config.json").write_text("{}")
    monkeypatch.setattr("tests.scripts.ticket_data.ENCODER", bare)
    assert "its folder holds: config.json" in failure("PC771", tmp_path / "empty", tickets).message


def test_a_diverging_training_is_stopped(tmp_path: Path, tickets: Path) -> None:
    error = failure(
        "PC775", tmp_path, tickets, positive_weight="1e38", learning_rate="1", gradient_clip="1e30"
    )
    assert "lower learning_rate" in error.fix


def test_hyperparameters_are_checked_all_at_once() -> None:
    with pytest.raises(Exception, match="PC741") as caught:
        parse_hyperparameters({"epoch": "3", "precision": "8-bit", "dropout": "1"})
    assert "PC740 unknown hyperparameter 'epoch'\nfix: did you mean 'epochs'?" in str(caught.value)
    assert "one of auto, 32-true, 16-mixed, bf16-mixed" in str(caught.value)
    assert parse_hyperparameters({"freeze_encoder": "True"})["freeze_encoder"] is True


@pytest.mark.slow
def test_onnx_computes_the_same(tmp_path: Path, tickets: Path) -> None:
    import onnxruntime
    import torch

    model = train(tmp_path, tickets, epochs="1", export_onnx="true") / "model"
    program = torch.export.load(model / "model.pt2").module()
    tabular = torch.tensor([[20.0, 1.0], [float("nan"), float("nan")]])
    ids = torch.randint(4, 60, (2, 1, 8))
    mask = torch.ones_like(ids)
    expected = program(tabular, ids, mask).detach().numpy()
    inputs = {"tabular": tabular.numpy(), "ids": ids.numpy(), "mask": mask.numpy()}
    (found,) = onnxruntime.InferenceSession(model / "model.onnx").run(None, inputs)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def start(root: Path, data: Path, **variables: str) -> subprocess.Popen[str]:
    """A training as the launcher starts it."""
    contract = all_contracts()["pytorch_training"]
    code = root / "opt/ml/code"
    if not code.exists():
        shutil.copytree(SCRIPTS, code, ignore=shutil.ignore_patterns("__pycache__"))
        document = {**contract_json("pytorch_training", contract), "multi_host": True}
        (code / "contract.json").write_text(json.dumps(document))
        mount(contract, root, {"processed_data": data, "text_encoder": ENCODER}, FAST)
    return subprocess.Popen(
        [sys.executable, "-m", "pytorch_training"],
        cwd=code,
        env={**os.environ, **ENV, **variables, "PIPELINE_CONTAINER_ROOT": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
def test_a_killed_training_goes_on(tmp_path: Path, tickets: Path, trained: Path) -> None:
    first = start(tmp_path, tickets)
    deadline = time.monotonic() + 300
    while not (tmp_path / "opt/ml/checkpoints/last.ckpt").exists():
        assert first.poll() is None, first.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    second = start(tmp_path, tickets)
    output = second.communicate()[0]
    assert second.returncode == 0, output
    assert "going on from last.ckpt" in output
    assert metrics(tmp_path / "opt/ml") == metrics(trained)


@pytest.mark.slow
def test_two_hosts_train_one_model(tmp_path: Path, tickets: Path, free_port: int) -> None:
    hosts = ["127.0.0.1", "127.0.0.2"]
    jobs = [
        start(
            tmp_path / host,
            tickets,
            SM_HOSTS=json.dumps(hosts),
            SM_CURRENT_HOST=host,
            SM_NETWORK_INTERFACE_NAME="lo",
            MASTER_PORT=str(free_port),
        )
        for host in hosts
    ]
    outputs = [job.communicate(timeout=300)[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], "\n".join(outputs)
    leader, follower = (tmp_path / host / "opt/ml" for host in hosts)
    found = metrics(leader)
    assert found["val_auc"] > 0.75
    assert (found["train_rows"], found["val_rows"]) == (600, 200)
    assert (leader / "model/model.pt2").is_file()
    assert not [path for path in (follower / "model").rglob("*") if path.is_file()]
    assert not [path for path in (follower / "output").rglob("*") if path.is_file()]
