"""A step's declaration: its specification and its config class, proved to fit each other."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline_deps.specification import SpecificationError, StepSpecification
from script_contracts.core.contract import JobKind
from script_contracts.core.diagnostics import Diagnostic, raise_errors
from step_builders.core.config import (
    IMAGE_FIELDS,
    ContainerJobConfig,
    JobConfig,
    RetryableConfig,
    Source,
    StepConfig,
    TrainingJobConfig,
)
from step_builders.core.contract_values import JOB_TYPE, fed_names, field_paths, nested_model
from step_builders.core.processing import build_processing
from step_builders.core.request import BuildContext, StepRequest, retry_policy
from step_builders.core.rules import (
    DEAD_CONFIG_FIELD,
    IMAGE_NOT_NAMED,
    TUNING_NOT_DESCRIBED,
    UNFED_CONTRACT,
)
from step_builders.core.table_sources import TableSource
from step_builders.core.training import build_training
from step_builders.core.tuning import TuningJobConfig, build_tuning, tuning_config

Builder = Callable[[BuildContext], StepRequest]
ConfigFiles = Callable[[StepConfig], Mapping[str, bytes]]

_BUILDERS: dict[JobKind, Builder] = {
    JobKind.PROCESSING: build_processing,
    JobKind.TRAINING: build_training,
    JobKind.TUNING: build_tuning,
}


@dataclass(frozen=True, repr=False)
class StepDeclaration:
    """How one step type is configured and built.

    Attributes:
        spec: what the step depends on and produces.
        config: the class of its config section.
        builder: makes the request; the job kind's own where none is given.
        files: what of the config travels in the step's code bundle: file name -> content. It is for
            settings that are too long for an environment variable.
        scripts: the folder of the step's program; None for the compiler's own `scripts/`. A step library
            fills it in with its own.

    Raises:
        SpecificationError: (PC423, PC424, PC436, PC442) if a config field reaches nothing, the contract
            requires a value that no field supplies, the image of the program is not the config's to name, or
            a search for hyperparameters is not described.
    """

    spec: StepSpecification
    config: type[StepConfig]
    builder: Builder | None = None
    files: ConfigFiles | None = None
    scripts: Path | None = None

    def __post_init__(self) -> None:
        raise_errors(self._problems(), SpecificationError)

    def __repr__(self) -> str:
        """In a line, as a notebook shows it."""
        spec = self.spec
        needs, gives = (
            ", ".join(port.logical_name for port in ports) for ports in (spec.dependencies, spec.outputs)
        )
        return f"<StepDeclaration {spec.step_type} ({spec.job_kind.value}): {needs} -> {gives}>"

    def build(self, context: BuildContext) -> StepRequest:
        """The step's request."""
        request = (self.builder or _BUILDERS[self.spec.job_kind])(context)
        policies = context.config.retry if isinstance(context.config, RetryableConfig) else ()
        return replace(request, retry_policies=tuple(map(retry_policy, policies)))

    def tuning(self, spec: StepSpecification, objective: str) -> StepDeclaration:
        """The step that searches the hyperparameters of this training step.

        Args:
            spec: made with `tuning()` from this step's specification.
            objective: the metric of the script contract that the search improves, such as
                `validation:{eval_metric}`: hyperparameters in braces decide which it is.
        """
        return replace(self, spec=spec, config=tuning_config(self.config, objective))

    def _problems(self) -> Iterator[Diagnostic]:
        contract = self.spec.script_contract
        if contract is None:
            return  # a builder of its own reads the fields; no contract to hold them against
        if contract.in_image != issubclass(self.config, ContainerJobConfig):
            yield IMAGE_NOT_NAMED.error(
                f"{self.spec.step_type} runs {contract.program}, and {self.config.__name__} is the config of "
                + ("a step with a script" if contract.in_image else "a step whose image has the program"),
                fix="derive the config from ContainerProcessingConfig or ContainerTrainingConfig for a "
                "ContainerContract, from ProcessingConfig or TrainingConfig for a script",
            )
        tuning = self.spec.job_kind is JobKind.TUNING
        if tuning != issubclass(self.config, TuningJobConfig):
            yield TUNING_NOT_DESCRIBED.error(
                f"{self.spec.step_type} is a {self.spec.job_kind.value} step with {self.config.__name__}",
                fix="derive the config of a Tuning step, and of no other, from TuningJobConfig",
            )
        fields = field_paths(self.config)
        fed = set(fed_names(contract))
        training = contract.job_kind is JobKind.TRAINING
        for name, path in fields.items():
            top, _, rest = path.partition(".")
            if not (
                top in IMAGE_FIELDS
                or top in (TrainingJobConfig if training else JobConfig).model_fields
                or (top == "hyperparameters" and training)
                or (top == "tuning" and tuning)
                or (top in self.spec.config_inputs and rest in _source_fields(self.config, top))
                or name in fed
            ):
                yield DEAD_CONFIG_FIELD.error(
                    f"{self.config.__name__}.{path} reaches nothing in {self.spec.step_type}",
                    fix=f"remove it, or declare {name.upper()} in the contract of {contract.program}",
                )
        required = {name.lower() for name in contract.required_env_vars}
        required |= {name for name, default in contract.expected_arguments.items() if default is None}
        if self.spec.job_types:
            required.discard(JOB_TYPE)
        for name in sorted(required - set(fields)):
            yield UNFED_CONTRACT.error(
                f"nothing supplies '{name}', which the contract of {contract.program} requires",
                fix=f"add a field '{name}' to {self.config.__name__}",
            )


def _source_fields(config: type[StepConfig], name: str) -> Container[str]:
    """The fields of a source that decide what its input is, rather than reach the script."""
    model = nested_model(config.model_fields[name].annotation)
    return field_paths(TableSource).values() if model is TableSource else Source.model_fields
