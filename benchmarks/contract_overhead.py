"""What the contract runtime adds to a program's own time, on about 1 GB of Parquet.

    python benchmarks/contract_overhead.py [MEGABYTES]

Preprocessing runs once as a container would run it, with the clauses of its shipped contract. Within that
run, everything but the program's `main` is the runtime's; of it, the part spent on the clauses about data is
shown apart. Then the clauses of training, whose input that is, are checked alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

MEGABYTES = 1000
SHARDS = 8
ENV = {"LABEL_FIELD": "label", "ID_FIELD": "id", "TRAIN_RATIO": "0.8", "TEST_VAL_RATIO": "0.5"}
CLOCK = """
import json, sys, time, contract_runtime, {module} as program
spent = {{}}
def timed(name, function):
    def run(*arguments):
        start = time.perf_counter()
        function(*arguments)
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - start
    return run
contract_runtime.Runtime.check_ports = timed("clauses", contract_runtime.Runtime.check_ports)
timed("all", contract_runtime.execute)(timed("program", program.main))
print(json.dumps(spent))
"""


def write_table(folder: Path, megabytes: int) -> int:
    """Incompressible numbers, an id and a text label in shards of row groups; returns the bytes written."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    random = np.random.default_rng(1)
    rows = megabytes * 1_000_000 // SHARDS // 170  # about 170 bytes a row
    folder.mkdir(parents=True)
    for shard in range(SHARDS):
        columns: dict[str, Any] = {"id": pa.array(np.arange(shard * rows, (shard + 1) * rows)).cast("string")}
        columns |= {f"x{number}": random.random(rows) for number in range(20)}
        columns["label"] = pa.array(np.where(random.random(rows) < 0.1, "yes", "no"))
        pq.write_table(pa.table(columns), folder / f"part-{shard}.parquet", row_group_size=131072)
    return sum(path.stat().st_size for path in folder.iterdir())


def run(module: str, root: Path, env: dict[str, str], *arguments: str) -> dict[str, float]:
    """Run a program, whose inputs lie in the container root, under its contract: part -> seconds."""
    from pipeline_compiler.bundles import _data_checks, _with_imports, contract_json
    from pipeline_compiler.resources import resource
    from step_specs import registry

    spec = next(
        spec
        for spec in (
            registry().for_node(name) for name in ("TabularPreprocessing_training", "XGBoostTraining")
        )
        if spec.script_contract and spec.script_contract.entry_point == f"{module}.py"
    )
    assert spec.script_contract is not None
    code = root / "code"
    code.mkdir(parents=True, exist_ok=True)
    names = [f"{module}.py", *_data_checks(spec.script_contract)]
    for name, content in _with_imports(names, resource("scripts")).items():
        (code / name).write_bytes(content)
    (code / "contract.json").write_bytes(contract_json(spec))
    (code / "clock.py").write_text(CLOCK.format(module=module))
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(code / "clock.py"), *arguments],
        env={**env, "PIPELINE_CONTAINER_ROOT": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    spent: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**spent, "process": time.perf_counter() - started}


def main() -> None:
    """Measure and print."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        size = write_table(root / "opt/ml/processing/input/data", megabytes)
        env = {**ENV, "POSITIVE_CLASS": "yes"}
        spent = run("tabular_preprocessing", root, env, "--job_type", "training")
        rest = spent["all"] - spent["program"]
        print(f"input: {size / 1e6:.0f} MB of Parquet")
        print(f"program (tabular_preprocessing): {spent['program']:8.3f} s")
        print(f"runtime with all clauses:        {rest:8.3f} s  {rest / spent['program']:.2%} of the program")
        bare = rest - spent["clauses"]
        print(f"runtime without data clauses:    {bare:8.3f} s  {bare / spent['program']:.2%} of the program")
        seconds, share = training_clauses(root), spent["program"]
        print(f"clauses of training's input:     {seconds:8.3f} s  {seconds / share:.2%} of preprocessing")


def training_clauses(root: Path) -> float:
    """Seconds to check what training asks of preprocessing's output, in this process."""
    import importlib

    from script_contracts import all_contracts

    sys.path.insert(0, str(root / "code"))
    checks = importlib.import_module("contract_checks")
    importlib.import_module("contract_data_checks")
    clauses = all_contracts()["xgboost_training"].quality.inputs["processed_data"].model_dump(mode="json")
    started = time.perf_counter()
    found = checks.port_violations(clauses, root / "opt/ml/processing/output", {"LABEL_FIELD": "label"})
    seconds = time.perf_counter() - started
    assert not found, found
    return seconds


if __name__ == "__main__":
    main()
