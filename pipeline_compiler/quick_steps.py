"""Steps made in one cell of a notebook: the declarations that most steps need, derived from a few names."""

from __future__ import annotations

import builtins
import hashlib
import inspect
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import Field, create_model

from pipeline_compiler.library_loading import reserved_scripts
from pipeline_compiler.library_rules import QUICK_STEP_REFUSED
from pipeline_compiler.step_names import StepNames
from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType
from script_contracts.core.contract import ScriptContract, TrainingScriptContract
from script_contracts.core.diagnostics import NOWHERE, PipelineCompilerError, Place, raise_errors
from script_contracts.quality.contracts import StepContract
from step_builders.core.config import ProcessingConfig, Source, StepConfig, TrainingConfig
from step_builders.core.contract_values import value_text
from step_builders.core.step import StepDeclaration

Inputs: TypeAlias = str | DependencySpec | Iterable[str | DependencySpec]
Outputs: TypeAlias = str | OutputSpec | Iterable[str | OutputSpec]
Script: TypeAlias = str | Path | Callable[[Any], object]

_TRAINING_OUTPUTS = {"/opt/ml/model": DependencyType.MODEL, "/opt/ml/output/data": DependencyType.EVALUATION}


def quick_step(
    step_type: str,
    script: Script,
    *,
    inputs: Inputs = ("data",),
    outputs: Outputs = ("result",),
    settings: Mapping[str, Any] | None = None,
    kind: Literal["processing", "training"] = "processing",
    requirements: Mapping[str, str] | None = None,
    quality: StepContract | None = None,
    summary: str = "",
) -> StepDeclaration:
    """A step for a trial, to be given to `compile_pipeline` or `build_pipeline` in `libraries=[...]`.

    Args:
        step_type: its name in templates, such as `CleanText`.
        script: a Python file, or a function of the runtime that imports and defines all that it uses.
        inputs: logical names of data sets, or `DependencySpec`s. The config may name files for each.
        outputs: logical names of data sets, or `OutputSpec`s; of a training step, the model and
            (optionally) what else it leaves.
        settings: config field -> its default, or its type for a field that must be given. The script gets
            each as the environment variable of its name in upper case.
        requirements: library -> version specifier of what the script imports.
        quality: what the step requires and promises of its data.
        summary: one line for people.

    Raises:
        PipelineCompilerError: (PC439) for a script or name that no step can have; (PC1xx, PC2xx, PC42x)
            for declarations that contradict each other.
    """
    names = StepNames.of(step_type)
    if names is None:
        raise _refused(f"'{step_type}' is no step type", "name it like CleanText")
    _check_kinds(kind, settings, requirements)
    file = _file(names, script)
    raise_errors(reserved_scripts(file.parent))
    dependencies = tuple(
        each
        if isinstance(each, DependencySpec)
        else DependencySpec(logical_name=each, type=DependencyType.DATASET, semantic_keywords=(each,))
        for each in ((inputs,) if isinstance(inputs, (str, DependencySpec)) else inputs)
    )
    produced = _outputs(outputs, kind)
    read = tuple(each.logical_name for each in dependencies)
    fields = _fields(dict(settings or {}), read)
    spec = StepSpecification(
        step_type=names.step_type,
        node_type=NodeType.of(bool(dependencies), bool(produced)),
        summary=summary or f"A quick step that runs {file.name}.",
        script_contract=_contract(file, kind, read, produced, settings or {}, requirements or {}, quality),
        config_inputs=read,
        dependencies=dependencies,
        outputs=produced,
    )
    config = _config(names.step_type, ProcessingConfig if kind == "processing" else TrainingConfig, fields)
    return StepDeclaration(spec, config, scripts=file.parent)


def _check_kinds(kind: str, *mappings: object) -> None:
    if kind not in ("processing", "training"):
        raise _refused(f"the kind is {kind!r}", "choose 'processing' or 'training'")
    for given in mappings:
        if given is not None and not isinstance(given, Mapping):
            raise _refused(f"{given!r} is no mapping", "give settings and requirements as {'lines': 5}")


def _file(names: StepNames, script: object) -> Path:
    """The file that the step runs."""
    if callable(script):
        return _from_function(names, script)
    if not isinstance(script, (str, Path)) or not Path(script).is_file():
        raise _refused(f"there is no script {script!r}", "give a Python file, or a function")
    return Path(script).resolve()


def _outputs(outputs: Outputs, kind: str) -> tuple[OutputSpec, ...]:
    types = list(_TRAINING_OUTPUTS.values())
    found = []
    for number, each in enumerate((outputs,) if isinstance(outputs, (str, OutputSpec)) else outputs):
        if kind == "training" and number >= len(types):
            raise _refused("a training step leaves a model and one other output", "give at most two outputs")
        carried = types[number] if kind == "training" else DependencyType.DATASET
        if isinstance(each, str):
            each = OutputSpec(logical_name=each, type=carried, semantic_keywords=(each,))
        found.append(each)
    return tuple(found)


def _config(step_type: str, base: type[StepConfig], fields: dict[str, Any]) -> type[StepConfig]:
    return create_model(f"{step_type}Config", __base__=base, **fields)


def _fields(settings: dict[str, Any], inputs: tuple[str, ...]) -> dict[str, Any]:
    """The config fields: the inputs as files, and the settings."""
    for name in (*settings, *inputs):
        if not name.isidentifier() or name.startswith("_"):
            raise _refused(f"'{name}' is no name of a config field", "use letters, digits and '_'")
    for name in (name for name in settings if name != name.lower()):
        raise _refused(f"the setting '{name}' is not in lower case", f"name it '{name.lower()}'")
    twice = sorted(set(settings) & {*inputs, *ProcessingConfig.model_fields, *TrainingConfig.model_fields})
    if twice:
        raise _refused(f"the setting '{twice[0]}' has the name of another config field", "rename it")
    fields: dict[str, Any] = {name: (Source | None, Field(None, description="files")) for name in inputs}
    for name, value in settings.items():
        given = isinstance(value, type)
        kind = value if given else type(value)
        if kind not in (str, int, float, bool):
            raise _refused(f"the setting '{name}' is {value!r}", "give a text, a number or a yes or no")
        fields[name] = (
            kind,
            Field(description="a setting") if given else Field(value, description="a setting"),
        )
    return fields


def _contract(
    file: Path,
    kind: str,
    inputs: tuple[str, ...],
    outputs: tuple[OutputSpec, ...],
    settings: Mapping[str, Any],
    requirements: Mapping[str, str],
    quality: StepContract | None,
) -> ScriptContract:
    training = kind == "training"
    read = "/opt/ml/input/data" if training else "/opt/ml/processing/input"
    written = list(_TRAINING_OUTPUTS)
    make = TrainingScriptContract if training else ScriptContract
    defaults = {name.upper(): str(value_text(v)) for name, v in settings.items() if not isinstance(v, type)}
    return make(
        entry_point=file.name,
        description=f"Runs {file.name}.",
        expected_input_paths={name: f"{read}/{name}" for name in inputs},
        expected_output_paths={
            each.logical_name: written[number]
            if training
            else f"/opt/ml/processing/output/{each.logical_name}"
            for number, each in enumerate(outputs)
        },
        required_env_vars=tuple(name.upper() for name, value in settings.items() if isinstance(value, type)),
        optional_env_vars=defaults,
        framework_requirements={"python": ">=3.9", **requirements},
        quality=quality or StepContract(),
    )


def _from_function(names: StepNames, function: Callable[[Any], object]) -> Path:
    """A script that runs a function, in a folder of its own that lasts as long as this process."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise _refused(
            "the function's source cannot be read", "write it into a file, and name that"
        ) from None
    place = Place(inspect.getsourcefile(inspect.unwrap(function)), inspect.getsourcelines(function)[1])
    ordinary = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    kinds = [
        each.kind if each.default is each.empty else None
        for each in inspect.signature(function).parameters.values()
    ]
    if not source.startswith("def ") or len(kinds) != 1 or kinds[0] not in ordinary:
        raise _refused(
            "the script is no function of one parameter, without a default",
            "give a function 'def clean(runtime): ...'",
            place,
        )
    if inspect.isgeneratorfunction(function):
        raise _refused("the function has a 'yield', so that calling it does nothing", "remove it", place)
    used = inspect.getclosurevars(function)
    outside = sorted(
        name
        for name, value in {**used.globals, **used.nonlocals}.items()
        if name != "contract_runtime" and not _put_there(name, value, function)
    )
    if outside:
        raise _refused(
            f"the function uses {', '.join(outside)}, which is defined outside of it",
            "import or define it inside the function: only its own text becomes the script",
            place,
        )
    text = f"""from __future__ import annotations  # what annotations name is not there

import contract_runtime


{source}

if __name__ == "__main__":
    contract_runtime.execute({function.__name__})
"""
    folder = Path(_scratch().name) / hashlib.sha256(text.encode()).hexdigest()[:16]
    folder.mkdir(exist_ok=True)
    file = folder / f"{names.module}.py"
    file.write_text(text, encoding="utf-8")
    return file


def _put_there(name: str, value: object, function: Callable[[Any], object]) -> bool:
    """Whether a notebook has put its own version of a built-in name there, as IPython does with `open`."""
    return hasattr(builtins, name) and getattr(value, "__module__", None) != function.__module__


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="quick-steps-")


def _refused(message: str, fix: str, place: Place = NOWHERE) -> PipelineCompilerError:
    return PipelineCompilerError(QUICK_STEP_REFUSED.error(message, fix=fix, place=place))
