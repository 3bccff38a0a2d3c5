from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipeline_compiler.local.register_model import _write_next_version
from tests.local.lab import Lab, assert_ok, get, join, output_of, statuses


def register(url: Any, name: str = "Register", **more: Any) -> dict[str, Any]:
    arguments = {
        "ModelPackageGroupName": "group",
        "InferenceSpecification": {"Containers": [{"Image": "image", "ModelDataUrl": url}]},
        "ModelApprovalStatus": "PendingManualApproval",
        **more,
    }
    return {"Name": name, "Type": "RegisterModel", "Arguments": arguments}


def test_a_package_is_written_and_numbered(lab: Lab) -> None:
    package = lab.processing("Package", "write(read(), 'model.tar.gz')")
    metrics = {
        "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": output_of("Package")}}
    }
    url = join(output_of("Package"), "model.tar.gz")
    after = lab.processing("After", "write(os.environ['ARN'])", {})
    after["Arguments"]["Environment"] = {"ARN": get("Steps.Register.ModelPackageArn")}
    more: dict[str, Any] = {
        "ModelMetrics": metrics,
        "CustomerMetadataProperties": {"DataUrl": "s3://elsewhere/data"},
    }
    first = lab.run(package, register(url, **more), after)
    assert_ok(first)
    file = first.model_packages["Register"]
    assert file == lab.state / "model-packages/group/1.json"
    document = json.loads(file.read_text())
    assert document["ModelPackageVersion"] == 1
    assert document["ModelApprovalStatus"] == "PendingManualApproval"
    local = document["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    assert Path(document["LocalFiles"][local]).read_text() == "abc"
    arn = (first.step("After").outputs["result"] / "result.txt").read_text()
    assert arn == document["ModelPackageArn"]
    assert arn.endswith(":model-package/group/1")

    (lab.source / "a.txt").write_text("other")
    second = lab.run(package, register(url, **more), after)
    assert second.model_packages["Register"] == lab.state / "model-packages/group/2.json"
    unchanged = lab.run(package, register(url, **more), after)
    assert set(statuses(unchanged).values()) == {"Cached"}
    assert not list((lab.state / "model-packages").rglob(".*"))


def test_missing_objects(lab: Lab) -> None:
    sample = {"SamplePayloadUrl": "s3://bucket/payload/sample.tar.gz"}
    report = lab.run(register("s3://bucket/no/model.tar.gz", **sample))
    assert [d.code for d in report.diagnostics] == ["PC795", "PC795"]
    assert "s3://bucket/no/model.tar.gz" in str(report.diagnostics[0])
    assert not (lab.state / "model-packages").exists()


def test_a_model_is_one_object(lab: Lab) -> None:
    report = lab.run(register("s3://source/data"))
    assert [d.code for d in report.diagnostics] == ["PC795"]
    assert "is a folder, not a model archive" in report.diagnostics[0].message


def test_versions_are_given_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda _: _write_next_version(tmp_path / "group", {}), range(40)))
    assert sorted(properties["ModelPackageVersion"] for _, properties in written) == list(range(1, 41))
    assert len(list((tmp_path / "group").iterdir())) == 40
