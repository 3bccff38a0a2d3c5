"""A team's steps that pass a model on: one learns, one packs what was learned, one scores rows with it."""

from __future__ import annotations

from pydantic import Field

from pipeline_deps.specification import DependencySpec, OutputSpec, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType
from script_contracts.core.contract import ScriptContract
from script_contracts.quality import (
    Column,
    ColumnType,
    DataContract,
    FilesContract,
    MetricsContract,
    ModelContract,
    StepContract,
)
from step_builders.core.config import ProcessingConfig
from step_builders.core.step import StepDeclaration

_MODEL = ModelContract(files=("model.json",), metadata_file="model.json", metadata_includes=("columns",))
_INPUT, _OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"


class LearnConfig(ProcessingConfig):
    comment_field: str = Field(description="column of comments")


LEARN = StepDeclaration(
    StepSpecification(
        step_type="Learn",
        node_type=NodeType.INTERNAL,
        summary="Learn from comments.",
        script_contract=ScriptContract(
            entry_point="learn.py",
            description="Learns from comments.",
            expected_input_paths={"rows": f"{_INPUT}/rows"},
            expected_output_paths={"model": _OUTPUT},
            required_env_vars=("COMMENT_FIELD",),
            quality=StepContract(
                inputs={
                    "rows": DataContract(
                        formats=("json",), columns=(Column(name="$COMMENT_FIELD", type=ColumnType.STRING),)
                    )
                },
                outputs={"model": _MODEL},
            ),
        ),
        dependencies=(DependencySpec(logical_name="rows", type=DependencyType.DATASET),),
        outputs=(OutputSpec(logical_name="model", type=DependencyType.MODEL),),
    ),
    LearnConfig,
)
PACK = StepDeclaration(
    StepSpecification(
        step_type="Pack",
        node_type=NodeType.INTERNAL,
        summary="Pack a model.",
        script_contract=ScriptContract(
            entry_point="pack.py",
            description="Packs a model.",
            expected_input_paths={"model": f"{_INPUT}/model"},
            expected_output_paths={"package": _OUTPUT},
            quality=StepContract(
                inputs={"model": _MODEL}, outputs={"package": FilesContract(files=("package.json",))}
            ),
        ),
        dependencies=(
            DependencySpec(logical_name="model", type=DependencyType.MODEL, compatible_sources=("Learn",)),
        ),
        outputs=(OutputSpec(logical_name="package", type=DependencyType.PACKAGED_MODEL),),
    ),
    ProcessingConfig,
)
GRADE = StepDeclaration(
    StepSpecification(
        step_type="Grade",
        node_type=NodeType.INTERNAL,
        summary="Score rows with a packed model.",
        script_contract=ScriptContract(
            entry_point="grade.py",
            description="Scores rows with a packed model.",
            expected_input_paths={"package": f"{_INPUT}/package", "rows": f"{_INPUT}/rows"},
            expected_output_paths={"grades": _OUTPUT},
            quality=StepContract(
                inputs={
                    "package": FilesContract(files=("package.json",)),
                    "rows": DataContract(formats=("json",)),
                },
                outputs={"grades": MetricsContract(required_metrics=("graded",))},
            ),
        ),
        dependencies=(
            DependencySpec(
                logical_name="package", type=DependencyType.PACKAGED_MODEL, compatible_sources=("Pack",)
            ),
            DependencySpec(logical_name="rows", type=DependencyType.DATASET),
        ),
        outputs=(OutputSpec(logical_name="grades", type=DependencyType.METRICS),),
    ),
    ProcessingConfig,
)
STEPS = {each.spec.step_type: each for each in (LEARN, PACK, GRADE)}

_READ = """
def rows_of(folder):
    files = sorted(folder.glob("*.json"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]
"""
SCRIPTS = {
    "learn.py": f"""
import json

import contract_runtime

{_READ}

def main(runtime):
    columns = sorted({{name for row in rows_of(runtime.input_path("rows")) for name in row}})
    assert runtime.env("COMMENT_FIELD") in columns
    (runtime.output_path("model") / "model.json").write_text(json.dumps({{"columns": columns}}))


if __name__ == "__main__":
    contract_runtime.execute(main)
""",
    "pack.py": """
import shutil

import contract_runtime


def main(runtime):
    source = runtime.input_path("model") / "model.json"
    shutil.copyfile(source, runtime.output_path("package") / "package.json")


if __name__ == "__main__":
    contract_runtime.execute(main)
""",
    "grade.py": f"""
import json

import contract_runtime

{_READ}

def main(runtime):
    columns = json.loads((runtime.input_path("package") / "package.json").read_text())["columns"]
    rows = rows_of(runtime.input_path("rows"))
    lacking = [name for name in columns if not all(name in row for row in rows)]
    if lacking or not rows:
        raise ValueError(f"the rows lack what the model was trained on: {{lacking}}")
    (runtime.output_path("grades") / "metrics.json").write_text(json.dumps({{"graded": len(rows)}}))


if __name__ == "__main__":
    contract_runtime.execute(main)
""",
}
