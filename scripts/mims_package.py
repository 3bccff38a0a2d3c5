"""Packs the trained model and its inference code into one `model.tar.gz` that SageMaker can serve.

The model's files stay at the top level, the code goes into `code/`, where the framework images look for
it: https://docs.aws.amazon.com/sagemaker/latest/dg/adapt-inference-container.html
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Mapping

import contract_runtime
from calibration_file import CALIBRATION_FILE, read_calibration
from contract_runtime import ScriptError
from model_files import (
    ARCHIVE,
    INFO_FILE,
    ModelKind,
    model_kind,
    opened_model,
    read_description,
    read_libraries,
    require_files,
    write_archive,
)
from risk_tables import TABLES_FILE, tables_of_model

INFERENCE, REQUIREMENTS = "inference.py", "requirements.txt"


def main(runtime: contract_runtime.Runtime) -> None:
    """Write the package: with the pipeline's own inference scripts if there are any, else with ours.

    Raises:
        ScriptError: (PC755-PC757) a model that cannot be used; (PC760) scripts without inference.py;
            (PC700) a calibration that is not the model's; (PC764, PC766, PC767) risk tables that are not.
    """
    scripts = runtime.optional_input_path("inference_scripts_input")
    calibration = runtime.optional_input_path("calibration_input")
    tables = runtime.optional_input_path("risk_tables_input")
    with opened_model(runtime.input_path("model_input")) as directory, TemporaryDirectory() as scratch:
        if scripts is None:
            kind = model_kind(directory)
            require_files(directory, [*kind.files, INFO_FILE], kind.step)
            tables = tables if tables_of_model(read_description(directory).risk_tables, tables) else None
            code = shipped_code(kind, read_libraries(directory, kind), Path(scratch))
        else:
            code = own_code(scripts)
        model = {name: path for name, path in files_below(directory).items() if not name.startswith("code/")}
        model.pop(CALIBRATION_FILE, None)
        if calibration is not None:
            read_calibration(calibration, directory)
            model[CALIBRATION_FILE] = calibration / CALIBRATION_FILE
        if tables is not None:
            model[TABLES_FILE] = tables / TABLES_FILE
        archive = runtime.output_path("packaged_model") / ARCHIVE
        write_archive(archive, {**model, **code})
    for name in sorted({**model, **code}):
        print(name)
    print(f"{ARCHIVE}: {archive.stat().st_size} bytes", flush=True)


def shipped_code(kind: ModelKind, libraries: Mapping[str, str], scratch: Path) -> dict[str, Path]:
    """The inference code that travels with this program: name in the package -> file.

    Arguments:
        libraries: what the serving image lacks -> the version that trained the model. The image installs
            what a requirements.txt beside the code names.
        scratch: a folder for that file.
    """
    here = Path(__file__).resolve()
    code = {f"code/{name}": here.with_name(script) for name, script in kind.code.items()}
    if libraries:
        requirements = scratch / REQUIREMENTS
        text = "".join(f"{name}=={version}\n" for name, version in sorted(libraries.items()))
        requirements.write_text(text, encoding="utf-8")
        code[f"code/{REQUIREMENTS}"] = requirements
    return code


def own_code(scripts: Path) -> dict[str, Path]:
    """The pipeline's own inference scripts: name in the package -> file.

    Raises:
        ScriptError: (PC760) there is no inference.py at their top level.
    """
    files = files_below(scripts)
    if INFERENCE not in files:
        raise ScriptError(
            "PC760",
            f"the inference scripts have no {INFERENCE} at the top level; found: {', '.join(sorted(files))}",
            f"name the entry point {INFERENCE}, or leave inference_scripts_input out to get the shipped one",
        )
    return {f"code/{name}": path for name, path in files.items()}


def files_below(directory: Path) -> dict[str, Path]:
    """The files of a folder: relative name -> file, without what Python leaves behind."""
    return {
        path.relative_to(directory).as_posix(): path
        for path in sorted(directory.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


if __name__ == "__main__":
    contract_runtime.execute(main)
