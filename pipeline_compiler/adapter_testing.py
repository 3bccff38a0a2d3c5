"""The test kit for authors of source adapters: one call in a test of theirs proves the whole.

def test_our_adapter(tmp_path):
    outputs = check_adapter("cradle", {"query": "..."}, tmp_path)
    assert outputs["DATA"].is_dir()
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline_compiler.compiler import compile_pipeline
from pipeline_compiler.local import run_pipeline
from pipeline_compiler.template import Template
from script_contracts.core.diagnostics import Diagnostic, Place, raise_errors
from step_builders.core.rules import BROKEN_ADAPTER
from step_builders.core.source_adapters import SourceAdapter, find_adapter

_NODE = "CradleDataLoading_training"
_SETTINGS = {
    "name": "adapter-test",
    "role": "arn:aws:iam::123456789012:role/Test",
    "region": "us-east-1",
    "s3_root": "s3://adapter-test/root",
}


def check_adapter(name: str, settings: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Load a table through an installed adapter, as a pipeline would, on this machine.

    Args:
        name: the adapter's name, as `source.adapter` of a config gives it.
        settings: settings with which it delivers a table here.
        folder: an empty folder to work in, such as pytest's tmp_path.

    Returns:
        The outputs of the loading step: DATA, METADATA and SIGNATURE -> the folder.

    Raises:
        PipelineCompilerError: (PC440, PC441) the adapter is missing or breaks the rules of adapters;
            (PC404) it does not accept `settings`; the codes of a step that failed.
    """
    adapter = find_adapter(name)
    raise_errors(_problems(name, adapter, settings))
    source = {"adapter": name, "settings": dict(settings)}
    compiled = compile_pipeline(
        Template.of("AdapterTest", [_NODE]), {"pipeline": _SETTINGS, "steps": {_NODE: {"source": source}}}
    )
    report = run_pipeline(
        compiled.document, name=compiled.name, state_dir=folder / "state", assets=compiled.assets
    )
    raise_errors(report.diagnostics)
    return dict(report.steps[0].outputs)


def _problems(name: str, adapter: SourceAdapter, settings: Mapping[str, Any]) -> Iterator[Diagnostic]:
    try:
        adapter.settings.model_validate({**settings, "no_such_setting": 1})
    except ValidationError as error:
        refused = any(entry["loc"][:1] == ("no_such_setting",) for entry in error.errors())
    else:
        refused = False
    if not refused:
        yield BROKEN_ADAPTER.error(
            f"the adapter '{name}' accepts the setting 'no_such_setting', which it does not have",
            fix="derive its settings from step_builders.core.config.Config, or set extra='forbid'",
        )
    tree = ast.parse(adapter.program.read_text(encoding="utf-8"), filename=str(adapter.program))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    read = functions.get("read")
    if read is None or [argument.arg for argument in read.args.args] != ["settings", "folder"]:
        yield BROKEN_ADAPTER.error(
            f"the program of the adapter '{name}' has no function read(settings, folder)",
            fix="define it at the top level of the program",
            place=Place(str(adapter.program), read.lineno if read else None),
        )
