"""The four files of a new step, working as they are written."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Literal

from pipeline_compiler.bundles import runtime_modules
from pipeline_compiler.library_loading import BUILDERS, CONTRACTS, SCRIPTS, SPECS
from pipeline_compiler.library_rules import NEW_STEP_REFUSED
from pipeline_compiler.step_library import builtin_library
from pipeline_compiler.step_names import StepNames
from script_contracts.core.diagnostics import PipelineCompilerError, Place, raise_errors

Kind = Literal["processing", "training", "container"]
_SKELETONS = Path(__file__).parent / "skeletons"


def step_files(name: str, kind: Kind) -> tuple[StepNames, dict[str, str]]:
    """The names of a new step, and its files by their path in the library.

    Args:
        name: such as `CleanText` or `clean_text`.
        kind: a script in a processing or a training job, or a processing program in an image of one's own.

    Raises:
        PipelineCompilerError: (PC438) for a name that no step can have, or a built-in one has.
    """
    names = StepNames.of(name)
    reason = "" if names else "is no name such as CleanText or clean_text"
    if names and names.step_type in builtin_library().steps:
        reason = "is a built-in step"
    elif names and f"{names.module}.py" in runtime_modules():
        reason = "is the name of a module of the contract runtime"
    if reason or names is None:
        raise PipelineCompilerError(NEW_STEP_REFUSED.error(f"'{name}' {reason}", fix="choose another name"))
    values = {"step_type": names.step_type, "module": names.module, "constant": names.constant}
    return names, {
        f"{folder}/{names.module}.py": Template(_skeleton(folder, kind)).substitute(values)
        for folder in (CONTRACTS, SPECS, BUILDERS, SCRIPTS)
    }


def write_step(files: dict[str, str], folder: Path) -> list[Path]:
    """Write the files of a step into a library, all of them or none.

    Raises:
        PipelineCompilerError: (PC438) naming every file that is there already, or cannot be written.
    """
    paths = {folder / name: text for name, text in files.items()}
    raise_errors(
        NEW_STEP_REFUSED.error(
            f"{path} exists",
            fix="choose another name, or another folder with --output",
            place=Place(str(path)),
        )
        for path in paths
        if path.exists()
    )
    for path, text in paths.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise PipelineCompilerError(
                NEW_STEP_REFUSED.error(
                    f"{path} cannot be written: {error.strerror}",
                    fix="choose another folder with --output",
                    place=Place(str(path)),
                )
            ) from None
    return list(paths)


def _skeleton(folder: str, kind: Kind) -> str:
    """A container is a processing step in what it does not say itself."""
    own = _SKELETONS / kind / f"{folder}.py.txt"
    path = own if own.is_file() else _SKELETONS / "processing" / f"{folder}.py.txt"
    return path.read_text(encoding="utf-8")
