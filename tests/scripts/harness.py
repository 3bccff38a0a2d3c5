"""Running a container program as the service would: a process of its own, in a root of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from script_contracts import JobKind, ScriptContract, all_contracts
from step_specs import all_specs

SCRIPTS = Path(__file__).parents[2] / "scripts"
# What a pipeline may leave unwired; every other input of a contract is required.
OPTIONAL_INPUTS = {
    "cradle_data_loading": {"source"},
    "tabular_preprocessing": {"METADATA", "SIGNATURE"},
    "mims_package": {"inference_scripts_input", "calibration_input", "risk_tables_input"},
    "mims_payload": {"risk_tables_input"},
    "xgboost_model_evaluation": {"calibration_input"},
    "drift_baseline": {"calibration_input"},
    "currency_conversion": {"metadata_input", "signature_input"},
}


@dataclass(frozen=True)
class ScriptRun:
    """What one run left behind."""

    module: str
    root: Path
    returncode: int
    stdout: str
    stderr: str

    @property
    def failure(self) -> str | None:
        """The text that the service would show as the reason of the failure, or None."""
        contract = all_contracts()[self.module]
        name = "failure" if _is_training(contract) else "message"
        path = self.root / "opt/ml/output" / name
        return path.read_text(encoding="utf-8") if path.exists() else None

    def output(self, name: str) -> Path:
        """The folder of an output."""
        return inside(self.root, all_contracts()[self.module].expected_output_paths[name])


def run_script(
    module: str,
    *,
    root: Path,
    inputs: Mapping[str, Path] = {},
    env: Mapping[str, str] = {},
    arguments: Sequence[str] = (),
    hyperparameters: Mapping[str, str] | None = None,
) -> ScriptRun:
    """Run `scripts/<module>.py` in the container root `root` (an empty or new folder).

    `inputs` are folders, or single files that are put into the input's folder; they are copied.
    A training program always finds a `hyperparameters.json`, as it does in a real job.
    """
    contract = contract_for(module, arguments)
    code = inside(root, "/opt/ml/code" if _is_training(contract) else "/opt/ml/processing/input/code")
    code.mkdir(parents=True, exist_ok=True)
    for source in SCRIPTS.glob("*.py"):
        shutil.copy(source, code)
    (code / "contract.json").write_text(json.dumps(contract_json(module, contract, inputs)))
    mount(contract, root, inputs, hyperparameters)
    ours = {*contract.required_env_vars, *contract.optional_env_vars}
    inherited = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("SM_")}
    done = subprocess.run(
        [sys.executable, str(code / contract.entry_point), *arguments],
        cwd=root,
        env={**inherited, "PYTHONDONTWRITEBYTECODE": "1", **env, "PIPELINE_CONTAINER_ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ScriptRun(module, root, done.returncode, done.stdout, done.stderr)


def call_script(
    module: str,
    *,
    root: Path,
    inputs: Mapping[str, Path] = {},
    env: Mapping[str, str] = {},
    arguments: Sequence[str] = (),
    hyperparameters: Mapping[str, str] | None = None,
) -> ScriptRun:
    """Like `run_script`, but in this process: faster, and a failure is raised as it is.

    `scripts/` must be on `sys.path`, which `conftest.py` sees to.
    """
    contract_runtime = import_module("contract_runtime")
    contract = contract_for(module, arguments)
    mount(contract, root, inputs, hyperparameters)
    runtime = contract_runtime.Runtime(contract_json(module, contract, inputs), env, arguments, str(root))
    runtime.check_start()
    runtime.create_outputs()
    import_module(module).main(runtime)
    runtime.check_outputs()
    return ScriptRun(module, root, 0, "", "")


def contract_for(module: str, arguments: Sequence[str]) -> ScriptContract:
    """The contract under which a program runs for the job type that its arguments name."""
    spec = all_specs()[module]
    if "--job_type" in arguments:
        spec = spec.variant(arguments[list(arguments).index("--job_type") + 1])
    assert spec.script_contract is not None
    return spec.script_contract


def mount(
    contract: ScriptContract,
    root: Path,
    inputs: Mapping[str, Path],
    hyperparameters: Mapping[str, str] | None = None,
) -> None:
    """Copy inputs to where the service would mount them."""
    for name, source in inputs.items():
        target = inside(root, contract.expected_input_paths[name])
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    if "hyperparameters" in contract.expected_input_paths:
        path = inside(root, contract.expected_input_paths["hyperparameters"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(hyperparameters or {})))


def contract_json(
    module: str, contract: ScriptContract, inputs: Mapping[str, Path] = {}
) -> dict[str, object]:
    """The contract as it lies in the code bundle; an optional input is required once it is passed."""
    optional = OPTIONAL_INPUTS.get(module, set()) - set(inputs)
    return {
        "step_type": "".join(part.capitalize() for part in module.split("_")),
        "entry_point": contract.entry_point,
        "job_kind": contract.job_kind.value,
        "inputs": {
            name: {"path": path, "required": name not in optional}
            for name, path in contract.expected_input_paths.items()
        },
        "outputs": {
            name: {"path": path, "required": True} for name, path in contract.expected_output_paths.items()
        },
        "arguments": dict(contract.expected_arguments),
        "required_env_vars": list(contract.required_env_vars),
        "optional_env_vars": dict(contract.optional_env_vars),
    }


def inside(root: Path, container_path: str) -> Path:
    """Where a container path lies below a container root."""
    return root / container_path.lstrip("/")


def _is_training(contract: ScriptContract) -> bool:
    return contract.job_kind is JobKind.TRAINING
