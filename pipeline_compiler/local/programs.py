"""Local programs: what runs on this machine in place of a program in an image, which cannot run here.

The definition that is deployed names the image. It is changed in one respect only: the step runs its
local program, from a code bundle of its own, at the same paths and with the same variables and arguments.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from script_contracts.core.contract import CODE_PATH
from step_builders.core.training import SOURCE_ARCHIVE

if TYPE_CHECKING:
    from pipeline_compiler.compiled import LocalProgram


def with_local_programs(definition: Mapping[str, Any], found: Mapping[str, LocalProgram]) -> dict[str, Any]:
    """A definition whose steps run their local programs, where they have any."""
    return {**definition, "Steps": [_replaced(step, found) for step in definition["Steps"]]}


def _replaced(step: Mapping[str, Any], found: Mapping[str, LocalProgram]) -> dict[str, Any]:
    arguments = dict(step.get("Arguments", {}))
    for branch in ("IfSteps", "ElseSteps"):
        if step["Type"] == "Condition" and arguments.get(branch):
            arguments[branch] = [_replaced(inner, found) for inner in arguments[branch]]
    program = found.get(step["Name"])
    if program is not None:
        arguments = _CHANGES[step["Type"]](arguments, program)
    return {**step, "Arguments": arguments}


def _processing(arguments: Mapping[str, Any], program: LocalProgram) -> dict[str, Any]:
    code = {"InputName": "code", "S3Input": {"S3Uri": program.code.uri, "LocalPath": CODE_PATH}}
    command = ["python3", f"{CODE_PATH}/{program.name}"]
    return {
        **arguments,
        "AppSpecification": {**arguments["AppSpecification"], "ContainerEntrypoint": command},
        "ProcessingInputs": [*arguments.get("ProcessingInputs", []), code],
    }


def _training(arguments: Mapping[str, Any], program: LocalProgram) -> dict[str, Any]:
    return _script_mode(arguments, program, "HyperParameters")


def _tuning(arguments: Mapping[str, Any], program: LocalProgram) -> dict[str, Any]:
    definition = _script_mode(arguments["TrainingJobDefinition"], program, "StaticHyperParameters")
    return {**arguments, "TrainingJobDefinition": definition}


def _script_mode(request: Mapping[str, Any], program: LocalProgram, hyperparameters: str) -> dict[str, Any]:
    settings = {
        "sagemaker_program": json.dumps(program.name),
        "sagemaker_submit_directory": json.dumps(f"{program.code.uri}/{SOURCE_ARCHIVE}"),
    }
    return {**request, hyperparameters: {**request.get(hyperparameters, {}), **settings}}


_CHANGES = {"Processing": _processing, "Training": _training, "Tuning": _tuning}
