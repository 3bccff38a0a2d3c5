"""A step of a user's own: not registered, with a script in a folder of the user's."""

from __future__ import annotations

from pydantic import Field

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType
from script_contracts.core.contract import ScriptContract
from script_contracts.quality import (
    Bounds,
    Column,
    ColumnType,
    DataContract,
    InRange,
    MetricsContract,
    StepContract,
    Unique,
)
from step_builders.core.config import ProcessingConfig
from step_builders.core.step import StepDeclaration

CONTRACT = ScriptContract(
    entry_point="average.py",
    description="Averages the ages of a table.",
    expected_input_paths={"people": "/opt/ml/processing/input/people"},
    expected_output_paths={"numbers": "/opt/ml/processing/output"},
    required_env_vars=("AGE_FIELD",),
    quality=StepContract(
        inputs={
            "people": DataContract(
                formats=("json",),
                columns=(Column(name="$AGE_FIELD", type=ColumnType.INTEGER, nullable=False),),
                checks=(
                    InRange(column="$AGE_FIELD", minimum=0, maximum=120),
                    Unique(column="name", on_violation="warn"),
                ),
            )
        },
        outputs={
            "numbers": MetricsContract(
                required_metrics=("mean",), thresholds={"mean": Bounds(minimum=0, maximum=120)}
            )
        },
    ),
)
SPEC = StepSpecification(
    step_type="AverageAge",
    node_type=NodeType.INTERNAL,
    summary="Average the ages.",
    script_contract=CONTRACT,
    dependencies=(DependencySpec(logical_name="people", type=DependencyType.DATASET),),
    outputs=(OutputSpec(logical_name="numbers", type=DependencyType.METRICS),),
)


class AverageAgeConfig(ProcessingConfig):
    age_field: str = Field(description="column of ages")


STEP = StepDeclaration(SPEC, AverageAgeConfig)

SCRIPT = """
import json

import contract_runtime


def main(runtime):
    field = runtime.env("AGE_FIELD")
    files = sorted(runtime.input_path("people").glob("*.json"))
    ages = [json.loads(line)[field] for file in files for line in file.read_text().splitlines()]
    result = {"mean": sum(ages) / len(ages)}
    (runtime.output_path("numbers") / "metrics.json").write_text(json.dumps(result))


if __name__ == "__main__":
    contract_runtime.execute(main)
"""
# Writes the same, with paths and settings of its own: nobody checks anything for it.
CARELESS_SCRIPT = """
import json
import os
from pathlib import Path

root = os.environ.get("PIPELINE_CONTAINER_ROOT", "")
ages = []
for file in Path(root + "/opt/ml/processing/input").glob("people/*.json"):
    for line in file.read_text().splitlines():
        ages.append(json.loads(line).get(os.environ.get("AGE_FIELD")) or 0)
result = {"average": len(ages)}
Path(root + "/opt/ml/processing/output/metrics.json").write_text(json.dumps(result))
"""
