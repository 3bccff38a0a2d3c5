from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from contract_runtime import ScriptError

from tests.scripts.harness import SCRIPTS, run_script
from tests.scripts.scoring_data import call

SHIPPED = (
    "inference.py",
    "inference_requests.py",
    "inference_risk_tables.py",
    "score_calibration.py",
)


def package(root: Path, model: Path, scripts: Path | None = None) -> Path:
    inputs = {"model_input": model, **({"inference_scripts_input": scripts} if scripts else {})}
    return call("mims_package", root, inputs).output_path("packaged_model") / "model.tar.gz"


def contents(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def test_the_package_serves(tmp_path: Path, model_archive: Path) -> None:
    done = run_script("mims_package", root=tmp_path / "job", inputs={"model_input": model_archive})
    assert done.returncode == 0, done.stderr
    served = tmp_path / "served"
    with tarfile.open(done.output("packaged_model") / "model.tar.gz") as tar:
        tar.extractall(served, filter="data")
    program = (
        "import inference as i; m = i.model_fn('..');"
        "print(i.output_fn(i.predict_fn(i.input_fn('10,1,BR,true', 'text/csv'), m), 'text/csv'))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=served / "code", capture_output=True, text=True, check=True
    )
    assert "text/csv" in answer.stdout


def test_model_files_are_kept_and_code_is_added(tmp_path: Path, model: Path, model_archive: Path) -> None:
    packed = contents(package(tmp_path, model_archive))
    assert packed == {
        **{file.name: file.read_bytes() for file in model.iterdir()},
        **{f"code/{name}": (SCRIPTS / name).read_bytes() for name in SHIPPED},
    }


def test_the_package_depends_on_contents_only(tmp_path: Path, model: Path, model_archive: Path) -> None:
    first = package(tmp_path / "a", model_archive).read_bytes()
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    for file in sorted(model.iterdir(), reverse=True):
        (unpacked / file.name).write_bytes(file.read_bytes())
        os.utime(unpacked / file.name, (1, 1))
        (unpacked / file.name).chmod(0o600)
    assert package(tmp_path / "b", unpacked).read_bytes() == first
    assert first[3:8] == bytes(5)  # a gzip header without a file name and without a time
    with tarfile.open(tmp_path / "a/opt/ml/processing/output/model.tar.gz") as tar:
        assert {(m.mtime, m.uid, m.gid, m.uname, m.mode) for m in tar} == {(0, 0, 0, "", 0o644)}
        assert tar.getnames() == sorted(tar.getnames())


def test_own_scripts_replace_the_shipped_one(tmp_path: Path, model_archive: Path) -> None:
    scripts = tmp_path / "scripts"
    (scripts / "lib/__pycache__").mkdir(parents=True)
    (scripts / "inference.py").write_text("mine = True\n")
    (scripts / "requirements.txt").write_text("numpy\n")
    (scripts / "lib/helper.py").write_text("")
    (scripts / "lib/__pycache__/helper.cpython-312.pyc").write_bytes(b"x")
    archive = package(tmp_path / "a", model_archive, scripts)
    packed = contents(archive)
    assert {name for name in packed if name.startswith("code/")} == {
        "code/inference.py",
        "code/requirements.txt",
        "code/lib/helper.py",
    }
    assert packed["code/inference.py"] == b"mine = True\n"
    again = contents(package(tmp_path / "b", archive))
    assert {name for name in again if name.startswith("code/")} == {f"code/{name}" for name in SHIPPED}


def test_own_scripts_may_serve_any_model(tmp_path: Path) -> None:
    scripts, model = tmp_path / "scripts", tmp_path / "model"
    for folder, name in ((scripts, "inference.py"), (model, "weights.bin")):
        folder.mkdir()
        (folder / name).write_text("x")
    assert set(contents(package(tmp_path / "a", model, scripts))) == {"weights.bin", "code/inference.py"}
    with pytest.raises(ScriptError) as caught:
        package(tmp_path / "b", model)
    assert caught.value.code == "PC755"
    assert "no model.ubj and no model_info.json; found: weights.bin" in caught.value.message


def test_own_scripts_without_an_entry_point(tmp_path: Path, model_archive: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "infer.py").write_text("")
    with pytest.raises(ScriptError) as caught:
        package(tmp_path / "root", model_archive, scripts)
    assert caught.value.code == "PC760"
    assert "found: infer.py" in caught.value.message
    assert not list((tmp_path / "root/opt/ml/processing/output").iterdir())


def test_a_corrupt_model_leaves_no_package(tmp_path: Path, model_archive: Path) -> None:
    cut = tmp_path / "model.tar.gz"
    cut.write_bytes(model_archive.read_bytes()[:-2000])
    done = run_script("mims_package", root=tmp_path / "job", inputs={"model_input": cut})
    assert done.returncode == 1
    assert done.failure.startswith("PC756 model.tar.gz")
    assert not list(done.output("packaged_model").iterdir())


def test_what_is_packaged_names_its_xgboost(tmp_path: Path, model_archive: Path) -> None:
    info = json.loads(contents(package(tmp_path, model_archive))["model_info.json"])
    assert info["xgboost_version"].count(".") == 2
