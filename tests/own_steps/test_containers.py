"""Programs in images of the user's own: requests without our code, and stand-ins for local runs."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from pipeline_compiler import PipelineCompilerError
from pipeline_deps.specification import OutputSpec, SpecificationError, StepSpecification
from pipeline_deps.vocabulary import DependencyType, NodeType
from script_contracts import ContainerContract, ContractError, ScriptContract, TrainingContainerContract
from step_builders.core.config import (
    Config,
    ContainerProcessingConfig,
    ContainerTrainingConfig,
    ProcessingConfig,
    Source,
    StepConfig,
)
from step_builders.core.step import StepDeclaration
from tests.own_steps.pipelines import IMAGE, arguments, compiled, executed

SCRIPT = """
import contract_runtime

def main(runtime):
    words = (runtime.input_path("texts") / "words.txt").read_text()
    (runtime.output_path("model") / "model.txt").write_text(words * int(runtime.hyperparameters["times"]))

if __name__ == "__main__":
    contract_runtime.execute(main)
"""


class Hyperparameters(Config):
    times: int = Field(2, description="how often")


class LearnConfig(ContainerTrainingConfig):
    texts: Source = Field(description="texts")
    hyperparameters: Hyperparameters = Field(Hyperparameters(), description="how it learns")
    mode: str = Field("fast", description="how it learns")


class WriteConfig(ContainerProcessingConfig):
    mode: str = Field("fast", description="what it writes")


def learning(folder: Path | None = None, **fields: Any) -> StepDeclaration:
    contract = TrainingContainerContract(
        description="Learns.",
        expected_input_paths={
            "texts": "/opt/ml/input/data/texts",
            "hyperparameters": "/opt/ml/input/config/hyperparameters.json",
        },
        expected_output_paths={"model": "/opt/ml/model"},
        optional_env_vars={"MODE": "fast"},
        **fields,
    )
    return StepDeclaration(
        _spec("Learn", contract, ("texts",), DependencyType.MODEL), LearnConfig, scripts=folder
    )


def writing(config: type[StepConfig] = WriteConfig, **fields: Any) -> StepDeclaration:
    contract = ContainerContract(
        description="Writes.",
        expected_output_paths={"model": "/opt/ml/processing/output"},
        optional_env_vars={"MODE": "fast"},
        **fields,
    )
    return StepDeclaration(_spec("Write", contract, (), DependencyType.DATASET), config)


def _spec(
    name: str, contract: ScriptContract, inputs: tuple[str, ...], kind: DependencyType
) -> StepSpecification:
    return StepSpecification(
        step_type=name,
        node_type=NodeType.SOURCE,
        summary="A program in an image.",
        script_contract=contract,
        config_inputs=inputs,
        outputs=(OutputSpec(logical_name="model", type=kind),),
    )


def test_a_training_image_gets_channels_hyperparameters_and_no_script_mode() -> None:
    sections = {"Learn": {"image_uri": IMAGE, "texts": {"files": "s3://bucket/texts"}}}
    pipeline = compiled(sections, libraries=[learning()])
    request = arguments(pipeline, "Learn")
    assert request["AlgorithmSpecification"] == {"TrainingImage": IMAGE, "TrainingInputMode": "File"}
    assert request["HyperParameters"] == {"times": "2"}
    assert request["Environment"] == {"MODE": "fast"}
    assert [each["ChannelName"] for each in request["InputDataConfig"]] == ["texts"]
    assert (pipeline.assets, pipeline.scripts, pipeline.local_programs) == ((), {}, {"Learn": None})


def test_a_training_image_may_have_a_command_and_arguments() -> None:
    step = learning(command=("/opt/learn", "now"), expected_arguments={"mode": None})
    sections = {"Learn": {"image_uri": IMAGE, "mode": "slow", "texts": {"files": "s3://bucket/texts"}}}
    algorithm = arguments(compiled(sections, libraries=[step]), "Learn")["AlgorithmSpecification"]
    assert algorithm["ContainerEntrypoint"] == ["/opt/learn", "now"]
    assert algorithm["ContainerArguments"] == ["--mode", "slow"]


def test_a_training_image_has_a_stand_in_in_local_runs(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/learn.py").write_text(SCRIPT)
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/words.txt").write_text("word ")
    step = learning(tmp_path / "scripts", local_program="learn.py", command=("/opt/learn",))
    sections = {"Learn": {"image_uri": IMAGE, "texts": {"files": str(tmp_path / "texts")}}}
    report = executed(compiled(sections, libraries=[step]), tmp_path / "state")
    assert report.ok, report.diagnostics
    with tarfile.open(report.step("Learn").outputs["model"]) as archive:
        member = archive.extractfile("model.txt")
        assert member is not None
        assert member.read() == b"word word "


@pytest.mark.parametrize("command", [{}, {"command": ("/opt/write",)}], ids=["own entry point", "command"])
def test_an_image_that_nothing_stands_in_for_is_refused_before_anything_runs(
    command: dict[str, Any], tmp_path: Path
) -> None:
    pipeline = compiled({"Write": {"image_uri": IMAGE}}, libraries=[writing(**command)])
    assert ("ContainerEntrypoint" in arguments(pipeline, "Write")["AppSpecification"]) == bool(command)
    with pytest.raises(PipelineCompilerError) as caught:
        executed(pipeline, tmp_path)
    assert caught.value.codes == ("PC782",)
    assert "which cannot run here" in str(caught.value)


def test_the_image_must_be_named_and_knows_no_version_of_aws() -> None:
    with pytest.raises(PipelineCompilerError) as caught:
        compiled({"Write": {"xgboost_version": "3.2-0"}}, libraries=[writing()])
    assert sorted(caught.value.codes) == ["PC402", "PC403"]
    assert "'image_uri' (the image that has the program) is missing" in str(caught.value)


def test_a_default_for_scripts_is_none_for_images() -> None:
    sections = {
        "Write": {"image_uri": IMAGE},
        "CradleDataLoading_training": {"source": {"files": "s3://bucket/x"}},
    }
    compiled(sections, libraries=[writing()], defaults={"xgboost_version": "3.0-5"})


def test_several_instances_need_a_program_that_shares_its_work() -> None:
    sections = {"Write": {"image_uri": IMAGE, "instance_count": 2}}
    with pytest.raises(PipelineCompilerError) as caught:
        compiled(sections, libraries=[writing(command=("/opt/run",))])
    assert "'/opt/run' works on one host" in str(caught.value)
    compiled(sections, libraries=[writing(multi_host=True)])


def test_the_config_must_be_that_of_an_image() -> None:
    class ScriptConfig(ProcessingConfig):
        mode: str = "fast"

    with pytest.raises(SpecificationError) as caught:
        writing(ScriptConfig)
    assert caught.value.codes == ("PC436",)


@pytest.mark.parametrize("program", ["run.sh", "folder/run.py"])
def test_a_stand_in_is_a_python_file(program: str) -> None:
    with pytest.raises(ContractError, match="PC105"):
        writing(local_program=program)


def test_a_contract_of_an_image_is_still_a_contract() -> None:
    with pytest.raises(ContractError, match="PC102"):
        ContainerContract(description="Reads.", expected_input_paths={"a": "/tmp/a"})
    contract = ContainerContract(description="Reads.", local_program="read.py", command=("/bin/read",))
    assert ContainerContract(**dict(contract)) == contract
    assert (contract.entry_point, contract.program) == ("read.py", "'/bin/read'")
