from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, compile_pipeline
from pipeline_compiler.local import RunReport, run_pipeline
from tests.configs import minimal_config, with_values
from tests.local.lab import Lab, assert_ok, get, statuses

ARN = "arn:aws:sagemaker:us-east-1:123456789012:model-package/group/1"
# Answers each request with the number of its lines, a total of their numbers, and the model's offset.
INFERENCE = """
import json, os
def model_fn(model_dir):
    with open(os.path.join(model_dir, "model.json")) as file:
        return json.load(file)["offset"]
def input_fn(body, content_type):
    assert content_type == "text/csv", content_type
    return [float(line) for line in body.decode().splitlines()]
def predict_fn(numbers, offset):
    return len(numbers), sum(numbers) + offset
def output_fn(prediction, accept):
    return " ".join(map(str, prediction)), accept
"""


def archive(folder: Path, program: str = INFERENCE, offset: int = 100, name: str = "inference.py") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
        for member, text in (("model.json", json.dumps({"offset": offset})), (f"code/{name}", program)):
            entry = tarfile.TarInfo(member)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return folder


def model(**container: Any) -> dict[str, Any]:
    found = container or {"ModelPackageName": ARN}
    return {"Name": "Model", "Type": "Model", "Arguments": {"PrimaryContainer": found}}


def transform(split: str = "Line", **more: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://source/data"}
    arguments = {
        "ModelName": get("Steps.Model.ModelName"),
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": split,
            **more.pop("TransformInput", {}),
        },
        "TransformOutput": {
            "S3OutputPath": "s3://bucket/predictions",
            "AssembleWith": "Line" if split == "Line" else "None",
            "Accept": "text/csv",
        },
        "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        **more,
    }
    return {"Name": "Transform", "Type": "Transform", "Arguments": arguments}


def score(lab: Lab, *steps: dict[str, Any], **options: Any) -> RunReport:
    for old in lab.source.iterdir():
        if old.is_file() and old.suffix == ".txt":
            old.unlink()
    (lab.source / "deep").mkdir(exist_ok=True)
    (lab.source / "a.csv").write_text("1\n2\n\n3\n")
    (lab.source / "deep/b.csv").write_bytes(b"4\r\n5")
    mounts = {"s3://source/data": lab.source, ARN: lab.folder / "package"}
    return lab.run(*steps, **{"mounts": mounts, **options})


def predictions(report: RunReport) -> dict[str, str]:
    return predictions_of(report, "Transform")


def predictions_of(report: RunReport, step: str) -> dict[str, str]:
    folder = report.step(step).outputs["predictions"]
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_lines_become_requests_and_answers_become_lines(isolated_lab: Lab) -> None:
    lab = isolated_lab
    archive(lab.folder / "package")
    report = score(lab, model(), transform(BatchStrategy="MultiRecord"))
    assert_ok(report)
    assert predictions(report) == {"a.csv.out": "3 106.0\n", "deep/b.csv.out": "2 109.0\n"}
    properties = report.step("Transform").properties
    assert properties["TransformOutput"]["S3OutputPath"] == "s3://bucket/predictions"
    assert properties["TransformJobStatus"] == "Completed"

    single = score(lab, model(), transform(BatchStrategy="SingleRecord"))
    assert predictions(single)["a.csv.out"] == "1 101.0\n1 102.0\n1 103.0\n"
    assert predictions(single)["deep/b.csv.out"] == "1 104.0\n1 105.0\n"


def test_a_file_is_one_request_where_nothing_splits_it(lab: Lab) -> None:
    archive(lab.folder / "package", INFERENCE.replace("if line", "").replace("splitlines()", "split()"))
    assert predictions(score(lab, model(), transform("None")))["a.csv.out"] == "3 106.0"


def test_a_request_is_no_larger_than_its_limit(lab: Lab) -> None:
    archive(lab.folder / "package", INFERENCE.replace("float(line)", "float(len(line))"))
    lines = transform(MaxPayloadInMB=1)
    size = 300 * 1024
    score(lab, model(), lines)
    (lab.source / "a.csv").write_text("\n".join(["x" * size] * 7))
    mounts = {"s3://source/data": lab.source, ARN: lab.folder / "package"}
    report = lab.run(model(), lines, mounts=mounts)
    assert predictions(report)["a.csv.out"] == f"3 {100.0 + 3 * size}\n" * 2 + f"1 {100.0 + size}\n"
    (lab.source / "a.csv").write_text("x" * (1 << 20) + "x")
    for step in (lines, transform("None", MaxPayloadInMB=1)):
        (found,) = lab.run(model(), step, mounts=mounts).diagnostics
        assert found.code == "PC788"
        assert "and a request may have 1048576" in str(found)


def test_what_has_not_changed_is_not_scored_again(lab: Lab) -> None:
    folder = archive(lab.folder / "package")
    steps = (model(), transform())
    score(lab, *steps)
    assert set(statuses(score(lab, *steps)).values()) == {"Cached"}
    archive(folder, offset=200)
    changed = score(lab, *steps)
    assert set(statuses(changed).values()) == {"Succeeded"}
    assert predictions(changed)["a.csv.out"] == "3 206.0\n"


def test_a_package_that_a_local_run_registered(lab: Lab) -> None:
    archive(lab.state / "s3/bucket/packaged", offset=7)
    url = "s3://bucket/packaged/model.tar.gz"
    registration = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "group",
            "InferenceSpecification": {
                "Containers": [{"ModelDataUrl": url, "Environment": {"SAGEMAKER_PROGRAM": "inference.py"}}]
            },
        },
    }
    assert_ok(lab.run(registration))
    report = score(lab, model(), transform(), mounts={"s3://source/data": lab.source})
    assert predictions(report)["a.csv.out"] == "3 13.0\n"
    direct = score(lab, model(ModelDataUrl=url, Image="image"), transform())
    assert predictions(direct)["a.csv.out"] == "3 13.0\n"


def test_a_package_that_is_not_here(lab: Lab) -> None:
    report = score(lab, model(), transform(), mounts={"s3://source/data": lab.source})
    (found,) = report.diagnostics
    assert found.code == "PC795"
    assert ARN in found.message
    assert f"--map {ARN}=FOLDER" in found.fix
    (lab.folder / "package").mkdir()
    (lab.folder / "package/other.txt").write_text("")
    (found,) = score(lab, model(), transform()).diagnostics
    assert (found.code, "there is no model archive" in found.message) == ("PC795", True)


def test_a_program_with_one_function_for_all(lab: Lab) -> None:
    program = """
def model_fn(folder): return 5
def transform_fn(model, body, kind, accept): return f'{model} {kind}'
"""
    archive(lab.folder / "package", program, name="serve.py")
    container = {
        "ModelDataUrl": "s3://packages/model.tar.gz",
        "Environment": {"SAGEMAKER_PROGRAM": "serve.py"},
    }
    mounts = {"s3://source/data": lab.source, "s3://packages": lab.folder / "package"}
    assert (
        predictions(score(lab, model(**container), transform(), mounts=mounts))["a.csv.out"] == "5 text/csv\n"
    )


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (INFERENCE.replace("def output_fn", "def put_out"), "inference.py defines no output_fn"),
        (INFERENCE.replace("float(line)", "float('x' + line)"), "could not convert string to float"),
    ],
)
def test_inference_code_that_fails(lab: Lab, program: str, said: str) -> None:
    archive(lab.folder / "package", program)
    (found,) = score(lab, model(), transform()).diagnostics
    assert found.code == "PC788"
    assert said in str(found)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (transform("RecordIO"), "splits files by RecordIO"),
        (transform(TransformInput={"CompressionType": "Gzip"}), "reads Gzip files"),
        (transform(DataProcessing={"InputFilter": "$[1:]"}), "uses DataProcessing"),
    ],
)
def test_what_only_the_service_does_is_refused_first(lab: Lab, step: dict[str, Any], said: str) -> None:
    with pytest.raises(PipelineCompilerError, match=said) as caught:
        score(lab, model(), step)
    assert caught.value.codes == ("PC782",)


def test_a_folder_may_stand_in_for_the_requests_and_the_package(tmp_path: Path) -> None:
    archive(tmp_path / "package", offset=1)
    (tmp_path / "some").mkdir()
    (tmp_path / "some/a.csv").write_text("5\n")
    config = with_values(
        minimal_config("XGBoostScoreNewData"),
        {"steps.ModelFromPackage.model_package_arn": ARN},
    )
    local = {ARN: str(tmp_path / "package"), "BatchTransform.requests": str(tmp_path / "some")}
    compiled = compile_pipeline("XGBoostScoreNewData", {**config, "local": local})
    report = run_pipeline(
        compiled.document, name="score", state_dir=tmp_path / "state", mounts=compiled.local_mounts
    )
    assert predictions_of(report, "BatchTransform") == {"a.csv.out": "1 6.0\n"}


def test_the_config_names_packages_by_their_whole_arn() -> None:
    config = {**minimal_config("XGBoostScoreNewData"), "local": {"arn:aws:s3:::bucket": "folder"}}
    with pytest.raises(PipelineCompilerError, match="ARNs of model packages") as caught:
        compile_pipeline("XGBoostScoreNewData", config)
    assert caught.value.codes == ("PC404",)
