"""Contracts as JSON files: what a repository keeps of its contracts, to be compared with what it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_deps.specification import StepSpecification
from script_contracts.core.diagnostics import Diagnostic, PipelineCompilerError, Place, raise_errors
from script_contracts.quality.interfaces import Interface, interface_from, interface_of
from script_contracts.quality.rules import UNREADABLE_CONTRACT
from step_builders import all_steps
from step_builders.core.step import StepDeclaration


def interface_of_spec(spec: StepSpecification) -> Interface | None:
    """The document of a step's contract; None for a step that runs no script."""
    if spec.script_contract is None:
        return None
    optional = [each.logical_name for each in spec.dependencies if not each.required]
    return interface_of(spec.script_contract, step_type=spec.step_type, optional_inputs=optional)


def current_interfaces(steps: Mapping[str, StepDeclaration] | None = None) -> dict[str, Interface]:
    """The documents of all steps with a script (the built-in ones if not given), by step type."""
    known = all_steps() if steps is None else steps
    found = {name: interface_of_spec(step.spec) for name, step in known.items()}
    return {name: each for name, each in sorted(found.items()) if each is not None}


def write_interfaces(interfaces: Mapping[str, Interface], folder: Path) -> list[Path]:
    """Write one file for each contract, `<step>.json`, and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, interface in interfaces.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(interface.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def read_interfaces(path: Path) -> dict[str, Interface]:
    """The contracts in a file, or in all JSON files of a folder, by step type.

    A file holds one contract, by itself or as `contracts show --json` prints it.

    Raises:
        PipelineCompilerError: (PC135) with every file that is no contract.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    found: dict[str, Interface] = {}
    problems: list[Diagnostic] = []
    if path.is_dir() and not files:
        problems.append(_unreadable(path, "the folder holds no .json files"))
    for file in files:
        try:
            interface = _read(file)
        except OSError as error:
            problems.append(_unreadable(file, f"cannot be read: {error.strerror}"))
        except ValueError as error:
            problems.append(_unreadable(file, f"is not a JSON document: {error}"))
        except PipelineCompilerError as error:
            problems += [each.at(Place(str(file), field=each.place.field)) for each in error.diagnostics]
        else:
            found[interface.step_type or file.stem] = interface
    raise_errors(problems)
    return found


def _read(file: Path) -> Interface:
    document: Any = json.loads(file.read_text(encoding="utf-8"))
    if isinstance(document, dict):
        document = document.get("contract", document)
    if not isinstance(document, dict):
        raise ValueError("it holds no JSON object")
    return interface_from(document)


def _unreadable(path: Path, reason: str) -> Diagnostic:
    return UNREADABLE_CONTRACT.error(
        f"{path}: {reason}",
        fix="write the contracts with 'pipeline-compiler contracts show --output FOLDER'",
        place=Place(str(path)),
    )
