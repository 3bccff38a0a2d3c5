"""Script contracts: what a container program needs and what it promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import Enum
from itertools import combinations
from pathlib import PurePosixPath
from typing import ClassVar, TypeVar

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import Field

from script_contracts.core.declaration import Declaration
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place
from script_contracts.core.metrics import MetricDefinition
from script_contracts.core.rules import (
    BAD_ENTRY_POINT,
    NAME_TWICE,
    NO_VERSION_SPECIFIER,
    OUTPUT_IS_A_FILE,
    OVERLAPPING_PATHS,
    PATH_OUTSIDE_MOUNTS,
    UNKNOWN_PORT_CONTRACT,
)
from script_contracts.core.suggestions import did_you_mean
from script_contracts.quality.contracts import DataContract, StepContract

_T = TypeVar("_T")


class ContractError(PipelineCompilerError):
    """A script contract that no container could honour."""


CODE_PATH = "/opt/ml/processing/input/code"  # where a processing job finds its code bundle


class JobKind(str, Enum):
    """The SageMaker step types that this compiler emits."""

    PROCESSING = "Processing"
    TRAINING = "Training"
    REGISTER_MODEL = "RegisterModel"
    CONDITION = "Condition"
    MODEL = "Model"
    TRANSFORM = "Transform"
    TUNING = "Tuning"


class ScriptContract(Declaration):
    """What a processing script needs and promises.

    A source node's contract needs no inputs, a sink node's no outputs.

    Attributes:
        entry_point: file name of the program in `scripts/`, at the top level of its code bundle.
        expected_input_paths: logical name -> container directory that the script reads.
        expected_output_paths: logical name -> container directory that the script writes into.
            Always directories: SageMaker creates them before the script starts.
        expected_arguments: command-line option (without dashes) -> default, None where the
            step must pass a value.
        required_env_vars: environment variables that must be set.
        optional_env_vars: environment variable -> the value that the script takes when it is unset.
        framework_requirements: distribution name -> version specifier that the script imports,
            beyond the standard library; `python` constrains the interpreter.
        bundle_files: files of `scripts/` that travel in the code bundle although the script does not
            import them, such as the inference code that it packages.
        multi_host: whether the program shares its work among several hosts. One that does not would
            do all of it on each.
        quality: the behaviour and quality that the step requires and promises.
        description: one paragraph for people.

    Raises:
        ContractError: if a path lies outside what the job mounts, an output is a file, or names clash.
    """

    error_type: ClassVar[type[PipelineCompilerError]] = ContractError
    job_kind: ClassVar[JobKind] = JobKind.PROCESSING
    input_roots: ClassVar[tuple[str, ...]] = ("/opt/ml/processing",)
    output_roots: ClassVar[tuple[str, ...]] = ("/opt/ml/processing",)
    code_paths: ClassVar[Mapping[str, str]] = {"code": CODE_PATH}
    in_image: ClassVar[bool] = False  # whether the image has the program, and no code travels with the job

    entry_point: str
    description: str
    expected_input_paths: Mapping[str, str] = {}
    expected_output_paths: Mapping[str, str] = {}
    expected_arguments: Mapping[str, str | None] = {}
    required_env_vars: tuple[str, ...] = ()
    optional_env_vars: Mapping[str, str] = {}
    framework_requirements: Mapping[str, str] = {}
    bundle_files: tuple[str, ...] = ()
    multi_host: bool = False
    quality: StepContract = StepContract()

    @property
    def mounted_inputs(self) -> Mapping[str, str]:
        """The inputs that a wire or the config must supply: all that the service does not."""
        return self.expected_input_paths

    def without_ports(self, names: Collection[str]) -> ScriptContract:
        """The contract of a run in which the script neither reads nor writes these ports."""

        def rest(ports: Mapping[str, _T]) -> dict[str, _T]:
            return {name: value for name, value in ports.items() if name not in names}

        quality = self.quality
        return self.model_copy(
            update={
                "expected_input_paths": rest(self.expected_input_paths),
                "expected_output_paths": rest(self.expected_output_paths),
                "quality": quality.model_copy(
                    update={"inputs": rest(quality.inputs), "outputs": rest(quality.outputs)}
                ),
            }
        )

    @property
    def program(self) -> str:
        """What runs in the container, for messages."""
        return self.entry_point

    def problems(self) -> Iterable[Diagnostic]:
        """Every way in which no container could honour this contract."""
        yield from self._entry_point_problems()
        yield from self._path_problems("expected_input_paths", self.expected_input_paths, self.input_roots)
        yield from self._path_problems("expected_output_paths", self.expected_output_paths, self.output_roots)
        yield from self._output_files()
        yield from self._overlaps()
        for name in sorted(set(self.required_env_vars) & set(self.optional_env_vars)):
            yield NAME_TWICE.error(
                f"environment variable '{name}' is both required and optional",
                fix="keep it in one of required_env_vars and optional_env_vars",
            )
        for name in sorted(set(self.expected_input_paths) & set(self.expected_output_paths)):
            yield NAME_TWICE.error(
                f"'{name}' is both an input and an output", fix="give the two different logical names"
            )
        for name in sorted(set(self.expected_input_paths) & set(self.code_paths)):
            yield NAME_TWICE.error(
                f"input '{name}' has the name of the code bundle's own input", fix="give it another name"
            )

        for library, wanted in self.framework_requirements.items():
            try:
                SpecifierSet(wanted)
            except InvalidSpecifier:
                yield NO_VERSION_SPECIFIER.error(
                    f"'{wanted}' is no version of {library}",
                    fix="write a specifier such as '>=2.0,<3'",
                    place=Place(field=f"framework_requirements.{library}"),
                )
        yield from self._quality_problems()

    def _entry_point_problems(self) -> Iterator[Diagnostic]:
        if not self.entry_point.endswith(".py") or "/" in self.entry_point:
            yield BAD_ENTRY_POINT.error(
                f"entry point '{self.entry_point}' is not a Python file name",
                fix="name a file at the top level of the scripts folder, such as 'train.py'",
                place=Place(field="entry_point"),
            )

    def _quality_problems(self) -> Iterator[Diagnostic]:
        for side, spoken_of, known in (
            ("input", self.quality.inputs, self.expected_input_paths),
            ("output", self.quality.outputs, self.expected_output_paths),
        ):
            for name in spoken_of:
                if name not in known:
                    yield UNKNOWN_PORT_CONTRACT.error(
                        f"the step contract speaks of {side} '{name}', which the script does not have",
                        fix=did_you_mean(name, known, what=f"{side}s"),
                        place=Place(field=f"quality.{side}s.{name}"),
                    )

        variables = {*self.required_env_vars, *self.optional_env_vars}
        for side, port, name in self._column_variables():
            if name not in variables:
                yield UNKNOWN_PORT_CONTRACT.error(
                    f"the step contract of {side} '{port}' takes a column from ${name}, which the script "
                    "does not have",
                    fix=did_you_mean(name, variables, what="environment variables"),
                    place=Place(field=f"quality.{side}s.{port}"),
                )

    def _column_variables(self) -> Iterator[tuple[str, str, str]]:
        """The environment variables that name columns in the step contract, and where."""
        for side, ports in (("input", self.quality.inputs), ("output", self.quality.outputs)):
            for port, declared in ports.items():
                if isinstance(declared, DataContract):
                    spoken_of = [column.name for column in declared.columns]
                    spoken_of += [getattr(check, "column", "") for check in declared.checks]
                    yield from ((side, port, name[1:]) for name in spoken_of if name.startswith("$"))

    def _path_problems(
        self, field: str, paths: Mapping[str, str], roots: tuple[str, ...]
    ) -> Iterator[Diagnostic]:
        for name, path in paths.items():
            if not any(_is_below(path, root) for root in roots) or {".", ".."} & set(path.split("/")):
                yield PATH_OUTSIDE_MOUNTS.error(
                    f"'{name}' is at '{path}', where a {self.job_kind.value.lower()} job mounts nothing",
                    fix=f"use a directory below {' or '.join(roots)}",
                    place=Place(field=f"{field}.{name}"),
                )

    def _output_files(self) -> Iterator[Diagnostic]:
        for name, path in self.expected_output_paths.items():
            if PurePosixPath(path).suffix:
                yield OUTPUT_IS_A_FILE.error(
                    f"output '{name}' names the file '{path}', but SageMaker creates a directory there",
                    fix=f"use '{PurePosixPath(path).parent}' and write "
                    f"'{PurePosixPath(path).name}' inside it",
                    place=Place(field=f"expected_output_paths.{name}"),
                )

    def _overlaps(self) -> Iterator[Diagnostic]:
        paths = (self.expected_input_paths, self.expected_output_paths, self.code_paths)
        everything = [entry for each in paths for entry in each.items()]
        for (name, path), (other, other_path) in combinations(everything, 2):
            if _is_below(path, other_path) or _is_below(other_path, path):
                yield OVERLAPPING_PATHS.error(
                    f"'{name}' at '{path}' and '{other}' at '{other_path}' share a directory",
                    fix="give each input and output a directory of its own",
                )


class TrainingScriptContract(ScriptContract):
    """What a training script needs and promises.

    Inputs are channels (`/opt/ml/input/data/<channel>`) or files that the service itself provides
    (`/opt/ml/input/config/...`); outputs are the directories that a training job collects.

    Attributes:
        metric_definitions: metric -> how SageMaker finds it in the program's log, at most 40. SageMaker
            keeps and plots them, and a search for hyperparameters follows one of them.
    """

    job_kind: ClassVar[JobKind] = JobKind.TRAINING
    input_roots: ClassVar[tuple[str, ...]] = ("/opt/ml/input/data", "/opt/ml/input/config")
    output_roots: ClassVar[tuple[str, ...]] = ("/opt/ml/model", "/opt/ml/output/data", "/opt/ml/checkpoints")
    code_paths: ClassVar[Mapping[str, str]] = {}  # script mode extracts the code outside of the channels

    # botocore sagemaker service model, shape MetricDefinitionList
    metric_definitions: Mapping[str, MetricDefinition] = Field({}, max_length=40)

    @property
    def mounted_inputs(self) -> Mapping[str, str]:
        """The channels; configuration files come from the service."""
        return {
            name: path
            for name, path in self.expected_input_paths.items()
            if not _is_below(path, "/opt/ml/input/config")
        }

    def problems(self) -> Iterable[Diagnostic]:
        """Adds the rule that a channel is exactly one folder below /opt/ml/input/data."""
        yield from super().problems()
        for name, path in self.mounted_inputs.items():
            channels = "/opt/ml/input/data"
            if _is_below(path, channels) and str(PurePosixPath(path).parent) != channels:
                yield PATH_OUTSIDE_MOUNTS.error(
                    f"'{name}' is at '{path}', which is not a training channel",
                    fix="use /opt/ml/input/data/<channel>",
                    place=Place(field=f"expected_input_paths.{name}"),
                )
        for name, path in self.expected_output_paths.items():
            if path not in self.output_roots and any(_is_below(path, root) for root in self.output_roots):
                yield PATH_OUTSIDE_MOUNTS.error(
                    f"'{name}' is at '{path}', but a training job collects its outputs whole",
                    fix=f"use one of {', '.join(self.output_roots)}",
                    place=Place(field=f"expected_output_paths.{name}"),
                )


def channel_name(path: str) -> str:
    """The training channel that SageMaker mounts at a contract's input path."""
    return PurePosixPath(path).name


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")
