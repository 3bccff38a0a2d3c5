"""Every declared contract, held against the script that it speaks of."""

from __future__ import annotations

import ast

import pytest

from pipeline_compiler.resources import resource
from script_contracts import ScriptContract, all_contracts
from script_contracts.core.contract import ContractError, JobKind

each_contract = pytest.mark.parametrize(
    ("module", "contract"), [pytest.param(*entry, id=entry[0]) for entry in all_contracts().items()]
)


@each_contract
def test_the_entry_point_exists_and_can_be_started(module: str, contract: ScriptContract) -> None:
    script = resource("scripts") / contract.entry_point
    assert contract.entry_point == f"{module}.py", "a contract's module and its script share one name"
    tree = ast.parse(script.read_text(), feature_version=(3, 9))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert "main" in functions
    assert "contract_runtime.execute(main)" in script.read_text()


@each_contract
def test_the_contract_is_valid_when_declared_anew(module: str, contract: ScriptContract) -> None:
    assert list(contract.problems()) == []
    assert type(contract)(**dict(contract)) == contract


@each_contract
def test_the_files_that_travel_along_exist(module: str, contract: ScriptContract) -> None:
    for name in contract.bundle_files:
        assert (resource("scripts") / name).is_file()


@each_contract
def test_the_script_is_told_which_python_it_gets(module: str, contract: ScriptContract) -> None:
    assert contract.framework_requirements["python"].startswith(">=")
    assert contract.description.endswith(".")


@each_contract
def test_the_script_holds_no_container_path_of_its_own(module: str, contract: ScriptContract) -> None:
    paths = {*contract.expected_input_paths.values(), *contract.expected_output_paths.values()}
    text = (resource("scripts") / contract.entry_point).read_text()
    assert not [path for path in paths if path in text]


@each_contract
def test_variables_and_arguments_read_as_the_field_names_they_come_from(
    module: str, contract: ScriptContract
) -> None:
    for name in (*contract.required_env_vars, *contract.optional_env_vars):
        assert name == name.upper()
        assert name.isidentifier()
    assert all(name == name.lower() for name in contract.expected_arguments)


@each_contract
def test_a_contract_cannot_be_changed(module: str, contract: ScriptContract) -> None:
    with pytest.raises(Exception, match="frozen"):
        contract.entry_point = "other.py"  # type: ignore[misc]


def test_training_outputs_are_what_a_training_job_collects() -> None:
    training = [each for each in all_contracts().values() if each.job_kind is JobKind.TRAINING]
    assert training
    for contract in training:
        for path in contract.expected_output_paths.values():
            assert path in ("/opt/ml/model", "/opt/ml/output/data", "/opt/ml/checkpoints")


def test_what_the_service_itself_provides_needs_no_wire() -> None:
    contract = all_contracts()["xgboost_training"]
    assert set(contract.expected_input_paths) - set(contract.mounted_inputs) == {"hyperparameters"}


def test_a_contract_of_the_payload_bug_cannot_be_declared() -> None:
    with pytest.raises(ContractError) as caught:
        ScriptContract(
            entry_point="payload.py",
            description="Writes one file.",
            expected_output_paths={"payload": "/opt/ml/processing/output/payload.tar.gz"},
        )
    (problem,) = caught.value.diagnostics
    assert problem.code == "PC103"
    assert "/opt/ml/processing/output/payload.tar.gz" in problem.message
    assert "use '/opt/ml/processing/output' and write 'payload.tar.gz' inside it" in problem.fix
