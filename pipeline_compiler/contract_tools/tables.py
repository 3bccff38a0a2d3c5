"""Small tables in memory, and how they become files: CSV and JSON lines here, Parquet by a program."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from pipeline_compiler.local.libraries import missing_libraries
from pipeline_compiler.resources import resource
from script_contracts.core.diagnostics import PipelineCompilerError
from script_contracts.quality.contracts import ColumnType, Format

Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """Rows of a data set.

    Attributes:
        columns: name -> type, in order.
        rows: the values of each row in the order of the columns; None is missing, timestamps are ISO 8601.
        format: the format of the files.
        splits: the folders that the rows are spread over, in parts of one size; empty for one folder.
    """

    columns: Mapping[str, ColumnType]
    rows: tuple[Row, ...]
    format: Format = "parquet"
    splits: tuple[str, ...] = ()

    def values(self, column: str) -> list[Any]:
        """The values of one column."""
        index = list(self.columns).index(column)
        return [row[index] for row in self.rows]

    def with_values(self, column: str, values: Iterable[Any], kind: ColumnType | None = None) -> Table:
        """The table with other values, and another type if given, in one column, new or not."""
        columns = {**self.columns, column: kind or self.columns[column]}
        known = {name: self.values(name) for name in self.columns}
        known[column] = list(values)
        return replace(
            self, columns=columns, rows=tuple(zip(*(known[name] for name in columns), strict=True))
        )

    def without(self, column: str) -> Table:
        """The table without a column."""
        index = list(self.columns).index(column)
        columns = {name: kind for name, kind in self.columns.items() if name != column}
        return replace(self, columns=columns, rows=tuple(row[:index] + row[index + 1 :] for row in self.rows))

    def files(self) -> dict[str, Table]:
        """Relative file name -> the rows in it."""
        name = f"part-00000.{self.format}"
        if not self.splits:
            return {name: self}
        size = -(-len(self.rows) // len(self.splits))
        return {
            f"{split}/{name}": replace(self, rows=self.rows[i * size : (i + 1) * size], splits=())
            for i, split in enumerate(self.splits)
        }


def write_tables(tables: Mapping[Path, Table]) -> None:
    """Write each table's files into its folder."""
    binary = []
    for folder, table in tables.items():
        for name, part in table.files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if part.format == "parquet":
                columns = [{"name": n, "type": kind.value} for n, kind in part.columns.items()]
                binary.append({"path": str(path), "columns": columns, "rows": part.rows})
            else:
                path.write_text(_csv(part) if part.format == "csv" else _json(part), encoding="utf-8")
    if binary:
        run_program("synthesize_data.py", binary)


def run_program(name: str, request: object) -> str:
    """Run one of the data programs, which need what the compiler does not: the data libraries.

    Raises:
        PipelineCompilerError: (PC777) if this Python lacks them.
        subprocess.CalledProcessError: if it fails, which is a bug of the program.
    """
    if problem := missing_libraries(name, ["pyarrow"]):
        raise PipelineCompilerError(problem)
    done = subprocess.run(
        [sys.executable, str(resource("scripts") / name)],
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _csv(table: Table) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)  # a missing value becomes an empty field
    return text.getvalue()


def _json(table: Table) -> str:
    names = list(table.columns)
    return "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in table.rows)
