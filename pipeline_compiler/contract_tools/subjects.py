"""What is tested: a step with the settings and the script that it is run with."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError

from pipeline_compiler.bundles import contract_json, scripts_of
from pipeline_compiler.compiled import Asset
from pipeline_compiler.content_hash import content_hash
from pipeline_compiler.local.archives import pack
from pipeline_compiler.resources import resource
from pipeline_deps.specification import StepSpecification
from pipeline_deps.vocabulary import JobType
from script_contracts.core.contract import JobKind, ScriptContract
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.core.suggestions import did_you_mean
from script_contracts.quality.binding import bind
from script_contracts.quality.contracts import DataContract, PortContract
from script_contracts.quality.rules import NOT_TESTABLE
from step_builders import all_steps
from step_builders.core.config import StepConfig
from step_builders.core.contract_values import settings_of
from step_builders.core.step import StepDeclaration
from step_builders.core.training import SOURCE_ARCHIVE

_IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/contract-tests:1"  # nothing pulls it
_SOURCE = {"files": "s3://contract-tests/placeholder/"}  # replaced by each test's own inputs


@dataclass(frozen=True)
class Subject:
    """A step under test.

    Attributes:
        step: its declaration.
        spec: its specification, of the job type under test.
        config: its settings: the smallest config, with what the tester chose.
        scripts: folders with its program, the first one wins; the shipped scripts come last.
        steps: the steps that may produce its inputs.
    """

    step: StepDeclaration
    spec: StepSpecification
    config: StepConfig
    scripts: tuple[Path, ...]
    steps: Mapping[str, StepDeclaration] = field(repr=False)

    @property
    def contract(self) -> ScriptContract:
        """The script's contract."""
        contract = self.spec.script_contract
        assert contract is not None, "made by subject_of, which demands one"
        return contract

    def port(self, side: str, name: str) -> PortContract | None:
        """The clauses about an input or output, with the settings' column names."""
        declared: PortContract | None = getattr(self.contract.quality, side).get(name)
        return declared and bind(declared, settings_of(self.contract, self.config))

    def tables(self, side: str) -> tuple[DataContract, ...]:
        """The bound data contracts of all inputs or all outputs."""
        bound = [self.port(side, name) for name in getattr(self.contract.quality, side)]
        return tuple(each for each in bound if isinstance(each, DataContract))

    def splits(self, name: str) -> tuple[str, ...]:
        """The folders of an input that has one for each split: of the job type that supplies it."""
        dependency = self.spec.dependency(name)
        sources = dependency.source_job_types if dependency else ()
        job_type = sources[0] if sources else self.spec.job_type
        training = job_type in (None, JobType.TRAINING)
        return ("train", "val", "test") if training or job_type is None else (job_type.value,)


def subject_of(
    step: str | StepDeclaration,
    *,
    settings: Mapping[str, Any] | None = None,
    job_type: str | None = None,
    scripts: Path | Sequence[Path] = (),
    steps: Mapping[str, StepDeclaration] | None = None,
) -> Subject:
    """A step made ready for tests.

    Args:
        step: a known step type, or a declaration.
        settings: config fields; required ones that are not given get the smallest value that is valid.
        job_type: the job type of a step that has variants; by default, training.
        scripts: a folder (or several) whose programs take the place of the shipped ones.
        steps: all known steps; the shipped ones if not given.

    Raises:
        PipelineCompilerError: (PC137) for an unknown step, one without a script, or missing settings.
    """
    known = all_steps() if steps is None else steps
    if isinstance(step, str):
        if step not in known:
            raise _not_testable(f"there is no step '{step}'", did_you_mean(step, known, what="steps"))
        step = known[step]
    spec, contract = step.spec, step.spec.script_contract
    if contract is None:
        raise _not_testable(f"{spec.step_type} runs no script", "test the steps that feed it")
    if spec.job_kind is JobKind.TUNING:
        raise _not_testable(
            f"{spec.step_type} runs the program of a training step",
            f"test {' or '.join(sorted({each for port in spec.outputs for each in port.stands_in_for}))}",
        )
    if not contract.entry_point:
        raise _not_testable(
            f"{spec.step_type} runs {contract.program}, which is in its image",
            "declare a local_program in its ContainerContract, a script that takes its place here",
        )
    if spec.job_types:
        spec = spec.variant(job_type or spec.job_types[0])
    config = _config(step, contract, dict(settings or {}))
    own = (scripts,) if isinstance(scripts, Path) else tuple(scripts)
    return Subject(step, spec, config, (*own, scripts_of(step), resource("scripts")), known)


def column_variables(contract: ScriptContract) -> tuple[str, ...]:
    """The environment variables that name columns in the contract's clauses."""
    found = []
    for port in (*contract.quality.inputs.values(), *contract.quality.outputs.values()):
        if isinstance(port, DataContract):
            names = [*(each.name for each in port.columns), *(getattr(c, "column", "") for c in port.checks)]
            found += [name[1:] for name in names if name.startswith("$")]
    return tuple(dict.fromkeys(found))


def _config(step: StepDeclaration, contract: ScriptContract, given: dict[str, Any]) -> StepConfig:
    fields: Mapping[str, Any] = step.config.model_fields
    for variable in column_variables(contract):
        name = variable.lower()
        if name in fields:  # every clause applies only where its variable is set
            several = get_origin(fields[name].annotation) is tuple
            column = name.removesuffix("s").removesuffix("_field")
            given.setdefault(name, (column,) if several else column)
    for name, info in fields.items():
        if name in given or not info.is_required():
            continue
        if name in step.spec.config_inputs:
            given[name] = _SOURCE
        elif name == "image_uri":
            given[name] = _IMAGE
        elif info.annotation is str:
            given[name] = info.examples[0] if info.examples else name
    try:
        return step.config.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(f"{_path(each['loc'])}: {each['msg']}" for each in error.errors())
        raise _not_testable(f"{step.spec.step_type}: {wrong}", "give these settings a value") from None


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))


def _not_testable(message: str, fix: str) -> PipelineCompilerError:
    return PipelineCompilerError(NOT_TESTABLE.error(message, fix=fix))


def code_of(subject: Subject, root: str) -> Asset:
    """The subject's program with every module that lies beside it, and its contract."""
    files: dict[str, bytes | Path] = {}
    for folder in reversed(subject.scripts):
        files.update({path.name: path.read_bytes() for path in sorted(folder.glob("*.py"))})
    if subject.contract.entry_point not in files:
        folders = ", ".join(map(str, subject.scripts))
        raise _not_testable(f"there is no {subject.contract.entry_point} in {folders}", "name its folder")
    files["contract.json"] = contract_json(subject.spec)
    uri = f"{root}/code/{content_hash(files)}"
    if subject.contract.job_kind is not JobKind.TRAINING:
        return Asset(uri, files)
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in files.items():
            assert isinstance(content, bytes)
            (Path(scratch) / name).write_bytes(content)
        archive = Path(scratch) / SOURCE_ARCHIVE
        pack(Path(scratch), archive)
        return Asset(uri, {SOURCE_ARCHIVE: archive.read_bytes()})
