"""Satisfying inputs for a step: synthetic tables, and what known steps really produce from them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline_compiler.bundles import scripts_of
from pipeline_compiler.contract_tools.folders import MODEL_ARCHIVE, write_placeholder
from pipeline_compiler.contract_tools.jobs import Job, run_jobs
from pipeline_compiler.contract_tools.subjects import Subject, column_variables, subject_of
from pipeline_compiler.contract_tools.synthetic import Request, synthesize
from pipeline_compiler.contract_tools.tables import Table, write_tables
from pipeline_compiler.local import Status
from pipeline_deps.gates import gate_failures
from pipeline_deps.scoring import score
from pipeline_deps.specification import DependencySpec, OutputSpec
from pipeline_deps.vocabulary import DependencyType
from script_contracts.core.contract import JobKind
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality.compatibility import is_compatible
from script_contracts.quality.contracts import DataContract, FilesContract, PortContract
from script_contracts.quality.rules import NOT_TESTABLE


@dataclass
class Supplies:
    """The inputs of a subject, made when they are first needed and kept in one temporary folder.

    Attributes:
        subject: whose inputs they are.
        seed: of the synthetic rows.
        wanted: further contracts that the synthetic rows satisfy as well: those of who reads the outputs.
        given: input -> a folder with what cannot be made up, such as a pretrained model; for the steps that
            feed the subject as well.
    """

    subject: Subject
    seed: int = 0
    wanted: tuple[DataContract, ...] = ()
    given: Mapping[str, Path] = field(default_factory=dict)
    _folders: dict[str, Path] = field(default_factory=dict)

    @cached_property
    def _scratch(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="contract-tests-")

    @property
    def required(self) -> tuple[str, ...]:
        """The inputs that a job cannot do without."""
        optional = set(self.optional)
        return tuple(name for name in self.subject.contract.mounted_inputs if name not in optional)

    @property
    def optional(self) -> tuple[str, ...]:
        """The inputs that a pipeline may leave unwired."""
        return tuple(each.logical_name for each in self.subject.spec.dependencies if not each.required)

    def table(self, name: str) -> Table | None:
        """The synthetic table of an input; None for an input that is not a table."""
        contract = self.subject.port("inputs", name)
        if not isinstance(contract, DataContract):
            return None
        also = (*self.subject.tables("outputs"), *self.wanted, *self._upstream_tables(self._type(name)))
        return synthesize(Request(contract, also, self.subject.splits(name), self.seed))

    def folder(self, name: str) -> Path:
        """A folder with a satisfying input."""
        if name not in self._folders:
            target = Path(self._scratch.name) / "inputs" / name
            table = self.table(name)
            if name in self.given:
                shutil.copytree(self.given[name], target)
            elif table is not None:
                write_tables({target: table})
            else:
                self._produce(name, target)
            self._folders[name] = target
        return self._folders[name]

    def write(self, name: str, target: Path) -> list[Path]:
        """Copy a satisfying input into a folder, and return its files."""
        shutil.copytree(self.folder(name), target, dirs_exist_ok=True)
        return sorted(path for path in target.rglob("*") if path.is_file())

    def companions(self) -> dict[str, Path]:
        """Every input, the optional ones too, as one run of the steps before would hand them over."""
        found = {name: self.folder(name) for name in self.required}
        for name in self.optional:
            found[name] = self.folder(name)
        for name in self.required:
            if name in self.subject.spec.config_inputs:
                continue  # files of its own, whatever steps could supply them as well
            made = self._made_beside(name)
            if made is not None:
                found[name] = made
        return found

    def _made_beside(self, name: str) -> Path | None:
        """A required table as the producer of the optional inputs wrote it: they describe that very table."""
        producers = {each for other in self.optional if (each := self._producer(other))}
        own = self._producer(name)
        if own is None or own[0] not in {step for step, _ in producers}:
            return None
        return self._output_of(*own)

    def _produce(self, name: str, target: Path) -> None:
        contract = self.subject.port("inputs", name)
        producer = self._producer(name)
        if producer is not None:
            shutil.copytree(self._output_of(*producer), target)
        elif name in self.subject.spec.config_inputs and name in self.required:
            raise PipelineCompilerError(
                NOT_TESTABLE.error(
                    f"{self.subject.spec.step_type}: nothing can be made up for the input '{name}'",
                    fix=f"name a folder for it: --input {name}=FOLDER",
                )
            )
        elif contract is not None:
            write_placeholder(contract, target)
        else:
            write_placeholder(FilesContract(files=("placeholder",)), target)

    def _producer(self, name: str) -> tuple[str, str] | None:
        """The known step, and its output, that fits an input best."""
        spec = self.subject.spec
        dependency = spec.dependency(name)
        if dependency is None:
            return None
        usual = {name: position for position, name in enumerate(dependency.compatible_sources)}
        found: list[tuple[float, int, str, str]] = []
        for step_type, step in sorted(self.subject.steps.items()):
            contract = step.spec.script_contract
            # A step feeds itself only where it says so: its training variant what the others apply.
            itself = step_type == spec.step_type and step_type not in dependency.compatible_sources
            if contract is None or not contract.entry_point or itself:
                continue
            for output in step.spec.outputs:
                fits = self._fits(dependency, contract.quality.outputs.get(output.logical_name))
                if fits and not gate_failures(step.spec, output, spec, dependency):
                    total = score(output, dependency).total
                    place = usual.get(step_type, len(usual))
                    found.append((-total, place, step_type, output.logical_name))
        return min(found)[2:] if found else None

    def _fits(self, dependency: DependencySpec, guarantee: PortContract | None) -> bool:
        wanted = self.subject.contract.quality.inputs.get(dependency.logical_name)
        return guarantee is None or wanted is None or bool(is_compatible(guarantee, wanted))

    def _output_of(self, step_type: str, output: str) -> Path:
        outputs = self._made.get(step_type)
        if outputs is None:
            outputs = self._made[step_type] = self._run(step_type)
        return outputs[output]

    @cached_property
    def _made(self) -> dict[str, dict[str, Path]]:
        return {}

    def _upstream_tables(self, kind: DependencyType) -> tuple[DataContract, ...]:
        """The tables of one kind from which the steps before make our other inputs.

        Rows to score must have every column that the model was trained on, for one.
        """
        found: list[DataContract] = []
        for name in self.subject.contract.mounted_inputs:
            made_up = name in self.given or isinstance(self.subject.port("inputs", name), DataContract)
            producer = None if made_up else self._producer(name)
            if producer is None:
                continue
            supplies = self._feeding(producer[0])
            for each in supplies.required:
                table = supplies.subject.port("inputs", each)
                if isinstance(table, DataContract) and supplies._type(each) is kind:
                    found.append(table)
            found += supplies._upstream_tables(kind)
        return tuple(found)

    def _type(self, name: str) -> DependencyType:
        dependency = self.subject.spec.dependency(name)
        return dependency.type if dependency else DependencyType.DATASET

    def _common(self, producer: Supplies, name: str) -> Path | None:
        """An input of a producing step that is ours as well: both read the very same model, say."""
        wanted = producer._producer(name)
        shared = (own for own in self.required if self.table(own) is None and self._producer(own) == wanted)
        return next((self.folder(own) for own in shared if wanted is not None), None)

    def _feeding(self, step_type: str) -> Supplies:
        """The inputs of a step that makes some of ours."""
        step = self.subject.steps[step_type]
        contract = step.spec.script_contract
        assert contract is not None
        fields: Any = type(self.subject.config).model_fields
        shared = {
            variable.lower(): getattr(self.subject.config, variable.lower())
            for variable in column_variables(contract)
            if variable.lower() in fields
        }
        # A script under test must not make its own inputs: what ships is taken as it ships.
        shipped = (scripts_of(step) / contract.entry_point).is_file()
        scripts = () if shipped else self.subject.scripts
        producer = subject_of(step, settings=shared, scripts=scripts, steps=self.subject.steps)
        wanted = (*self.subject.tables("inputs"), *self.subject.tables("outputs"))
        return Supplies(producer, self.seed, wanted, self.given)

    def _run(self, step_type: str) -> dict[str, Path]:
        """Run a producing step on satisfying inputs of its own."""
        supplies = self._feeding(step_type)
        producer = supplies.subject
        inputs = {name: self._common(supplies, name) or supplies.folder(name) for name in supplies.required}
        folder = Path(self._scratch.name) / "producers" / step_type
        (result,) = run_jobs([Job(producer, inputs)], folder)
        if result.status is not Status.SUCCEEDED:
            raise PipelineCompilerError(
                NOT_TESTABLE.error(
                    f"{step_type}, which feeds {self.subject.spec.step_type}, fails on synthetic data",
                    fix=f"run the contract tests of {step_type} first",
                    details=[result.message],
                )
            )
        return {
            each.logical_name: _as_input(producer, each, result.outputs, folder)
            for each in producer.spec.outputs
        }


def _as_input(producer: Subject, output: OutputSpec, outputs: Mapping[str, Path], folder: Path) -> Path:
    """An output as the folder that the service would mount for who reads it."""
    if producer.contract.job_kind is not JobKind.TRAINING:
        return outputs[output.logical_name]
    model = output.type is DependencyType.MODEL
    target = folder / "as-input" / output.logical_name
    target.mkdir(parents=True, exist_ok=True)
    source = outputs["model" if model else "output"]
    shutil.copyfile(source, target / (MODEL_ARCHIVE if model else source.name))
    return target
