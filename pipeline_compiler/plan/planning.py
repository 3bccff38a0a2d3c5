"""The plan: what deploying a compiled pipeline would change, worked out before anything is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import boto3

from pipeline_compiler.compiled import Asset, CompiledPipeline
from pipeline_compiler.plan.code import CodeComparison, compare_code
from pipeline_compiler.plan.deployed import DeployedPipeline, read_deployed
from pipeline_compiler.plan.differences import (
    Differences,
    FieldChange,
    Kind,
    definition_differences,
    field_changes,
)
from pipeline_compiler.plan.labels import CODE
from pipeline_compiler.plan.preconditions import deploy_problems
from pipeline_compiler.plan.record import definition_record, recorded_definition
from pipeline_compiler.plan.reruns import NextRun, next_runs
from pipeline_compiler.plan.tags import DEFINITION_TAG, deployment_tags, is_own_tag
from pipeline_compiler.uploads import DeployError, StoredFiles, find_files
from script_contracts.core.diagnostics import raise_errors

_SETTINGS = {
    "RoleArn": "role",
    "PipelineDescription": "description",
    "ParallelismConfiguration": "parallelism",
}
_NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Drift:
    """The deployed definition is not the one that was last deployed from here.

    Attributes:
        recorded: the digest of the definition that was deployed.
        revision: the source revision that it was deployed from, where that was recorded.
        differences: what was changed since.
        problem: why that is not known; empty where it is.
    """

    recorded: str
    revision: str | None
    differences: Differences = field(default_factory=Differences)
    problem: str = ""


@dataclass(frozen=True)
class Plan:
    """What deploying would change, and what the next start would then run. False where nothing changes.

    Attributes:
        deployed: the pipeline that is there; None if there is none.
        role: ARN of the role that it will have.
        tags: those that it will have, besides others that are there.
        next_runs: what the next start does with each job.
        code: (deployed address, new address) -> the files that differ, for every change of code.
        assets: the files that it needs: its bundles, and the record of its definition.
        files: which of them are missing in S3, and which are there.
        drift: set where somebody else changed the deployed definition.
    """

    compiled: CompiledPipeline
    role: str
    deployed: DeployedPipeline | None
    differences: Differences
    tags: Mapping[str, str]
    next_runs: tuple[NextRun, ...]
    code: Mapping[tuple[str, str], CodeComparison]
    assets: tuple[Asset, ...]
    files: StoredFiles
    drift: Drift | None = None

    def __bool__(self) -> bool:
        return self.deployed is None or bool(self.differences) or bool(self.files.missing)

    @property
    def reruns(self) -> tuple[str, ...]:
        """The steps that lose their cached results, in the order in which they run."""
        return tuple(each.step for each in self.next_runs if each.loses_cache)

    def __str__(self) -> str:
        from pipeline_compiler.plan.rendering import plain_text

        return plain_text(self)

    def _repr_html_(self) -> str:
        from pipeline_compiler.plan.rendering import html_text

        return html_text(self)


def make_plan(compiled: CompiledPipeline, session: boto3.Session, role: str | None = None) -> Plan:
    """Read what is deployed and work out what deploying would change. Changes nothing.

    Args:
        session: credentials and region.
        role: ARN of the execution role; the config's if not given.

    Raises:
        DeployError: (PC501, PC503-PC507, PC510, PC511, PC515) with every problem found.
    """
    raise_errors(deploy_problems(compiled, session), DeployError)
    s3 = session.client("s3", region_name=compiled.region)
    deployed = read_deployed(compiled.name, session.client("sagemaker", region_name=compiled.region))
    tags = deployment_tags(compiled)
    role = role or compiled.role
    differences = plan_differences(deployed, compiled.document, role, tags, compiled.execution_settings)
    record = definition_record(compiled.s3_root, compiled.definition)
    # A definition that means what is deployed, and is written otherwise, stays undeployed and unrecorded.
    stays = deployed is not None and not differences and deployed.digest != tags[DEFINITION_TAG]
    assets = compiled.assets if stays else (*compiled.assets, record)
    return Plan(
        compiled=compiled,
        role=role,
        deployed=deployed,
        differences=differences,
        tags=tags,
        next_runs=next_runs(deployed.document if deployed else None, compiled.document),
        code=_code(differences, compiled.assets, s3),
        assets=assets,
        files=find_files(assets, s3),
        drift=_drift(deployed, tags[DEFINITION_TAG], compiled.s3_root, s3) if differences else None,
    )


def plan_differences(
    deployed: DeployedPipeline | None,
    document: Mapping[str, Any],
    role: str,
    tags: Mapping[str, str],
    execution_settings: Mapping[str, Any] = _NO_SETTINGS,
) -> Differences:
    """What differs between the deployed pipeline, where there is one, and what shall be there.

    Settings that the config leaves out stay as they are, tags that are not among `tags` are left alone:
    neither is a difference. The digest that deploying records is one only where the definition itself is not:
    where recording it failed.
    """
    if deployed is None:
        return Differences()
    found = definition_differences(deployed.document, document)
    there = {
        "RoleArn": deployed.role,
        "PipelineDescription": deployed.description,
        "ParallelismConfiguration": dict(deployed.parallelism),
    }
    settings = [
        replace(change, field=_SETTINGS[name])
        for name, value in {"RoleArn": role, **execution_settings}.items()
        for change in field_changes({(name,): there[name]} if there[name] else {}, {(name,): value})
    ]
    return replace(found, settings=(*settings, *found.settings), tags=_tags(deployed, tags))


def _tags(deployed: DeployedPipeline, wanted: Mapping[str, str]) -> tuple[FieldChange, ...]:
    changed = {key: value for key, value in sorted(wanted.items()) if deployed.tags.get(key) != value}
    return tuple(
        FieldChange(key, deployed.tags.get(key), value)
        for key, value in changed.items()
        if not is_own_tag(key) or (key == DEFINITION_TAG and deployed.digest == value)
    )


def _code(
    differences: Differences, assets: tuple[Asset, ...], s3: Any
) -> dict[tuple[str, str], CodeComparison]:
    """The files behind every change of code. Steps that share a bundle share the comparison."""
    by_address = {asset.uri: asset for asset in assets}
    pairs = {
        (change.before, change.after)
        for step in differences.steps
        if step.kind is Kind.CHANGED
        for change in step.fields
        if change.field == CODE and isinstance(change.before, str) and isinstance(change.after, str)
    }
    found = {}
    for before, after in sorted(pairs):
        asset = next((asset for uri, asset in by_address.items() if uri in after), None)
        if asset is not None:
            found[before, after] = compare_code(before.strip('"'), asset, s3)
    return found


def _drift(deployed: DeployedPipeline | None, planned: str, s3_root: str, s3: Any) -> Drift | None:
    """What others did to the definition. One that is already what is planned needs no telling."""
    if deployed is None or deployed.recorded_digest is None:
        return None
    if deployed.digest in (deployed.recorded_digest, planned):
        return None
    recorded = str(deployed.recorded_digest)
    then = recorded_definition(s3_root, recorded, s3)
    if isinstance(then, str):
        return Drift(recorded, deployed.revision, problem=then)
    return Drift(recorded, deployed.revision, definition_differences(then, deployed.document))
