"""Config of TabularPreprocessing."""

from typing import Literal

from pydantic import Field, model_validator

from step_builders.core.config import TRAINING_ONLY, ListOfNames, ProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.tabular_preprocessing import TABULAR_PREPROCESSING_SPEC


class TabularPreprocessingConfig(ProcessingConfig):
    """How rows are labelled and split."""

    label_field: str = Field(min_length=1, description="column that holds the label")
    id_field: str | None = Field(None, min_length=1, description="column that identifies a row")
    positive_class: str | None = Field(
        None, min_length=1, description="label value that becomes 1; the other one becomes 0"
    )
    label_mapping: dict[str, Literal[0, 1]] = Field(
        {}, description="label value -> 0 or 1, where more than two values occur"
    )
    drop_fields: ListOfNames = Field((), description="columns that are not features")
    train_ratio: float = Field(
        0.7, gt=0, lt=1, description="share of rows that go to train", json_schema_extra=TRAINING_ONLY
    )
    test_val_ratio: float = Field(
        0.5,
        ge=0,
        le=1,
        description="share of the remaining rows that go to test; the rest go to val",
        json_schema_extra=TRAINING_ONLY,
    )
    split_seed: int = Field(
        0, ge=0, lt=2**63, description="another seed gives another split", json_schema_extra=TRAINING_ONLY
    )

    @model_validator(mode="after")
    def _one_way_to_map(self) -> "TabularPreprocessingConfig":
        if self.positive_class is not None and self.label_mapping:
            raise ValueError("give positive_class or label_mapping, not both")
        if self.label_mapping and set(self.label_mapping.values()) != {0, 1}:
            raise ValueError("label_mapping must map some values to 0 and some to 1")
        return self


TABULAR_PREPROCESSING_STEP = StepDeclaration(TABULAR_PREPROCESSING_SPEC, TabularPreprocessingConfig)
