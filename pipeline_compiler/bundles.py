"""Code bundles: a step's program with all it needs, packed deterministically, addressed by content."""

from __future__ import annotations

import ast
import gzip
import io
import json
import tarfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from pipeline_compiler.compiled import Asset
from pipeline_compiler.content_hash import content_hash
from pipeline_compiler.resources import resource
from pipeline_compiler.rules import MISSING_SCRIPT
from pipeline_deps.specification import StepSpecification
from script_contracts.core.analysis_rules import SCRIPT_UNREADABLE
from script_contracts.core.contract import JobKind, ScriptContract
from script_contracts.core.diagnostics import PipelineCompilerError, Place
from script_contracts.core.suggestions import closest
from script_contracts.quality.contracts import DataContract
from step_builders.core.processing import INSTALLER
from step_builders.core.step import StepDeclaration
from step_builders.core.training import SOURCE_ARCHIVE


def code_bundle(
    spec: StepSpecification,
    s3_root: str,
    config_files: Mapping[str, bytes] | None = None,
    unmounted: Collection[str] = (),
    scripts: Path | None = None,
    requirements: Sequence[str] = (),
) -> Asset:
    """The bundle of a step with a script.

    It holds the entry point, every module beside it that it imports, directly or not, its contract as JSON,
    and as requirements.txt what its image lacks. Its address depends on these alone, so that editing one
    script changes one step.

    Args:
        spec: the step's specification.
        s3_root: below which the bundle gets its address.
        config_files: what the step's config adds: file name -> content. It wins over files of that name.
        unmounted: inputs that this step's job does not mount, because its program gets them by itself.
        scripts: the folder of the program; the compiler's own if not given. The contract runtime is always
            the compiler's.
        requirements: what the job's image lacks, as the lines of a requirements.txt.

    Raises:
        PipelineCompilerError: (PC415) if the script, or a module that it needs, is not there.
    """
    contract = spec.script_contract
    assert contract is not None
    training = contract.job_kind is JobKind.TRAINING  # whose launcher installs a requirements.txt itself
    installer = (INSTALLER,) if requirements and not training else ()
    names = [contract.entry_point, *contract.bundle_files, *_data_checks(contract), *installer]
    files = _with_imports(names, scripts or resource("scripts"))
    if requirements:
        files["requirements.txt"] = "".join(f"{line}\n" for line in requirements).encode()
    files["contract.json"] = contract_json(spec, unmounted)
    files.update(config_files or {})
    uri = f"{s3_root.rstrip('/')}/code/{content_hash(files)}"
    if training:
        return Asset(uri, {SOURCE_ARCHIVE: _archive(tuple(sorted(files.items())))})
    return Asset(uri, files)


def scripts_of(step: StepDeclaration) -> Path:
    """The folder of a step's program."""
    return step.scripts or resource("scripts")


def _data_checks(contract: ScriptContract) -> tuple[str, ...]:
    """What the runtime needs to check tables: only programs that have some carry it."""
    ports = (*contract.quality.inputs.values(), *contract.quality.outputs.values())
    return ("contract_data_checks.py",) if any(isinstance(port, DataContract) for port in ports) else ()


def contract_json(spec: StepSpecification, unmounted: Collection[str] = ()) -> bytes:
    """The contract as the runtime beside the script reads it; inputs that are `unmounted` are optional."""
    contract = spec.script_contract
    assert contract is not None
    optional = {each.logical_name for each in spec.dependencies if not each.required} | set(unmounted)
    document = {
        "step_type": spec.step_type,
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
        "multi_host": contract.multi_host,
        "framework_requirements": dict(contract.framework_requirements),
        "quality": contract.quality.model_dump(mode="json"),
    }
    return json.dumps(document, indent=1).encode()


@cache
def runtime_modules() -> frozenset[str]:
    """The files of the contract runtime, which scripts of every library have beside them."""
    return frozenset(_with_imports(["contract_runtime.py", "contract_data_checks.py"], resource("scripts")))


def _with_imports(names: Iterable[str], folder: Path) -> dict[str, bytes]:
    """The named scripts and, transitively, the modules beside them that they import."""
    files: dict[str, bytes] = {}
    seen = set(names)
    pending = sorted(seen)
    while pending:
        name = pending.pop()
        path = _found(name, folder)
        if path is None:
            similar = closest(name, (each.name for each in folder.glob("*.py")))
            raise PipelineCompilerError(
                MISSING_SCRIPT.error(
                    f"there is no script '{name}'",
                    fix=f"did you mean '{similar}'?"
                    if similar
                    else "write it, or let the contract name another",
                    place=Place(str(folder / name)),
                )
            )
        stat = path.stat()
        files[name], modules = _parsed(path, stat.st_mtime_ns, stat.st_size)
        imported = {f"{module}.py" for module in modules} - seen  # each is looked for once
        seen |= imported
        pending += [each for each in imported if _found(each, folder)]
    return files


def _found(name: str, folder: Path) -> Path | None:
    """A script of `folder`, or of the contract runtime."""
    if (folder / name).is_file():
        return folder / name
    shipped = resource("scripts")
    is_runtime = folder != shipped and name in runtime_modules()
    return shipped / name if is_runtime else None


@lru_cache(maxsize=256)
def _parsed(path: Path, mtime_ns: int, size: int) -> tuple[bytes, frozenset[str]]:
    """A script and the modules that it imports; read again whenever the file changes."""
    content = path.read_bytes()
    modules = set()
    try:
        tree = ast.parse(content, filename=str(path))
    except SyntaxError as error:
        raise PipelineCompilerError(
            SCRIPT_UNREADABLE.error(
                f"{path.name} is not Python: {error.msg}",
                fix="correct the script",
                place=Place(str(path), error.lineno),
            )
        ) from None
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module.split(".")[0])
    return content, frozenset(modules)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement, however deep; expressions, which hold no imports, are most of a tree."""
    for statement in body:
        yield statement
        for part in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, part, ()))
        for block in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _statements(block.body)


@lru_cache(maxsize=8)  # packing takes as long as the rest of a compile, and bundles seldom change
def _archive(files: tuple[tuple[str, bytes], ...]) -> bytes:
    """A .tar.gz of the files that is the same whenever and wherever it is made."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", filename="", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
