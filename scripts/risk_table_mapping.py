"""Risk mapping: categories become the risk that the training data show for them.

The training variant learns the tables on the train split and maps train, val and test; the others apply its
tables. Training rows are mapped out of fold: each by the counts of the rows outside its own fold. Tables and
mapped data are the same however the data are sharded; `preprocessing.json` says which tables mapped them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

import contract_runtime
import pyarrow as pa
import risk_table_learning
import shard_writer
import tabular_data
from processed_splits import RECORD_FILE, Split, find_split, open_shard, require_rows
from risk_table_counts import OutOfFold
from risk_table_learning import fold_numbers
from risk_table_settings import Settings, read_settings
from risk_table_values import Mapper, check_schema
from risk_tables import EVIDENCE, RISK, RiskTables, read_tables


def main(runtime: contract_runtime.Runtime) -> None:
    """Learn or read the tables, and map every split.

    Raises:
        ScriptError, CollectedError: (PC742) no rows to learn from or to map; (PC745-PC749, PC762-PC769)
            settings, data and tables that do not fit.
    """
    settings = read_settings(runtime)
    source, target = runtime.input_path("data_input"), runtime.output_path("processed_data")
    splits = [find_split(source, name) for name in settings.splits]
    require_rows(splits[0], source)
    out_of_fold: Mapping[str, OutOfFold] = {}
    if settings.is_training:
        learned = risk_table_learning.learn(tabular_data.open_dataset(source / "train"), settings)
        folder = runtime.output_path("risk_tables")
        risk_table_learning.write_tables(folder, learned.document)
        out_of_fold = learned.out_of_fold
        tables = read_tables(folder)
    else:
        tables = read_tables(runtime.input_path("risk_tables_input"))
    schemas = []
    for split in splits:
        if split.shards:
            own = out_of_fold if split.name == "train" else {}
            schemas.append(map_split(source, target, split, settings, tables, own))
    write_record(source, target, tables, schemas[0])


def map_split(
    source: Path,
    target: Path,
    split: Split,
    settings: Settings,
    tables: RiskTables,
    out_of_fold: Mapping[str, OutOfFold],
) -> pa.Schema:
    """Map one split, shard after shard; its new schema."""
    if not split.rows():
        schema = open_shard(split.shards[0]).schema_arrow
        mapper = Mapper(schema, tables)
        with shard_writer.ShardWriter(target / split.name, mapper.schema):
            return mapper.schema
    data = tabular_data.open_dataset(source / split.name)
    named = {RISK: settings.risk_fields, EVIDENCE: settings.evidence_fields}
    check_schema(tables, data.schema, split.name, settings.label_field, named)
    mapper = Mapper(data.schema, tables, out_of_fold)
    with shard_writer.ShardWriter(target / split.name, mapper.schema) as writer:
        for batch in data.batches():
            writer.write(mapper.map(batch, fold_numbers(batch, settings) if out_of_fold else None))
    print(f"{split.name}: {writer.rows} rows, {len(tables.fields)} fields mapped", flush=True)
    return mapper.schema


def write_record(source: Path, target: Path, tables: RiskTables, schema: pa.Schema) -> None:
    """Hand on what preprocessing recorded, with the new columns and the tables that mapped them."""
    path = source / RECORD_FILE
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    record["columns"] = [{"name": field.name, "type": str(field.type)} for field in schema]
    record["risk_tables"] = {
        "fingerprint": tables.fingerprint,
        "fields": list(tables.fields),
        "imputed": list(tables.imputation),
    }
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    (target / RECORD_FILE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    contract_runtime.execute(main)
