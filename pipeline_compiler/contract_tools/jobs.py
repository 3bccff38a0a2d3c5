"""Running steps alone: each job is a pipeline of one step, built by the step's own builder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_compiler.compiled import LocalProgram
from pipeline_compiler.contract_tools.subjects import Subject, code_of
from pipeline_compiler.local import StepResult, run_pipeline
from pipeline_compiler.local.archives import unpack
from pipeline_deps.expressions import to_definition
from script_contracts.core.contract import JobKind
from step_builders.core.pipeline_settings import PipelineSettings
from step_builders.core.request import BuildContext, InputSource

_ROOT = "s3://contract-tests/root"
_SETTINGS = PipelineSettings(
    name="contract-tests",
    role="arn:aws:iam::123456789012:role/contract-tests",
    region="us-east-1",
    s3_root=_ROOT,
)
_TRAINING_ARCHIVES = {"/opt/ml/model": "model", "/opt/ml/output/data": "output"}


@dataclass(frozen=True)
class Job:
    """One run of a step.

    Attributes:
        inputs: logical name -> the folder that is mounted; what is left out is not mounted.
        withheld: an environment variable that is not set, though the contract requires it.
        silent: an argument that is not passed, though the contract requires it.
    """

    subject: Subject
    inputs: Mapping[str, Path]
    withheld: str | None = None
    silent: str | None = None


def run_jobs(jobs: Sequence[Job], folder: Path, workers: int | None = None) -> list[StepResult]:
    """Run jobs side by side on this machine, and return their results in order.

    Args:
        folder: an empty folder for everything that they leave behind.
    """
    steps, mounts, assets = [], {}, {}
    local_programs: dict[str, LocalProgram | None] = {}
    for number, job in enumerate(jobs):
        asset = code_of(job.subject, _ROOT)
        assets[asset.uri] = asset
        prefix = f"s3://contract-tests/inputs/{number}"
        mounts.update({f"{prefix}/{name}": path for name, path in job.inputs.items()})
        name, contract = f"job-{number}", job.subject.contract
        if contract.in_image:
            local_programs[name] = LocalProgram(asset, contract.entry_point)
        steps.append(_step(job, name, prefix, None if contract.in_image else asset.uri))
    report = run_pipeline(
        {"Version": "2020-12-01", "Parameters": [], "Steps": steps},
        name=_SETTINGS.name,
        state_dir=folder,
        assets=assets.values(),
        local_programs=local_programs,
        mounts=mounts,
        workers=workers,
        use_cache=False,
    )
    return [report.step(step["Name"]) for step in steps]


def _step(job: Job, name: str, prefix: str, code_uri: str | None) -> dict[str, Any]:
    subject = job.subject
    context = BuildContext(
        name=name,
        spec=subject.spec,
        config=subject.config,
        settings=_SETTINGS,
        inputs={each: InputSource(f"{prefix}/{each}") for each in job.inputs},
        code_uri=code_uri,
    )
    request = subject.step.build(context)
    arguments: dict[str, Any] = to_definition(dict(request.arguments))
    if job.withheld:
        arguments.get("Environment", {}).pop(job.withheld, None)
    if job.silent:
        line = arguments["AppSpecification"]["ContainerArguments"]
        position = line.index(f"--{job.silent}")
        del line[position : position + 2]
        if not line:
            del arguments["AppSpecification"]["ContainerArguments"]
    return {"Name": name, "Type": request.type, "Arguments": arguments}


def output_folders(subject: Subject, result: StepResult, scratch: Path) -> dict[str, Path]:
    """Output -> the folder with its files; what a training job packed is unpacked into `scratch`."""
    folders = {}
    for name, path in subject.contract.expected_output_paths.items():
        if subject.contract.job_kind is JobKind.TRAINING:
            folders[name] = scratch / name
            folders[name].mkdir(parents=True)
            archive = result.outputs.get(_TRAINING_ARCHIVES.get(path, ""))
            if archive is not None:
                unpack(archive, folders[name])
        else:
            folders[name] = result.outputs[name]
    return folders
