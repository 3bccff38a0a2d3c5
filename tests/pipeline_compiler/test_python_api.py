"""Templates and configs made in Python mean the same as their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from pipeline_compiler import PipelineCompilerError, Template, compile_pipeline, quick_step
from pipeline_deps.dag import Edge
from pipeline_deps.expressions import ExpressionError, Parameter
from step_builders.core.pipeline_settings import PipelineSettings
from step_builders.core.table_sources import TableSource
from step_builders.cradle_data_loading import CradleDataLoadingConfig
from step_builders.xgboost_training import XGBoostHyperparameters, XGBoostTrainingConfig
from tests.configs import CONFIG_YAML, PIPELINE, TEMPLATE_YAML, minimal_config, with_values

SIMPLE = "XGBoostSimple"


def test_typed_objects_equal_the_file(tmp_path: Path) -> None:
    path = tmp_path / "simple.yaml"
    path.write_text(
        f"""\
template: XGBoostSimple
pipeline: {json.dumps(PIPELINE)}
defaults: {{label_field: is_fraud, instance_type: ml.m5.2xlarge}}
steps:
  CradleDataLoading_training: {{source: {{files: s3://ml-fraud/raw/, format: csv}}}}
  XGBoostTraining:
    feature_fields: [a, b]
    hyperparameters: {{max_depth: 4, lambda: 2.5}}
"""
    )
    config = {
        "pipeline": PipelineSettings(**PIPELINE),
        "defaults": {"label_field": "is_fraud", "instance_type": "ml.m5.2xlarge"},
        "steps": {
            "CradleDataLoading_training": CradleDataLoadingConfig(
                source=TableSource(files="s3://ml-fraud/raw/", format="csv")
            ),
            "XGBoostTraining": XGBoostTrainingConfig(
                label_field="is_fraud",
                feature_fields=("a", "b"),
                hyperparameters=XGBoostHyperparameters(max_depth=4, reg_lambda=2.5),
            ),
        },
    }
    from_file, typed = compile_pipeline(None, path), compile_pipeline(SIMPLE, config)
    assert typed.definition == from_file.definition
    assert typed.assets == from_file.assets
    training = next(each for each in typed.steps if each["Name"] == "XGBoostTraining")["Arguments"]
    assert training["ResourceConfig"]["InstanceType"] == "ml.m5.2xlarge", "an unset field takes the default"


def test_a_mapping_and_json_equal_yaml(tmp_path: Path) -> None:
    document = yaml.safe_load(CONFIG_YAML)
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    (tmp_path / "config.yaml").write_text(CONFIG_YAML)
    (tmp_path / "config.json").write_text(json.dumps(document, indent=1))
    (tmp_path / "template.json").write_text(json.dumps(yaml.safe_load(TEMPLATE_YAML)))
    expected = compile_pipeline(None, tmp_path / "config.yaml").definition
    assert compile_pipeline(None, str(tmp_path / "config.json")).definition == expected
    del document["template"]
    assert compile_pipeline(tmp_path / "template.json", document).definition == expected
    template = Template.of(
        "Fraud", yaml.safe_load(TEMPLATE_YAML)["steps"], yaml.safe_load(TEMPLATE_YAML)["edges"]
    )
    assert compile_pipeline(template, document).definition == expected


def test_a_json_file_has_lines_too(tmp_path: Path) -> None:
    config = with_values(minimal_config(SIMPLE), {"defaults.lable_field": "x"})
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config, indent=1))
    with pytest.raises(PipelineCompilerError) as error:
        compile_pipeline(None, path)
    (found,) = error.value.diagnostics
    assert "lable_field" in path.read_text().splitlines()[(found.place.line or 0) - 1]


def test_a_template_made_in_python_equals_the_shipped_one() -> None:
    template = Template.of(
        "Mine",
        ["CradleDataLoading_training", "TabularPreprocessing_training", "XGBoostTraining"],
        [
            "CradleDataLoading_training -> TabularPreprocessing_training",
            Edge("TabularPreprocessing_training", "XGBoostTraining", "processed_data", "processed_data"),
        ],
    )
    config = minimal_config(SIMPLE)
    del config["template"]
    assert compile_pipeline(template, config).definition == compile_pipeline(SIMPLE, config).definition


def test_nodes_may_have_names_of_their_own() -> None:
    template = Template.of(
        "Mine",
        {"Load": "CradleDataLoading_training", "Prepare": "TabularPreprocessing_training"},
        ["Load -> Prepare"],
    )
    names = [each["Name"] for each in compile_pipeline(template, minimal_config(template)).steps]
    assert names == ["Load", "Prepare"]


def test_every_bad_edge_of_a_python_template_is_reported() -> None:
    with pytest.raises(PipelineCompilerError) as error:
        Template.of("Mine", ["A"], ["A to B", "A -> A", "A -> B"])
    assert error.value.codes == ("PC304", "PC304")


def test_a_relative_folder_is_relative_to_the_config_file(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "part.csv").write_text("a\n1\n")
    source = {"steps.CradleDataLoading_training.source": {"files": "raw"}}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(with_values(minimal_config(SIMPLE), source)))
    assert list(compile_pipeline(None, path).local_sources.values()) == [tmp_path / "raw"]


def test_the_template_may_be_named_twice_if_it_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE_YAML)
    (tmp_path / "config.yaml").write_text(CONFIG_YAML)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "template.yaml").write_text(TEMPLATE_YAML)
    for template in (tmp_path / "template.yaml", tmp_path / "other" / "template.yaml"):
        compile_pipeline(template, tmp_path / "config.yaml")
    with pytest.raises(PipelineCompilerError, match=r"for the template template\.yaml, but XGBoostSimple is"):
        compile_pipeline(SIMPLE, tmp_path / "config.yaml")


RATIO = Parameter("Ratio", "Float", 0.7)


def test_an_f_string_around_a_parameter() -> None:
    with pytest.raises(ExpressionError) as error:
        f"s3://bucket/{RATIO}"
    (found,) = error.value.diagnostics
    assert found.code == "PC221"
    assert "'Ratio'" in found.message
    assert "Join(" in found.fix


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("steps.TabularPreprocessing_training.train_ratio", "TabularPreprocessingConfig.train_ratio"),
        ("steps.XGBoostTraining.hyperparameters.eta", "XGBoostTrainingConfig.hyperparameters"),
        ("defaults.train_ratio", "TabularPreprocessingConfig.train_ratio"),
        ("pipeline.name", "PipelineSettings.name"),
    ],
)
def test_a_parameter_in_a_typed_field(path: str, field: str) -> None:
    with pytest.raises(PipelineCompilerError) as error:
        compile_pipeline(SIMPLE, with_values(minimal_config(SIMPLE), {path: RATIO}))
    (found,) = error.value.diagnostics
    assert found.code == "PC221"
    assert field in found.message
    assert "'Ratio'" in found.message
    assert "'parameters' with 'sets:'" in found.fix
    assert found.place.field


def test_a_parameter_in_a_typed_object() -> None:
    with pytest.raises(ExpressionError, match="label_field is a plain value"):
        XGBoostTrainingConfig(label_field=Parameter("Label", "String", "y"))  # type: ignore[arg-type]


def test_a_config_is_not_changed_by_compiling() -> None:
    config = minimal_config(SIMPLE)
    before = json.dumps(config)
    compile_pipeline(SIMPLE, config)
    assert json.dumps(config) == before


def test_a_steps_own_value_wins_over_the_default_for_all_steps() -> None:
    values = {"defaults.instance_type": "ml.m5.2xlarge", "steps.XGBoostTraining.instance_type": "ml.m5.large"}
    compiled = compile_pipeline(SIMPLE, with_values(minimal_config(SIMPLE), values))
    steps = {each["Name"]: each["Arguments"] for each in compiled.steps}
    assert steps["XGBoostTraining"]["ResourceConfig"]["InstanceType"] == "ml.m5.large"
    cluster = steps["TabularPreprocessing_training"]["ProcessingResources"]["ClusterConfig"]
    assert cluster["InstanceType"] == "ml.m5.2xlarge"


def test_a_notebook_shows_a_pipeline_and_a_step_in_a_line() -> None:
    assert repr(compile_pipeline(SIMPLE, minimal_config(SIMPLE))) == (
        f"<CompiledPipeline {PIPELINE['name']} in {PIPELINE['region']}, 3 steps>"
    )
    step = quick_step("Copy", copy_files, inputs=["data"])
    assert repr(step) == "<StepDeclaration Copy (Processing): data -> result>"


def copy_files(runtime):  # type: ignore[no-untyped-def]  # as in a notebook
    import shutil

    for file in runtime.input_path("data").glob("*"):
        shutil.copyfile(file, runtime.output_path("result") / file.name)
