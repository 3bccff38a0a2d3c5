"""Record batches mapped by risk tables: categories become values, missing numbers are filled."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tabular_data
from contract_runtime import ScriptError
from risk_table_counts import OutOfFold, category_texts, category_type
from risk_tables import EVIDENCE, NUMBER, RISK, RiskTables


class FieldValues:
    """The values of one field's categories, for one or several ways (folds) of mapping it."""

    def __init__(
        self, texts: Sequence[str], values: np.ndarray, missing: np.ndarray, unseen: np.ndarray
    ) -> None:
        """Prepare the look-up.

        Arguments:
            values: by way and category, in the order of `texts`.
            missing, unseen: by way.
        """
        self._texts = pa.array(texts, pa.string())
        self._values = np.column_stack([values, unseen, missing])

    def of(self, texts: pa.Array, ways: np.ndarray) -> np.ndarray:
        """The value of each row's category."""
        encoded = texts.dictionary_encode()
        known = pc.index_in(encoded.dictionary, value_set=self._texts).fill_null(len(self._texts))
        missing = len(self._texts) + 1
        positions = np.append(known.to_numpy(zero_copy_only=False), missing)
        codes = encoded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
        return self._values[ways, positions[codes]]


class Mapper:
    """Maps the rows of one split."""

    def __init__(
        self, schema: pa.Schema, tables: RiskTables, out_of_fold: Mapping[str, OutOfFold] = {}
    ) -> None:
        """Prepare the look-ups.

        Arguments:
            schema: of the data.
            out_of_fold: the values for training rows, in place of the tables' own; empty for all others.
        """
        self._tables = tables
        self._fields = {
            name: FieldValues(each.texts, each.values, each.missing, each.missing)
            for name, each in out_of_fold.items()
        } or {
            name: FieldValues(
                list(table.categories),
                np.array([list(table.categories.values())]),
                np.array([table.missing]),
                np.array([table.unseen]),
            )
            for name, table in tables.fields.items()
        }
        mapped = {*tables.fields, *tables.imputation}
        self.schema = pa.schema(
            [pa.field(field.name, pa.float64()) if field.name in mapped else field for field in schema]
        )

    def map(self, batch: pa.RecordBatch, folds: Optional[np.ndarray] = None) -> pa.RecordBatch:
        """The batch with numbers in place of categories, and no missing ones among imputed numbers.

        Arguments:
            folds: the fold of each row, where training rows are mapped.

        Raises:
            ScriptError: (PC765) a field is of another type than in the training data.
        """
        ways = np.zeros(batch.num_rows, dtype=np.int64) if folds is None else folds
        columns = batch.columns
        for index, name in enumerate(batch.schema.names):
            column = columns[index]
            if name in self._fields:
                texts = self._texts(name, column)
                columns[index] = pa.array(self._fields[name].of(texts, ways), pa.float64())
            elif name in self._tables.imputation:
                numbers = column.cast(pa.float64(), safe=False)
                missing = numbers.is_null(nan_is_null=True)
                columns[index] = pc.if_else(missing, self._tables.imputation[name], numbers)
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _texts(self, name: str, column: pa.Array) -> pa.Array:
        if column.null_count == len(column):  # which has no type
            return pa.nulls(len(column), pa.string())
        _require_type(name, column.type, self._tables.fields[name].type)
        return category_texts(column)


def check_schema(
    tables: RiskTables, schema: pa.Schema, split: str, label_field: str, named: Mapping[str, Sequence[str]]
) -> None:
    """Check that data have what the tables map.

    Arguments:
        named: encoding -> the fields that the settings name for it.

    Raises:
        ScriptError: (PC765) the label, or a field, is another one than in the training data.
    """
    problems = []
    if tables.label_field != label_field:
        problems.append(f"they are about the label '{tables.label_field}', not '{label_field}'")
    absent = [name for name in (*tables.fields, *tables.imputation) if name not in schema.names]
    if absent:
        problems.append(f"{split} has no column {tabular_data.shown(absent)}")
    for encoding in (RISK, EVIDENCE):
        other = [
            name
            for name in named[encoding]
            if name not in tables.fields or tables.fields[name].encoding != encoding
        ]
        if other:
            problems.append(f"they have no {encoding} of {tabular_data.shown(other)}")
    numbers = [
        name
        for name in tables.imputation
        if name in schema.names and category_type(schema.field(name).type) != NUMBER
    ]
    if numbers:
        problems.append(f"{split} holds no numbers in {tabular_data.shown(numbers)}")
    if problems:
        raise ScriptError(
            "PC765",
            f"the risk tables do not fit the data: {'; '.join(problems)}",
            "prepare all data alike, and name the same fields for every job type",
        )


def _require_type(name: str, kind: pa.DataType, wanted: str) -> None:
    if category_type(kind) != wanted:
        raise ScriptError(
            "PC765",
            f"the risk tables do not fit the data: '{name}' is {kind}, but was {wanted} in the training data",
            "read both data sets with the same column types: name codes in text_columns of a source of CSV",
        )
