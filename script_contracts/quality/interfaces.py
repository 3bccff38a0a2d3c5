"""Everything that a step's contract says, as one JSON document that can be kept, compared and shared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from script_contracts.core.declaration import Declaration
from script_contracts.quality.contracts import ColumnType, StepContract

if TYPE_CHECKING:
    from script_contracts.core.contract import ScriptContract


class Port(Declaration):
    """One input or output.

    Attributes:
        path: the container directory.
        required: whether a pipeline must supply it; outputs always are.
    """

    path: str
    required: bool = True


class Interface(Declaration):
    """A contract apart from the code that declares it.

    The fields have the meaning of those of `ScriptContract`; the document is the one that travels as
    contract.json in code bundles, with the libraries and the description added.
    """

    step_type: str = ""
    description: str = ""
    entry_point: str = ""
    job_kind: str = ""
    inputs: Mapping[str, Port] = {}
    outputs: Mapping[str, Port] = {}
    arguments: Mapping[str, str | None] = {}
    required_env_vars: tuple[str, ...] = ()
    optional_env_vars: Mapping[str, str] = {}
    framework_requirements: Mapping[str, str] = {}
    quality: StepContract = StepContract()


def interface_of(
    contract: ScriptContract | StepContract | Interface,
    *,
    step_type: str = "",
    optional_inputs: Collection[str] = (),
) -> Interface:
    """The document of a contract.

    Args:
        contract: a script contract, a step contract alone, or a document, which is returned as it is.
        step_type: the name of the step.
        optional_inputs: the inputs that a pipeline may leave unwired, as its specification says.
    """
    if isinstance(contract, Interface):
        return contract
    if isinstance(contract, StepContract):
        return Interface(step_type=step_type, quality=contract)
    return Interface(
        step_type=step_type,
        description=contract.description,
        entry_point=contract.entry_point,
        job_kind=contract.job_kind.value,
        inputs={
            name: Port(path=path, required=name not in optional_inputs)
            for name, path in contract.expected_input_paths.items()
        },
        outputs={name: Port(path=path) for name, path in contract.expected_output_paths.items()},
        arguments=dict(contract.expected_arguments),
        required_env_vars=contract.required_env_vars,
        optional_env_vars=dict(contract.optional_env_vars),
        framework_requirements=dict(contract.framework_requirements),
        quality=contract.quality,
    )


def interface_from(document: Mapping[str, Any]) -> Interface:
    """The contract in a JSON document, as `model_dump(mode="json")` of an `Interface` writes it.

    Raises:
        PipelineCompilerError: (PC101, PC120) with what is wrong with it.
    """
    return Interface(**_typed(document))


def _typed(value: Any, key: str = "") -> Any:
    """JSON's values as the types that declarations hold: tuples, and the members of enumerations."""
    if isinstance(value, Mapping):
        is_column = {"name", "type", "nullable"} <= value.keys()
        return {
            name: _typed(each, "column type" if is_column and name == "type" else "")
            for name, each in value.items()
        }
    if isinstance(value, list):
        return tuple(_typed(each) for each in value)
    if key == "column type" and value in [kind.value for kind in ColumnType]:
        return ColumnType(value)
    return value
