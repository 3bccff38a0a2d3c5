"""Config of RiskTableMapping."""

from typing import Literal

from pydantic import Field, model_validator

from step_builders.core.config import TRAINING_ONLY, ListOfNames, ProcessingConfig
from step_builders.core.step import StepDeclaration
from step_specs.risk_table_mapping import RISK_TABLE_MAPPING_SPEC


class RiskTableMappingConfig(ProcessingConfig):
    """What is mapped, and how the tables are learned: by the training variant, for all."""

    label_field: str = Field(min_length=1, description="column that holds the label")
    id_field: str | None = Field(None, min_length=1, description="column that identifies a row")
    risk_fields: ListOfNames = Field(
        (),
        description="categories that become their risk, between 0 and 1; if not given, all text and Boolean "
        "columns but the label, the id and evidence_fields",
    )
    evidence_fields: ListOfNames = Field(
        (), description="categories that become their weight of evidence: log odds above those of all rows"
    )
    smoothing: float = Field(
        20.0,
        ge=0,
        description="so many rows of average risk are added to each category",
        json_schema_extra=TRAINING_ONLY,
    )
    missing_category: Literal["own", "prior"] = Field(
        "own",
        description="a missing category is one of its 'own', or gets the risk of all rows ('prior')",
        json_schema_extra=TRAINING_ONLY,
    )
    train_encoding: Literal["out_of_fold", "in_sample"] = Field(
        "out_of_fold",
        description="whether a training row is mapped by tables that were learned without it; 'in_sample' "
        "leaks its label into its features",
        json_schema_extra=TRAINING_ONLY,
    )
    folds: int = Field(
        5,
        ge=2,
        le=20,
        description="parts of the training split for out_of_fold, by a hash of the id",
        json_schema_extra=TRAINING_ONLY,
    )
    impute_fields: ListOfNames = Field((), description="number columns whose missing values are filled")
    imputation: Literal["mean", "median", "constant"] = Field(
        "median",
        description="what they are filled with: of the training split, or impute_value",
        json_schema_extra=TRAINING_ONLY,
    )
    impute_value: float = Field(
        0.0, description="the constant of imputation: constant", json_schema_extra=TRAINING_ONLY
    )

    @model_validator(mode="after")
    def _fit_together(self) -> "RiskTableMappingConfig":
        ways = {
            "label_field": (self.label_field,),
            "id_field": (self.id_field,),
            "risk_fields": self.risk_fields,
            "evidence_fields": self.evidence_fields,
            "impute_fields": self.impute_fields,
        }
        seen: dict[str | None, str] = {}
        for field, columns in ways.items():
            for column in dict.fromkeys(columns):
                if column is not None and column in seen:
                    raise ValueError(f"{seen[column]} and {field} both name '{column}'")
                seen[column] = field
        if self.evidence_fields and not self.smoothing:
            raise ValueError("evidence_fields needs a smoothing above 0")
        return self


RISK_TABLE_MAPPING_STEP = StepDeclaration(RISK_TABLE_MAPPING_SPEC, RiskTableMappingConfig)
