"""Columns that the config names: contradictions are found before any job starts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline_compiler import PipelineCompilerError, Template, compile_pipeline
from step_builders.xgboost_training import XGBoostTrainingConfig
from tests.configs import minimal_config, with_values

TRAINING, PREPROCESSING = "steps.XGBoostTraining", "steps.TabularPreprocessing_training"


@pytest.mark.parametrize(
    ("values", "says", "field"),
    [
        ({f"{PREPROCESSING}.drop_fields": ["is_fraud"]}, "'is_fraud' is needed and dropped", "drop_fields"),
        ({f"{PREPROCESSING}.id_field": "is_fraud"}, "both label_field and id_field", "id_field"),
        (
            {f"{TRAINING}.label_field": "flag"},
            "label_field is 'flag', but TabularPreprocessing",
            "label_field",
        ),
        ({f"{TRAINING}.feature_fields": ["a", "is_fraud"]}, "'is_fraud' is no feature", "feature_fields"),
        (
            {f"{TRAINING}.feature_fields": ["a", "b"], f"{PREPROCESSING}.drop_fields": ["b"]},
            "TabularPreprocessing_training drops 'b'",
            "feature_fields",
        ),
        (
            {"steps.CradleDataLoading_training.columns": ["order_id", "amount"]},
            "does not load the column 'is_fraud'",
            "columns",
        ),
    ],
)
def test_steps_that_disagree_about_columns(values: dict[str, Any], says: str, field: str) -> None:
    config = with_values(minimal_config("XGBoostSimple"), values)
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(None, config)
    [diagnostic] = caught.value.diagnostics
    assert diagnostic.code == "PC417"
    assert says in diagnostic.message
    assert (diagnostic.place.field or "").endswith(field)
    assert diagnostic.fix


@pytest.mark.parametrize(
    ("values", "says", "field"),
    [
        (
            {"steps.CradleDataLoading_training.columns": ["is_fraud", "amount"]},
            "does not load the column 'currency', which CurrencyConversion_training needs",
            "columns",
        ),
        (
            {
                f"{PREPROCESSING}.drop_fields": ["shop"],
                "steps.RiskTableMapping_training.risk_fields": ["shop"],
            },
            "TabularPreprocessing_training drops 'shop', which RiskTableMapping_training uses",
            "risk_fields",
        ),
    ],
)
def test_columns_that_are_converted_or_mapped_must_be_there(
    values: dict[str, Any], says: str, field: str
) -> None:
    config = with_values(minimal_config("CurrencyRiskTableXGBoostE2E"), values)
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(None, config)
    diagnostic = next(each for each in caught.value.diagnostics if says in each.message)
    assert diagnostic.code == "PC417"
    assert (diagnostic.place.field or "").endswith(field)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "it maps every text column to a number, and PyTorchTraining reads description as text"),
        ({"steps.RiskTableMapping_training.risk_fields": ["channel"]}, None),
    ],
)
def test_texts_are_not_mapped_like_categories(values: dict[str, Any], says: str | None) -> None:
    preparing = [f"{step}_training" for step in ("CradleDataLoading", "TabularPreprocessing")]
    steps = [*preparing, "RiskTableMapping_training", "PyTorchTraining"]
    template = Template.of("Texts", steps, [f"{a} -> {b}" for a, b in pairwise(steps)])
    config = with_values(minimal_config(template), values)
    if says is None:
        assert compile_pipeline(template, config)
        return
    with pytest.raises(PipelineCompilerError, match=says) as caught:
        compile_pipeline(template, config)
    assert caught.value.codes == ("PC417",)


def test_columns_that_agree_are_fine() -> None:
    values = {
        "steps.CradleDataLoading_training.columns": ["order_id", "amount", "is_fraud", "note"],
        f"{PREPROCESSING}.drop_fields": ["note"],
        f"{PREPROCESSING}.id_field": "order_id",
        f"{TRAINING}.feature_fields": ["amount"],
    }
    assert compile_pipeline(None, with_values(minimal_config("XGBoostSimple"), values))


@pytest.mark.parametrize("mapping", [{"fraud": 1}, {"ok": 0, "fine": 0}])
def test_a_label_mapping_needs_both_classes(mapping: dict[str, int]) -> None:
    values = {f"{PREPROCESSING}.label_mapping": mapping, f"{PREPROCESSING}.positive_class": None}
    with pytest.raises(PipelineCompilerError, match="must map some values to 0 and some to 1") as caught:
        compile_pipeline(None, with_values(minimal_config("XGBoostSimple"), values))
    assert caught.value.codes == ("PC404",)


def test_a_typed_config_of_another_step_is_refused() -> None:
    config = minimal_config("XGBoostSimple")
    config["steps"]["TabularPreprocessing_training"] = XGBoostTrainingConfig(label_field="is_fraud")
    with pytest.raises(PipelineCompilerError, match="takes a TabularPreprocessingConfig, got a XGBoostTrain"):
        compile_pipeline(None, config)


def test_the_mapping_of_local_folders_is_checked(tmp_path: Path) -> None:
    from pipeline_compiler.sources import mapping_problems

    folders = {"s3://a/b": tmp_path, "s3://a/c": tmp_path / "none", "data": tmp_path}
    messages = [each.message for each in mapping_problems(folders)]
    assert len(messages) == 2
    assert "there is no folder" in messages[0]
    assert "'data' is no s3:// prefix" in messages[1]


def test_an_image_whose_libraries_are_too_old_is_refused() -> None:
    values = {"defaults.xgboost_version": "1.7-1"}
    config = with_values(minimal_config("XGBoostTrainEvaluateNoRegistration"), values)
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(None, config)
    [diagnostic] = caught.value.diagnostics
    assert diagnostic.code == "PC427"
    assert "scikit-learn 0.24.1" in diagnostic.message
    assert "scikit-learn>=1.0" in diagnostic.message
    assert (diagnostic.place.field or "").endswith("xgboost_version")


def test_an_image_of_ones_own_is_not_held_against_the_table() -> None:
    values = {"defaults.xgboost_version": "1.7-1", "defaults.image_uri": "example.com/xgboost:mine"}
    assert compile_pipeline(None, with_values(minimal_config("XGBoostTrainEvaluateNoRegistration"), values))


def test_a_column_that_is_needed_further_on_must_be_loaded() -> None:
    """Conversion, preprocessing and risk mapping add no columns: what is not loaded never comes."""
    loaded = ["is_fraud", "amount", "currency"]
    values = {
        "steps.CradleDataLoading_training.columns": loaded,
        "steps.CradleDataLoading_calibration.columns": ["amount", "currency"],
        "steps.RiskTableMapping_training.risk_fields": ["shop"],
        f"{TRAINING}.feature_fields": ["amount", "shop", "weekday"],
    }
    config = with_values(minimal_config("CurrencyRiskTableXGBoostE2E"), values)
    with pytest.raises(PipelineCompilerError) as caught:
        compile_pipeline(None, config)
    assert sorted(each.message for each in caught.value.diagnostics) == [
        "CradleDataLoading_calibration: it does not load the column 'is_fraud', which "
        "TabularPreprocessing_calibration needs",
        "CradleDataLoading_training: it does not load the column 'shop', which "
        "RiskTableMapping_training needs",
        "CradleDataLoading_training: it does not load the column 'weekday', which XGBoostTraining needs",
    ]
