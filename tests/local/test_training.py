from __future__ import annotations

import json
import tarfile
import time
from pathlib import Path

import pytest

from pipeline_compiler.local.archives import pack
from tests.local.lab import Lab, archive, assert_ok, compare, condition, get, log_of, result_of, statuses

FIT = """
(ML / "model/model.txt").write_text((ML / "input/data/train/a.txt").read_text())
(ML / "output/data/notes.txt").write_text("notes")
"""


def test_the_model_is_packed_and_the_next_step_reads_it(isolated_lab: Lab) -> None:
    train = isolated_lab.training("Train", FIT)
    script = """
import tarfile
with tarfile.open(IN / "model/model.tar.gz") as tar:
    write(tar.extractfile("model.txt").read().decode() + ",".join(os.listdir(IN / "model")))
"""
    model = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    report = isolated_lab.run(train, isolated_lab.processing("Use", script, {"model": model}))
    assert_ok(report)
    assert result_of(report, "Use") == "abcmodel.tar.gz"
    outputs = report.step("Train").outputs
    job = report.step("Train").properties["TrainingJobName"]
    assert outputs["model"] == isolated_lab.state / f"s3/bucket/models/{job}/output/model.tar.gz"
    with tarfile.open(outputs["output"]) as tar:
        assert tar.getnames() == ["notes.txt"]


def test_the_job_sees_what_script_mode_gives_it(isolated_lab: Lab) -> None:
    script = """
config = ML / "input/config"
given = json.loads((config / "hyperparameters.json").read_text())
assert given["max_depth"] == "6" and all(isinstance(v, str) for v in given.values()), given
assert json.loads((config / "inputdataconfig.json").read_text())["train"]["TrainingInputMode"] == "File"
assert json.loads((config / "resourceconfig.json").read_text())["current_host"] == "algo-1"
assert json.loads(os.environ["SM_HPS"]) == {"eta": 0.1, "flag": True, "max_depth": 6, "name": "x y"}
assert os.environ["SM_HP_MAX_DEPTH"] == "6" and os.environ["SM_HP_NAME"] == "x y"
assert os.path.samefile(os.environ["SM_CHANNEL_TRAIN"], ML / "input/data/train")
assert os.path.samefile(os.environ["SM_MODEL_DIR"], ML / "model")
assert os.path.samefile(os.environ["SM_OUTPUT_DATA_DIR"], ML / "output/data")
assert json.loads(os.environ["SM_HOSTS"]) == ["algo-1"] and os.environ["SM_CURRENT_HOST"] == "algo-1"
assert int(os.environ["SM_NUM_CPUS"]) > 0
assert sys.argv[1:] == ["--eta", "0.1", "--flag", "True", "--max_depth", "6", "--name", "x y"], sys.argv
assert os.path.samefile(os.getcwd(), ML / "code")
"""
    hyperparameters = {"name": "x y", "max_depth": "6", "flag": "true", "eta": "0.10"}
    report = isolated_lab.run(isolated_lab.training("Train", script + FIT, hyperparameters))
    assert_ok(report)


def test_equal_models_are_equal_bytes(lab: Lab) -> None:
    first = lab.run(lab.training("Train", FIT))
    second = lab.run(lab.training("Train", FIT), use_cache=False)
    models = [report.step("Train").outputs["model"] for report in (first, second)]
    assert models[0] != models[1]
    assert models[0].read_bytes() == models[1].read_bytes()


def test_an_archive_depends_on_names_and_contents_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archives = []
    for moment, names in ((1e9, ("z.txt", "a/y.txt")), (2e9, ("a/y.txt", "z.txt"))):
        folder = tmp_path / str(moment)
        (folder / "a").mkdir(parents=True)
        for name in names:
            (folder / name).write_text(name)
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        pack(folder, tmp_path / "archive")
        archives.append((tmp_path / "archive").read_bytes())
    assert archives[0] == archives[1]
    with tarfile.open(tmp_path / "archive") as tar:
        assert tar.getnames() == ["a/y.txt", "z.txt"]


def test_the_failure_file_becomes_the_message(isolated_lab: Lab) -> None:
    script = '(ML / "output/failure").write_text("PC799 no label column" + "x" * 2000); sys.exit(1)'
    result = isolated_lab.run(isolated_lab.training("Train", script)).step("Train")
    assert result.message.startswith("PC799 no label column")
    assert len(result.message) == 1024
    assert result.exit_status == 1
    assert "outputs" not in result.properties
    assert not (isolated_lab.state / "s3/bucket/models").exists()


@pytest.mark.parametrize(
    ("hyperparameters", "message"),
    [
        ({"depth": 6}, "HyperParameters.depth is 6 (int), not a string"),
        ({"depth": "x" * 2501}, "2501 characters"),
        ({"k" * 257: "1"}, "257 characters"),
        ({f"k{i}": "1" for i in range(99)}, "HyperParameters has 101 entries"),
    ],
)
def test_hyperparameter_limits(lab: Lab, hyperparameters: dict[str, object], message: str) -> None:
    report = lab.run(lab.training("Train", FIT, hyperparameters))
    assert [d.code for d in report.diagnostics] == ["PC785"]
    assert message in report.diagnostics[0].message
    assert report.step("Train").log is None


@pytest.mark.parametrize(
    ("hyperparameters", "bundle", "message"),
    [
        (
            {"sagemaker_program": json.dumps("nope.py")},
            None,
            "'nope.py' is not a script in it, only train.py",
        ),
        ({}, b"no archive", "cannot be extracted"),
        ({}, archive({"../../escape.py": "1"}), "outside the destination"),
        ({}, archive({"link.py": None}), "neither a file nor a folder"),
    ],
)
def test_a_bad_code_bundle(
    lab: Lab, hyperparameters: dict[str, str], bundle: bytes | None, message: str
) -> None:
    step = lab.training("Train", FIT, hyperparameters)
    if bundle is not None:
        uri = lab.code({"sourcedir.tar.gz": bundle})
        step["Arguments"]["HyperParameters"]["sagemaker_submit_directory"] = json.dumps(
            f"{uri}/sourcedir.tar.gz"
        )
    report = lab.run(step)
    assert [d.code for d in report.diagnostics] == ["PC797"]
    assert message in report.diagnostics[0].message


def test_a_command_of_its_own_instead_of_script_mode(isolated_lab: Lab) -> None:
    step = isolated_lab.training("Train", "")
    step["Arguments"]["HyperParameters"] = {}
    step["Arguments"]["AlgorithmSpecification"] |= {
        "ContainerEntrypoint": ["/bin/sh", "-c", 'echo $SM_CURRENT_HOST; cp "$0"/* "$1"'],
        "ContainerArguments": ["/opt/ml/input/data/train", "/opt/ml/model"],
    }
    report = isolated_lab.run(step)
    assert_ok(report)
    assert "algo-1" in log_of(report, "Train")
    with tarfile.open(report.step("Train").outputs["model"]) as tar:
        assert tar.getnames() == ["a.txt"]


CHECKPOINTS = {"CheckpointConfig": {"S3Uri": "s3://bucket/kept", "LocalPath": "/opt/ml/checkpoints"}}
COUNTING = """
file = ML / "checkpoints/count.txt"
count = int(file.read_text()) + 1 if file.exists() else 1
file.write_text(str(count))
(ML / "model/model.txt").write_text(f"after {count}")
sys.exit(0 if count > 1 else 9)
"""


def test_checkpoints_outlive_a_failed_job(lab: Lab) -> None:
    step = lab.training("Train", COUNTING, Arguments=CHECKPOINTS)
    assert statuses(lab.run(step)) == {"Train": "Failed"}
    report = lab.run(step)
    assert_ok(report)
    assert (report.step("Train").outputs["checkpoints"] / "count.txt").read_text() == "2"


def test_a_library_that_this_machine_lacks_is_named_before_the_program_starts(lab: Lab) -> None:
    contract = {
        "entry_point": "train.py",
        "framework_requirements": {"python": ">=3.9", "pydantic": "", "no-such-library": ">=1"},
    }
    (problem,) = lab.run(lab.training("Train", "print('started')", contract=contract)).diagnostics
    assert problem.code == "PC777"
    assert "train.py needs no-such-library, which this Python does not have" in problem.message
    assert problem.fix.startswith("pip install 'sagemaker-pipeline-compiler[local]'")


def test_metrics_are_read_from_the_log(isolated_lab: Lab) -> None:
    script = """
print("[1] auc:0.5 loss:1e-1")
print("progress auc:0.6\\r[2] auc:0.7 auc:0.8", file=sys.stderr)
print("[3] auc:nan loss:- rest:9")
print("auc:", "0.9")
"""
    train = isolated_lab.training("Train", script)
    train["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "valid:auc", "Regex": "auc:([0-9.na]+)"},
        {"Name": "loss", "Regex": r"loss:(\S*)"},
        {"Name": "never", "Regex": "never:(.*)"},
    ]
    auc = get("Steps.Train.FinalMetricDataList['valid:auc'].Value")
    gate = condition("Gate", [compare("GreaterThan", auc, 0.75)], [isolated_lab.processing("Use", "")])
    report = isolated_lab.run(train, gate)
    assert_ok(report)
    metrics = report.step("Train").properties["FinalMetricDataList"]
    assert [(metric["MetricName"], metric["Value"]) for metric in metrics] == [
        ("valid:auc", 0.8),
        ("loss", 0.1),
    ]
    assert report.step("Gate").message == "0.8 > 0.75 is true"


def test_a_job_without_metrics_has_none(lab: Lab) -> None:
    assert lab.run(lab.training("Train", FIT)).step("Train").properties["FinalMetricDataList"] == []
