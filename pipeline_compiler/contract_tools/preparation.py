"""The inputs of generated tests: satisfying ones, with one of them broken."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_compiler.contract_tools.folders import FolderMutation
from pipeline_compiler.contract_tools.mutations import TableMutation
from pipeline_compiler.contract_tools.tables import Table, write_tables

if TYPE_CHECKING:
    from pipeline_compiler.contract_tools.generated_tests import GeneratedTest


def prepared_inputs(tests: Sequence[GeneratedTest], folder: Path) -> list[dict[str, Path]]:
    """For each test, input -> the folder to mount. Broken inputs are made below `folder`."""
    tables: dict[Path, Table] = {}
    mounted = [_inputs(test, folder / str(number), tables) for number, test in enumerate(tests)]
    write_tables(tables)  # all at once: starting the program that writes Parquet takes longer than writing
    return mounted


def _inputs(test: GeneratedTest, folder: Path, tables: dict[Path, Table]) -> dict[str, Path]:
    supplies = test.supplies
    everything = test.kind == "satisfied with options" or test.port in supplies.optional
    inputs = supplies.companions() if everything else {n: supplies.folder(n) for n in supplies.required}
    if test.kind == "missing":
        del inputs[test.port]
    elif test.kind == "empty":
        inputs[test.port] = _emptied(inputs[test.port], folder / test.port)
    elif isinstance(test.mutation, TableMutation):
        table = supplies.table(test.port)
        assert table is not None, "a table mutation is of a table"
        inputs[test.port] = folder / test.port
        tables[inputs[test.port]] = test.mutation.apply(table)
    elif isinstance(test.mutation, FolderMutation):
        shutil.copytree(inputs[test.port], folder / test.port)
        inputs[test.port] = folder / test.port
        test.mutation.apply(inputs[test.port])
    return inputs


def _emptied(source: Path, target: Path) -> Path:
    """The same files, without content: what an upload that was cut off leaves behind."""
    for path in source.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.touch()
    return target
