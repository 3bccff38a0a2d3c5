"""Tiny pipelines written by hand, and a place to run them in."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_compiler.compiled import Asset
from pipeline_compiler.local import Isolation, RunReport, run_pipeline

# Every script sees its container at /opt/ml, with or without a mount namespace.
PRELUDE = """
import json, os, pathlib, signal, subprocess, sys, time
ML = pathlib.Path(os.environ.get("PIPELINE_CONTAINER_ROOT", "") + "/opt/ml")
IN, OUT = ML / "processing/input", ML / "processing/output"
def read(name="data"):
    return "".join(sorted(p.read_text() for p in (IN / name).rglob("*") if p.is_file()))
def write(text, name="result.txt", output="result"):
    (OUT / output / name).write_text(text)
"""


def get(target: str) -> dict[str, str]:
    return {"Get": target}


def join(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "/", "Values": list(values)}}


def output_of(step: str, output: str = "result") -> dict[str, str]:
    return get(f"Steps.{step}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri")


def json_get(step: str, path: str, name: str = "metrics") -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": get(f"Steps.{step}.PropertyFiles.{name}"), "Path": path}}


def condition(
    name: str, conditions: list[Any], if_steps: list[Any], else_steps: list[Any] | None = None
) -> dict[str, Any]:
    arguments = {"Conditions": conditions, "IfSteps": if_steps, "ElseSteps": else_steps or []}
    return {"Name": name, "Type": "Condition", "Arguments": arguments}


def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


@dataclass
class Lab:
    """A state folder, a source folder at s3://source/data, and the scripts' code bundles."""

    folder: Path
    isolation: Isolation = "remap"
    assets: dict[str, Asset] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def processing(
        self,
        name: str,
        script: str,
        inputs: Mapping[str, Any] | None = None,
        outputs: tuple[str, ...] = ("result",),
        contract: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A processing step that runs `script`, reading s3://source/data unless told otherwise."""
        sources = {"data": "s3://source/data"} if inputs is None else inputs
        code = self.code({"main.py": PRELUDE + script}, contract)
        mounted = {**sources, "code": code}
        arguments = {
            "AppSpecification": {
                "ImageUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/image:1",
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/main.py"],
            },
            "ProcessingInputs": [
                {"InputName": key, "S3Input": {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/input/{key}"}}
                for key, uri in mounted.items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": key,
                        "S3Output": {
                            "S3Uri": join(
                                "s3://bucket/runs", get("Execution.PipelineExecutionId"), name, key
                            ),
                            "LocalPath": f"/opt/ml/processing/output/{key}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for key in outputs
                ]
            },
            **more.pop("Arguments", {}),
        }
        return {"Name": name, "Type": "Processing", "Arguments": arguments, **more}

    def training(
        self,
        name: str,
        script: str,
        hyperparameters: Mapping[str, Any] | None = None,
        contract: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A script-mode training step with one channel `train`."""
        code = self.code({"sourcedir.tar.gz": archive({"train.py": PRELUDE + script}, contract)})
        arguments = {
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://source/data"}},
                }
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
            "HyperParameters": {
                "sagemaker_program": json.dumps("train.py"),
                "sagemaker_submit_directory": json.dumps(f"{code}/sourcedir.tar.gz"),
                **(hyperparameters or {}),
            },
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
            **more.pop("Arguments", {}),
        }
        return {"Name": name, "Type": "Training", "Arguments": arguments, **more}

    def tuning(
        self,
        name: str,
        script: str,
        ranges: Mapping[str, Any],
        regex: str = r"score=(\S+)",
        contract: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A tuning step whose training jobs run `script`: two jobs for the largest `score`, drawn at random.

        Arguments' HyperParameterTuningJobConfig and TrainingJobDefinition are changed by `config` and
        `definition`, and ResourceLimits by `limits`.
        """
        training = self.training(name, script, contract=contract)["Arguments"]
        training["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "score", "Regex": regex}]
        limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2, **more.pop("limits", {})}
        arguments = {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
                "ResourceLimits": {key: value for key, value in limits.items() if value is not None},
                "ParameterRanges": ranges,
                **more.pop("config", {}),
            },
            "TrainingJobDefinition": {
                "StaticHyperParameters": training.pop("HyperParameters"),
                "RoleArn": "arn:aws:iam::123456789012:role/role",
                "StoppingCondition": {"MaxRuntimeInSeconds": 600},
                **training,
                **more.pop("definition", {}),
            },
            **more.pop("Arguments", {}),
        }
        return {"Name": name, "Type": "Tuning", "Arguments": arguments, **more}

    def code(self, files: Mapping[str, str | bytes], contract: Mapping[str, Any] | None = None) -> str:
        contents = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
        if contract is not None:
            contents["contract.json"] = json.dumps(contract).encode()
        uri = f"s3://bucket/code/{hashlib.sha256(repr(sorted(contents.items())).encode()).hexdigest()}"
        self.assets[uri] = Asset(uri, contents)
        return uri

    def run(
        self, *steps: Mapping[str, Any], declared: list[dict[str, Any]] | None = None, **options: Any
    ) -> RunReport:
        definition = {"Version": "2020-12-01", "Parameters": declared or [], "Steps": list(steps)}
        json.dumps(definition)  # nothing but JSON may be in it
        return run_pipeline(
            definition,
            name="pipe",
            state_dir=self.state,
            assets=self.assets.values(),
            **{"isolation": self.isolation, "mounts": {"s3://source/data": self.source}, **options},
        )


def archive(files: Mapping[str, str | None], contract: Mapping[str, Any] | None = None) -> bytes:
    """A .tar.gz of files by their texts; None makes a symbolic link."""
    contents = {**files, **({"contract.json": json.dumps(contract)} if contract else {})}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in contents.items():
            entry = tarfile.TarInfo(name)
            if text is None:
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO((text or "").encode()))
    return buffer.getvalue()


def statuses(report: RunReport) -> dict[str, str]:
    return {step.name: step.status.value for step in report.steps}


def log_of(report: RunReport, step: str) -> str:
    log = report.step(step).log
    assert log is not None
    return log.read_text()


def result_of(report: RunReport, step: str, name: str = "result.txt", output: str = "result") -> str:
    return (report.step(step).outputs[output] / name).read_text()


def assert_ok(report: RunReport) -> None:
    assert report.ok, "\n".join(map(str, report.diagnostics))
