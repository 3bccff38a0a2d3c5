"""Currency conversion: amounts in many currencies become amounts in one.

An amount is worth amount * rate, where the rate is what one unit of its currency is worth in the target
currency (amount / rate for rates that are quoted the other way). Codes are compared in capitals and without
blanks around them. Where rates have dates, the rate of a row is the latest one whose day is not after the
row's day; with a greatest age, it is none once it is older. Days are calendar days, those of zoned times in
UTC. The target currency is worth 1, with or without a rate of its own.

Writes DATA, METADATA and SIGNATURE as data loading does; METADATA also counts what became of the amounts.
"""

from __future__ import annotations

from collections import Counter

import contract_runtime
import currency_amounts
import currency_rates
import currency_settings
import data_description
import pyarrow as pa
import shard_writer
import tabular_data


def main(runtime: contract_runtime.Runtime) -> None:
    """Check settings, data and rates, convert the amounts, and describe the result."""
    settings = currency_settings.read_settings(runtime)
    data = tabular_data.open_dataset(runtime.input_path("data_input"))
    data_description.check(
        data, runtime.optional_input_path("metadata_input"), runtime.optional_input_path("signature_input")
    )
    currency_amounts.check_columns(settings, data.schema)
    rates = currency_rates.read_rates(runtime.input_path("rates"), settings)
    converter = currency_amounts.Converter(settings, rates)
    schema = pa.schema(
        [
            pa.field(field.name, pa.float64()) if field.name in settings.amounts else field
            for field in data.schema
        ]
    )
    nulls: Counter[str] = Counter()
    with shard_writer.ShardWriter(runtime.output_path("DATA"), schema) as writer:
        for shard, row, batch in data.located_batches():
            converted = converter.convert(batch, shard.name, row)
            nulls.update({name: converted.column(name).null_count for name in schema.names})
            writer.write(converted)
    converter.raise_problems(data.num_rows)
    metadata = {
        "job_type": runtime.argument("job_type"),
        "rows": writer.rows,
        "columns": [
            {"name": field.name, "type": str(field.type), "nulls": nulls[field.name]} for field in schema
        ],
        "shards": [{"name": name, "rows": rows} for name, rows in writer.shards.items()],
        "target_currency": settings.target,
        "conversions": converter.counts,
    }
    data_description.write(runtime.output_path("METADATA"), runtime.output_path("SIGNATURE"), metadata)
    for name, counts in converter.counts.items():
        print(f"{name}: " + ", ".join(f"{rows} {what}" for what, rows in counts.items() if rows))


if __name__ == "__main__":
    contract_runtime.execute(main)
