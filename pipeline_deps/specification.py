"""Step specifications: what a step depends on and produces, in logical names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pipeline_deps.expressions import Expression
from pipeline_deps.locations import location, property_path
from pipeline_deps.rules import (
    DUPLICATE_PORT,
    IMPOSSIBLE_NAME,
    JOB_TYPE_VARIANT,
    MISALIGNED,
    NODE_TYPE,
    PROPERTY_PATH,
)
from pipeline_deps.vocabulary import DataType, DependencyType, JobType, NodeType
from script_contracts.core.contract import JobKind, ScriptContract
from script_contracts.core.declaration import Declaration
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError
from script_contracts.core.suggestions import did_you_mean

_NAME = re.compile(r"[A-Za-z0-9_-]+")


class SpecificationError(PipelineCompilerError):
    """A specification that contradicts itself or its script contract."""


class _Port(Declaration):
    """A dependency or an output.

    Attributes:
        only_for: the job types whose variants have the port; empty for all.
    """

    error_type: ClassVar[type[PipelineCompilerError]] = SpecificationError

    logical_name: str
    type: DependencyType
    data_type: DataType = DataType.S3_URI
    aliases: tuple[str, ...] = ()
    semantic_keywords: tuple[str, ...] = ()
    description: str = ""
    only_for: tuple[JobType, ...] = ()

    def is_for(self, job_type: JobType) -> bool:
        """Whether the variant of that job type has the port."""
        return not self.only_for or job_type in self.only_for

    @property
    def names(self) -> tuple[str, ...]:
        """The logical name, then the aliases."""
        return (self.logical_name, *self.aliases)


class DependencySpec(_Port):
    """One thing that a step needs.

    Attributes:
        logical_name: the key of the contract's input path, and the SageMaker input or channel name.
        type: what it carries; only outputs of this type are candidates.
        required: whether the step cannot run without it.
        compatible_sources: step types that may supply it; empty for any.
        source_job_types: job types that may supply it; empty for the consumer's own.
        aliases: other names that a producer's output may have.
        semantic_keywords: words that hint at the right output among several that fit.
    """

    required: bool = True
    compatible_sources: tuple[str, ...] = ()
    source_job_types: tuple[JobType, ...] = ()


class OutputSpec(_Port):
    """One thing that a step produces.

    Attributes:
        logical_name: the key of the contract's output path, and the SageMaker output name.
        file: the one file that the output directory holds, where a consumer needs that very object
            (a model archive) or the service reads it (a property file).
        property_path: where the finished job says its location; derived, and only checked when given.
        stands_in_for: step types whose output this one can take the place of: it passes where they are
            among a dependency's `compatible_sources`. What it guarantees must be said in the step
            contract, so that every wire is checked as a wire from those steps is.
    """

    file: str | None = None
    stands_in_for: tuple[str, ...] = ()
    property_path: str | None = None


class StepSpecification(Declaration):
    """What a step depends on and produces.

    Attributes:
        step_type: the step's name, as templates and configs use it.
        node_type: SOURCE, INTERNAL, SINK or SINGULAR; must agree with the ports.
        summary: one line for people.
        dependencies: the inputs that other steps supply.
        outputs: what other steps can consume.
        script_contract: the container program's contract; None for steps that run no script.
        job_kind: the SageMaker step type; taken from the contract where there is one. TUNING runs the
            program of a training contract many times over, see `tuning()`.
        config_inputs: contract inputs that a config field of the same name may supply.
        job_types: the variants that the step comes in; empty for one without variants.
        job_type: the variant that this specification is; None before `variant()`.

    Raises:
        SpecificationError: if the ports contradict the node type, the contract or each other.
    """

    error_type: ClassVar[type[PipelineCompilerError]] = SpecificationError

    step_type: str
    node_type: NodeType
    summary: str
    dependencies: tuple[DependencySpec, ...] = ()
    outputs: tuple[OutputSpec, ...] = ()
    script_contract: ScriptContract | None = None
    job_kind: JobKind
    config_inputs: tuple[str, ...] = ()
    job_types: tuple[JobType, ...] = ()
    job_type: JobType | None = None

    def __init__(self, /, **data: Any) -> None:
        contract = data.get("script_contract")
        if isinstance(contract, ScriptContract):
            data.setdefault("job_kind", contract.job_kind)
        super().__init__(**data)

    @property
    def name(self) -> str:
        """The default node name: the step type, with the job type where there is one."""
        return f"{self.step_type}_{self.job_type.value}" if self.job_type else self.step_type

    def variant(self, job_type: JobType | str) -> StepSpecification:
        """This specification for one of its job types, with the ports that the job type has.

        Its contract is the script's own without the ports that the job type lacks, so that a job never
        waits for an input, or owes an output, that its pipeline does not speak of.

        Raises:
            SpecificationError: (PC205) if the step does not come in that job type.
        """
        known = [each.value for each in self.job_types]
        wanted = job_type.value if isinstance(job_type, JobType) else job_type
        if wanted not in known:
            raise SpecificationError(self._no_such_variant(wanted))
        changes: dict[str, Any] = {"job_type": JobType(wanted)}
        absent = {port.logical_name for port in self._ports if not port.is_for(JobType(wanted))}
        if absent:
            dependencies, outputs = (
                tuple(port for port in ports if port.logical_name not in absent)
                for ports in (self.dependencies, self.outputs)
            )
            contract = self.script_contract
            changes |= {
                "dependencies": dependencies,
                "outputs": outputs,
                "node_type": NodeType.of(bool(dependencies), bool(outputs)),
                "script_contract": contract and contract.without_ports(absent),
                "config_inputs": tuple(name for name in self.config_inputs if name not in absent),
            }
        return self.model_copy(update=changes)

    def tuning(self, step_type: str, summary: str) -> StepSpecification:
        """The step that searches this training step's hyperparameters and keeps what its best job made.

        Wherever an output of this step fits, the same output of the best job does.
        """
        outputs = tuple(
            output.model_copy(
                update={"stands_in_for": (*output.stands_in_for, self.step_type), "property_path": None}
            )
            for output in self.outputs
        )
        changes = {"step_type": step_type, "summary": summary, "outputs": outputs, "job_kind": JobKind.TUNING}
        return StepSpecification(**{**dict(self), **changes})

    @property
    def _ports(self) -> tuple[_Port, ...]:
        return (*self.dependencies, *self.outputs)

    @property
    def port_names(self) -> tuple[str, ...]:
        """The logical names of the dependencies, then of the outputs."""
        return tuple(port.logical_name for port in self._ports)

    def _no_such_variant(self, wanted: str) -> Diagnostic:
        known = [each.value for each in self.job_types]
        return JOB_TYPE_VARIANT.error(
            f"{self.step_type} has no job type '{wanted}'",
            fix=did_you_mean(wanted, known, what="job types") if known else "leave it out",
        )

    def dependency(self, name: str) -> DependencySpec | None:
        """The dependency of that logical name or alias."""
        return next((each for each in self.dependencies if name in each.names), None)

    def output(self, name: str) -> OutputSpec | None:
        """The output of that logical name or alias."""
        return next((each for each in self.outputs if name in each.names), None)

    def property_path(self, output: OutputSpec) -> str:
        """Where the finished job tells the location of `output`, as in `Steps.<name>.<path>`.

        A tuning job tells where the outputs of all its training jobs are; see `location()`.
        """
        return property_path(self.job_kind, self.script_contract, output.logical_name)

    def location(self, node: str, output: OutputSpec) -> Expression:
        """Where a node of this specification leaves `output`, known when the pipeline runs."""
        return location(node, self.job_kind, self.script_contract, output.logical_name)

    def problems(self) -> Iterable[Diagnostic]:
        """Every contradiction within the specification and with its contract."""
        expected = NodeType.of(bool(self.dependencies), bool(self.outputs))
        if self.node_type is not expected:
            yield NODE_TYPE.error(
                f"{self.step_type} is declared {self.node_type.name}, but has {len(self.dependencies)} "
                f"dependencies and {len(self.outputs)} outputs",
                fix=f"declare it {expected.name}, or correct its ports",
            )
        for name in (self.step_type, *(name for port in self._ports for name in port.names)):
            if not _NAME.fullmatch(name):
                yield IMPOSSIBLE_NAME.error(
                    f"{self.step_type}: '{name}' is no name of a step or port",
                    fix="use letters, digits, '_' and '-' only",
                )
        for kind, ports in (("dependencies", self.dependencies), ("outputs", self.outputs)):
            counts = Counter(name for port in ports for name in port.names)
            for name in (name for name, count in counts.items() if count > 1):
                yield DUPLICATE_PORT.error(
                    f"{self.step_type} has two {kind} called '{name}'", fix="rename one of them"
                )
        if self.job_type is not None and self.job_type not in self.job_types:
            yield self._no_such_variant(self.job_type.value)
        yield from self._misplaced_ports()
        yield from self._stand_ins()
        misaligned = tuple(self._alignment(self.script_contract))
        yield from misaligned
        if not misaligned:
            yield from self._property_paths()

    def _misplaced_ports(self) -> Iterator[Diagnostic]:
        for port in self._ports:
            name = f"{self.step_type}.{port.logical_name}"
            for unknown in sorted({each.value for each in port.only_for} - {e.value for e in self.job_types}):
                yield JOB_TYPE_VARIANT.error(
                    f"{name} is only for the job type '{unknown}', which {self.step_type} does not have",
                    fix="name job types that the step has, or leave only_for out",
                )
            if self.job_type is not None and not port.is_for(self.job_type):
                yield JOB_TYPE_VARIANT.error(
                    f"{name} is not for the job type '{self.job_type.value}'",
                    fix="derive the specification with variant(), which leaves such ports out",
                )

    def _stand_ins(self) -> Iterator[Diagnostic]:
        if self.job_kind is JobKind.TUNING:
            return  # the program is that of the training step, and so are the outputs
        promised = self.script_contract.quality.outputs if self.script_contract else {}
        for output in self.outputs:
            if output.stands_in_for and output.logical_name not in promised:
                yield MISALIGNED.error(
                    f"{self.step_type}.{output.logical_name} stands in for "
                    f"{' and '.join(output.stands_in_for)}, and its contract promises nothing about it",
                    fix=f"say in the contract's quality what '{output.logical_name}' guarantees",
                )

    def _alignment(self, contract: ScriptContract | None) -> Iterator[Diagnostic]:
        if contract is None:
            if self.job_kind in (JobKind.PROCESSING, JobKind.TRAINING, JobKind.TUNING):
                yield MISALIGNED.error(
                    f"{self.step_type} is a {self.job_kind.value} step without a script contract",
                    fix="give it the script_contract of its program",
                )
            return
        same_program = (JobKind.TUNING, JobKind.TRAINING)
        if self.job_kind is not contract.job_kind and (self.job_kind, contract.job_kind) != same_program:
            yield MISALIGNED.error(
                f"{self.step_type} is a {self.job_kind.value} step, but {contract.program}'s contract is "
                f"for a {contract.job_kind.value} job",
                fix="leave job_kind out: the contract gives it",
            )
        needed = {each.logical_name for each in self.dependencies} | set(self.config_inputs)
        produced = {each.logical_name for each in self.outputs}
        for side, ours, theirs in (
            ("input", needed, set(contract.mounted_inputs)),
            ("output", produced, set(contract.expected_output_paths)),
        ):
            for name in sorted(ours - theirs):
                yield MISALIGNED.error(
                    f"{self.step_type}: {side} '{name}' has no path in {contract.program}'s contract",
                    fix=did_you_mean(name, theirs - ours, what=f"unused contract {side}s"),
                )
            for name in sorted(theirs - ours):
                yield MISALIGNED.error(
                    f"{self.step_type}: the contract of {contract.program} has {side} '{name}', "
                    "which the specification does not declare",
                    fix=f"declare '{name}' in the specification, or remove it from the contract",
                )

    def _property_paths(self) -> Iterator[Diagnostic]:
        for output in self.outputs:
            derived = self.property_path(output)
            given = output.property_path
            if given is not None and given.removeprefix("properties.") != derived:
                yield PROPERTY_PATH.error(
                    f"{self.step_type}.{output.logical_name}: property_path is '{given}'",
                    fix=f"leave it out, or write '{derived}'",
                )
