"""What conformance checking finds, beside botocore's own validator, and what it costs.

    python benchmarks/conformance.py [MUTATIONS PER CLASS]

The mutations are those of tests/conformance/mutations.py: labelled mistakes made in the definitions of the
shipped templates and in definitions that both lines of the SageMaker SDK emit. Times are CPU times of this
machine; those of loading are measured in processes of their own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOAD = """
import time, importlib
module = importlib.import_module("pipeline_compiler.conformance.service_model")
start = time.process_time()
module.service_shapes("sagemaker")
print(time.process_time() - start)
"""


def main() -> None:
    """Print both tables."""
    sys.path.insert(0, str(ROOT))
    from tests.conformance import mutations

    if len(sys.argv) > 1:
        mutations.PER_CLASS = int(sys.argv[1])
    coverage(mutations.mutations())
    times()


def coverage(every: list[Any]) -> None:
    """For each class of mistakes, the share that is found."""
    from pipeline_compiler.conformance.definition import Definition
    from pipeline_compiler.conformance.model_checks import check_model
    from tests.conformance.botocore_validator import refused

    rows: dict[str, list[int]] = {}
    for mutation in every:
        codes = {finding.rule.code for finding in check_model(Definition(mutation.document()))}
        row = rows.setdefault(mutation.mistake.name, [0, 0, 0])
        row[0] += 1
        row[1] += bool(codes & mutation.mistake.codes)
        row[2] += refused(mutation.document())
    print(f"{'mistake':55}{'made':>6}{'found':>8}{'botocore':>10}")
    total = [sum(column) for column in zip(*rows.values(), strict=True)]
    for name, (made, ours, theirs) in {**rows, "all": total}.items():
        print(f"{name:55}{made:6}{ours / made:8.0%}{theirs / made:10.0%}")


def times() -> None:
    """CPU times of loading the service model and of checking a definition of 50 steps."""
    from pipeline_compiler.conformance.definition import Definition
    from pipeline_compiler.conformance.model_checks import check_model

    def run(program: str) -> float:
        command = [sys.executable, "-c", program]
        return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)

    loading = [run(LOAD) for _ in range(9)]
    text = fifty_steps()
    first = cpu_seconds(lambda: list(check_model(Definition(json.loads(text)))))
    again = [cpu_seconds(lambda: list(check_model(Definition(json.loads(text))))) for _ in range(20)]
    print(f"\nload the service model in a new process: {statistics.median(loading) * 1000:6.1f} ms")
    print(f"50 steps, {len(text):,} characters, first check:   {first * 1000:6.1f} ms")
    print(f"50 steps, {len(text):,} characters, checked again: {statistics.median(again) * 1000:6.1f} ms")


def cpu_seconds(action: Callable[[], Any]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def fifty_steps() -> str:
    """The largest template's steps, several times under other names, up to the quota."""
    from tests.conformance.definitions import document

    definition = document("golden/XGBoostTrainEvaluateE2E")
    copies: list[Any] = []
    for number in range(9):
        text = json.dumps(definition["Steps"])
        for step in definition["Steps"]:
            text = text.replace(f'"{step["Name"]}"', f'"{step["Name"]}-{number}"')
            text = text.replace(f"Steps.{step['Name']}.", f"Steps.{step['Name']}-{number}.")
        copies += [step for step in json.loads(text) if step["Type"] != "Condition"]
    return json.dumps({**definition, "Steps": copies[:50]})


if __name__ == "__main__":
    main()
