"""Keeps the first of the rows that agree in the key column."""

import csv

import contract_runtime
import tables


def main(runtime: contract_runtime.Runtime) -> None:
    """Write each row that has a new key."""
    key, seen, writer = runtime.env("KEY_FIELD"), set(), None
    with (runtime.output_path("DATA") / "records.csv").open("w", newline="", encoding="utf-8") as target:
        for row in tables.rows(runtime.input_path("records")):
            if writer is None:
                writer = csv.DictWriter(target, list(row))
                writer.writeheader()
            if row[key] not in seen:
                seen.add(row[key])
                writer.writerow(row)
    print(f"{len(seen)} rows", flush=True)


if __name__ == "__main__":
    contract_runtime.execute(main)
