"""Memory and speed of the programs that stream a table: preprocessing, then risk mapping.

    python benchmarks/streaming_memory.py [MILLIONS OF ROWS]

Writes Parquet shards of 40 columns (id, time, 29 numbers, 8 categories and the label, 4 % positive)
and runs both programs on them as jobs on this machine, under their shipped contracts. The peak is the
largest resident memory of the job's process, which the operating system counts.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

MILLIONS = 5.0
SHARD_ROWS = 500_000
CATEGORIES = (2, 5, 12, 40, 150, 700, 3_000, 12_000)  # different values in each categorical column
RISK_FIELDS = ",".join(f"category_{count}" for count in CATEGORIES)
ENV = {
    "LABEL_FIELD": "is_fraud",
    "ID_FIELD": "order_id",
    "POSITIVE_CLASS": "fraud",
    "TRAIN_RATIO": "0.7",
    "TEST_VAL_RATIO": "0.5",
    "RISK_FIELDS": RISK_FIELDS,
    "IMPUTE_FIELDS": "number_0,number_1",
}


def write_table(folder: Path, rows: int) -> None:
    """Write the shards, in row groups of 131,072 rows."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    for shard, start in enumerate(range(0, rows, SHARD_ROWS)):
        random = np.random.default_rng(shard)
        count = min(SHARD_ROWS, rows - start)
        columns: dict[str, Any] = {"order_id": pa.array(np.arange(start, start + count)).cast("string")}
        columns["ordered_at"] = pa.array(np.arange(start, start + count) * 1000).cast(pa.timestamp("ms"))
        for number in range(29):
            missing = random.random(count) < 0.02
            columns[f"number_{number}"] = pa.array(random.normal(size=count), mask=missing)
        for kinds in CATEGORIES:
            texts = pa.array([f"value {code:05d}" for code in range(kinds)])
            columns[f"category_{kinds}"] = texts.take(pa.array(random.integers(0, kinds, count)))
        columns["is_fraud"] = pa.array(np.where(random.random(count) < 0.04, "fraud", "ok"))
        pq.write_table(pa.table(columns), folder / f"part-{shard:05d}.parquet", row_group_size=131072)


def run(node: str, root: Path) -> tuple[float, float]:
    """Run a node's program in a container root: seconds, and peak resident memory in MB."""
    from pipeline_compiler.bundles import code_bundle
    from step_specs import registry

    code = root / "code" / node
    code.mkdir(parents=True)
    spec = registry().for_node(node)
    assert spec.script_contract is not None
    for name, content in code_bundle(spec, "s3://benchmark/root").files.items():
        assert isinstance(content, bytes)
        (code / name).write_bytes(content)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(code / spec.script_contract.entry_point), "--job_type", "training"],
        env={**ENV, "PIPELINE_CONTAINER_ROOT": str(root), "PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, f"{node} failed"
    return time.perf_counter() - started, usage.ru_maxrss * 1024 / 1e6


def main() -> None:
    """Measure and print."""
    rows = int(float(sys.argv[1] if len(sys.argv) > 1 else MILLIONS) * 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        preprocessing, mapping = Path(folder) / "preprocessing", Path(folder) / "mapping"
        data = preprocessing / "opt/ml/processing/input/data"
        # In a process of its own: Linux counts what a parent used into the peak of its children.
        writer = multiprocessing.get_context("spawn").Process(target=write_table, args=(data, rows))
        writer.start()
        writer.join()
        size = sum(path.stat().st_size for path in data.iterdir())
        print(f"{rows:,} rows x 40 columns, {size / 1e6:,.0f} MB of Parquet", flush=True)
        report("TabularPreprocessing_training", preprocessing, rows)
        (mapping / "opt/ml/processing/input").mkdir(parents=True)
        (preprocessing / "opt/ml/processing/output").rename(mapping / "opt/ml/processing/input/data")
        report("RiskTableMapping_training", mapping, rows)


def report(node: str, root: Path, rows: int) -> None:
    """Run and print one line."""
    seconds, peak = run(node, root)
    print(f"{node:<30} {seconds:6.1f} s  {rows / seconds:10,.0f} rows/s  peak {peak:5.0f} MB", flush=True)


if __name__ == "__main__":
    main()
