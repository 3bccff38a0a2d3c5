"""Config of Deduplicate."""

from pydantic import Field

from step_builders.core.config import ProcessingConfig, Source
from step_builders.core.step import StepDeclaration

from ..step_specs.deduplicate import DEDUPLICATE_SPEC


class DeduplicateConfig(ProcessingConfig):
    """What makes two rows the same."""

    records: Source = Field(description="CSV files")
    key_field: str = Field(min_length=1, description="column that identifies a row")


DEDUPLICATE_STEP = StepDeclaration(DEDUPLICATE_SPEC, DeduplicateConfig)
