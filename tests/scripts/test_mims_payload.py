from __future__ import annotations

import json
import tarfile
from pathlib import Path

import inference
import pytest
from contract_runtime import ScriptError
from mims_payload import WRITERS
from model_files import Feature, read_model_info, write_model_info

from tests.scripts.harness import run_script
from tests.scripts.scoring_data import call


def payloads(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def write(root: Path, model: Path, **env: str) -> dict[str, bytes]:
    runtime = call("mims_payload", root, {"model_input": model}, env=env)
    return payloads(runtime.output_path("payload_sample") / "payload.tar.gz")


def test_a_job_leaves_one_request_per_content_type(tmp_path: Path, model_archive: Path) -> None:
    done = run_script("mims_payload", root=tmp_path, inputs={"model_input": model_archive})
    assert done.returncode == 0, done.stderr
    found = payloads(done.output("payload_sample") / "payload.tar.gz")
    assert found["payload.csv"] == b"0.0,0.0,BR,false\n"
    assert json.loads(found["payload.json"]) == {
        "instances": [{"amount": 0.0, "items": 0.0, "country": "BR", "is_gift": "false"}]
    }
    assert len(found) == 2


def test_the_shipped_inference_code_accepts_every_payload(tmp_path: Path, model: Path) -> None:
    found = write(tmp_path, model, DEFAULT_NUMERIC_VALUE="2.5", CONTENT_TYPES=",".join(WRITERS))
    served = inference.model_fn(str(model))
    scores = {
        float(inference.predict_fn(inference.input_fn(found[name], content_type), served)[0])
        for content_type, (name, _) in WRITERS.items()
    }
    assert len(found) == len(WRITERS) == 2
    assert len(scores) == 1


def test_text_that_needs_quoting_survives(tmp_path: Path, model: Path) -> None:
    info = read_model_info(model)
    awkward = 'Say "hi",\nthen göodbye '
    features = (*info.features[:2], Feature("country", "categorical", (awkward,)), info.features[3])
    (tmp_path / "model").mkdir()
    write_model_info(tmp_path / "model", info._replace(features=features))
    found = write(tmp_path / "root", tmp_path / "model")
    assert inference.input_fn(found["payload.csv"], "text/csv")[0][2] == awkward
    assert inference.input_fn(found["payload.json"], "application/json")[0]["country"] == awkward


def test_a_category_without_values_gets_the_default_text(tmp_path: Path, model: Path) -> None:
    info = read_model_info(model)
    (tmp_path / "model").mkdir()
    write_model_info(
        tmp_path / "model", info._replace(features=(Feature("note", "categorical"), info.features[0]))
    )
    found = write(tmp_path / "root", tmp_path / "model", DEFAULT_TEXT_VALUE="none", DEFAULT_NUMERIC_VALUE="7")
    assert found["payload.csv"] == b"none,7.0\n"


def test_the_archive_is_the_same_each_time(tmp_path: Path, model: Path) -> None:
    archives = []
    for name in ("a", "b"):
        runtime = call("mims_payload", tmp_path / name, {"model_input": model})
        archives.append((runtime.output_path("payload_sample") / "payload.tar.gz").read_bytes())
    assert archives[0] == archives[1]


@pytest.mark.parametrize(
    ("env", "code", "said"),
    [
        ({"CONTENT_TYPES": "text/csv,image/png,text/xml"}, "PC761", "unknown image/png, text/xml"),
        ({"CONTENT_TYPES": " , "}, "PC761", "empty"),
        ({"DEFAULT_NUMERIC_VALUE": "zero"}, "PC759", "'zero'"),
        ({"DEFAULT_NUMERIC_VALUE": "inf"}, "PC759", "'inf'"),
    ],
)
def test_settings_that_do_not_fit(
    tmp_path: Path, model: Path, env: dict[str, str], code: str, said: str
) -> None:
    with pytest.raises(ScriptError) as caught:
        write(tmp_path, model, **env)
    assert caught.value.code == code
    assert said in caught.value.message
    assert caught.value.fix


@pytest.mark.parametrize("text", ["[]", "{", '{"features": [{"name": "amount"}]}'])
def test_a_description_that_training_never_wrote(tmp_path: Path, text: str) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model_info.json").write_text(text)
    with pytest.raises(ScriptError) as caught:
        write(tmp_path / "root", tmp_path / "model")
    assert caught.value.code == "PC755"
